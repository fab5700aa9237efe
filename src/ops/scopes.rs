//! The scopes that the signed-in identity can see.

use super::error::OpsError;
use super::session::Session;
use crate::azure::scopes;
pub use crate::azure::scopes::Found;

/// Lists every scope, all pages.
pub async fn list(session: &Session) -> Result<Found, OpsError> {
    Ok(scopes::list(session.client()?).await?)
}
