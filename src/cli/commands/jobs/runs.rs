//! Watched runs of exports among the jobs.

use super::json::{EndedJson, JobJson};
use crate::cli::progress;
use crate::domain::export::definition::Dataset;
use crate::domain::export::history::PastRun;
use crate::domain::export::watch::{StartState, WatchEnding};
use crate::domain::metric::Metric;
use crate::domain::text::timestamp;
use crate::ops::error::OpsError;
use crate::ops::exports::running;
use crate::ops::exports::running::{RunOrder, RunOutcome};
use crate::ops::exports::watched;
use crate::ops::exports::watched::{NotedRun, RunNote};
use crate::ops::exports::words;
use crate::ops::session::Session;
use futures_util::future::join_all;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The metric of a dataset, or its own word.
fn metric(dataset: Option<&str>) -> &str {
    let Some(word) = dataset else {
        return "unknown";
    };
    let dataset = Dataset::read(word);
    match dataset.metric() {
        Some(metric) => Metric::word(metric),
        None if dataset == Dataset::Focus => "focus",
        None => word,
    }
}

pub(super) fn json(noted: &NotedRun) -> JobJson<'_> {
    let NotedRun { note, held } = noted;
    let watch = &note.watch;
    JobJson {
        id: note.name(),
        scope: note.scope.path(),
        metric: metric(note.dataset.as_deref()),
        export: Some(&note.export),
        from: watch.days.map(|days| days.from.to_string()),
        to: watch.days.map(|days| days.to.to_string()),
        state: match (held, watch.start, &watch.run) {
            (true, _, _) => "held",
            (false, StartState::Unclear, None) => "undecided",
            (false, StartState::Busy, _) => "throttled",
            (false, _, _) => "exporting",
        },
        next_poll_at: watch.not_before.map(timestamp),
        polls: watch.looks,
        ordered_at: timestamp(watch.started_at),
        valid_till: None,
        ended: None,
    }
}

pub(super) fn past_json(past: &PastRun) -> JobJson<'_> {
    JobJson {
        id: past.run.clone().unwrap_or_default(),
        scope: past.scope.path(),
        metric: metric(past.dataset.as_deref()),
        export: Some(&past.export),
        from: past.days.map(|days| days.from.to_string()),
        to: past.days.map(|days| days.to.to_string()),
        state: past.ending.word(),
        next_poll_at: None,
        polls: past.looks,
        ordered_at: timestamp(past.started_at),
        valid_till: None,
        ended: Some(EndedJson {
            ended_at: timestamp(past.ended_at),
            took: past.took(),
            rows: None,
            why: past.why.as_deref(),
            calls: Vec::new(),
        }),
    }
}

/// Follows all of these runs to their ends; returns the first exit code that is not 0.
pub(super) async fn resume(
    session: &Session,
    runs: &[NotedRun],
    max_wait: Duration,
    stop: &CancellationToken,
) -> u8 {
    let all = runs
        .iter()
        .map(|run| follow(session, &run.note, max_wait, stop));
    let codes = join_all(all).await;
    codes.into_iter().find(|code| *code != 0).unwrap_or(0)
}

async fn follow(
    session: &Session,
    note: &RunNote,
    max_wait: Duration,
    stop: &CancellationToken,
) -> u8 {
    let name = &note.export;
    let tell = |news| progress::say(&format!("{name}: {}", words::told(&news)));
    match running::resume(session, note, max_wait, stop, tell).await {
        Ok(outcome) => {
            let said = words::outcome(&outcome, max_wait);
            progress::say(&format!("{name}: {said}"));
            if let RunOutcome::Ended(WatchEnding::Completed(run)) = &outcome
                && let Some(source) = watched::source_of(session, &note.scope, run)
            {
                progress::say(&format!(
                    "{name}: {}",
                    words::opening(&source, run, &session.repeated().flags(true))
                ));
            }
            outcome.exit_code()
        }
        Err(error) => {
            progress::warn(&format!("{name}: {error}"));
            error.exit_code()
        }
    }
}

/// Stops following these runs.
pub(super) fn cancel(session: &Session, runs: &[NotedRun]) -> Result<(), OpsError> {
    for run in runs {
        running::forget(session, &RunOrder::resuming(&run.note, Duration::ZERO))?;
        progress::say(&format!(
            "{}: stopped following. The run goes on in Azure: `costscope exports show {}` has its end",
            run.note.name(),
            run.note.export
        ));
    }
    Ok(())
}
