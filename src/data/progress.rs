//! Progress and cancellation of long work, shared between the thread that works and the one that displays it.

use super::error::Stopped;
use super::room;
use std::io::{self, Read};
use std::mem;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

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
    counts: Arc<SharedCounts>,
    /// What this one added to the counts: it may be one of several.
    own_read: AtomicU64,
    own_rows: AtomicU64,
    /// Bytes of tables that are kept in memory.
    kept: Arc<AtomicU64>,
    cancelled: Arc<AtomicBool>,
    /// Whether parts are being fetched, or were.
    fetches: Arc<AtomicBool>,
    words: Arc<ProgressWords>,
    /// The number of readers beside this one, which share the room in memory.
    others: usize,
}

/// What was counted of all sources.
#[derive(Debug, Default)]
struct SharedCounts {
    read: AtomicU64,
    total: AtomicU64,
    /// Bytes of files that were not begun.
    ahead: AtomicU64,
    rows: AtomicU64,
}

/// What is said about the work.
#[derive(Debug, Default)]
struct ProgressWords {
    /// A step before anything is read.
    step: Mutex<Option<StepWords>>,
    /// Something that the user has to do, until it was shown.
    prompt: Mutex<Option<String>>,
    /// Lines for a place that shows no progress, until they were taken.
    told: Mutex<Vec<String>>,
}

/// What is said about a step before anything is read, such as a download.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepWords {
    pub text: String,
    /// Whether it has no name and no amount.
    pub is_open: bool,
}

