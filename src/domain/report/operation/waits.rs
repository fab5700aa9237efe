//! How long to wait: as the server requested, else the contract's default; longer while failures last, and jitter only
//! adds to it.

use super::states::{Pacing, ReplyTime};
use crate::domain::report::reply::{Failure, Reply, Wait, WaitReason};
use chrono::{DateTime, TimeDelta, Utc};

/// Wait after a 202 if neither it nor an earlier one requested a wait.
pub const DEFAULT_POLL_SECONDS: i64 = 20;
/// Wait after a 429 or 5xx that requests none.
pub const DEFAULT_BACKOFF_SECONDS: i64 = 30;
/// First wait after a connection was lost, or after an answer that was cut off; no quota is used up.
pub const LOST_SECONDS: i64 = 2;
/// Waits that no server requested double up to this.
const LONGEST_SECONDS: i64 = 60;
/// How often in a row a server may request a short wait before waits get longer all the same.
const PATIENT_TRIES: u32 = 30;
/// Empty or cut answers in a row, before failing.
const INCOMPLETE_TRIES: u32 = 3;

/// The end of a wait: the server's or the default, plus jitter where many clients may wait for the same moment.
pub(super) fn wait_for(
    seconds: i64,
    named: Option<TimeDelta>,
    at: ReplyTime,
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

/// The wait after this many failures in a row: what the server requested, at least a second; else `first`, doubled with
/// each failure up to a minute.
pub fn after_failures(named: Option<TimeDelta>, first: TimeDelta, failures: u32) -> TimeDelta {
    let least = TimeDelta::seconds(1);
    match named {
        Some(named) => named.max(doubled(least, failures.saturating_sub(PATIENT_TRIES))),
        None => doubled(first.max(least), failures),
    }
}

/// A wait that doubles with each failure after the first, up to a minute. A longer one stays as it is.
fn doubled(first: TimeDelta, failures: u32) -> TimeDelta {
    let most = first.max(TimeDelta::seconds(LONGEST_SECONDS));
    let factor = 1_i32 << failures.saturating_sub(1).min(6);
    first
        .checked_mul(factor)
        .map_or(most, |wait| wait.min(most))
}

/// The wait after throttling, a server failure or a call without a complete response, for an order, a poll or a page
/// alike, or the failure that ends it; `None` for any other reply. Without a header, the last requested wait applies; a
/// new one replaces it.
pub(super) fn repeat_wait(
    reply: &Reply,
    pacing: &mut Pacing,
    at: ReplyTime,
) -> Option<Result<Wait, Failure>> {
    let failures = &mut pacing.failures;
    let (named, why, seconds) = match reply {
        Reply::Throttled { wait, header } => {
            let header = header.clone();
            let why = WaitReason::Throttled { header };
            (*wait, why, DEFAULT_BACKOFF_SECONDS)
        }
        Reply::Unavailable { wait, status } => {
            let why = WaitReason::ServerError { status: *status };
            (*wait, why, DEFAULT_BACKOFF_SECONDS)
        }
        Reply::Unreachable { .. } | Reply::NotSent { .. } => {
            (None, WaitReason::Unreachable, LOST_SECONDS)
        }
        Reply::Incomplete { message } if failures.incomplete >= INCOMPLETE_TRIES => {
            return Some(Err(incomplete(message)));
        }
        Reply::Incomplete { .. } => (None, WaitReason::Incomplete, LOST_SECONDS),
        Reply::Accepted { .. }
        | Reply::NotFound
        | Reply::Unsupported { .. }
        | Reply::Doubtful { .. }
        | Reply::Paged { .. }
        | Reply::Finished(_)
        | Reply::NoData { .. }
        | Reply::Progress { .. }
        | Reply::Fetched { .. }
        | Reply::LinkExpired
        | Reply::Failed(_)
        | Reply::Cancelled => return None,
    };
    failures.count(named.is_some(), why == WaitReason::Incomplete);
    pacing.named = named.or(pacing.named);
    let first = pacing.named.unwrap_or_else(|| TimeDelta::seconds(seconds));
    let count = match named {
        Some(_) => failures.all,
        None => failures.unnamed,
    };
    let length = after_failures(named, first, count);
    Some(Ok(wait_for(seconds, Some(length), at, why)))
}

fn incomplete(message: &str) -> Failure {
    let times = INCOMPLETE_TRIES + 1;
    Failure::Damaged {
        message: format!(
            "{message}. It was requested {times} times; without it, rows may be missing, so nothing is stored. Order it \
             again with --refresh"
        ),
    }
}

/// Pause before a link that should still work is retried.
const PATIENCE_SECONDS: i64 = 20;

/// The wait before the same link is retried.
pub(crate) fn patience(at: ReplyTime) -> Wait {
    wait_for(PATIENCE_SECONDS, None, at, WaitReason::LinkRefused)
}
