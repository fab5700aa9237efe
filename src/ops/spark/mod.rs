//! Cost data in a table on a Spark server: inspected once, then queried.

#[cfg(feature = "spark")]
pub mod connected;
#[cfg(feature = "spark")]
pub mod finding;
#[cfg(feature = "spark")]
pub mod server;

use super::context::{OpenContext, OpenDataset};
use super::error::OpsError;
use crate::domain::sql::spark_address::SparkSource;

/// Opens a table on a server.
pub(super) fn open(
    context: &OpenContext<'_>,
    source: &str,
    sources: usize,
) -> Result<OpenDataset, OpsError> {
    let read = SparkSource::read(source);
    let server = read.and_then(|server| server.with_token_of(|name| std::env::var(name).ok()));
    let server = server.map_err(OpsError::Usage)?;
    if sources > 1 {
        return Err(OpsError::Usage(format!(
            "{server}: a server cannot be combined with other sources; list several of its files in files=, comma-separated"
        )));
    }
    if context.offline {
        return Err(OpsError::Failed(format!(
            "--offline: {server} is not queried, and none of its data is stored here"
        )));
    }
    connected(context, &server)
}

#[cfg(feature = "spark")]
use connected::connected;

#[cfg(not(feature = "spark"))]
fn connected(_desk: &OpenContext<'_>, server: &SparkSource) -> Result<OpenDataset, OpsError> {
    Err(OpsError::Failed(format!(
        "{server}: this costscope was built without Spark (--no-default-features); build it with the feature `spark`"
    )))
}