impl Progress {
    /// The progress of other sources that are read by the same work: it stops together with this one, and both share the room
    /// in memory.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self {
            kept: Arc::clone(&self.kept),
            cancelled: Arc::clone(&self.cancelled),
            fetches: Arc::clone(&self.fetches),
            ..Self::default()
        }
    }

    /// The progress of one source of these, which is read at the same time as so many others.
    #[must_use]
    pub(crate) fn of_one(&self, others: usize) -> Self {
        Self {
            counts: Arc::clone(&self.counts),
            kept: Arc::clone(&self.kept),
            cancelled: Arc::clone(&self.cancelled),
            fetches: Arc::clone(&self.fetches),
            words: Arc::clone(&self.words),
            others,
            ..Self::default()
        }
    }

    /// Says what happens, instead of the bytes that are read; `None` ends it.
    pub fn say(&self, words: Option<String>) {
        self.say_step(words.map(|text| StepWords {
            text,
            is_open: false,
        }));
    }

    /// The same for words that may be known to have no name and no amount.
    pub fn say_step(&self, step: Option<StepWords>) {
        *self
            .words
            .step
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = step;
    }

    /// A step before anything is read, such as a download.
    pub fn step(&self) -> Option<StepWords> {
        let words = self
            .words
            .step
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        words.clone()
    }

    /// The words of that step.
    pub fn words(&self) -> Option<String> {
        self.step().map(|step| step.text)
    }

    /// Tells something once, such as a wait: where no progress is shown, these lines say why nothing happens.
    pub(crate) fn tell(&self, line: String) {
        let mut told = self
            .words
            .told
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        told.push(line);
    }

    /// The lines that were told since they were last taken.
    pub fn take_told(&self) -> Vec<String> {
        mem::take(
            &mut *self
                .words
                .told
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// Asks the user to do something, such as to sign in.
    pub(crate) fn prompt(&self, text: String) {
        *self
            .words
            .prompt
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(text);
    }

    /// The request to the user; taken once, by the first place that shows it.
    pub fn take_prompt(&self) -> Option<String> {
        let mut prompt = self
            .words
            .prompt
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        prompt.take()
    }

    /// Bytes read so far, and the total with the files that were not begun; zero if it is unknown (standard input).
    pub fn bytes(&self) -> (u64, u64) {
        let total = self.counts.total.load(Ordering::Relaxed);
        let ahead = self.counts.ahead.load(Ordering::Relaxed);
        (self.counts.read.load(Ordering::Relaxed), total + ahead)
    }

    /// Rows read so far.
    pub fn rows(&self) -> u64 {
        self.counts.rows.load(Ordering::Relaxed)
    }

    /// Asks the work to stop. It does so within a fraction of a second and leaves nothing behind.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Remembers that parts are fetched: what arrives is kept, also if the work is stopped.
    pub(crate) fn begin_fetching(&self) {
        self.fetches.store(true, Ordering::Relaxed);
    }

    /// Whether parts are being fetched, or were.
    pub fn fetches(&self) -> bool {
        self.fetches.load(Ordering::Relaxed)
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
        in_memory().saturating_sub(kept) / (self.others + 1)
    }

    pub(crate) fn keep(&self, bytes: u64) {
        self.kept.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn expect(&self, bytes: u64) {
        self.counts.total.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Files of this size in all are read later.
    pub(crate) fn plan(&self, bytes: u64) {
        self.counts.ahead.fetch_add(bytes, Ordering::Relaxed);
    }

    /// A planned file of this size is read from now on, and says itself how much is expected.
    pub(crate) fn begin(&self, bytes: u64) {
        let less = |ahead: u64| Some(ahead.saturating_sub(bytes));
        let _ = self
            .counts
            .ahead
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }

    pub(crate) fn add(&self, bytes: u64) {
        self.counts.read.fetch_add(bytes, Ordering::Relaxed);
        self.own_read.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Starts again, because all sources are read a second time.
    pub(crate) fn restart(&self) {
        let SharedCounts {
            read,
            total,
            ahead,
            rows,
        } = &*self.counts;
        let own = [&self.own_read, &self.own_rows];
        for count in [read, total, ahead, rows, &*self.kept]
            .into_iter()
            .chain(own)
        {
            count.store(0, Ordering::Relaxed);
        }
    }

    /// Bytes and rows that were read of this source, or of all if they are read one after the other.
    pub(crate) fn own(&self) -> (u64, u64) {
        let own = [&self.own_read, &self.own_rows];
        let [read, rows] = own.map(|count| count.load(Ordering::Relaxed));
        (read, rows)
    }

    /// Goes back to a count of [`own`](Self::own), because a restarted pass reads the rest again.
    pub(crate) fn back_to(&self, (read, rows): (u64, u64)) {
        let less = |own: &AtomicU64, all: &AtomicU64, to: u64| {
            let more = own.swap(to, Ordering::Relaxed).saturating_sub(to);
            all.fetch_sub(more, Ordering::Relaxed);
        };
        less(&self.own_read, &self.counts.read, read);
        less(&self.own_rows, &self.counts.rows, rows);
    }

    pub(crate) fn add_rows(&self, rows: u64) {
        self.counts.rows.fetch_add(rows, Ordering::Relaxed);
        self.own_rows.fetch_add(rows, Ordering::Relaxed);
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
    fn files_that_were_not_begun_count_as_unread() {
        let progress = Progress::default();
        progress.plan(30);
        assert_eq!(progress.bytes(), (0, 30));
        progress.begin(10);
        // Its text may be longer than the file.
        progress.expect(12);
        progress.add(12);
        assert_eq!(progress.bytes(), (12, 32));
        progress.begin(20);
        progress.expect(20);
        assert_eq!(progress.bytes(), (12, 32));
        progress.restart();
        assert_eq!(progress.bytes(), (0, 0));
    }

    #[test]
    fn a_source_that_is_read_again_takes_back_its_own_part() {
        let all = Progress::default();
        let [one, other] = [all.of_one(1), all.of_one(1)];
        let before = one.own();
        for (source, bytes) in [(&one, 30), (&other, 7)] {
            source.expect(bytes);
            source.add(bytes);
            source.add_rows(1);
        }
        assert_eq!((all.bytes(), all.rows()), ((37, 37), 2));
        one.back_to(before);
        assert_eq!((all.bytes(), all.rows()), ((7, 37), 1));
        assert_eq!((one.own(), other.own()), ((0, 0), (7, 1)));
        assert_eq!(one.room(), all.room() / 2);
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
