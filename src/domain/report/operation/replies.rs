//! Replies to an operation, one after the other, for tests.

use crate::domain::report::operation::states::{Operation, ReplyTime};
use crate::domain::report::reply::{Next, Reply};
use chrono::{DateTime, TimeDelta, Utc};

/// When all replies come.
pub(crate) const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// The state after a reply, and the next step.
pub(crate) fn after(state: Operation, reply: Reply) -> (Operation, Next) {
    let at = ReplyTime {
        now: NOW,
        jitter: TimeDelta::zero(),
    };
    state.advance(reply, at)
}
