//! The line on stderr that shows how far long work is. It is shown on a terminal only, and removed before anything else is
//! printed. What the user is asked to do meanwhile is printed anywhere, and what is waited for also where there is no line.

use crate::domain::text::{bytes, clock, grouped, printable, redaction};
use crate::ops::explore::open::Progress;
use std::io::{self, IsTerminal, Write};
use std::mem;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Work that takes less time shows nothing.
const SOON: Duration = Duration::from_millis(500);
const EACH: Duration = Duration::from_secs(1);
/// The columns of the narrowest usual terminal; a line that wraps could not be removed.
pub const WIDTH: usize = 79;

/// The kind of work that is shown.
#[derive(Clone, Copy)]
pub enum Work<'a> {
    /// Sources are read: bytes and rows.
    Reading(&'a Progress),
    /// Rows are written to a file or a pipe.
    Writing(&'a Progress),
    /// A query is answered, whose length is not known.
    Answering,
}

/// How far the work is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct WorkDone {
    done: u64,
    /// The size of the whole work; zero if it is not known.
    of: u64,
    rows: u64,
}

impl WorkDone {
    fn of(work: Work<'_>) -> Self {
        match work {
            Work::Reading(progress) => {
                let ((done, of), rows) = (progress.bytes(), progress.rows());
                Self { done, of, rows }
            }
            Work::Writing(progress) => {
                let ((_, of), rows) = (progress.bytes(), progress.rows());
                let done = rows;
                Self { done, of, rows }
            }
            Work::Answering => Self::default(),
        }
    }

    /// The work since another place. Work that has started again counts from its start.
    fn since(self, start: Self) -> Self {
        if self.done < start.done || self.of < start.of {
            return self;
        }
        Self {
            done: self.done - start.done,
            of: self.of - start.of,
            rows: self.rows.saturating_sub(start.rows),
        }
    }
}

/// Does something long. On a terminal a line shows how far it is, after half a second and then once a second.
pub fn while_shown<T>(work: Work<'_>, action: impl FnOnce() -> T) -> T {
    let is_terminal = io::stderr().is_terminal();
    if !is_terminal && !matches!(work, Work::Reading(_)) {
        return action();
    }
    let (done, over) = channel();
    let (start, begun) = (WorkDone::of(work), Instant::now());
    thread::scope(|scope| {
        // Without a thread to spare, the progress is not shown.
        let show = move || show(work, (start, begun), is_terminal, &over);
        let _ = thread::Builder::new().spawn_scoped(scope, show);
        let acted = action();
        drop(done);
        acted
    })
}

fn show(
    work: Work<'_>,
    (start, begun): (WorkDone, Instant),
    is_terminal: bool,
    over: &Receiver<()>,
) {
    let (mut pause, mut shown) = (SOON, 0);
    while over.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
        pause = EACH;
        if let Some(prompt) = prompt(work) {
            clear(mem::take(&mut shown));
            print(&prompt);
        }
        if !is_terminal {
            for line in told(work) {
                print(&line);
            }
            continue;
        }
        let place = WorkDone::of(work).since(start);
        let line = fetching(work).unwrap_or_else(|| line(work, place, begun.elapsed()));
        // The blanks cover what is left of a longer line.
        let _ = write!(io::stderr(), "\r{line:shown$}");
        shown = line.chars().count();
    }
    clear(shown);
}

fn print(text: &str) {
    let text = printable(&redaction::without_held(text));
    let _ = writeln!(io::stderr(), "{text}");
}

/// The lines for a place without the line of progress.
fn told(work: Work<'_>) -> Vec<String> {
    match work {
        Work::Reading(progress) => progress.take_told(),
        Work::Writing(_) | Work::Answering => Vec::new(),
    }
}

/// Removes a line of this length.
fn clear(shown: usize) {
    if shown > 0 {
        let _ = write!(io::stderr(), "\r{:shown$}\r", "");
    }
}

/// The request to the user, such as to sign in.
fn prompt(work: Work<'_>) -> Option<String> {
    match work {
        Work::Reading(progress) => progress.take_prompt(),
        Work::Writing(_) | Work::Answering => None,
    }
}

/// The line of a step before anything is read, such as a download.
fn fetching(work: Work<'_>) -> Option<String> {
    let words = match work {
        Work::Reading(progress) => progress.words()?,
        Work::Writing(_) | Work::Answering => return None,
    };
    let words = printable(&redaction::without_held(&words));
    Some(words.chars().take(WIDTH).collect())
}

