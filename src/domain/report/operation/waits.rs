//! How long to wait: what the server named, else the defaults of the contract; jitter only adds.

use super::Moment;
use crate::domain::report::reply::{Reply, Wait, WaitReason};
use chrono::{DateTime, TimeDelta, Utc};

/// Wait after a 202 that names none and follows none that did.
pub const DEFAULT_POLL_SECONDS: i64 = 20;
/// Wait after a 429 or 5xx that names none.
pub const DEFAULT_BACKOFF_SECONDS: i64 = 30;
/// Calls that were never answered, in a row, before giving up.
const UNREACHABLE_TRIES: u32 = 5;

/// The end of a wait: named by the server or the default, plus the jitter where many may wait for the same moment.
pub(super) fn wait_for(
    seconds: i64,
    named: Option<TimeDelta>,
    at: Moment,
    why: WaitReason,
) -> Wait {
    let jitter = if why == WaitReason::RetryAfter {
        TimeDelta::zero()
    } else {
        at.jitter
    };
    // A server that names no time at all is still given a second.
    let least = TimeDelta::seconds(1);
    let length = named
        .unwrap_or_else(|| TimeDelta::seconds(seconds))
        .max(least);
    let until = at
        .now
        .checked_add_signed(length + jitter.max(TimeDelta::zero()));
    Wait {
        since: at.now,
        until: until.unwrap_or(DateTime::<Utc>::MAX_UTC),
        why,
    }
}

/// Throttling and server failures: the same rule for the order, a poll and a page. Without a header the last named
/// wait holds; a wait that is named becomes the last.
pub(super) fn repeat_wait(reply: &Reply, last: &mut Option<TimeDelta>, at: Moment) -> Option<Wait> {
    let (wait, why) = match reply {
        Reply::Throttled { wait, header } => {
            let header = header.clone();
            (*wait, WaitReason::Throttled { header })
        }
        Reply::Unavailable { wait, status } => (*wait, WaitReason::ServerError { status: *status }),
        _ => return None,
    };
    *last = wait.or(*last);
    Some(wait_for(DEFAULT_BACKOFF_SECONDS, *last, at, why))
}

/// The wait after a call that was never answered; `None` when there were too many in a row.
pub(super) fn unreachable_wait(
    tries: &mut u32,
    last: Option<TimeDelta>,
    at: Moment,
) -> Option<Wait> {
    *tries += 1;
    (*tries <= UNREACHABLE_TRIES)
        .then(|| wait_for(DEFAULT_BACKOFF_SECONDS, last, at, WaitReason::Unreachable))
}
