//! The time limit of a job (`--max-wait`): no request and no wait exceeds it.

use crate::domain::report::reply::{Failure, is_unusual};
use crate::domain::report::request::ReportKey;
use crate::ops::clock::Clock;
use crate::ops::session::Session;
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

/// The limit of one job; the user may extend it at any time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TimeLimit<'a> {
    pub(crate) session: &'a Session,
    pub(crate) key: &'a ReportKey,
    /// The length that was ordered.
    pub(crate) max_wait: Duration,
}

/// The time before the limit at which the last try is made.
const LAST_TRY: TimeDelta = TimeDelta::seconds(5);

/// The words for a wait that exceeds the limit because it is unusually long.
pub(crate) fn unusually_long(wait: TimeDelta) -> &'static str {
    if is_unusual(wait) {
        ", an unusually long wait"
    } else {
        ""
    }
}

impl<'a> TimeLimit<'a> {
    pub(crate) fn clock(&self) -> &'a dyn Clock {
        self.session.clock.as_ref()
    }

    /// When it is reached, by the wall clock.
    pub(crate) fn at(&self) -> DateTime<Utc> {
        self.session.throttle.limit(self.key, self.clock())
    }

    /// Ends when the limit is reached, as it stands then.
    pub(crate) async fn reached(&self) {
        loop {
            let at = self.at();
            if at <= self.clock().now() {
                return;
            }
            self.clock().alarm(at).await;
        }
    }

    /// The end of a wait that no server asked for: if it is beyond the limit but at least `least` fits, the last moment for
    /// another try.
    pub(crate) fn last_try(&self, until: DateTime<Utc>, least: TimeDelta) -> DateTime<Utc> {
        let limit = self.at();
        let soonest = self
            .clock()
            .now()
            .checked_add_signed(least.max(TimeDelta::seconds(1)));
        match limit.checked_sub_signed(LAST_TRY).zip(soonest) {
            Some((moment, soonest)) if until > limit && moment >= soonest => moment,
            _ => until,
        }
    }

    /// The length, to be shown.
    pub(crate) fn words(&self) -> String {
        crate::domain::text::clock(i64::try_from(self.max_wait.as_secs()).unwrap_or(i64::MAX))
    }

    /// The failure of an operation that was running when the limit was reached.
    pub(crate) fn missed(&self, doing: &str, then: &str) -> Failure {
        let message = format!(
            "timed out: --max-wait ({}) was over while {doing}. {then}",
            self.words()
        );
        Failure::GaveUp { message }
    }
}
