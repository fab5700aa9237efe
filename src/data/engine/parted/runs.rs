//! Runs of lines in a file without a name: the system removes it with the process, however that ends.

use super::lines;
use super::merge::Merge;
use crate::data::engine::aggregate::hash_agg::Aggregated;
use crate::data::error::DataError;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// The lines of each share in their order.
pub(crate) struct Runs {
    file: Arc<File>,
    /// The name of the file in errors.
    name: String,
    /// Where each run is.
    places: Vec<Range<u64>>,
    keys: usize,
    marks: u32,
}

impl Runs {
    /// Lines whose sums have so many keys, and fewer marks than the bound.
    pub(crate) fn new(folder: &Path, keys: usize, marks: u32) -> Result<Self, DataError> {
        let name = format!("a temporary file in {}", folder.display());
        let file = tempfile::tempfile_in(folder).map_err(DataError::io(&name))?;
        Ok(Self {
            file: Arc::new(file),
            name,
            places: Vec::new(),
            keys,
            marks,
        })
    }

    /// Adds a run: the sums of each of its lines.
    pub(crate) fn add<I: Iterator<Item = u32>>(
        &mut self,
        found: &Aggregated,
        lines: impl Iterator<Item = I>,
    ) -> Result<(), DataError> {
        let start = self.places.last().map_or(0, |run| run.end);
        let written = self.write(found, lines);
        let length = written.map_err(DataError::io(&self.name))?;
        self.places.push(start..start + length);
        Ok(())
    }

    fn write<I: Iterator<Item = u32>>(
        &self,
        found: &Aggregated,
        lines: impl Iterator<Item = I>,
    ) -> io::Result<u64> {
        let mut out = BufWriter::new(&*self.file);
        let (mut length, mut line) = (0, Vec::new());
        for sums in lines {
            line.clear();
            lines::write(&mut line, found, sums);
            out.write_all(&(line.len() as u64).to_le_bytes())?;
            out.write_all(&line)?;
            length += (size_of::<u64>() + line.len()) as u64;
        }
        out.flush()?;
        Ok(length)
    }

    /// Reads the lines of all runs.
    pub(crate) fn merge(self) -> Merge {
        Merge::new(&self.file, self.name, &self.places, (self.keys, self.marks))
    }
}
