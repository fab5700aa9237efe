//! `costscope jobs`: lists, resumes and cancels orders that still run on the server or wait for their turn.

use super::report;
use super::report::Narrator;
use crate::cli::args::actions::JobsAction;
use crate::cli::output;
use crate::cli::output::{CliError, Format};
use crate::cli::print;
use crate::cli::progress;
use crate::cli::progress::timestamp;
use crate::domain::report::history::{Call, PastOrder};
use crate::domain::report::request::ReportRequest;
use crate::domain::table::text_table::{Heading, Sheet};
use crate::domain::text::counted;
use crate::ops::error::OpsError;
use crate::ops::orders::history;
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
    /// Only of an order that has ended.
    #[serde(flatten)]
    ended: Option<EndedJson<'a>>,
}

/// The end of an order.
#[derive(Serialize)]
struct EndedJson<'a> {
    ended_at: String,
    took: String,
    rows: Option<u64>,
    why: Option<&'a str>,
    calls: Vec<CallJson<'a>>,
}

/// A call to the server; the wait is in seconds.
#[derive(Serialize)]
struct CallJson<'a> {
    at: String,
    kind: &'a str,
    answer: &'a str,
    wait: Option<i64>,
    header: Option<&'a str>,
    left: &'a [String],
    request_id: Option<&'a str>,
    correlation_id: Option<&'a str>,
}

/// Runs the command.
pub async fn run(
    session: &Session,
    action: Option<JobsAction>,
    format: Format,
    out: &mut dyn Write,
    stop: &CancellationToken,
) -> Result<u8, CliError> {
    match action.unwrap_or(JobsAction::List { all: false }) {
        JobsAction::List { all } => {
            let (jobs, mut damaged) = jobs::all(session)?;
            let past = if all {
                let (past, unreadable) = history::list(session)?;
                damaged.extend(unreadable);
                Some(past)
            } else {
                None
            };
            print_jobs(&jobs, past.as_deref(), format, out)?;
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
            print_jobs(&found, None, format, out)?;
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

/// Follows one order. A report that waits keeps its place in the queue until its order ends; one in the queue of another
/// process is left to it, or both would order it.
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
        Some(waiting) => match queue::take(session, waiting) {
            Ok(place) => Some(place),
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

/// Prints the orders that go on, and those that have ended, if they were asked for.
fn print_jobs(
    jobs: &[Job],
    past: Option<&[PastOrder]>,
    format: Format,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let ended = past.unwrap_or_default().iter().map(past_json);
    let jobs: Vec<JobJson<'_>> = jobs.iter().map(json).chain(ended).collect();
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
            Some(job.id.to_owned()),
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
        ended: None,
    }
}

fn past_json(order: &PastOrder) -> JobJson<'_> {
    let range = order.request.range();
    let calls = order.log.calls.iter();
    JobJson {
        id: order.key.as_str(),
        scope: order.request.scope.path(),
        metric: order.request.metric.word(),
        from: range.map(|range| range.from.to_string()),
        to: range.map(|range| range.to.to_string()),
        state: order.ending.word(),
        next_poll_at: None,
        polls: u32::try_from(order.log.polls()).unwrap_or(u32::MAX),
        ordered_at: timestamp(order.started_at()),
        valid_till: None,
        ended: Some(EndedJson {
            ended_at: timestamp(order.ended_at),
            took: order.took(),
            rows: order.rows,
            why: order.why.as_deref(),
            calls: calls.map(call_json).collect(),
        }),
    }
}

fn call_json(call: &Call) -> CallJson<'_> {
    CallJson {
        at: timestamp(call.at),
        kind: call.kind.word(),
        answer: &call.answer,
        wait: call.wait,
        header: call.header.as_deref(),
        left: &call.left,
        request_id: call.request_id.as_deref(),
        correlation_id: call.correlation_id.as_deref(),
    }
}
