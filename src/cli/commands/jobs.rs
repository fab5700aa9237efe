//! `costscope jobs`: lists, resumes and cancels orders that still run on the server or wait for their turn.

use super::report;
use super::report::Narrator;
use crate::cli::args::actions::JobsAction;
use crate::cli::output;
use crate::cli::output::{CliError, Format};
use crate::cli::print;
use crate::cli::progress;
use crate::cli::progress::timestamp;
use crate::domain::report::request::ReportRequest;
use crate::domain::table::text_table::{Heading, Sheet};
use crate::ops::error::OpsError;
use crate::ops::orders::jobs;
use crate::ops::orders::jobs::{Job, JobState};
use crate::ops::orders::outcome::{Outcome, exit_code, failure_of};
use crate::ops::orders::queue;
use crate::ops::session::Session;
use futures_util::StreamExt;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

#[derive(Serialize)]
struct JobJson<'a> {
    id: &'a str,
    scope: &'a str,
    metric: &'a str,
    from: Option<String>,
    to: Option<String>,
    state: &'a str,
    next_poll_at: Option<String>,
    polls: u32,
    ordered_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_till: Option<String>,
}

/// Runs the command.
pub async fn run(
    session: &Session,
    action: Option<JobsAction>,
    format: Format,
    out: &mut dyn Write,
    stop: &CancellationToken,
) -> Result<u8, CliError> {
    match action.unwrap_or(JobsAction::List) {
        JobsAction::List => {
            let (jobs, damaged) = jobs::all(session)?;
            print_jobs(&jobs, format, out)?;
            Ok(unread(&damaged))
        }
        JobsAction::Resume { ids, max_wait } => {
            let found = jobs::find(session, &ids)?;
            let (all, damaged) = jobs::all(session)?;
            let unreadable = unread(&damaged);
            for job in all.iter().filter(|job| job.held && ids.is_empty()) {
                progress::say(&format!("{}: another costscope is working on it", job.id));
            }
            if found.is_empty() && unreadable == 0 {
                progress::say("no recorded orders: nothing to resume");
            }
            let code = resume(session, &found, max_wait, format, out, stop).await?;
            // An order that cannot be read was not resumed.
            Ok(if code == 0 && ids.is_empty() {
                unreadable
            } else {
                code
            })
        }
        JobsAction::Cancel { ids } => {
            let found = jobs::find(session, &ids)?;
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
            print_jobs(&found, format, out)?;
            Ok(0)
        }
    }
}

/// Warns about the notes that cannot be read, and returns the exit code that they stand for.
fn unread(damaged: &[OpsError]) -> u8 {
    for error in damaged {
        progress::warn(&error.to_string());
    }
    if damaged.is_empty() { 0 } else { 6 }
}

/// Resumes every order; prints the same document as `report`.
async fn resume(
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
    let outcomes: Vec<Outcome> = futures_util::stream::iter(fetches)
        .buffered(2)
        .collect()
        .await;
    narrator.finish();
    let requests = found.iter().map(|job| &job.request);
    let parts: Vec<(&ReportRequest, &Outcome)> = requests.zip(&outcomes).collect();
    let code = match (stop.is_cancelled(), outcomes.is_empty()) {
        (true, _) => 130,
        (_, true) => 0,
        _ => exit_code(&outcomes),
    };
    report::print_reports(&parts, format, out, code)
}

/// Follows one order. A report that waits keeps its place in the queue until its order ends.
async fn follow(
    session: &Session,
    job: &Job,
    max_wait: Duration,
    stop: &CancellationToken,
    narrator: &Narrator,
) -> Outcome {
    let order = job.order(max_wait);
    let place = match &job.waiting {
        None => None,
        Some(_) => match queue::note(session, &order, &job.request) {
            Ok(place) => place,
            Err(error) => return Outcome::Failed(failure_of(&error)),
        },
    };
    let outcome = report::fetch(session, &order, &job.request, stop, narrator).await;
    let cancelled = matches!(outcome, Outcome::Cancelled);
    if let Some(place) = place
        && let Err(error) = place.leave(session, &job.request, cancelled)
    {
        progress::warn(&error.to_string());
    }
    outcome
}

fn print_jobs(jobs: &[Job], format: Format, out: &mut dyn Write) -> Result<(), CliError> {
    let jobs: Vec<JobJson<'_>> = jobs.iter().map(json).collect();
    if format == Format::Json {
        return output::json(out, &BTreeMap::from([("jobs", jobs)]));
    }
    let mut headings: Vec<Heading> = ["id", "state", "next poll", "ordered"]
        .map(Heading::text)
        .into();
    headings.extend([Heading::number("polls"), Heading::text("links until")]);
    let rows = jobs.into_iter().map(|job| {
        vec![
            Some(job.id.to_owned()),
            Some(job.state.to_owned()),
            job.next_poll_at,
            Some(job.ordered_at),
            Some(job.polls.to_string()),
            job.valid_till,
        ]
    });
    print::sheet(out, &Sheet::new(headings, rows), format)
}

fn json(job: &Job) -> JobJson<'_> {
    let range = job.request.range();
    JobJson {
        id: job.id.as_str(),
        scope: job.request.scope.path(),
        metric: job.request.metric.word(),
        from: range.map(|range| range.from.to_string()),
        to: range.map(|range| range.to.to_string()),
        // The process that holds the job polls it. In a queue nothing is polled.
        state: if job.held && job.waiting.is_none() {
            "held"
        } else {
            job.state.word()
        },
        next_poll_at: job.next_poll_at.map(timestamp),
        polls: job.polls,
        ordered_at: timestamp(job.ordered_at),
        valid_till: job.valid_till.map(timestamp),
    }
}
