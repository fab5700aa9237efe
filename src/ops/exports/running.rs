//! Runs an export now and watches the run to its end.
//!
//! The note is on disk before the start is sent. A start whose answer is unclear is never sent again: the history tells
//! whether the run began. The same command resumes the watch after a crash.

use crate::azure::error::AzureError;
use crate::azure::exports;
use crate::azure::exports::Started;
use crate::domain::export::run::Run;
use crate::domain::export::watch::{Ending, Start, Step, Watch};
use crate::domain::period::{DateRange, Month};
use crate::domain::report::request::export_note;
use crate::domain::scope::ScopeId;
use crate::ops::clock::Deadline;
use crate::ops::error::OpsError;
use crate::ops::session::Session;
use crate::store::orders::export_runs::{RunClaim, RunNote};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Refusals of the history in a row after which the watch ends.
const MOST_REFUSALS: u32 = 10;
/// A run that was started this long ago is over; its note says nothing about a new one.
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
    Ended(Ending),
    Cancelled,
}

impl RunOutcome {
    /// The exit code of the command.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Started | Self::Ended(Ending::Completed(_)) => 0,
            Self::Ended(Ending::NoData(_)) => 3,
            Self::Ended(Ending::Failed(_) | Ending::NeverStarted) => 1,
            Self::Ended(Ending::TimeUp(_)) => 5,
            Self::Cancelled => 130,
        }
    }

    /// The run, if it is known.
    pub fn run(&self) -> Option<&Run> {
        match self {
            Self::Ended(Ending::Completed(run) | Ending::NoData(run) | Ending::Failed(run)) => {
                Some(run.as_ref())
            }
            Self::Ended(Ending::TimeUp(run)) => run.as_deref(),
            Self::Started | Self::Cancelled | Self::Ended(Ending::NeverStarted) => None,
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
    let now = session.clock.now();
    if let Some(note) = claim
        .read()?
        .filter(|note| now - note.watch.started_at < STALE)
    {
        let at = note.watch.started_at.format("%Y-%m-%d %H:%M:%S");
        news(News::Note(format!(
            "resumed the watch over the run that was started at {at} UTC"
        )));
        let outcome = follower.follow(note.watch, &mut news).await?;
        if outcome != RunOutcome::Ended(Ending::NeverStarted) {
            return Ok(outcome);
        }
        news(News::Note(
            "that run never began, so it is started now".to_owned(),
        ));
    }
    let Some(watch) = follower.start(&mut news).await? else {
        return Ok(RunOutcome::Cancelled);
    };
    if !order.waits && watch.start == Start::Accepted {
        claim.clear()?;
        return Ok(RunOutcome::Started);
    }
    follower.follow(watch, &mut news).await
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

    /// Starts the run, unless one of the same days is under way. `None` if the user cancels.
    async fn start(&self, news: &mut impl FnMut(News)) -> Result<Option<Watch>, OpsError> {
        let (client, order) = (self.session.client()?, self.order);
        let known = tokio::select! {
            biased;
            () = self.stop.cancelled() => return Ok(None),
            known = exports::get(client, &order.scope, &order.export) => known?,
        };
        if let Some(open) = Watch::of_open_run(order.days, &known.runs, self.now()) {
            let which = order.days.map_or("", |_| " of the same days");
            news(News::Note(format!(
                "a run{which} is under way; no second one is started"
            )));
            self.note(&open)?;
            return Ok(Some(open));
        }
        let mut watch = Watch::new(order.days, &known.runs, self.now());
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
        Ok(Some(watch))
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
