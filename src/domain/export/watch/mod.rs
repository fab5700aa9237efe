//! The watch over a run that was started by hand: which run is ours, when to look again, when to end.
//!
//! The answer to the start has neither a run id nor a link. The run is recognized in the history: it was not there before,
//! it was started on demand, for the same days, and not before the newest run of the history at the start. Times of the
//! server are compared with times of the server. A start without a clear answer is never repeated; the history tells whether
//! it arrived.

use super::definition::OwnDays;
use super::run::{Run, Status, Trigger};
use crate::domain::period::{DateRange, Month};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// The pause between two looks at the history, at first and later.
const SOON: TimeDelta = TimeDelta::seconds(30);
const LATER: TimeDelta = TimeDelta::minutes(2);
/// The time since the start after which a run is looked at less often.
const PATIENT_AFTER: TimeDelta = TimeDelta::minutes(10);
/// The longest time after which a run that was started must be in the history, if the answer to the start was unclear.
const SEEN_WITHIN: TimeDelta = TimeDelta::minutes(10);
/// How far the clocks of this machine and of Azure may differ. This only counts where the history was empty.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::days(1);
/// A run takes at most this long (Microsoft Learn: data arrives within four hours of a run).
pub const LONGEST_RUN: TimeDelta = TimeDelta::hours(4);

/// The known state of the start of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StartState {
    /// It is about to be sent, or its answer is unclear.
    Unclear,
    /// The server has accepted it, or the history shows its run.
    Accepted,
    /// The server was busy and has refused it: nothing was started.
    Busy,
}

/// A run that is being followed. It is written to disk before the start is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// The days that were asked for; without them, the export's own.
    pub days: Option<DateRange>,
    /// Where no days were asked for: those of the export, as far as they can be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<OwnDays>,
    /// The runs that were in the history before.
    pub known: Vec<String>,
    /// When the newest of them was submitted, by the server's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<DateTime<Utc>>,
    /// Whether the days end with the day of the start, in a month that goes on: tomorrow, the same command ends a day later.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_to_date: bool,
    /// Whether it is not followed: the note only keeps the same run from being started twice.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unwatched: bool,
    pub started_at: DateTime<Utc>,
    pub start: StartState,
    /// The id of our run, once it is known.
    #[serde(default)]
    pub run: Option<String>,
    /// No look before this time.
    #[serde(default)]
    pub not_before: Option<DateTime<Utc>>,
    /// How often the history was looked at.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub looks: u32,
    /// The last wait that the server named, in seconds, until a look succeeds without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_named: Option<i64>,
}

// The form that serde asks for.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// Whether days end today, in a month that goes on.
pub fn is_to_date(days: Option<DateRange>, today: NaiveDate) -> bool {
    days.is_some_and(|days| days.to == today && days.to != Month::of(days.to).range().to)
}

/// The next step after a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchStep {
    /// Look again at this time.
    Look {
        at: DateTime<Utc>,
        run: Option<Box<Run>>,
    },
    Ended(WatchEnding),
}

/// The end of a watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchEnding {
    Completed(Box<Run>),
    /// The run found no data, so it wrote nothing.
    NoData(Box<Run>),
    Failed(Box<Run>),
    /// The answer to the start was unclear, and the history shows no run: nothing was started.
    NeverStarted,
    /// The time limit is reached; the run goes on, as far as is known.
    TimeUp(Option<Box<Run>>),
}

impl Watch {
    /// A watch over a run that is about to be started, with the history as it is now.
    pub fn new(days: Option<DateRange>, history: &[Run], now: DateTime<Utc>) -> Self {
        Self {
            days,
            own: None,
            known: history.iter().map(|run| run.id.clone()).collect(),
            newest: history.iter().filter_map(|run| run.submitted).max(),
            is_to_date: is_to_date(days, now.date_naive()),
            unwatched: false,
            started_at: now,
            start: StartState::Unclear,
            run: None,
            not_before: None,
            looks: 0,
            last_named: None,
        }
    }

    /// A watch over a run that is under way for the same days, so that no second one is started. A run for the export's own
    /// days is only known where these can be told; where they cannot, any run that was started on demand counts.
    pub fn of_open_run(
        (days, own): (Option<DateRange>, Option<OwnDays>),
        history: &[Run],
        now: DateTime<Utc>,
    ) -> Option<Self> {
        let is_recent = |run: &&Run| {
            let submitted = run.submitted.unwrap_or(DateTime::UNIX_EPOCH);
            now.signed_duration_since(submitted) < LONGEST_RUN
        };
        let is_same = |run: &&Run| match (days, own) {
            (Some(days), _) => covers(days, now.date_naive(), run),
            (None, Some(_)) => is_own(own, run),
            (None, None) => run.trigger == Trigger::OnDemand,
        };
        let open = history.iter().filter(|run| run.status.is_open());
        let same = open.filter(|run| is_recent(run) && is_same(run));
        let run = same.min_by_key(|run| days.is_some() && run.days != days)?;
        Some(Self {
            own,
            known: Vec::new(),
            started_at: run.submitted.unwrap_or(now),
            start: StartState::Accepted,
            run: Some(run.id.clone()),
            ..Self::new(days, &[], now)
        })
    }

