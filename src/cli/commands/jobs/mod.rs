//! `costscope jobs`: lists, resumes and cancels orders that still run on the server or wait for their turn, and watched runs
//! of exports.

mod json;
mod runs;

use super::report;
use super::report::Narrator;
use crate::cli::args::actions::JobsAction;
use crate::cli::output;
use crate::cli::output::{CliError, Format};
use crate::cli::print;
use crate::cli::progress;
use crate::domain::export::history::PastRun;
use crate::domain::report::history::PastOrder;
use crate::domain::report::request::ReportRequest;
use crate::domain::table::text_table::{Heading, Sheet};
use crate::domain::text::counted;
use crate::ops::error::OpsError;
use crate::ops::exports::watched;
use crate::ops::exports::watched::NotedRun;
use crate::ops::orders::export_jobs;
use crate::ops::orders::history;
use crate::ops::orders::jobs;
use crate::ops::orders::jobs::{Job, JobState};
use crate::ops::orders::outcome::{PartOutcome, exit_code, failure_of};
use crate::ops::orders::queue;
use crate::ops::session::Session;
use futures_util::StreamExt;
use json::{EndedJson, JobJson};
use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Runs the command.
pub async fn run(
    session: &Session,
    action: Option<JobsAction>,
    format: Format,
    out: &mut dyn Write,
    stop: &CancellationToken,
) -> Result<u8, CliError> {
    match action.unwrap_or(JobsAction::List { all: false }) {
        JobsAction::List { all } => list(session, all, format, out),
        JobsAction::Resume { ids, max_wait } => {
            resume(session, (&ids, max_wait), format, out, stop).await
        }
        JobsAction::Cancel { ids } => cancel(session, &ids, format, out),
    }
}

/// Resumes orders and watches.
async fn resume(
    session: &Session,
    (ids, max_wait): (&[String], Duration),
    format: Format,
    out: &mut dyn Write,
    stop: &CancellationToken,
) -> Result<u8, CliError> {
    let (mut runs, mut all) = (watched::list(session)?, jobs::all(session)?);
    let (watched, left) = export_jobs::find(&mut runs, &all.0, ids)?;
    let found = orders(&mut all, ids, &left)?;
    let ((runs, damaged_runs), (all, mut damaged)) = (runs, all);
    damaged.extend(damaged_runs);
    let unreadable = unread(&damaged);
    for job in all.iter().filter(|job| job.held && ids.is_empty()) {
        progress::say(&format!("{}: another costscope is working on it", job.id));
    }
    for run in runs.iter().filter(|run| run.held && ids.is_empty()) {
        let id = run.note.name();
        progress::say(&format!("{id}: another costscope is following it"));
    }
    if found.is_empty() && watched.is_empty() && unreadable == 0 {
        progress::say("no recorded orders: nothing to resume");
    }
    let (code, runs) = tokio::join!(
        resume_orders(session, &found, max_wait, format, out, stop),
        runs::resume(session, &watched, max_wait, stop)
    );
    let code = code?;
    Ok(match (code, runs) {
        // An order that cannot be read was not resumed.
        (0, 0) if ids.is_empty() => unreadable,
        (0, runs) => runs,
        (code, _) => code,
    })
}

/// The orders among the jobs of some ids. `left` are the ids that are not those of runs.
fn orders(
    all: &mut (Vec<Job>, Vec<OpsError>),
    ids: &[String],
    left: &[String],
) -> Result<Vec<Job>, OpsError> {
    if left.is_empty() && !ids.is_empty() {
        return Ok(Vec::new());
    }
    jobs::find(all, left)
}

/// Stops following orders and runs.
fn cancel(
    session: &Session,
    ids: &[String],
    format: Format,
    out: &mut dyn Write,
) -> Result<u8, CliError> {
    let (mut runs, mut all) = (watched::list(session)?, jobs::all(session)?);
    let (watched, left) = export_jobs::find(&mut runs, &all.0, ids)?;
    let found = orders(&mut all, ids, &left)?;
    runs::cancel(session, &watched)?;
    for job in &found {
        match &job.waiting {
            Some(waiting) => queue::remove(session, waiting)?,
            None => jobs::cancel(session, &job.id)?,
        }
        let then = match job.state {
            JobState::Generating => {
                "The server carries on; ordering the same report within a day fetches its result"
            }
            JobState::Undecided => {
                "The server may have accepted it, so the same report is not ordered again within a day; \
                 --refresh orders it anyway"
            }
            JobState::Throttled => {
                "Nothing was accepted; the wait that the server asked for still applies"
            }
            JobState::Paging => "The pages fetched so far are discarded",
            JobState::Queued => "It was waiting for its turn: nothing was sent",
        };
        progress::say(&format!("{}: stopped following. {then}", job.id));
    }
    let listed = JobsOutput {
        jobs: &found,
        runs: &watched,
        past: None,
    };
    print_jobs(&listed, format, out)?;
    Ok(0)
}

/// The output of `jobs list`.
struct JobsOutput<'a> {
    jobs: &'a [Job],
    runs: &'a [NotedRun],
    /// Orders and watches that have ended, where they were asked for.
    past: Option<(&'a [PastOrder], &'a [PastRun])>,
}

