//! How long to wait: as the server requested, else the contract's default; jitter only adds to it.

use super::states::Moment;
use crate::domain::report::reply::{Reply, Wait, WaitReason};
use chrono::{DateTime, TimeDelta, Utc};

/// Wait after a 202 if neither it nor an earlier one requested a wait.
pub const DEFAULT_POLL_SECONDS: i64 = 20;
/// Wait after a 429 or 5xx that requests none.
pub const DEFAULT_BACKOFF_SECONDS: i64 = 30;
/// Consecutive calls without a response, before failing.
const UNREACHABLE_TRIES: u32 = 5;

/// The end of a wait: the server's or the default, plus jitter where many clients may wait for the same moment.
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
    // A requested wait of zero still lasts a second.
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

/// The wait after throttling or a server failure, for an order, a poll or a page alike. Without a header, the last
/// requested wait applies; a new one replaces it.
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

/// The wait after a call without a response; `None` after too many in a row.
pub(super) fn unreachable_wait(
    tries: &mut u32,
    last: Option<TimeDelta>,
    at: Moment,
) -> Option<Wait> {
    *tries += 1;
    (*tries <= UNREACHABLE_TRIES)
        .then(|| wait_for(DEFAULT_BACKOFF_SECONDS, last, at, WaitReason::Unreachable))
}

/// Pause before a link that should still work is retried.
const PATIENCE_SECONDS: i64 = 20;

/// The wait before the same link is retried.
pub(crate) fn patience(at: Moment) -> Wait {
    wait_for(PATIENCE_SECONDS, None, at, WaitReason::LinkRefused)
}
