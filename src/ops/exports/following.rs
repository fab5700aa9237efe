//! Starts a run, follows it to its end, and keeps its note on disk up to date.

use super::outcome::{News, RunOrder, RunOutcome};
use super::{watched, words};
use crate::azure::client::{Client, RefusedCall};
use crate::azure::error::AzureError;
use crate::azure::exports;
use crate::azure::exports::{HistoryLook, Started};
use crate::domain::export::definition::Export;
use crate::domain::export::history::RunEnding;
use crate::domain::export::watch::{LONGEST_RUN, StartState, Watch, WatchEnding, WatchStep};
use crate::ops::clock::Deadline;
use crate::ops::error::OpsError;
use crate::ops::session::Session;
use crate::store::orders::export_runs::{RunClaim, RunNote};
use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;

/// Refusals of the history in a row after which the watch ends. Those that pass, such as a busy server, do not count.
const MOST_REFUSALS: u32 = 10;
/// The shortest wait before a busy server is asked again, whatever it asks for.
const LEAST_WAIT: TimeDelta = TimeDelta::seconds(5);

/// The consequence of the end of a watch for its run.
const GOES_ON: &str = "the run goes on, and the same command resumes the watch";

/// How a run begins.
pub(super) enum Begin {
    Started(RunNote),
    /// One of the same days was under way.
    UnderWay(RunNote),
    /// The user has stopped before anything was sent.
    Stopped,
}

/// The state of the run of a note.
pub(super) enum Settled {
    /// It is over, or it never began: another one can be started.
    Free,
    UnderWay(Box<RunNote>),
    /// The server asks for a wait that goes beyond the time limit.
    TimeUp,
    /// The user has stopped before the history was read.
    Stopped,
}

/// An attempt to start a run.
enum Tried {
    Begun(Box<Begin>),
    /// Nothing was started; the server asks to wait until then.
    Busy(DateTime<Utc>, AzureError),
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

    /// Keeps the wait that a busy server asks for. It is never asked again at once.
    fn busy(
        &self,
        mut note: RunNote,
        wait: TimeDelta,
        error: AzureError,
    ) -> Result<Tried, OpsError> {
        let at = self.now().checked_add_signed(wait.max(LEAST_WAIT));
        let at = at.unwrap_or(DateTime::<Utc>::MAX_UTC);
        note.watch.busy(at);
        self.keep(&note)?;
        Ok(Tried::Busy(at, error))
    }

    fn limit(&self) -> DateTime<Utc> {
        self.limit.on_wall(self.session.clock.as_ref())
    }

