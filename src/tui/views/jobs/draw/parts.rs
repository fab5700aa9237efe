//! Parts of a line: days, waits, ends.

use crate::domain::report::quota::Bucket;
use crate::domain::report::reply::Wait;
use crate::domain::text::clock;
use crate::tui::draw::text;
use chrono::{DateTime, Utc};

/// The width of the gauge of a wait.
pub(super) const GAUGE: usize = 8;

/// When something ended, then how long it took and its rows, as far as they fit.
pub(super) fn ended_line(
    at: DateTime<Utc>,
    took: &str,
    rows: Option<String>,
    room: usize,
) -> String {
    let ended = at.format("%Y-%m-%d %H:%M").to_string();
    let line = format!("{ended}  took {took}");
    let whole = rows.map(|rows| format!("{line}  {rows}"));
    text::worded(whole.into_iter().chain([line, ended]), room)
}

/// The exhausted quota, if the server says which one.
fn bucket(wait: &Wait) -> String {
    match wait.why.bucket() {
        Some(Bucket::Unnamed) | None => String::new(),
        Some(bucket) => format!("{bucket} quota"),
    }
}

/// The time left, followed by the parts that fit; a part is never cut.
pub(super) fn countdown(
    words: &str,
    wait: &Wait,
    (now, room): (DateTime<Utc>, usize),
    more: &str,
) -> String {
    let length = wait
        .until
        .signed_duration_since(wait.since)
        .num_milliseconds()
        .max(1);
    let gone = now
        .signed_duration_since(wait.since)
        .num_milliseconds()
        .clamp(0, length);
    let gauge = text::bar(gone.saturating_mul(1000) / length, GAUGE);
    let left = clock(wait.seconds_left(now));
    let wordings = [format!("{words} {left}"), format!("{left} left")];
    let mut line = text::worded(wordings, room);
    for part in [&bucket(wait), &gauge, more] {
        if !part.is_empty() && line.chars().count() + 2 + part.chars().count() <= room {
            line = format!("{line}  {part}");
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use crate::domain::report::reply::{Wait, WaitReason};
    use crate::tui::views::jobs::draw::parts::{countdown, ended_line};
    use chrono::{DateTime, TimeDelta};

    #[test]
    fn a_time_is_never_cut() {
        let at = DateTime::UNIX_EPOCH;
        let ended = |room: usize| ended_line(at, "00:09", Some("720 rows".to_owned()), room);
        assert_eq!(ended(40), "1970-01-01 00:00  took 00:09  720 rows");
        assert_eq!(ended(30), "1970-01-01 00:00  took 00:09");
        assert_eq!(ended(16), "1970-01-01 00:00");
        let wait = Wait {
            since: at,
            until: at + TimeDelta::seconds(40),
            why: WaitReason::RetryAfter,
        };
        let left = |room: usize| countdown("next poll in", &wait, (at, room), "poll 1");
        assert_eq!(left(40), "next poll in 00:40  ░░░░░░░░  poll 1");
        assert_eq!(left(18), "next poll in 00:40");
        assert_eq!(left(16), "00:40 left");
    }
}
