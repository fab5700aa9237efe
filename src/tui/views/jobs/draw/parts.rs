//! Parts of a line: days, waits, ends.

use crate::domain::report::quota::Bucket;
use crate::domain::report::reply::Wait;
use crate::domain::text::clock;
use crate::tui::draw::text;
use chrono::{DateTime, Utc};

/// The width of the gauge of a wait.
pub(super) const GAUGE: usize = 8;

/// When something ended and how long it took, then its rows, if they fit.
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
    let mut line = format!("{words} {}", clock(wait.seconds_left(now)));
    for part in [&bucket(wait), &gauge, more] {
        if !part.is_empty() && line.chars().count() + 2 + part.chars().count() <= room {
            line = format!("{line}  {part}");
        }
    }
    line
}
