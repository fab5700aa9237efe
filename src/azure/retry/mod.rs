//! Waits that servers name, and when lists and downloads are tried again.
//!
//! Report orders and polls are decided by [`crate::domain::report::operation::states::Operation`]; this file only reads headers for it.
//! Sources: RFC 9110, 10.2.3 (`Retry-After`); the Cost Management and Consumption quota headers
//! `x-ms-ratelimit-microsoft.*-retry-after`, in seconds.

use crate::domain::report::quota::Remainder;
use crate::domain::report::reply::LONGEST_NAMED;
pub use crate::domain::report::reply::NamedWait;
use crate::domain::text::redaction;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::HeaderMap;

/// The number of tries of a list call.
pub const LIST_TRIES: u32 = 5;
/// The limit for all tries of a list together: a user is looking at an empty screen.
const LIST_SECONDS: i64 = 120;
/// The longest wait among all headers whose names end in `retry-after`.
pub fn named_wait(headers: &HeaderMap, now: DateTime<Utc>) -> Option<NamedWait> {
    named_waits(headers, now)
        .into_iter()
        .max_by_key(|named| named.wait)
}

/// Every wait that a header names. Dates are measured against the response's own `Date`, or `now` where it has none.
pub fn named_waits(headers: &HeaderMap, now: DateTime<Utc>) -> Vec<NamedWait> {
    let at = server_time(headers).unwrap_or(now);
    headers
        .iter()
        .filter(|(name, _)| name.as_str().ends_with("retry-after"))
        .filter_map(|(name, value)| {
            let wait = read_wait(value.to_str().ok()?, at)?;
            Some(NamedWait {
                wait,
                header: name.as_str().to_owned(),
            })
        })
        .collect()
}

/// The time of the server when it answered.
pub(super) fn server_time(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    http_date(headers.get("date")?.to_str().ok()?)
}

/// The remaining quotas that the server reports, in the order of the header names.
pub fn remainders(headers: &HeaderMap) -> Vec<Remainder> {
    let mut found: Vec<Remainder> = headers
        .iter()
        .filter_map(|(name, value)| {
            Remainder::read(name.as_str(), &redaction::foreign(value.to_str().ok()?))
        })
        .collect();
    found.sort_by(|a, b| a.bucket.cmp(&b.bucket));
    found.dedup_by(|a, b| a.bucket == b.bucket);
    found
}

/// Whole seconds, decimals (rounded up) or an HTTP date. A longer wait than a server can mean is the longest that it can.
fn read_wait(text: &str, at: DateTime<Utc>) -> Option<TimeDelta> {
    let trimmed = text.trim();
    if let Some(date) = http_date(trimmed) {
        let left = date.signed_duration_since(at);
        return Some(left.clamp(TimeDelta::zero(), LONGEST_NAMED));
    }
    let (whole, fraction) = trimmed.split_once('.').unwrap_or((trimmed, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let up = u64::from(fraction.bytes().any(|b| b != b'0'));
    // A number that overflows still means a very long wait.
    let seconds = whole.parse::<u64>().unwrap_or(u64::MAX).saturating_add(up);
    let wait = i64::try_from(seconds).ok().and_then(TimeDelta::try_seconds);
    Some(wait.map_or(LONGEST_NAMED, |wait| wait.min(LONGEST_NAMED)))
}

/// A time in the form of HTTP headers.
pub(super) fn http_date(text: &str) -> Option<DateTime<Utc>> {
    httpdate::parse_http_date(text)
        .ok()
        .map(DateTime::<Utc>::from)
}

/// The decision about a list call's outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Done,
    /// Wait this long and repeat.
    Again(TimeDelta),
    GiveUp,
}

/// Decides for calls that are safe to repeat: throttling, server errors and lost connections.
pub fn decide(
    attempt: u32,
    gone: TimeDelta,
    status: Option<u16>,
    named: Option<&NamedWait>,
    jitter: TimeDelta,
) -> Verdict {
    let worth_it = matches!(status, None | Some(408 | 429 | 500..=599));
    if !worth_it {
        return Verdict::Done;
    }
    if attempt >= LIST_TRIES {
        return Verdict::GiveUp;
    }
    let backoff = TimeDelta::seconds(1 << attempt.min(5));
    let wait = named.map_or(backoff, |named| named.wait) + jitter;
    let limit = TimeDelta::seconds(LIST_SECONDS);
    if wait > limit || gone + wait > limit {
        return Verdict::GiveUp;
    }
    Verdict::Again(wait)
}

#[cfg(test)]
mod tests;
