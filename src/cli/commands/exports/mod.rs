//! `costscope exports`: what there is, the runs of one, a run now, a new export, the blobs of a source.

mod create;
pub mod files;
mod given;
mod json;
mod list;
mod run;

use crate::cli::args::exports::ExportsCall;
use crate::cli::output::{CliError, Format};
use crate::ops::session::Session;
use given::read_scope;
use std::io::Write;
use tokio_util::sync::CancellationToken;

/// Runs an action that asks Azure. Returns the exit code, and the source that the UI opens afterwards.
pub async fn run(
    session: &Session,
    (action, yes): (ExportsCall, bool),
    format: Format,
    out: &mut dyn Write,
    stop: &CancellationToken,
) -> Result<(u8, Option<String>), CliError> {
    let code = match action {
        ExportsCall::List { scope } => {
            list::list(session, &read_scope(&scope)?, format, out, stop).await
        }
        ExportsCall::Show { name, scope } => {
            list::show(session, (&read_scope(&scope)?, &name), format, out, stop).await
        }
        ExportsCall::Run(wanted) => return run::run(session, &wanted, format, out, stop).await,
        ExportsCall::Create(wanted) => {
            create::run(session, (&wanted, yes), format, out, stop).await
        }
    };
    Ok((code?, None))
}
