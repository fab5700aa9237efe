//! A table on a Spark server as cost data: found out what it is, then asked question by question.

#[cfg(feature = "spark")]
pub mod connected;
#[cfg(feature = "spark")]
pub mod finding;
#[cfg(feature = "spark")]
pub mod server;

use super::error::OpsError;
use super::explore::open::{Desk, Opened};
use crate::domain::sql::spark_address::SparkSource;

/// Opens a table on a server.
pub(super) fn open(desk: &Desk<'_>, source: &str, sources: usize) -> Result<Opened, OpsError> {
    let read = SparkSource::read(source);
    let server = read.and_then(|server| server.with_token_of(|name| std::env::var(name).ok()));
    let server = server.map_err(OpsError::Usage)?;
    if sources > 1 {
        return Err(OpsError::Usage(format!(
            "{server}: a server is a source by itself; several files of it stand behind files=, with commas between them"
        )));
    }
    if desk.offline {
        return Err(OpsError::Failed(format!(
            "--offline: {server} is not asked; nothing of it is kept here"
        )));
    }
    connected(desk, &server)
}

#[cfg(feature = "spark")]
use connected::connected;

#[cfg(not(feature = "spark"))]
fn connected(_desk: &Desk<'_>, server: &SparkSource) -> Result<Opened, OpsError> {
    Err(OpsError::Failed(format!(
        "{server}: this costscope was built without Spark (--no-default-features); build it with the feature `spark`"
    )))
}
