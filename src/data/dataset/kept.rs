//! Keeps a converted table outside of this process: its bytes, and what the table itself does not say.

use super::DataPart;
use crate::data::columns::dates::DateOrder;
use crate::data::error::{DataError, Stopped};
use crate::data::ingest::findings::Repair;
use crate::data::progress::Progress;
use crate::data::table::bytes::Bytes;
use crate::data::table::footer::{RepairRecord, known_repair};
use crate::data::table::parquet_file::ParquetFile;
use crate::data::table::stored::Stored;
use crate::domain::metric::Metric;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

/// Bytes copied at once.
const PIECE: u64 = 4 << 20;

/// The size of a table that is held in memory, in bytes.
const SMALL: u64 = 1 << 20;

/// The facts of a part that its table does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartFacts {
    /// The end of its name, after the name of its file.
    after_name: String,
    metric: Option<Metric>,
    dates: DateOrder,
    unclear_line: u64,
    goes_on: bool,
    left: Option<String>,
    /// Repairs that were found after the table was written.
    more_repairs: Vec<RepairRecord>,
}

impl PartFacts {
    /// Whether a sentence in it names the file.
    pub fn names_the_file(&self) -> bool {
        self.left.is_some()
    }
}

impl DataPart {
    /// Whether its table was made from a text.
    pub fn is_converted(&self) -> bool {
        self.converted
    }

    /// The facts to keep beside its table; `None` if it is not a part of the file with this name.
    pub fn facts(&self, file: &str) -> Option<PartFacts> {
        let source = &self.source;
        let more = source.repairs.iter().skip(self.stored.info.repairs.len());
        Some(PartFacts {
            after_name: source.name.strip_prefix(file)?.to_owned(),
            metric: source.metric,
            dates: self.dates,
            unclear_line: self.unclear_line,
            goes_on: source.goes_on,
            left: source.left.clone(),
            more_repairs: more.map(RepairRecord::of).collect(),
        })
    }

    /// The size of its table in bytes.
    pub fn table_bytes(&self) -> u64 {
        self.stored.bytes().len()
    }

    /// Writes its table, until the progress stops it.
    pub fn write_table(&self, mut to: impl Write, progress: &Progress) -> io::Result<()> {
        let (bytes, mut at) = (self.stored.bytes(), 0);
        while at < bytes.len() {
            if progress.is_cancelled() {
                return Err(io::Error::other(Stopped));
            }
            let end = bytes.len().min(at + PIECE);
            to.write_all(&bytes.read(at..end)?)?;
            at = end;
        }
        Ok(())
    }

    /// Opens a part that was kept, whose bytes were compared with their checksum. It equals the part that was read from the
    /// file.
    pub fn from_table(
        table: File,
        file: &str,
        facts: &PartFacts,
        progress: &Progress,
    ) -> Result<Self, DataError> {
        let name = format!("{file}{}", facts.after_name);
        let bytes = held(table, progress).map_err(DataError::io(&name))?;
        let mut part = Self::of(Stored::open(ParquetFile::open(bytes)?, &name)?, &name);
        let more: Vec<Repair> = facts.more_repairs.iter().map(known_repair).collect();
        part.source.repairs.extend(more);
        part.source.metric = facts.metric;
        part.source.goes_on = facts.goes_on;
        part.source.left.clone_from(&facts.left);
        part.dates = facts.dates;
        part.unclear_line = facts.unclear_line;
        part.converted = true;
        Ok(part)
    }
}

/// The bytes of a table. A small one is read into memory, as if it had just been converted: thousands of them would need as
/// many open files.
fn held(table: File, progress: &Progress) -> io::Result<Bytes> {
    let bytes = Bytes::File(Arc::new(table));
    let length = bytes.len();
    let room = u64::try_from(progress.room()).unwrap_or(u64::MAX);
    if length > SMALL.min(room) {
        return Ok(bytes);
    }
    progress.keep(length);
    Ok(Bytes::Memory(bytes.read(0..length)?))
}
