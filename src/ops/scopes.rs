//! The scopes that the signed-in identity can see.

use super::error::OpsError;
use super::session::Session;
use crate::azure::scopes;
pub use crate::azure::scopes::Found;

/// Lists every scope, all pages.
pub async fn list(session: &Session) -> Result<Found, OpsError> {
    let client = session.client()?;
    let clock = &session.clock;
    let pause = async |wait| clock.sleep_until(clock.now() + wait).await;
    Ok(scopes::list(client, pause, clock.jitter()).await?)
}
