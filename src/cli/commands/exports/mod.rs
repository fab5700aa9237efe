//! `costscope exports`: what there is, the runs of one, a run now, a new export.

mod create;
mod given;
mod json;
mod list;
mod run;

use crate::cli::args::exports::ExportsAction;
use crate::cli::output::{CliError, Format};
use crate::ops::session::Session;
use given::read_scope;
use std::io::Write;
use tokio_util::sync::CancellationToken;

/// Runs the command.
pub async fn run(
    session: &Session,
    (action, yes): (ExportsAction, bool),
    format: Format,
    out: &mut dyn Write,
    stop: &CancellationToken,
) -> Result<u8, CliError> {
    match action {
        ExportsAction::List { scope } => {
            list::list(session, &read_scope(&scope)?, format, out, stop).await
        }
        ExportsAction::Show { name, scope } => {
            list::show(session, (&read_scope(&scope)?, &name), format, out, stop).await
        }
        ExportsAction::Run(wanted) => run::run(session, &wanted, format, out, stop).await,
        ExportsAction::Create(wanted) => {
            create::run(session, (&wanted, yes), format, out, stop).await
        }
    }
}
