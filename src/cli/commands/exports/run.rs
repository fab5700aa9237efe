//! `exports run`: starts a run and watches it, one line a look on stderr.

use super::given::read_scope;
use super::json::RunJson;
use super::{json, list};
use crate::cli::args::exports::RunArgs;
use crate::cli::output;
use crate::cli::output::{CliError, Format};
use crate::cli::{print, progress};
use crate::domain::export::run::Run;
use crate::domain::export::watch::WatchEnding;
use crate::domain::period::{DateRange, Month, parse_date};
use crate::ops::exports;
use crate::ops::exports::running;
use crate::ops::exports::running::{RunOrder, RunOutcome};
use crate::ops::exports::{watched, words};
use crate::ops::session::Session;
use chrono::NaiveDate;
use std::collections::BTreeMap;
use std::io::Write;
use tokio_util::sync::CancellationToken;

/// Runs the command. Returns the exit code, and the source to open if that was asked for.
pub(super) async fn run(
    session: &Session,
    args: &RunArgs,
    format: Format,
    out: &mut dyn Write,
    stop: &CancellationToken,
) -> Result<(u8, Option<String>), CliError> {
    let today = session.clock().now().date_naive();
    let days = read_days(args, today)?;
    let order = RunOrder {
        scope: read_scope(&args.scope)?,
        export: args.name.clone(),
        days,
        is_to_date: running::is_to_date(days, today),
        max_wait: args.max_wait,
        waits: !args.no_wait,
    };
    let name = &args.name;
    let outcome = running::run(session, &order, stop, |news| {
        progress::say(&format!("{name}: {}", words::told(&news)));
    })
    .await?;
    let code = outcome.exit_code();
    let mut opened = None;
    match &outcome {
        RunOutcome::Started => progress::say(&format!(
            "{name}: started. `costscope exports show {name} --scope {}` shows its end",
            args.scope
        )),
        RunOutcome::UnderWay => progress::say(&format!(
            "{name}: none was started. `costscope exports show {name} --scope {}` shows the end of the one under way",
            args.scope
        )),
        RunOutcome::NotStarted => {
            progress::say(&format!("{name}: stopped before a run was started"));
        }
        RunOutcome::Cancelled => {
            progress::say(&format!(
                "{name}: the run goes on; the same command resumes the watch"
            ));
        }
        RunOutcome::Ended(ending) => {
            progress::say(&format!("{name}: {}", words::ended(ending, args.max_wait)));
            if let WatchEnding::Completed(run) = ending
                && let Some(source) = source_of(session, &order, run).await
            {
                let flags = session.repeated().flags(true);
                progress::say(&format!("{name}: {}", words::opening(&source, run, &flags)));
                let month = || words::month_of(&source, run).unwrap_or(source);
                opened = args.open.then(month);
            }
        }
    }
    Ok((printed(&outcome, format, out, code)?, opened))
}

/// The source that opens the files of a completed run. Only watches of older versions have not kept it.
async fn source_of(session: &Session, order: &RunOrder, run: &Run) -> Option<String> {
    if let Some(source) = watched::source_of(session, &order.scope, run) {
        return Some(source);
    }
    let export = exports::show(session, &order.scope, &order.export).await;
    Some(export.ok()?.source())
}

/// The days that were asked for; without them, the export's own.
fn read_days(args: &RunArgs, today: NaiveDate) -> Result<Option<DateRange>, CliError> {
    let range = match (&args.month, &args.from, &args.to) {
        (Some(month), _, _) => Month::parse(month).map_err(CliError::usage)?.range(),
        (None, Some(from), Some(to)) => {
            let (from, to) = (
                parse_date(from).map_err(CliError::usage)?,
                parse_date(to).map_err(CliError::usage)?,
            );
            if from > to {
                return Err(CliError::usage(format!(
                    "the first day {from} is after the last day {to}"
                )));
            }
            DateRange { from, to }
        }
        (None, _, _) => return Ok(None),
    };
    let (days, note) = running::days(range, today)?;
    if let Some(note) = note {
        progress::say(&note);
    }
    Ok(Some(days))
}

fn printed(
    outcome: &RunOutcome,
    format: Format,
    out: &mut dyn Write,
    code: u8,
) -> Result<u8, CliError> {
    // A document on stdout is an answer; a run that failed unseen has none.
    if !matches!(code, 0 | 3) && outcome.run().is_none() {
        return Ok(code);
    }
    let rows: Vec<RunJson<'_>> = outcome.run().into_iter().map(json::run).collect();
    if format == Format::Json {
        output::json(out, &BTreeMap::from([("runs", rows)]))?;
    } else if !rows.is_empty() {
        print::sheet(out, &list::runs(&rows), format)?;
    }
    Ok(code)
}
