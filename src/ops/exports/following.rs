//! Starts a run, follows it to its end, and keeps its note on disk up to date.

use super::outcome::{News, RunOrder, RunOutcome};
use super::{watched, words};
use crate::azure::error::AzureError;
use crate::azure::exports;
use crate::azure::exports::Started;
use crate::domain::export::definition::Export;
use crate::domain::export::history::RunEnding;
use crate::domain::export::watch::{Ending, Step, Watch};
use crate::ops::clock::Deadline;
use crate::ops::error::OpsError;
use crate::ops::session::Session;
use crate::store::orders::export_runs::{RunClaim, RunNote};
use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;

/// Refusals of the history in a row after which the watch ends.
const MOST_REFUSALS: u32 = 10;

/// How a run begins.
pub(super) enum Begin {
    Started(RunNote),
    /// One of the same days was under way.
    UnderWay(RunNote),
    /// The user has stopped before anything was sent.
    Stopped,
}

/// Follows one run.
pub(super) struct Follower<'a> {
    session: &'a Session,
    order: &'a RunOrder,
    claim: &'a RunClaim,
    stop: &'a CancellationToken,
    limit: Deadline,
}

impl<'a> Follower<'a> {
    pub(super) fn new(
        session: &'a Session,
        order: &'a RunOrder,
        claim: &'a RunClaim,
        stop: &'a CancellationToken,
    ) -> Self {
        let longest = TimeDelta::from_std(order.max_wait).unwrap_or(TimeDelta::MAX);
        Self {
            session,
            order,
            claim,
            stop,
            limit: Deadline::after(longest, session.clock.as_ref()),
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.session.clock.now()
    }

    /// Removes the note of a watch that has ended, and keeps its end.
    fn end(&self, note: &RunNote, ending: &Ending) -> Result<(), OpsError> {
        if let Some(end) = RunEnding::of(ending) {
            watched::record(self.session, note, end);
        }
        Ok(self.claim.clear()?)
    }

    /// Goes on with the watch of an earlier command. `None` if its run never began.
    pub(super) async fn resume(
        &self,
        note: RunNote,
        news: &mut impl FnMut(News),
    ) -> Result<Option<RunOutcome>, OpsError> {
        news(News::Note(format!(
            "resumed the watch over {}",
            that_run(&note.watch)
        )));
        let outcome = self.follow(note, news).await?;
        if outcome != RunOutcome::Ended(Ending::NeverStarted) {
            return Ok(Some(outcome));
        }
        news(News::Note(
            "that run never began, so it is started now".to_owned(),
        ));
        Ok(None)
    }

    /// Says what has become of a run that an earlier command started and that is not watched now. `None` if another one can
    /// be started.
    pub(super) async fn settle(
        &self,
        mut note: RunNote,
        is_recent: bool,
        news: &mut impl FnMut(News),
    ) -> Result<Option<RunOutcome>, OpsError> {
        let client = self.session.client()?;
        let that_run = that_run(&note.watch);
        let at = note.watch.first_look(self.now());
        let looking = async {
            self.session.clock.sleep_until(at).await;
            exports::history(client, &self.order.scope, &self.order.export).await
        };
        let look = tokio::select! {
            biased;
            () = self.stop.cancelled() => return Ok(Some(RunOutcome::NotStarted)),
            look = looking => look,
        };
        let times = (look.wait, DateTime::<Utc>::MAX_UTC);
        let step = note.watch.looked(&look.runs?, self.now(), times);
        if let Step::Ended(ending) = &step {
            self.end(&note, ending)?;
        }
        let (said, goes_on) = match step {
            Step::Look { run, .. } => {
                let state = words::state(run.as_deref(), self.now());
                (format!("{that_run}: {state}"), is_recent)
            }
            Step::Ended(Ending::NeverStarted) => (format!("{that_run} never began"), false),
            Step::Ended(ending) => {
                let ended = words::ended(&ending, self.order.max_wait);
                (format!("{that_run}: {ended}"), false)
            }
        };
        news(News::Note(said));
        Ok(goes_on.then_some(RunOutcome::UnderWay))
    }

    /// Starts the run, unless one of the same days is under way.
    pub(super) async fn start(&self, news: &mut impl FnMut(News)) -> Result<Begin, OpsError> {
        let (client, order) = (self.session.client()?, self.order);
        let known = tokio::select! {
            biased;
            () = self.stop.cancelled() => return Ok(Begin::Stopped),
            known = exports::get(client, &order.scope, &order.export) => known?,
        };
        let own = known.own_days(self.now().date_naive());
        let own = own.filter(|_| order.days.is_none());
        if let Some(open) = Watch::of_open_run((order.days, own), &known.runs, self.now()) {
            news(News::Note(
                "a run of the same days is under way; no second one is started".to_owned(),
            ));
            let note = self.note_of(&known, open);
            self.claim.write(&note)?;
            return Ok(Begin::UnderWay(note));
        }
        let watch = Watch {
            own,
            ..Watch::new(order.days, &known.runs, self.now())
        };
        let mut note = self.note_of(&known, watch);
        self.claim.write(&note)?;
        // The answer is waited for even if the user interrupts: without it, the start would be unclear.
        let starting = exports::run(client, &order.scope, &order.export, order.days);
        let started = self.session.sending.track_future(starting).await;
        match started {
            Started::Accepted => {
                note.watch.accepted();
                self.claim.write(&note)?;
            }
            Started::Unclear(error) => news(News::Note(format!(
                "the answer to the start is unclear ({error}); it is not sent again, the history tells whether the run began"
            ))),
            Started::Refused(error) => {
                self.claim.clear()?;
                return Err(error.into());
            }
        }
        Ok(Begin::Started(note))
    }

    fn note_of(&self, export: &Export, watch: Watch) -> RunNote {
        RunNote {
            origin: self.session.origin.clone(),
            scope: self.order.scope.clone(),
            export: self.order.export.clone(),
            source: Some(export.source()),
            dataset: Some(export.dataset.word().to_owned()),
            watch,
        }
    }

    /// Looks at the history until the run has ended.
    pub(super) async fn follow(
        &self,
        mut note: RunNote,
        news: &mut impl FnMut(News),
    ) -> Result<RunOutcome, OpsError> {
        let client = self.session.client()?;
        let mut at = note.watch.first_look(self.now());
        let mut refusals = 0;
        loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return Ok(RunOutcome::Cancelled),
                () = self.session.clock.sleep_until(at) => {}
            }
            let look = tokio::select! {
                biased;
                () = self.stop.cancelled() => return Ok(RunOutcome::Cancelled),
                look = exports::history(client, &self.order.scope, &self.order.export) => look,
            };
            let (now, limit) = (self.now(), self.limit.on_wall(self.session.clock.as_ref()));
            let step = match look.runs {
                Ok(runs) => {
                    refusals = 0;
                    note.watch.looked(&runs, now, (look.wait, limit))
                }
                Err(error) => {
                    refusals += u32::from(matches!(error, AzureError::Service(_)));
                    if is_final(&error) || refusals >= MOST_REFUSALS {
                        return Err(error.into());
                    }
                    news(News::Note(format!(
                        "the history cannot be read now: {error}"
                    )));
                    note.watch.missed(now, (look.wait, limit))
                }
            };
            match step {
                Step::Look { at: next, run } => {
                    self.claim.write(&note)?;
                    news(News::Waiting {
                        since: now,
                        until: next,
                        limit,
                        run,
                    });
                    at = next;
                }
                Step::Ended(ending) => {
                    // A run that goes on is resumed by the same command.
                    if matches!(ending, Ending::TimeUp(_)) {
                        self.claim.write(&note)?;
                    } else {
                        self.end(&note, &ending)?;
                    }
                    return Ok(RunOutcome::Ended(ending));
                }
            }
        }
    }
}

/// A run that an earlier command started, in words.
fn that_run(watch: &Watch) -> String {
    let at = watch.started_at.format("%Y-%m-%d %H:%M:%S");
    format!("the run that was started at {at} UTC")
}

/// Whether another look would meet the same error.
fn is_final(error: &AzureError) -> bool {
    match error {
        AzureError::SignIn(_)
        | AzureError::Unauthorized(_)
        | AzureError::Forbidden(_)
        | AzureError::Endpoint(_)
        | AzureError::ForeignLink(_) => true,
        AzureError::Throttled(_)
        | AzureError::Service(_)
        | AzureError::Transport(_)
        | AzureError::TimedOut(_)
        | AzureError::NotConnected(_)
        | AzureError::Unreadable(_)
        | AzureError::Mismatch(_)
        | AzureError::Incomplete(_) => false,
    }
}