/// Lists the orders and watched runs that go on, and those that have ended where they are asked for.
fn list(session: &Session, all: bool, format: Format, out: &mut dyn Write) -> Result<u8, CliError> {
    let (jobs, mut damaged) = jobs::all(session)?;
    let (runs, unreadable) = watched::list(session)?;
    damaged.extend(unreadable);
    let (mut orders, mut ended) = (Vec::new(), Vec::new());
    if all {
        let (past, unreadable) = history::list(session)?;
        damaged.extend(unreadable);
        orders = past;
        ended = watched::past(session).unwrap_or_else(|error| {
            damaged.push(error);
            Vec::new()
        });
    }
    let listed = JobsOutput {
        jobs: &jobs,
        runs: &runs,
        past: all.then_some((&orders, &ended)),
    };
    print_jobs(&listed, format, out)?;
    Ok(unread(&damaged))
}

fn ended_at<'a>(job: &'a JobJson<'_>) -> Option<&'a str> {
    job.ended.as_ref().map(|ended| ended.ended_at.as_str())
}

/// Warns about the notes that cannot be read, and returns the exit code that they stand for.
fn unread(damaged: &[OpsError]) -> u8 {
    for error in damaged {
        progress::warn(&error.to_string());
    }
    if damaged.is_empty() { 0 } else { 6 }
}

/// Resumes every order; prints the same document as `report`.
async fn resume_orders(
    session: &Session,
    found: &[Job],
    max_wait: Duration,
    format: Format,
    out: &mut dyn Write,
    stop: &CancellationToken,
) -> Result<u8, CliError> {
    let first = found.first().map(|job| &job.request.scope);
    let several = found.iter().any(|job| Some(&job.request.scope) != first);
    let narrator = Narrator::start(several);
    let heard = &narrator;
    let fetches = found
        .iter()
        .map(|job| follow(session, job, max_wait, stop, heard));
    let outcomes: Vec<PartOutcome> = futures_util::stream::iter(fetches)
        .buffered(2)
        .collect()
        .await;
    narrator.finish();
    let requests = found.iter().map(|job| &job.request);
    let parts: Vec<(&ReportRequest, &PartOutcome)> = requests.zip(&outcomes).collect();
    let code = match (stop.is_cancelled(), outcomes.is_empty()) {
        (true, _) => 130,
        (_, true) => 0,
        _ => exit_code(&outcomes),
    };
    report::print_reports(&parts, format, out, code)
}

/// Follows one order. A report that waits keeps its place in the queue until its order ends; one in the queue of another
/// process is left to it, or both would order it.
async fn follow(
    session: &Session,
    job: &Job,
    max_wait: Duration,
    stop: &CancellationToken,
    narrator: &Narrator,
) -> PartOutcome {
    let order = job.order(max_wait);
    let place = match &job.waiting {
        None => None,
        Some(waiting) => match queue::take(session, waiting) {
            Ok(place) => Some(place),
            Err(error) => return PartOutcome::Failed(failure_of(&error)),
        },
    };
    let outcome = report::fetch(session, &order, &job.request, stop, narrator).await;
    let cancelled = matches!(outcome, PartOutcome::Cancelled);
    if let Some(place) = place
        && let Err(error) = place.leave(session, &job.request, cancelled)
    {
        progress::warn(&error.to_string());
    }
    outcome
}

/// Prints the orders that go on, and those that have ended, if they were asked for.
fn print_jobs(
    listed: &JobsOutput<'_>,
    format: Format,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let past = listed.past;
    let mut jobs: Vec<JobJson<'_>> = listed.jobs.iter().map(json::order).collect();
    jobs.extend(listed.runs.iter().map(runs::json));
    if let Some((orders, ended)) = past {
        let mut past: Vec<JobJson<'_>> = orders.iter().map(json::past_order).collect();
        past.extend(ended.iter().map(runs::past_json));
        // The newest first; stable for equal times.
        past.sort_by(|a, b| ended_at(b).cmp(&ended_at(a)));
        jobs.extend(past);
    }
    if format == Format::Json {
        return output::json(out, &BTreeMap::from([("jobs", jobs)]));
    }
    let mut headings: Vec<Heading> = ["id", "state", "next poll", "ordered"]
        .map(Heading::text)
        .into();
    headings.extend([Heading::number("polls"), Heading::text("links until")]);
    if past.is_some() {
        headings.extend(["ended", "took", "outcome"].map(Heading::text));
    }
    let rows = jobs.into_iter().map(|job| {
        let outcome = |ended: &EndedJson<'_>| match (ended.rows, ended.why) {
            (Some(rows), _) => Some(counted(rows, "row")),
            (None, why) => why.map(str::to_owned),
        };
        let end = job.ended.as_ref();
        let end = [
            end.map(|end| end.ended_at.clone()),
            end.map(|end| end.took.clone()),
            end.and_then(outcome),
        ];
        let mut cells = vec![
            Some(job.id),
            Some(job.state.to_owned()),
            job.next_poll_at,
            Some(job.ordered_at),
            Some(job.polls.to_string()),
            job.valid_till,
        ];
        cells.extend(end.into_iter().filter(|_| past.is_some()));
        cells
    });
    print::sheet(out, &Sheet::new(headings, rows), format)
}