/// The line: what is done, its share, the rows, the rate and the time left, as far as they fit.
fn line(work: Work<'_>, place: WorkDone, elapsed: Duration) -> String {
    let share = place.done.saturating_mul(100).checked_div(place.of);
    let share = share.map(|share| format!(" ({} %)", share.min(100)));
    let share = share.unwrap_or_default();
    let each = rate(place.done, elapsed);
    let (verb, mut parts) = match work {
        Work::Reading(_) => {
            let of = Some(place.of).filter(|of| *of > 0);
            let of = of.map_or_else(String::new, |of| format!(" of {}", bytes(of)));
            let read = format!("{}{of}{share}", bytes(place.done));
            let rows = format!("{} rows", grouped(place.rows));
            let rate = each.map(|each| format!("{}/s", bytes(each)));
            ("reading", vec![Some(read), Some(rows), rate])
        }
        Work::Writing(_) => {
            let of = Some(place.of).filter(|of| *of > 0);
            let of = of.map_or_else(String::new, |of| format!(" of {}", grouped(of)));
            let written = format!("{}{of} rows{share}", grouped(place.done));
            let rate = each.map(|each| format!("{} rows/s", grouped(each)));
            ("writing", vec![Some(written), rate])
        }
        Work::Answering => {
            let seconds = i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX);
            ("working", vec![Some(clock(seconds))])
        }
    };
    parts.push(left(place, elapsed).map(|left| format!("{left} left")));
    let mut line = format!("{verb}: ");
    for (at, part) in parts.into_iter().flatten().enumerate() {
        let between = if at > 0 { ", " } else { "" };
        if line.chars().count() + between.len() + part.chars().count() > WIDTH {
            break;
        }
        line.push_str(between);
        line.push_str(&part);
    }
    line
}

/// The work of a second; `None` if nothing is done yet.
fn rate(done: u64, elapsed: Duration) -> Option<u64> {
    let each = u128::from(done) * 1000 / elapsed.as_millis().max(1);
    u64::try_from(each).ok().filter(|each| *each > 0)
}

/// The time left at the rate so far; `None` if the size is not known, or nothing is left.
fn left(place: WorkDone, elapsed: Duration) -> Option<String> {
    let rest = place.of.checked_sub(place.done).filter(|rest| *rest > 0)?;
    let each = u128::from(place.done);
    let millis = (u128::from(rest) * elapsed.as_millis()).checked_div(each)?;
    let seconds = i64::try_from(millis.div_ceil(1000)).ok()?;
    Some(clock(seconds))
}

#[cfg(test)]
mod tests {
    use crate::cli::progress_line::{WIDTH, Work, WorkDone, line};
    use crate::ops::explore::open::Progress;
    use std::time::Duration;

    fn place(done: u64, of: u64, rows: u64) -> WorkDone {
        WorkDone { done, of, rows }
    }

    #[test]
    fn a_line_has_what_is_known() {
        let progress = Progress::default();
        let (read, write) = (Work::Reading(&progress), Work::Writing(&progress));
        let cases = [
            (read, place(0, 0, 0), 500, "reading: 0 B, 0 rows"),
            (
                read,
                place(252_000_000, 739_000_000, 341_000),
                2_000,
                "reading: 252.0 MB of 739.0 MB (34 %), 341,000 rows, 126.0 MB/s, 00:04 left",
            ),
            // Of standard input the size is not known.
            (
                read,
                place(3_000_000, 0, 5_000),
                1_500,
                "reading: 3.0 MB, 5,000 rows, 2.0 MB/s",
            ),
            (
                read,
                place(739_000_000, 739_000_000, 1_000_000),
                5_000,
                "reading: 739.0 MB of 739.0 MB (100 %), 1,000,000 rows, 147.8 MB/s",
            ),
            // Words that do not fit are left out.
            (
                read,
                place(52_500_000_000, 739_500_000_000, 71_341_000_000),
                500_000,
                "reading: 52.5 GB of 739.5 GB (7 %), 71,341,000,000 rows, 105.0 MB/s",
            ),
            (
                write,
                place(250_000, 1_000_000, 250_000),
                4_000,
                "writing: 250,000 of 1,000,000 rows (25 %), 62,500 rows/s, 00:12 left",
            ),
            (
                write,
                place(700, 0, 700),
                1_000,
                "writing: 700 rows, 700 rows/s",
            ),
            (
                Work::Answering,
                WorkDone::default(),
                61_500,
                "working: 01:01",
            ),
        ];
        for (work, place, millis, expected) in cases {
            let line = line(work, place, Duration::from_millis(millis));
            assert_eq!(line, expected);
            assert!(line.chars().count() <= WIDTH);
        }
    }

    #[test]
    fn a_second_side_counts_from_its_own_start() {
        let first = place(739, 739, 100);
        assert_eq!(place(839, 939, 130).since(first), place(100, 200, 30));
        // The same files are read again, with all columns.
        assert_eq!(place(5, 739, 1).since(first), place(5, 739, 1));
    }
}
