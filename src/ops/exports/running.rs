//! Runs an export now and watches the run to its end.
//!
//! The note is on disk before the start is sent. A start whose answer is unclear is never sent again: the history tells
//! whether the run began. The same command resumes the watch after a crash.

use crate::azure::error::AzureError;
use crate::azure::exports;
use crate::azure::exports::Started;
use crate::domain::export::definition::name_refusal;
use crate::domain::export::run::Run;
use crate::domain::export::watch::{Ending, Start, Step, Watch};
use crate::domain::period::{DateRange, Month};
use crate::domain::report::request::export_note;
use crate::domain::scope::ScopeId;
use crate::ops::clock::Deadline;
use crate::ops::error::OpsError;
use crate::ops::exports::words;
use crate::ops::session::Session;
use crate::store::orders::export_runs::{RunClaim, RunNote};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Refusals of the history in a row after which the watch ends.
const MOST_REFUSALS: u32 = 10;
/// A run that was started this long ago is not what is asked for now.
const STALE: TimeDelta = TimeDelta::hours(24);

/// A run to start.
#[derive(Debug, Clone)]
pub struct RunOrder {
    pub scope: ScopeId,
    pub export: String,
    /// The days; without them, the export's own.
    pub days: Option<DateRange>,
    pub max_wait: Duration,
    /// Whether the run is watched to its end.
    pub waits: bool,
}

/// The progress of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// A message to show once.
    Note(String),
    /// The next look is at this time.
    Waiting {
        since: DateTime<Utc>,
        until: DateTime<Utc>,
        limit: DateTime<Utc>,
        run: Option<Box<Run>>,
    },
}

/// The outcome of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunOutcome {
    /// The server has accepted it, and it is not watched.
    Started,
    /// One of the same days goes on, so none was started, and it is not watched.
    UnderWay,
    Ended(Ending),
    /// The user has stopped the watch; the run goes on.
    Cancelled,
    /// The user has stopped before anything was started.
    NotStarted,
}

impl RunOutcome {
    /// The exit code of the command.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Started | Self::UnderWay | Self::Ended(Ending::Completed(_)) => 0,
            Self::Ended(Ending::NoData(_)) => 3,
            Self::Ended(Ending::Failed(_) | Ending::NeverStarted) => 1,
            Self::Ended(Ending::TimeUp(_)) => 5,
            Self::Cancelled | Self::NotStarted => 130,
        }
    }

    /// The run, if it is known.
    pub fn run(&self) -> Option<&Run> {
        match self {
            Self::Ended(Ending::Completed(run) | Ending::NoData(run) | Ending::Failed(run)) => {
                Some(run.as_ref())
            }
            Self::Ended(Ending::TimeUp(run)) => run.as_deref(),
            Self::Started
            | Self::UnderWay
            | Self::Cancelled
            | Self::NotStarted
            | Self::Ended(Ending::NeverStarted) => None,
        }
    }
}

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
    let name = export_note(&session.origin, &order.scope, &order.export, order.days);
    let Some(claim) = session.export_runs.claim(&name)? else {
        return Err(OpsError::Failed(format!(
            "another costscope follows this run of {}",
            order.export
        )));
    };
    let follower = Follower {
        session,
        order,
        claim: &claim,
        stop,
        limit: Deadline::after(
            TimeDelta::from_std(order.max_wait).unwrap_or(TimeDelta::MAX),
            session.clock.as_ref(),
        ),
    };
    let noted = claim.read()?.map(|note| note.watch);
    if let Some(watch) = noted {
        let is_recent = session.clock.now() - watch.started_at < STALE;
        let outcome = if order.waits && is_recent {
            follower.resume(watch, &mut news).await?
        } else {
            follower.settle(watch, is_recent, &mut news).await?
        };
        if let Some(outcome) = outcome {
            return Ok(outcome);
        }
    }
    let (watch, begun) = match follower.start(&mut news).await? {
        Begin::Stopped => return Ok(RunOutcome::NotStarted),
        Begin::Started(watch) => (watch, RunOutcome::Started),
        Begin::UnderWay(watch) => (watch, RunOutcome::UnderWay),
    };
    if !order.waits && watch.start == Start::Accepted {
        claim.clear()?;
        return Ok(begun);
    }
    follower.follow(watch, &mut news).await
}

/// How a run begins.
enum Begin {
    Started(Watch),
    /// One of the same days was under way.
    UnderWay(Watch),
    /// The user has stopped before anything was sent.
    Stopped,
}

/// Follows one run.
struct Follower<'a> {
    session: &'a Session,
    order: &'a RunOrder,
    claim: &'a RunClaim,
    stop: &'a CancellationToken,
    limit: Deadline,
}

impl Follower<'_> {
    fn now(&self) -> DateTime<Utc> {
        self.session.clock.now()
    }

    fn note(&self, watch: &Watch) -> Result<(), OpsError> {
        let note = RunNote {
            origin: self.session.origin.clone(),
            scope: self.order.scope.clone(),
            export: self.order.export.clone(),
            watch: watch.clone(),
        };
        Ok(self.claim.write(&note)?)
    }

    /// Goes on with the watch of an earlier command. `None` if its run never began.
    async fn resume(
        &self,
        watch: Watch,
        news: &mut impl FnMut(News),
    ) -> Result<Option<RunOutcome>, OpsError> {
        news(News::Note(format!(
            "resumed the watch over {}",
            that_run(&watch)
        )));
        let outcome = self.follow(watch, news).await?;
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
    async fn settle(
        &self,
        mut watch: Watch,
        is_recent: bool,
        news: &mut impl FnMut(News),
    ) -> Result<Option<RunOutcome>, OpsError> {
        let client = self.session.client()?;
        let (that_run, at) = (that_run(&watch), watch.first_look(self.now()));
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
        let step = watch.looked(&look.runs?, self.now(), times);
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
    async fn start(&self, news: &mut impl FnMut(News)) -> Result<Begin, OpsError> {
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
            self.note(&open)?;
            return Ok(Begin::UnderWay(open));
        }
        let mut watch = Watch {
            own,
            ..Watch::new(order.days, &known.runs, self.now())
        };
        self.note(&watch)?;
        // The answer is waited for even if the user interrupts: without it, the start would be unclear.
        let starting = exports::run(client, &order.scope, &order.export, order.days);
        let started = self.session.sending.track_future(starting).await;
        match started {
            Started::Accepted => {
                watch.accepted();
                self.note(&watch)?;
            }
            Started::Unclear(error) => news(News::Note(format!(
                "the answer to the start is unclear ({error}); it is not sent again, the history tells whether the run began"
            ))),
            Started::Refused(error) => {
                self.claim.clear()?;
                return Err(error.into());
            }
        }
        Ok(Begin::Started(watch))
    }

    /// Looks at the history until the run has ended.
    async fn follow(
        &self,
        mut watch: Watch,
        news: &mut impl FnMut(News),
    ) -> Result<RunOutcome, OpsError> {
        let client = self.session.client()?;
        let mut at = watch.first_look(self.now());
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
                    watch.looked(&runs, now, (look.wait, limit))
                }
                Err(error) => {
                    refusals += u32::from(matches!(error, AzureError::Service(_)));
                    if is_final(&error) || refusals >= MOST_REFUSALS {
                        return Err(error.into());
                    }
                    news(News::Note(format!(
                        "the history cannot be read now: {error}"
                    )));
                    watch.missed(now, (look.wait, limit))
                }
            };
            match step {
                Step::Look { at: next, run } => {
                    self.note(&watch)?;
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
                        self.note(&watch)?;
                    } else {
                        self.claim.clear()?;
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
