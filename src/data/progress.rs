//! Progress and cancellation of long work, shared between the thread that works and the one that displays it.

use super::error::Stopped;
use super::room;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Counts bytes that were read.
pub(crate) type ByteCounter<'a> = Box<dyn FnMut(&[u8]) + Send + 'a>;

/// Counts a part of a file, which is read if it has to be hashed.
pub(crate) type PartCounter<'a> = Box<dyn FnMut(Range<u64>) -> io::Result<()> + Send + 'a>;

/// Total size of tables kept in memory, less where it is tight. Larger ones go to unnamed files, which vanish with the
/// process.
fn in_memory() -> usize {
    room::share(16, 4 << 20, 32 << 20)
}

/// The progress of reading one or several sources.
#[derive(Debug, Default)]
pub struct Progress {
    read: AtomicU64,
    total: AtomicU64,
    rows: AtomicU64,
    /// Bytes of tables that are kept in memory.
    kept: Arc<AtomicU64>,
    cancelled: Arc<AtomicBool>,
    /// A step before anything is read.
    words: Mutex<Option<String>>,
}

impl Progress {
    /// The progress of other sources that are read by the same work: it stops together with this one, and both share the room
    /// in memory.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self {
            kept: Arc::clone(&self.kept),
            cancelled: Arc::clone(&self.cancelled),
            ..Self::default()
        }
    }

    /// Says what happens, instead of the bytes that are read; `None` ends it.
    pub fn say(&self, words: Option<String>) {
        *self.words.lock().unwrap_or_else(PoisonError::into_inner) = words;
    }

    /// A step before anything is read, such as a download.
    pub fn words(&self) -> Option<String> {
        let words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        words.clone()
    }

    /// Bytes read so far, and the total; zero if it is unknown (standard input).
    pub fn bytes(&self) -> (u64, u64) {
        (
            self.read.load(Ordering::Relaxed),
            self.total.load(Ordering::Relaxed),
        )
    }

    /// Rows read so far.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Asks the work to stop. It does so within a fraction of a second and leaves nothing behind.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// The flag that is set on cancellation.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.cancelled)
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Bytes that may still be kept in memory.
    pub(crate) fn room(&self) -> usize {
        let kept = usize::try_from(self.kept.load(Ordering::Relaxed)).unwrap_or(usize::MAX);
        in_memory().saturating_sub(kept)
    }

    pub(crate) fn keep(&self, bytes: u64) {
        self.kept.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn expect(&self, bytes: u64) {
        self.total.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn add(&self, bytes: u64) {
        self.read.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Starts again, because all sources are read a second time.
    pub(crate) fn restart(&self) {
        for count in [&self.read, &self.total, &self.rows, &*self.kept] {
            count.store(0, Ordering::Relaxed);
        }
    }

    /// Subtracts what a restarted pass reads again.
    pub(crate) fn back(&self, bytes: u64, rows: u64) {
        self.read.fetch_sub(bytes, Ordering::Relaxed);
        self.rows.fetch_sub(rows, Ordering::Relaxed);
    }

    pub(crate) fn add_rows(&self, rows: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }
}

/// A reader that fails once the work is cancelled.
pub(crate) struct Stoppable<'a, R> {
    source: R,
    progress: &'a Progress,
}

impl<'a, R> Stoppable<'a, R> {
    pub(crate) fn new(source: R, progress: &'a Progress) -> Self {
        Self { source, progress }
    }
}

impl<R: Read> Read for Stoppable<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.progress.is_cancelled() {
            return Err(io::Error::other(Stopped));
        }
        self.source.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use crate::data::error::DataError;
    use crate::data::progress::{Progress, Stoppable};
    use std::io::{self, Read};

    #[test]
    fn two_sides_stop_together_and_share_the_memory() {
        let one = Progress::default();
        let other = one.beside();
        let room = one.room();
        other.keep(1 << 20);
        other.add_rows(7);
        assert_eq!((one.room(), one.rows()), (room - (1 << 20), 0));
        one.cancel();
        assert!(other.is_cancelled());
    }

    #[test]
    fn a_cancelled_reader_stops_where_it_is() {
        let progress = Progress::default();
        let mut reader = Stoppable::new(&b"abcdef"[..], &progress);
        let mut start = [0; 3];
        reader.read_exact(&mut start).unwrap();
        assert_eq!(&start, b"abc");
        progress.cancel();
        let failed = DataError::io("costs.json");
        let error = reader.read_exact(&mut start).map_err(failed).unwrap_err();
        assert!(matches!(error, DataError::Cancelled), "{error}");
        let error = failed(io::Error::other("no answer"));
        assert!(matches!(error, DataError::Io { .. }), "{error}");
    }
}
