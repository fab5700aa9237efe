//! Merges runs of lines: a few lines of each run are in memory, as sums that the order of the answer is applied to again.

use super::lines::ByText;
use crate::data::engine::aggregate::hash_agg::Aggregated;
use crate::data::error::DataError;
use crate::data::room;
use crate::data::table::file_cursor::SharedFile;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufReader, Read, Take};
use std::ops::Range;
use std::sync::Arc;

/// Runs that are read together.
pub(crate) struct Merge {
    runs: Vec<SortedRun>,
    /// The name of the file in errors.
    name: String,
    keys: usize,
    marks: u32,
}

/// A run and its next lines.
struct SortedRun {
    rest: BufReader<Take<SharedFile>>,
    lines: VecDeque<Vec<u8>>,
    /// Whether all of its lines were read.
    is_read: bool,
}

/// The next lines of all runs.
pub(crate) struct MergedLines {
    pub(crate) found: Aggregated,
    /// The first sum of each line, with its run and its place there.
    lines: Vec<(u32, usize, usize)>,
}

impl Merge {
    pub(super) fn new(
        file: &Arc<File>,
        name: String,
        runs: &[Range<u64>],
        (keys, marks): (usize, u32),
    ) -> Self {
        let run = |place: &Range<u64>| {
            let rest = SharedFile::from(file, place.start).take(place.end - place.start);
            SortedRun {
                rest: BufReader::new(rest),
                lines: VecDeque::new(),
                is_read: false,
            }
        };
        Self {
            runs: runs.iter().map(run).collect(),
            name,
            keys,
            marks,
        }
    }

    /// The next lines of all runs; `None` at the end.
    pub(crate) fn batch(&mut self) -> Result<Option<MergedLines>, DataError> {
        /// Lines of all runs that are in memory. In tests, they are read in many steps.
        const LINES: usize = if cfg!(test) { 8 } else { 1 << 14 };
        let runs = self.runs.len().max(1);
        let most = (LINES / runs).max(1);
        let bytes = room::share(32, 1 << 20, 64 << 20) / runs;
        let mut all = ByText::new(self.keys, self.marks);
        let (mut lines, mut sums) = (Vec::new(), 0);
        for (number, run) in self.runs.iter_mut().enumerate() {
            run.fill(most, bytes).map_err(DataError::io(&self.name))?;
            for (at, line) in run.lines.iter().enumerate() {
                lines.push((sums, number, at));
                sums += all.read(line)?;
            }
        }
        if lines.is_empty() {
            return Ok(None);
        }
        let found = all.finish()?;
        Ok(Some(MergedLines { found, lines }))
    }

    /// The lines in order that come before all lines on disk. They are not in the next batch.
    pub(crate) fn ready(&mut self, batch: &MergedLines, mut order: Vec<u32>) -> Vec<u32> {
        let mut taken: Vec<Vec<bool>> = self
            .runs
            .iter()
            .map(|run| vec![false; run.lines.len()])
            .collect();
        let mut ready = 0;
        for first in &order {
            let Some((run, at)) = batch.place(*first) else {
                continue;
            };
            if let Some(slot) = taken.get_mut(run).and_then(|run| run.get_mut(at)) {
                *slot = true;
            }
            ready += 1;
            let run = self.runs.get(run);
            if run.is_some_and(|run| !run.is_read && at + 1 == run.lines.len()) {
                break;
            }
        }
        for (run, taken) in self.runs.iter_mut().zip(taken) {
            let mut taken = taken.into_iter();
            run.lines.retain(|_| taken.next() != Some(true));
        }
        order.truncate(ready);
        order
    }
}

impl MergedLines {
    /// The run of a line and its place there, by its first sum.
    fn place(&self, first: u32) -> Option<(usize, usize)> {
        let place = self.lines.binary_search_by_key(&first, |line| line.0);
        let (_, run, at) = self.lines.get(place.ok()?)?;
        Some((*run, *at))
    }
}

impl SortedRun {
    /// Reads lines until there are enough of them, or enough bytes; at least one.
    fn fill(&mut self, most: usize, bytes: usize) -> io::Result<()> {
        let mut held: usize = self.lines.iter().map(Vec::len).sum();
        while !self.is_read && self.lines.len() < most && (self.lines.is_empty() || held < bytes) {
            let mut length = [0; size_of::<u64>()];
            if self.rest.get_ref().limit() == 0 && self.rest.buffer().is_empty() {
                self.is_read = true;
                break;
            }
            self.rest.read_exact(&mut length)?;
            let length = usize::try_from(u64::from_le_bytes(length)).map_err(io::Error::other)?;
            let mut line = vec![0; length];
            self.rest.read_exact(&mut line)?;
            held += length;
            self.lines.push_back(line);
        }
        Ok(())
    }
}