    /// The server has accepted the start.
    pub fn accepted(&mut self) {
        self.start = StartState::Accepted;
    }

    /// The server was busy: nothing was started, and nothing is sent before this time.
    pub fn busy(&mut self, not_before: DateTime<Utc>) {
        self.start = StartState::Busy;
        self.not_before = Some(not_before);
        self.unwatched = true;
    }

    /// The time of the first look.
    pub fn first_look(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.not_before.unwrap_or(now).max(now)
    }

    /// Takes in the history. `named` is a wait that the server asks for, `limit` the end of the time limit.
    pub fn looked(
        &mut self,
        history: &[Run],
        now: DateTime<Utc>,
        (named, limit): (Option<TimeDelta>, DateTime<Utc>),
    ) -> WatchStep {
        self.looks = self.looks.saturating_add(1);
        self.last_named = named.map(|named| named.num_seconds());
        let ours = self.ours(history).cloned().map(Box::new);
        if let Some(run) = &ours {
            self.run = Some(run.id.clone());
            self.start = StartState::Accepted;
            let ended = run.clone();
            match run.status {
                Status::Completed => return WatchStep::Ended(WatchEnding::Completed(ended)),
                Status::NoData(_) => return WatchStep::Ended(WatchEnding::NoData(ended)),
                Status::Failed | Status::Timeout => {
                    return WatchStep::Ended(WatchEnding::Failed(ended));
                }
                Status::Queued | Status::InProgress | Status::Other(_) => {}
            }
        } else if self.start == StartState::Unclear
            && self.run.is_none()
            && now - self.started_at >= SEEN_WITHIN
        {
            return WatchStep::Ended(WatchEnding::NeverStarted);
        }
        self.again(now, (named, limit), ours)
    }

    /// The history could not be read. The last wait that the server named still holds.
    pub fn missed(
        &mut self,
        now: DateTime<Utc>,
        (named, limit): (Option<TimeDelta>, DateTime<Utc>),
    ) -> WatchStep {
        self.looks = self.looks.saturating_add(1);
        let last = self.last_named.and_then(TimeDelta::try_seconds);
        let named = named.or(last);
        self.last_named = named.map(|named| named.num_seconds());
        self.again(now, (named, limit), None)
    }

    fn again(
        &mut self,
        now: DateTime<Utc>,
        (named, limit): (Option<TimeDelta>, DateTime<Utc>),
        run: Option<Box<Run>>,
    ) -> WatchStep {
        let usual = if now - self.started_at < PATIENT_AFTER {
            SOON
        } else {
            LATER
        };
        // The limit gets a last look, but no wait that the server asked for is cut short.
        let least = now.checked_add_signed(named.unwrap_or_default());
        let at = now.checked_add_signed(usual).unwrap_or(limit).min(limit);
        let at = at.max(least.unwrap_or(DateTime::<Utc>::MAX_UTC));
        self.not_before = Some(at);
        if now >= limit || at > limit {
            return WatchStep::Ended(WatchEnding::TimeUp(run));
        }
        WatchStep::Look { at, run }
    }

    /// Our run in a history.
    fn ours<'a>(&self, history: &'a [Run]) -> Option<&'a Run> {
        if let Some(id) = &self.run {
            return history.iter().find(|run| run.id == *id);
        }
        let earliest = self.newest.unwrap_or(self.started_at - CLOCKS_DIFFER);
        let began = self.started_at.date_naive();
        let fits = |run: &&Run| {
            !self.known.contains(&run.id)
                && run.trigger == Trigger::OnDemand
                && run.submitted.is_none_or(|submitted| submitted >= earliest)
                && self.days.is_none_or(|days| covers(days, began, run))
        };
        // Somebody else may have started a run of other days in the same minutes.
        let is_other = |run: &Run| match self.days {
            Some(_) => run.days != self.days,
            None => !is_own(self.own, run),
        };
        let rank = |run: &&Run| (is_other(run), run.submitted);
        history.iter().filter(fits).min_by_key(rank)
    }
}

/// Whether a run is of these days. Azure names the end of an open month in several ways, and midnight moves it by a day.
fn covers(days: DateRange, began: NaiveDate, run: &Run) -> bool {
    let Some(found) = run.days else {
        return false;
    };
    let was_open = days.to != Month::of(days.to).range().to
        && days.to.succ_opt().is_some_and(|next| began <= next);
    found == days
        || was_open
            && found.from == days.from
            && days.to.pred_opt().is_some_and(|least| found.to >= least)
}

/// Whether a run covers the export's own days.
fn is_own(own: Option<OwnDays>, run: &Run) -> bool {
    own.zip(run.days).is_some_and(|(own, days)| own.fit(days))
}

#[cfg(test)]
mod tests;
