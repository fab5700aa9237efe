//! Runs an export now and watches the run to its end.
//!
//! The note is on disk before the start is sent. A start whose answer is unclear is never sent again: the history tells
//! whether the run began. The same command resumes the watch after a crash. An unwatched run keeps its note, so that
//! the same command does not start it twice.

use super::following::{Begin, Follower, Settled};
pub use super::outcome::{News, RunOrder, RunOutcome};
use super::watched;
use crate::domain::export::definition::name_refusal;
use crate::domain::export::history::RunEnding;
pub use crate::domain::export::watch::is_to_date;
use crate::domain::export::watch::{StartState, WatchEnding};
use crate::domain::period::{DateRange, Month};
use crate::ops::error::OpsError;
use crate::ops::session::Session;
use crate::store::orders::export_runs::RunNote;
use chrono::{NaiveDate, TimeDelta};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long a run is watched, unless the user says otherwise.
pub const WATCHED: Duration = Duration::from_secs(4 * 3600);
/// A run that was started this long ago is not what is asked for now.
const STALE: TimeDelta = TimeDelta::hours(24);

/// The days of a run as they can be sent, and a note if they were moved.
pub fn days(wanted: DateRange, today: NaiveDate) -> Result<(DateRange, Option<String>), OpsError> {
    if wanted.from > today {
        return Err(OpsError::Usage(format!(
            "{} is in the future; today is {today} (UTC)",
            wanted.from
        )));
    }
    if Month::of(wanted.from) != Month::of(wanted.to) {
        return Err(OpsError::Usage(
            "a run covers days of one calendar month: run each month by itself".to_owned(),
        ));
    }
    let to = wanted.to.min(today);
    let note =
        (to < wanted.to).then(|| format!("{} is in the future: the run ends on {to}", wanted.to));
    Ok((DateRange { to, ..wanted }, note))
}

/// Starts a run, or resumes the watch over one that an earlier command started, and watches it.
pub async fn run(
    session: &Session,
    order: &RunOrder,
    stop: &CancellationToken,
    mut news: impl FnMut(News) + Send,
) -> Result<RunOutcome, OpsError> {
    if let Some(refusal) = name_refusal(&order.export) {
        return Err(OpsError::Usage(refusal));
    }
    let name = order.note_name(&session.origin);
    let Some(claim) = session.export_runs.claim(&name)? else {
        return Err(followed_elsewhere(&order.export));
    };
    let mut not_before = None;
    let follower = Follower::new(session, order, &claim, stop);
    if let Some(note) = claim.read()? {
        let is_recent = session.clock.now() - note.watch.started_at < STALE;
        if note.watch.start == StartState::Busy {
            not_before = note.watch.not_before;
        } else if order.waits && is_recent && !note.watch.unwatched {
            if let Some(outcome) = follower.resume(note, &mut news).await? {
                return Ok(outcome);
            }
        } else {
            match follower.settle(note, is_recent, &mut news).await? {
                Settled::Free => {}
                Settled::Stopped => return Ok(RunOutcome::NotStarted),
                Settled::TimeUp => return Ok(RunOutcome::Ended(WatchEnding::TimeUp(None))),
                Settled::UnderWay(note) if order.waits => {
                    if let Some(outcome) = follower.resume(*note, &mut news).await? {
                        return Ok(outcome);
                    }
                }
                Settled::UnderWay(_) => return Ok(RunOutcome::UnderWay),
            }
        }
    }
    let (note, begun) = match follower.start(not_before, &mut news).await? {
        Begin::Stopped => return Ok(RunOutcome::NotStarted),
        Begin::Started(note) => (note, RunOutcome::Started),
        Begin::UnderWay(note) => (note, RunOutcome::UnderWay),
    };
    if !order.waits && note.watch.start == StartState::Accepted {
        follower.leave(note)?;
        return Ok(begun);
    }
    follower.follow(note, &mut news).await
}

/// Goes on with the watch over a run that an earlier command started. Nothing is started.
pub async fn resume(
    session: &Session,
    noted: &RunNote,
    max_wait: Duration,
    stop: &CancellationToken,
    mut news: impl FnMut(News) + Send,
) -> Result<RunOutcome, OpsError> {
    let order = RunOrder::resuming(noted, max_wait);
    let Some(claim) = session.export_runs.claim(&noted.name())? else {
        return Err(followed_elsewhere(&noted.export));
    };
    let Some(note) = claim.read()? else {
        return Err(OpsError::Failed(format!(
            "the watch over this run of {} has ended meanwhile",
            noted.export
        )));
    };
    let follower = Follower::new(session, &order, &claim, stop);
    follower.follow(note, &mut news).await
}

/// Stops following a run that is not watched any more. It goes on in Azure. Its note keeps it from being started twice.
pub fn forget(session: &Session, order: &RunOrder) -> Result<(), OpsError> {
    let name = order.note_name(&session.origin);
    let Some(claim) = session.export_runs.claim(&name)? else {
        return Err(followed_elsewhere(&order.export));
    };
    if let Some(mut note) = claim.read()?
        && !note.watch.unwatched
    {
        watched::record(session, &note, (RunEnding::Dropped, None, None));
        note.watch.unwatched = true;
        claim.write(&note)?;
    }
    Ok(())
}

fn followed_elsewhere(export: &str) -> OpsError {
    OpsError::Failed(format!("another costscope follows this run of {export}"))
}

#[cfg(test)]
mod tests {
    use crate::domain::period::DateRange;
    use crate::ops::exports::running::days;

    #[test]
    fn days_stay_in_one_month_and_in_the_past() {
        let today = "2026-11-22".parse().unwrap();
        for (text, sent, is_moved) in [
            ("2026-10", Some("2026-10"), false),
            ("2026-11", Some("2026-11-01..2026-11-22"), true),
            (
                "2026-11-03..2026-11-22",
                Some("2026-11-03..2026-11-22"),
                false,
            ),
            ("2026-10-15..2026-11-02", None, false),
            ("2026-12", None, false),
        ] {
            let made = days(DateRange::parse(text).unwrap(), today).ok();
            let expected = sent.map(|sent| DateRange::parse(sent).unwrap());
            assert_eq!(made.as_ref().map(|(days, _)| *days), expected, "{text}");
            assert_eq!(
                made.is_some_and(|(_, note)| note.is_some()),
                is_moved,
                "{text}"
            );
        }
    }
}
