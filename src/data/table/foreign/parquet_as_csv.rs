//! Converts Parquet files of other writers, and ledgers of an older version, to CSV text.
//!
//! Their rows are usually read as typed columns. The text is for values that need the care of single records, and for
//! errors: every value is written as it would appear in a CSV file, so that the same checks and repairs apply to all
//! file types.

use super::byte_share::ByteShare;
use super::groups;
use super::groups::Plans;
use super::kinds::{TypeNotes, can_hold_tags, columns_of};
use super::nested::json_texts;
use super::texts::texts;
use crate::data::columns::tags::TAGS;
use crate::data::error::DataError;
use crate::data::panics::guarded;
use crate::data::progress::PartCounter;
use crate::data::table::bytes::Bytes;
use arrow::array::Array;
use arrow::datatypes::Field;
use polars_arrow as arrow;
use polars_parquet::read::FileMetadata;
use std::collections::VecDeque;
use std::io::{self, Read};

/// Rows converted at a time.
const ROWS: usize = 4096;

/// Rows decoded at a time.
const MOST: usize = 1 << 16;

/// Columns that costscope adds to the columns of a file.
const OURS: [&str; 3] = ["costscope.cost", "costscope.date", TAGS];

/// A reader that converts a table to CSV on the fly.
pub(crate) struct ParquetText<'a> {
    bytes: Bytes,
    meta: FileMetadata,
    columns: Vec<Field>,
    /// The notes on the types of its columns.
    pub(crate) notes: TypeNotes,
    /// The next row group to decode.
    group: usize,
    /// The decoding plan of the current row group, and the next row in it.
    plans: Plans,
    next_row: usize,
    /// The decoded rows that are not yet converted, and their number.
    decoded: Vec<VecDeque<Box<dyn Array>>>,
    left: usize,
    text: Vec<u8>,
    at: usize,
    /// The bytes of the rows that were converted; `None` if they are not counted.
    share: Option<ByteShare<'a>>,
}

impl<'a> ParquetText<'a> {
    /// Reads all columns but those of binary data.
    pub(crate) fn new(bytes: Bytes, binary: &[String]) -> Result<Self, DataError> {
        guarded(|| Self::begin(bytes, binary))
    }

    fn begin(bytes: Bytes, binary: &[String]) -> Result<Self, DataError> {
        let meta = bytes.metadata()?;
        let (mut columns, notes) = columns_of(&meta, binary)?;
        columns.retain(|field| !OURS.contains(&field.name.as_str()));
        let mut text = Vec::new();
        for (at, field) in columns.iter().enumerate() {
            cell(&mut text, (at, false), Some(field.name.as_str()));
        }
        text.push(b'\n');
        Ok(Self {
            bytes,
            meta,
            columns,
            notes,
            group: 0,
            plans: Plans::default(),
            next_row: 0,
            decoded: Vec::new(),
            left: 0,
            text,
            at: 0,
            share: None,
        })
    }

    /// Counts the bytes of the file while its rows are converted.
    pub(crate) fn counted(self, count: PartCounter<'a>) -> Self {
        let share = ByteShare::new(&self.bytes, &self.meta, count);
        Self {
            share: Some(share),
            ..self
        }
    }

    /// The bytes of the file, its description, and the columns that are read.
    pub(super) fn into_parts(self) -> (Bytes, FileMetadata, Vec<Field>) {
        (self.bytes, self.meta, self.columns)
    }

    /// The names of the columns that are read.
    pub(crate) fn names(&self) -> Vec<String> {
        let names = self.columns.iter();
        names.map(|field| field.name.to_string()).collect()
    }

    /// Decodes more rows; `false` at the end.
    fn next_slice(&mut self) -> Result<bool, DataError> {
        if self.next_row == self.plans.rows {
            let Some(group) = self.meta.row_groups.get(self.group) else {
                return Ok(false);
            };
            self.group += 1;
            self.next_row = 0;
            (self.plans, self.decoded) = groups::plan(&self.bytes, group, &self.columns, |_| true)?;
        }
        let rows = self.plans.slice(self.next_row, MOST)?;
        let columns = self.plans.columns.iter().zip(&mut self.decoded);
        for (plan, decoded) in columns {
            if let Some(plan) = plan {
                *decoded = plan.decode(&self.bytes, rows.clone())?.into();
            }
        }
        self.left = rows.len();
        self.next_row = rows.end;
        Ok(true)
    }

    /// Converts more rows; `false` at the end.
    fn next_rows(&mut self) -> Result<bool, DataError> {
        while self.left == 0 {
            if !self.next_slice()? {
                return Ok(false);
            }
        }
        let count = self.left.min(ROWS);
        self.left -= count;
        if let Some(share) = &mut self.share {
            share.add_rows(count);
        }
        let mut columns: Vec<Vec<Option<String>>> = Vec::with_capacity(self.columns.len());
        for (field, arrays) in self.columns.iter().zip(&mut self.decoded) {
            let unexpected =
                || DataError::Stored(format!("column {}: unexpected values", field.name));
            let mut values = Vec::with_capacity(count);
            while values.len() < count {
                let Some(array) = arrays.front_mut() else {
                    break;
                };
                let take = array.len().min(count - values.len());
                let part = array.sliced(0, take);
                let (part, kind) = (part.as_ref(), &field.dtype);
                let read = if can_hold_tags(kind) {
                    json_texts(part, &mut values)
                } else {
                    texts(part, kind, &mut values)
                };
                read.ok_or_else(unexpected)?;
                if take == array.len() {
                    arrays.pop_front();
                } else {
                    *array = array.sliced(take, array.len() - take);
                }
            }
            columns.push(values);
        }
        self.text.clear();
        self.at = 0;
        let is_only = columns.len() == 1;
        for row in 0..count {
            for (at, column) in columns.iter().enumerate() {
                let value = column.get(row).and_then(Option::as_deref);
                cell(&mut self.text, (at, is_only), value);
            }
            self.text.push(b'\n');
        }
        Ok(true)
    }
}

impl Read for ParquetText<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at >= self.text.len() {
            let more = guarded(|| self.next_rows()).map_err(io::Error::other)?;
            match &mut self.share {
                Some(share) if more => share.count_share()?,
                Some(share) => share.count_all()?,
                None => {}
            }
            if !more {
                return Ok(0);
            }
        }
        let mut rest = self.text.get(self.at..).unwrap_or_default();
        let count = rest.read(buffer)?;
        self.at += count;
        Ok(count)
    }
}

/// Writes one quoted field, with a comma before all but the first.
fn cell(text: &mut Vec<u8>, (at, is_only): (usize, bool), value: Option<&str>) {
    if at > 0 {
        text.push(b',');
    }
    // Without quotes, a row without values would be a blank line.
    if at == 0 && value.is_none() && is_only {
        text.extend_from_slice(b"\"\"");
    }
    if let Some(value) = value {
        text.push(b'"');
        let mut parts = value.split('"');
        text.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
        for part in parts {
            text.extend_from_slice(b"\"\"");
            text.extend_from_slice(part.as_bytes());
        }
        text.push(b'"');
    }
}
