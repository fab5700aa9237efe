//! The callbacks of one part: the progress of all parts together, the room on the disk, and waits.

use super::source::RemoteSource;
use super::waits::Wait;
use crate::azure::reports::watch::{Pause, Watch};
use crate::data::sources::names;
use crate::domain::report::manifest::PartNote;
use crate::domain::report::reply::Failure;
use crate::domain::text::{bytes, counted, grouped};
use crate::ops::clock::Clock;
use crate::store::fetched::BlobEntry;
use crate::store::files;
use chrono::TimeDelta;
use std::sync::atomic::{AtomicU64, Ordering};

/// The progress of all parts.
pub(super) struct PartTotals {
    parts: u64,
    size: u64,
    done: AtomicU64,
    received: AtomicU64,
    /// Rows of the parts that are done, as far as their manifests say.
    rows: AtomicU64,
    /// When the first part began, by the steady clock.
    begun: TimeDelta,
    /// The months that are fetched and those that are not, if they are known.
    months: Option<String>,
}

/// How long the months are shown.
const AT_FIRST: TimeDelta = TimeDelta::seconds(2);

impl PartTotals {
    pub(super) fn new(parts: u64, size: u64, begun: TimeDelta, months: Option<String>) -> Self {
        Self {
            months,
            parts,
            size,
            done: AtomicU64::new(0),
            received: AtomicU64::new(0),
            rows: AtomicU64::new(0),
            begun,
        }
    }

    /// At first `13 months: 9 unchanged, 4 to fetch, 48 parts, 4.9 GB`, then
    /// `part 17 of 48 · 1.8 of 4.9 GB · 84 MB/s · 0:37 left · 21.3 M rows`.
    pub(super) fn words(&self, steady: TimeDelta) -> String {
        if let Some(months) = &self.months
            && steady - self.begun < AT_FIRST
        {
            let parts = counted(self.parts, "part");
            return format!("{months}, {parts}, {}", bytes(self.size));
        }
        let part = (self.done.load(Ordering::Relaxed) + 1).min(self.parts);
        let received = self.received.load(Ordering::Relaxed).min(self.size);
        let mut text = format!(
            "part {part} of {} · {} of {}",
            self.parts,
            bytes(received),
            bytes(self.size)
        );
        let gone = (steady - self.begun).num_milliseconds();
        let gone = u64::try_from(gone).unwrap_or_default();
        let rate = received.saturating_mul(1000).checked_div(gone).unwrap_or(0);
        if gone >= 1000 && rate > 0 {
            let left = (self.size - received) / rate;
            let (minutes, seconds) = (left / 60, left % 60);
            text = format!("{text} · {}/s · {minutes}:{seconds:02} left", bytes(rate));
        }
        match self.rows.load(Ordering::Relaxed) {
            0 => text,
            rows => format!("{text} · {}", row_words(rows)),
        }
    }
}

/// `341,000 rows`, and from a million on `21.3 M rows`.
fn row_words(rows: u64) -> String {
    if rows < 1_000_000 {
        return counted(rows, "row");
    }
    let tenths = rows / 100_000;
    format!("{}.{} M rows", grouped(tenths / 10), tenths % 10)
}

/// Watches the download of one part.
pub(super) struct PartWatch<'a> {
    source: &'a RemoteSource<'a>,
    blob: &'a BlobEntry,
    totals: &'a PartTotals,
    clock: &'a dyn Clock,
    /// The bytes that the totals have of it.
    counted: u64,
    /// The most bytes that it ever had.
    most: u64,
    /// When the last new byte came, or the part began, by the steady clock.
    new_at: TimeDelta,
    /// The tries since the last new byte.
    tries: u32,
}

impl<'a> PartWatch<'a> {
    pub(super) fn new(
        source: &'a RemoteSource<'a>,
        blob: &'a BlobEntry,
        totals: &'a PartTotals,
        clock: &'a dyn Clock,
    ) -> Self {
        Self {
            source,
            blob,
            totals,
            clock,
            counted: 0,
            most: 0,
            new_at: clock.steady(),
            tries: 1,
        }
    }