    /// Waits until this time; `false` if the user stops first.
    async fn wait(&self, at: DateTime<Utc>) -> bool {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => false,
            () = self.session.clock.sleep_until(at) => true,
        }
    }

    /// Looks at the history at this time; `None` if the user stops first.
    async fn look(&self, client: &Client, at: DateTime<Utc>) -> Option<HistoryLook> {
        if !self.wait(at).await {
            return None;
        }
        tokio::select! {
            biased;
            () = self.stop.cancelled() => None,
            look = exports::history(client, &self.order.scope, &self.order.export) => Some(look),
        }
    }

    /// Removes the note of a run that has ended, and keeps the end of a watch.
    fn end(&self, note: &RunNote, ending: &WatchEnding) -> Result<(), OpsError> {
        if let Some(end) = RunEnding::of(ending)
            && !note.watch.unwatched
        {
            watched::record(self.session, note, end);
        }
        Ok(self.claim.clear()?)
    }

    /// Writes the note of a run that may have been started.
    fn keep(&self, note: &RunNote) -> Result<(), OpsError> {
        let begun = match note.watch.start {
            StartState::Accepted => "the run was started and goes on",
            StartState::Unclear => "the run may have been started",
            StartState::Busy => "nothing was started",
        };
        self.claim.write(note).map_err(|error| {
            OpsError::Failed(format!("{begun}, but its note was not written: {error}"))
        })
    }

    /// Leaves the note of a run that goes on unwatched.
    pub(super) fn leave(&self, mut note: RunNote) -> Result<(), OpsError> {
        note.watch.unwatched = true;
        self.keep(&note)
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
        if outcome != RunOutcome::Ended(WatchEnding::NeverStarted) {
            return Ok(Some(outcome));
        }
        news(News::Note(
            "that run never began, so it is started now".to_owned(),
        ));
        Ok(None)
    }

    /// Says what has become of a run that an earlier command started and that is not watched now.
    pub(super) async fn settle(
        &self,
        mut note: RunNote,
        is_recent: bool,
        news: &mut impl FnMut(News),
    ) -> Result<Settled, OpsError> {
        let client = self.session.client()?;
        let that_run = that_run(&note.watch);
        let at = note.watch.first_look(self.now());
        if at > self.now() {
            if !self.order.waits {
                news(News::Note(format!(
                    "{that_run} is under way as far as is known: the next look is not before {}",
                    time(at)
                )));
                return Ok(Settled::UnderWay(Box::new(note)));
            }
            if at > self.limit() {
                return Ok(Settled::TimeUp);
            }
        }
        let Some(look) = self.look(client, at).await else {
            return Ok(Settled::Stopped);
        };
        let times = (look.wait, DateTime::<Utc>::MAX_UTC);
        let runs = match look.runs {
            Ok(runs) => runs,
            Err(error) => {
                note.watch.missed(self.now(), times);
                self.keep(&note)?;
                return Err(error.into());
            }
        };
        let (said, settled) = match note.watch.looked(&runs, self.now(), times) {
            WatchStep::Look { run, .. } => {
                self.keep(&note)?;
                let state = words::state(run.as_deref(), self.now());
                let may_come = self.now() - note.watch.started_at < LONGEST_RUN;
                if is_recent && (run.is_some() || may_come) {
                    let said = format!("{that_run} is under way: {state}");
                    (said, Settled::UnderWay(Box::new(note)))
                } else {
                    (format!("{that_run}: {state}"), Settled::Free)
                }
            }
            WatchStep::Ended(ending) => {
                self.end(&note, &ending)?;
                let said = match ending {
                    WatchEnding::NeverStarted => format!("{that_run} never began"),
                    ending => format!("{that_run}: {}", words::ended(&ending, self.order.max_wait)),
                };
                (said, Settled::Free)
            }
        };
        news(News::Note(said));
        Ok(settled)
    }

    /// Starts the run, unless one of the same days is under way. A wait that the server asks for is waited for, as far as the
    /// time limit goes; after that, the note keeps it.
    pub(super) async fn start(
        &self,
        not_before: Option<DateTime<Utc>>,
        news: &mut impl FnMut(News),
    ) -> Result<Begin, OpsError> {
        let mut waits = not_before.map(|at| (at, None));
        loop {
            if let Some((at, why)) = waits
                && at > self.now()
            {
                if !self.order.waits || at > self.limit() {
                    let why = why.unwrap_or_else(|| {
                        AzureError::Throttled("the server was busy at the last start".to_owned())
                    });
                    let words = format!(
                        "nothing was started: the server asks to wait until {}",
                        time(at)
                    );
                    return Err(why.saying(&words).into());
                }
                news(News::Busy {
                    since: self.now(),
                    until: at,
                    limit: self.limit(),
                });
                if !self.wait(at).await {
                    return Ok(Begin::Stopped);
                }
                news(News::Note("the start is sent again".to_owned()));
            }
            match self.try_to_start(news).await? {
                Tried::Begun(begin) => return Ok(*begin),
                Tried::Busy(at, error) => waits = Some((at, Some(error))),
            }
        }
    }

    async fn try_to_start(&self, news: &mut impl FnMut(News)) -> Result<Tried, OpsError> {
        let (client, order) = (self.session.client()?, self.order);
        let known = tokio::select! {
            biased;
            () = self.stop.cancelled() => return Ok(begun(Begin::Stopped)),
            known = exports::get(client, &order.scope, &order.export) => known,
        };
        let known = match known {
            Ok(known) => known,
            Err(RefusedCall {
                error,
                wait: Some(wait),
            }) => {
                let watch = || Watch::new(order.days, &[], self.now());
                let note = self.claim.read()?;
                let note = note.unwrap_or_else(|| self.note_with((None, None), watch()));
                return self.busy(note, wait, error);
            }
            Err(refusal) => return Err(refusal.error.into()),
        };
        let own = known.own_days(self.now().date_naive());
        let own = own.filter(|_| order.days.is_none());
        if let Some(open) = Watch::of_open_run((order.days, own), &known.runs, self.now()) {
            let which = match (order.days, own) {
                (None, None) => "a run is under way, and its days cannot be compared",
                _ => "a run of the same days is under way",
            };
            news(News::Note(format!("{which}; no second one is started")));
            let note = self.note_of(&known, open);
            self.claim.write(&note)?;
            return Ok(begun(Begin::UnderWay(note)));
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
                self.keep(&note)?;
            }
            Started::Busy { wait, error } => return self.busy(note, wait, error),
            Started::Unclear(error) => news(News::Note(format!(
                "the answer to the start is unclear ({error}); it is not sent again, the history tells whether the run began"
            ))),
            Started::Refused(error) => {
                self.claim.clear()?;
                return Err(error.into());
            }
        }
        Ok(begun(Begin::Started(note)))
    }

    fn note_of(&self, export: &Export, watch: Watch) -> RunNote {
        let dataset = export.dataset.word().to_owned();
        self.note_with((Some(export.source()), Some(dataset)), watch)
    }

    fn note_with(
        &self,
        (source, dataset): (Option<String>, Option<String>),
        watch: Watch,
    ) -> RunNote {
        RunNote {
            origin: self.session.origin.clone(),
            scope: self.order.scope.clone(),
            export: self.order.export.clone(),
            source,
            dataset,
            watch: Watch {
                is_to_date: self.order.is_to_date,
                ..watch
            },
        }
    }

    /// Says how long the server is waited for. A wait beyond the time limit ends the watch at once.
    fn before_the_first_look(
        &self,
        at: DateTime<Utc>,
        news: &mut impl FnMut(News),
    ) -> Option<RunOutcome> {
        let (now, limit) = (self.now(), self.limit());
        if at <= now {
            return None;
        }
        if at > limit {
            return Some(RunOutcome::Ended(WatchEnding::TimeUp(None)));
        }
        news(News::Waiting {
            since: now,
            until: at,
            limit,
            run: None,
        });
        None
    }

    /// Looks at the history until the run has ended.
    pub(super) async fn follow(
        &self,
        mut note: RunNote,
        news: &mut impl FnMut(News),
    ) -> Result<RunOutcome, OpsError> {
        let client = self.session.client()?;
        let mut at = note.watch.first_look(self.now());
        if note.watch.unwatched {
            note.watch.unwatched = false;
            self.keep(&note)?;
        }
        if let Some(outcome) = self.before_the_first_look(at, news) {
            return Ok(outcome);
        }
        let mut refusals = 0;
        loop {
            let Some(look) = self.look(client, at).await else {
                return Ok(RunOutcome::Cancelled);
            };
            let (now, limit) = (self.now(), self.limit());
            let step = match look.runs {
                Ok(runs) => {
                    refusals = 0;
                    note.watch.looked(&runs, now, (look.wait, limit))
                }
                Err(error) => {
                    let counts = matches!(error, AzureError::Service(_)) && !look.passing;
                    refusals += u32::from(counts);
                    if is_final(&error) || refusals >= MOST_REFUSALS {
                        return Err(error.saying(GOES_ON).into());
                    }
                    news(News::Note(format!(
                        "the history cannot be read now: {error}"
                    )));
                    note.watch.missed(now, (look.wait, limit))
                }
            };
            match step {
                WatchStep::Look { at: next, run } => {
                    self.keep(&note)?;
                    news(News::Waiting {
                        since: now,
                        until: next,
                        limit,
                        run,
                    });
                    at = next;
                }
                WatchStep::Ended(ending) => {
                    // A run that goes on is resumed by the same command.
                    if matches!(ending, WatchEnding::TimeUp(_)) {
                        self.keep(&note)?;
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
    format!("the run that was started at {}", time(watch.started_at))
}

fn begun(begin: Begin) -> Tried {
    Tried::Begun(Box::new(begin))
}

fn time(at: DateTime<Utc>) -> String {
    format!("{} UTC", at.format("%Y-%m-%d %H:%M:%S"))
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
