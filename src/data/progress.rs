//! Progress and cancellation of long work, shared between the thread that works and the one that displays it.

use super::error::Stopped;
use super::room;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Counts bytes that were read.
pub(crate) type ByteCounter<'a> = Box<dyn FnMut(&[u8]) + Send + 'a>;

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
    kept: AtomicU64,
    cancelled: Arc<AtomicBool>,
}

impl Progress {
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
        for count in [&self.read, &self.total, &self.rows, &self.kept] {
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
