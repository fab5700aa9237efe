//! `exports create`: prints the request and its consequences, asks, and sends it.

use super::given::read_scope;
use super::json;
use crate::cli::args::exports::CreateArgs;
use crate::cli::output;
use crate::cli::output::{CliError, Format};
use crate::cli::progress;
use crate::domain::export::create::{ExportTarget, NewExport};
use crate::domain::text::io_words::io_words;
use crate::ops::exports::creating;
use crate::ops::session::Session;
use std::io::{self, IsTerminal, Write};
use tokio_util::sync::CancellationToken;

/// Runs the command.
pub(super) async fn run(
    session: &Session,
    (args, yes): (&CreateArgs, bool),
    format: Format,
    out: &mut dyn Write,
    stop: &CancellationToken,
) -> Result<u8, CliError> {
    let target = ExportTarget::read(&args.to).map_err(CliError::usage)?;
    let storage = args.storage.trim_matches('/');
    target.check(storage).map_err(CliError::usage)?;
    let new = NewExport {
        scope: read_scope(&args.scope)?,
        name: args.name.clone(),
        dataset: args.dataset.into(),
        storage: storage.to_owned(),
        container: target.container,
        folder: target.folder,
        is_monthly: args.monthly,
        has_identity: args.identity,
    };
    let draft = creating::draft(session, &new)?;
    progress::say(&format!("PUT {}/exports/{}", new.scope, new.name));
    for line in draft
        .text()
        .lines()
        .chain(draft.terms.iter().map(String::as_str))
    {
        progress::say(line);
    }
    if !yes && !agreed(stop).await? {
        progress::say("nothing was created");
        return Ok(1);
    }
    let created = creating::create(session, &draft, stop).await?;
    progress::say(&format!(
        "created. Its first run is on {}; `costscope exports run {} --scope {}` runs it now",
        draft.first_day, created.name, args.scope
    ));
    if format == Format::Json {
        output::json(out, &json::with_details(&created))?;
    }
    Ok(0)
}

/// Whether the user agrees. Without a terminal, the question cannot be asked.
async fn agreed(stop: &CancellationToken) -> Result<bool, CliError> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(CliError::usage(
            "nothing was created: without a terminal, --yes creates the export as printed above",
        ));
    }
    let _ = write!(io::stderr(), "Create it? [y/N] ");
    let asked = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|_| line)
    });
    let line = tokio::select! {
        line = asked => line,
        () = stop.cancelled() => return Err(CliError::new(130, "interrupted")),
    };
    let line = line.map_err(|error| CliError::unexpected("the answer could not be read", error))?;
    let line = line.map_err(|error| {
        CliError::new(
            1,
            format!("the answer could not be read: {}", io_words(&error)),
        )
    })?;
    Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
}
