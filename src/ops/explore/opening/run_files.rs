//! Reads the files of all runs in order: several at a time if they are small, and if memory is not tight.

use crate::data::columns::dates::DateRules;
use crate::data::dataset::convert::Options;
use crate::data::dataset::early::EarlyRows;
use crate::data::dataset::wanted::Wanted;
use crate::data::dataset::{DataPart, read};
use crate::data::error::DataError;
use crate::data::panics::guarded;
use crate::data::progress::Progress;
use crate::data::sources::gather::FoundFile;
use crate::data::{room, threads};
use crate::ops::context::OpenContext;
use crate::ops::conversion_cache::ConversionCache;
use crate::ops::error::OpsError;
use std::path::Path;

/// Larger files are read one after the other, each on all threads.
const LARGE: u64 = 64 << 20;

/// A file of a run.
pub(super) struct RunFile<'a> {
    /// The place of its run in the plan.
    pub(super) run: usize,
    /// Its place among the files that were found.
    pub(super) at: usize,
    /// Whether it is the last file of its run.
    pub(super) is_last: bool,
    pub(super) file: &'a FoundFile,
    pub(super) dates: DateRules,
    /// Whether its run goes into the ledger, and is not looked for in the cache.
    pub(super) goes_into_ledger: bool,
}

/// Reads files.
#[derive(Clone, Copy)]
pub(super) struct FileReader<'a> {
    cache: Option<&'a ConversionCache>,
    scratch: &'a Path,
    progress: &'a Progress,
    early: Option<&'a dyn EarlyRows>,
    wanted: Option<&'a Wanted>,
}

impl<'a> FileReader<'a> {
    /// Reads these columns; all if none are named.
    pub(super) fn new(context: &OpenContext<'a>, wanted: Option<&'a Wanted>) -> Self {
        Self {
            cache: context.cache,
            scratch: context.scratch,
            progress: context.progress,
            early: context.early,
            wanted,
        }
    }

    /// Reads a file on all threads, from the cache if it has not changed.
    pub(super) fn read(
        &self,
        file: &FoundFile,
        dates: DateRules,
    ) -> Result<Vec<DataPart>, DataError> {
        self.cached(file, &self.options(dates))
    }

    /// Reads files, and passes on the parts of each in their order. Nothing is read of a stored one.
    pub(super) fn read_all(
        &self,
        files: &[RunFile<'_>],
        mut take: impl FnMut(&RunFile<'_>, Vec<DataPart>) -> Result<(), OpsError>,
    ) -> Result<(), OpsError> {
        let mut files = files;
        // The first numbers are those of the first file, and come soonest if all threads read it.
        if let Some((first, others)) = files.split_first()
            && self.early.is_some()
        {
            take(first, guarded(|| self.read_beside(first, 1))?)?;
            files = others;
        }
        let readers = readers(files);
        let mut waiting = files.iter();
        let mut refused = None;
        let make = |at| match files.get(at) {
            Some(file) => self.read_beside(file, readers),
            None => Ok(Vec::new()),
        };
        let read = threads::in_order(readers, files.len(), make, |parts| {
            let taken = waiting.next().map_or(Ok(()), |file| take(file, parts));
            taken.map_err(|error| {
                refused = Some(error);
                // The error of the taker is returned in place of this one.
                DataError::Cancelled
            })
        });
        match refused {
            Some(error) => Err(error),
            None => Ok(read?),
        }
    }

    /// Reads a file, by one of so many readers.
    fn read_beside(
        &self,
        planned: &RunFile<'_>,
        readers: usize,
    ) -> Result<Vec<DataPart>, DataError> {
        let file = planned.file;
        self.progress.begin(file.candidate.bytes);
        if file.is_stored() {
            return Ok(Vec::new());
        }
        let own = self.progress.of_one(readers.saturating_sub(1));
        let mut options = self.options(planned.dates);
        if readers > 1 {
            options.progress = &own;
            options.threads = 1;
        }
        if planned.goes_into_ledger {
            return read::read_found(file, self.scratch, &options);
        }
        self.cached(file, &options)
    }

    fn options(&self, dates: DateRules) -> Options<'a> {
        Options {
            dates,
            early: self.early,
            ..Options::new(self.progress).only(self.wanted)
        }
    }

    fn cached(&self, file: &FoundFile, options: &Options<'_>) -> Result<Vec<DataPart>, DataError> {
        match self.cache {
            Some(cache) => cache.read(file, self.scratch, options),
            None => read::read_found(file, self.scratch, options),
        }
    }
}

/// The number of files that are read at a time. One large file keeps all threads busy alone.
fn readers(files: &[RunFile<'_>]) -> usize {
    let threads = threads::threads();
    if threads < 2 || room::is_tight() {
        return 1;
    }
    let files = files.iter().map(|file| file.file);
    let sizes: Vec<Option<u64>> = files
        .map(|file| (!file.is_stored()).then(|| file.text_bytes()))
        .collect();
    shared_by(&sizes, threads)
}

/// The number of readers for files of these sizes: one for each thread if none of the files keeps the others waiting. Nothing
/// is read of a stored file, which has no size here.
fn shared_by(sizes: &[Option<u64>], threads: usize) -> usize {
    let sizes: Vec<u64> = sizes.iter().copied().flatten().collect();
    let threads = threads.min(sizes.len());
    let largest = sizes.iter().copied().max().unwrap_or_default();
    let share = sizes.iter().sum::<u64>() / threads.max(1) as u64;
    if threads > 1 && largest <= LARGE && largest <= share {
        threads
    } else {
        1
    }
}

#[cfg(test)]
mod tests {
    use crate::ops::explore::opening::run_files::{LARGE, shared_by};

    #[test]
    fn files_are_read_together_if_none_keeps_the_others_waiting() {
        let (small, stored) = (Some(1 << 10), None);
        let cases: [(&[Option<u64>], usize, usize); 11] = [
            (&[Some(30 << 20); 24], 2, 2),
            (&[small; 24], 8, 8),
            (&[Some(LARGE), Some(LARGE)], 2, 2),
            (&[Some(LARGE + 1); 24], 2, 1),
            (&[Some(40 << 20), Some(1 << 20), Some(1 << 20)], 2, 1),
            (&[Some(40 << 20), Some(40 << 20)], 8, 2),
            (&[], 8, 1),
            (&[stored; 24], 8, 1),
            // Stored files leave one file to all threads, and two files to two readers.
            (&[stored, stored, small, stored], 2, 1),
            (&[stored, small, small, stored], 8, 2),
            (&[stored, Some(40 << 20), Some(1 << 20), stored], 2, 1),
        ];
        for (sizes, threads, readers) in cases {
            assert_eq!(shared_by(sizes, threads), readers, "{sizes:?}");
        }
    }
}