    /// Counts a complete part with its rows.
    pub(super) fn done(&mut self, bytes: u64, rows: u64) {
        self.totals.done.fetch_add(1, Ordering::Relaxed);
        self.totals.rows.fetch_add(rows, Ordering::Relaxed);
        self.progress(bytes);
    }
}

impl Watch for PartWatch<'_> {
    fn progress(&mut self, bytes: u64) {
        // A download that starts over has fewer bytes than before.
        let received = &self.totals.received;
        if bytes >= self.counted {
            received.fetch_add(bytes - self.counted, Ordering::Relaxed);
        } else {
            received.fetch_sub(self.counted - bytes, Ordering::Relaxed);
        }
        // A download that starts over has no new byte until it has more than ever before.
        if bytes > self.most {
            (self.most, self.new_at, self.tries) = (bytes, self.clock.steady(), 1);
        }
        self.counted = bytes;
        self.source.say(self.totals.words(self.clock.steady()));
    }

    fn fits(&self, bytes: u64) -> Result<(), Failure> {
        let folder = self.source.kept.folder().path();
        files::check_space(folder, bytes).map_err(|error| Failure::Local {
            message: error.to_string(),
        })
    }

    fn has_room(&self) -> bool {
        let folder = self.source.kept.folder().path();
        let least = files::least_room(folder);
        files::space(folder).is_none_or(|(free, _)| free > least)
    }

    fn may_wait(&mut self, pause: Pause, why: &str) -> Result<TimeDelta, Failure> {
        // The silence of a request that was under way counts as well.
        let gone = self.clock.steady() - self.new_at;
        match self.source.waits.with_next(gone, pause.wait) {
            Some(_) => {
                self.tries += 1;
                let wait = Wait {
                    what: names::file_name(&self.blob.name),
                    is_name: true,
                    why,
                    length: pause.wait,
                    next_try: self.tries,
                };
                self.source.waits.begin(self.source.progress, &wait);
                Ok(pause.wait)
            }
            None => Err(Failure::GaveUp {
                message: format!(
                    "{}: timed out: {why}, and {}. What arrived is kept, and the next run resumes it",
                    self.source.address.source_of(&self.blob.name),
                    self.source.waits.over()
                ),
            }),
        }
    }

    fn begins(&mut self, note: Option<PartNote>) {
        self.source.kept.note(self.blob, note.as_ref());
    }
}

#[cfg(test)]
mod tests {
    use crate::ops::remote_sources::part_watch::PartTotals;
    use chrono::TimeDelta;
    use std::sync::atomic::Ordering;

    #[test]
    fn progress_names_parts_bytes_speed_and_time() {
        let months = "13 months: 9 unchanged, 4 to fetch".to_owned();
        let totals = PartTotals::new(48, 4_900_000_000, TimeDelta::zero(), Some(months));
        assert_eq!(
            totals.words(TimeDelta::seconds(1)),
            "13 months: 9 unchanged, 4 to fetch, 48 parts, 4.9 GB"
        );
        let totals = PartTotals::new(48, 4_900_000_000, TimeDelta::zero(), None);
        assert_eq!(
            totals.words(TimeDelta::zero()),
            "part 1 of 48 · 0 B of 4.9 GB"
        );
        totals.done.store(16, Ordering::Relaxed);
        totals.received.store(1_800_000_000, Ordering::Relaxed);
        assert_eq!(
            totals.words(TimeDelta::seconds(20)),
            "part 17 of 48 · 1.8 GB of 4.9 GB · 90.0 MB/s · 0:34 left"
        );
        for (rows, words) in [
            (1, "1 row"),
            (341_000, "341,000 rows"),
            (1_000_000, "1.0 M rows"),
            (21_349_999, "21.3 M rows"),
            (2_100_000_000, "2,100.0 M rows"),
        ] {
            totals.rows.store(rows, Ordering::Relaxed);
            let said = totals.words(TimeDelta::zero());
            assert!(said.ends_with(&format!(" · {words}")), "{said}");
        }
    }
}
