//! Runs that are watched: listed as jobs, found by their ids, and kept when they have ended.

use crate::domain::export::history::{PastRun, RunEnding};
use crate::domain::export::run::Run;
use crate::domain::scope::ScopeId;
use crate::ops::error::OpsError;
use crate::ops::session::Session;
pub use crate::store::orders::export_runs::{NotedRun, RunNote};

/// Lists the runs of this cloud or endpoint that are watched, the oldest first, and the errors of unreadable notes. A run that
/// is not followed is left out.
pub fn list(session: &Session) -> Result<(Vec<NotedRun>, Vec<OpsError>), OpsError> {
    let (noted, damaged) = session.export_runs.list()?;
    let noted = noted.into_iter();
    let is_mine = |note: &RunNote| note.origin == session.origin && !note.watch.unwatched;
    let mine = noted.filter(|noted| is_mine(&noted.note));
    Ok((
        mine.collect(),
        damaged.into_iter().map(OpsError::from).collect(),
    ))
}

/// The watches of this cloud or endpoint that have ended, the newest first.
pub fn past(session: &Session) -> Result<Vec<PastRun>, OpsError> {
    let past = session.export_runs.past()?.into_iter();
    Ok(past.filter(|run| run.origin == session.origin).collect())
}

/// The source that opens the files of a run whose watch has ended.
pub fn source_of(session: &Session, scope: &ScopeId, run: &Run) -> Option<String> {
    let mut past = past(session).ok()?.into_iter();
    let mine = past.find(|past| past.scope == *scope && past.run.as_ref() == Some(&run.id));
    mine?.source
}

/// Keeps a watch that has ended. Failing to is told in the log only: the run itself is what counts.
pub(super) fn record(
    session: &Session,
    note: &RunNote,
    (ending, run, why): (RunEnding, Option<&Run>, Option<String>),
) {
    let watch = &note.watch;
    let ended = PastRun {
        origin: note.origin.clone(),
        scope: note.scope.clone(),
        export: note.export.clone(),
        dataset: note.dataset.clone(),
        days: watch.days.or(run.and_then(|run| run.days)),
        source: note.source.clone(),
        run: run.map(|run| run.id.clone()).or(watch.run.clone()),
        started_at: watch.started_at,
        ended_at: session.clock.now(),
        looks: watch.looks,
        ending,
        why,
    };
    if let Err(error) = session.export_runs.add(&ended) {
        tracing::warn!(%error, "a run that has ended could not be kept");
    }
}
