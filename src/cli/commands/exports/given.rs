//! Shared by the actions: the scope that was given, and an answer that the user may interrupt.

use crate::cli::output::CliError;
use crate::domain::scope::ScopeId;
use crate::ops::error::OpsError;
use std::future::Future;
use tokio_util::sync::CancellationToken;

/// Reads the scope of the command line.
pub(super) fn read_scope(text: &str) -> Result<ScopeId, CliError> {
    ScopeId::parse(text).map_err(CliError::usage)
}

/// Waits for an answer, unless the user interrupts.
pub(super) async fn unless_stopped<T>(
    work: impl Future<Output = Result<T, OpsError>>,
    stop: &CancellationToken,
) -> Result<T, CliError> {
    tokio::select! {
        done = work => Ok(done?),
        () = stop.cancelled() => Err(CliError::new(130, "interrupted")),
    }
}
