//! Writes a workbook: the rows on one sheet, their sources on another. Text is never a formula; amounts are numbers.
//!
//! Rows are put into words and compressed on all threads, some at a time. They wait in a file without a name until the
//! sheet is complete, because its size stands before it.

pub(crate) mod cells;
mod package;
mod parts;

use crate::data::engine::batches::Batch;
use crate::data::error::DataError;
use crate::data::threads::in_order;
use crate::domain::table::text_table::{Heading, Holds};
use crate::domain::text::{counted, grouped};
use cells::{LONGEST, Loss, SheetCells, pieces};
use package::{Package, Packer, PartPiece, Sum};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::ops::Range;
use std::path::Path;

/// Maximum number of rows in a sheet, including the heading.
const MOST_ROWS: u32 = 1_048_576;
/// Maximum number of columns in a sheet.
const MOST_COLUMNS: usize = 16_384;

/// A workbook being written. Appended rows are not kept in memory.
pub struct XlsxSheet {
    headings: Vec<(String, Holds)>,
    /// The text before the number of the row in a cell of each column.
    places: Vec<String>,
    /// The compressed rows, and their sum.
    rows: File,
    sum: Sum,
    next: u32,
    lost: Lost,
}

/// The values that a spreadsheet cannot hold.
#[derive(Default)]
struct Lost {
    rounded: u64,
    /// The number of cut texts in each column that has any.
    cut: BTreeMap<usize, u64>,
}

impl Lost {
    fn add(&mut self, next: &Self) {
        self.rounded += next.rounded;
        for (column, count) in &next.cut {
            *self.cut.entry(*column).or_default() += count;
        }
    }
}

/// Counts of the values that a spreadsheet cannot hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Losses {
    /// Amounts with more digits than it calculates with.
    pub rounded: u64,
    /// Texts that are too long for a cell and were cut.
    pub cut: u64,
    /// The columns of these texts.
    pub columns: Vec<String>,
}

impl Losses {
    /// A sentence on the texts that were cut.
    pub fn cut_words(&self) -> Option<String> {
        let were = match self.cut {
            0 => return None,
            1 => "was",
            _ => "were",
        };
        let word = match self.columns.len() {
            1 => "column",
            _ => "columns",
        };
        Some(format!(
            "{} {were} cut: a spreadsheet holds {} characters in a cell, and the {word} {} had more; CSV, Parquet and JSON \
             hold all of them",
            counted(self.cut, "cell"),
            grouped(LONGEST as u64),
            self.columns.join(", ")
        ))
    }
}

impl XlsxSheet {
    /// Starts a workbook with these headings. Its rows wait in a file without a name in the scratch folder.
    pub fn new(headings: &[Heading], scratch: &Path) -> Result<Self, DataError> {
        if headings.len() > MOST_COLUMNS {
            return Err(DataError::Stored(format!(
                "a sheet holds {} columns and there are more; choose some with --columns, or write .csv or .parquet",
                grouped(MOST_COLUMNS as u64)
            )));
        }
        // The system's temporary folder may be small, or in memory.
        let rows = tempfile::tempfile_in(scratch).map_err(DataError::Taker)?;
        let (headings, cut) = parts::fitting_headings(headings);
        let columns = 0..headings.len();
        Ok(Self {
            places: columns
                .map(|at| format!("<c r=\"{}", parts::place(at)))
                .collect(),
            headings,
            rows,
            sum: Sum::default(),
            next: 2,
            lost: Lost {
                rounded: 0,
                cut: cut.into_iter().map(|at| (at, 1)).collect(),
            },
        })
    }

    /// Appends rows.
    pub fn take(&mut self, rows: &[Vec<Option<String>>]) -> Result<(), DataError> {
        let column = |(at, (_, holds)): (usize, &(String, Holds))| {
            let values = rows.iter().map(|row| row.get(at)?.as_deref());
            SheetCells::of_rows(*holds, values)
        };
        let batch = Batch {
            rows: rows.len(),
            columns: self.headings.iter().enumerate().map(column).collect(),
        };
        self.take_batch(&batch, 1, || Ok(()))
    }

    /// Appends columns that are prepared, on some threads, unless `wanted` fails.
    pub(crate) fn take_batch(
        &mut self,
        batch: &Batch<SheetCells>,
        threads: usize,
        wanted: impl Fn() -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let first = self.next;
        let rows = u32::try_from(batch.rows).ok();
        let last = rows.and_then(|rows| (first - 1).checked_add(rows));
        let last = last.filter(|last| *last <= MOST_ROWS).ok_or_else(|| {
            DataError::Stored(format!(
                "a sheet holds {} rows and there are more; narrow them with a filter, or write .csv or .parquet",
                MOST_ROWS - 1
            ))
        })?;
        let Self {
            places,
            rows: file,
            sum,
            lost,
            ..
        } = self;
        let together = together(places.len());
        let make = |at: usize| {
            let start = at * together;
            let rows = start..batch.rows.min(start + together);
            packed(batch, (rows, first), places)
        };
        in_order(
            threads,
            batch.rows.div_ceil(together),
            make,
            |(piece, more)| {
                wanted()?;
                file.write_all(&piece.bytes).map_err(DataError::Taker)?;
                sum.add(&piece.sum);
                lost.add(&more);
                Ok(())
            },
        )?;
        self.next = last + 1;
        Ok(())
    }

    /// Writes the workbook and an `about` sheet. Returns what the workbook does not hold.
    pub fn finish(self, about: &[(&str, String)], out: impl Write) -> Result<Losses, DataError> {
        let losses = self.losses();
        let mut lines: Vec<(&str, &str)> = Vec::new();
        for (name, text) in about {
            let names = std::iter::once(*name).chain(std::iter::repeat(""));
            lines.extend(names.zip(pieces(text)));
        }
        let cut = losses.cut_words();
        lines.extend(
            cut.iter()
                .flat_map(|words| pieces(words))
                .map(|words| ("cut texts", words)),
        );
        self.save(&lines, out)?;
        Ok(losses)
    }

    fn losses(&self) -> Losses {
        let columns = self.lost.cut.keys().filter_map(|at| self.headings.get(*at));
        Losses {
            rounded: self.lost.rounded,
            cut: self.lost.cut.values().sum(),
            columns: columns.map(|(name, _)| name.clone()).collect(),
        }
    }

    fn save(mut self, about: &[(&str, &str)], out: impl Write) -> Result<(), DataError> {
        let mut package = Package::new(out);
        for (name, text) in parts::FIXED {
            package.add_text(name, text.as_bytes())?;
        }
        let head = PartPiece::of(&parts::head(&self.headings, self.next - 1))?;
        let end = PartPiece::of(parts::END.as_bytes())?;
        let mut sum = head.sum;
        sum.add(&self.sum);
        sum.add(&end.sum);
        let waiting = self.sum.packed();
        let copied = package.add(parts::ROWS, &sum, |out| {
            out.write_all(&head.bytes)?;
            self.rows.rewind()?;
            if io::copy(&mut self.rows.take(waiting), out)? < waiting {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            out.write_all(&end.bytes)
        });
        copied.map_err(DataError::Taker)?;
        package.add_text(parts::ABOUT, &parts::about(about))?;
        package.finish().map_err(DataError::Taker)?;
        Ok(())
    }
}

/// The most text that waits to be compressed, but for the end of a row.
const WAITING: usize = 1 << 20;

/// Rows that are compressed together: about a megabyte where texts are short.
fn together(columns: usize) -> usize {
    /// Bytes of a row without its cells, and of a cell.
    const ROW: usize = 24;
    const CELL: usize = 48;
    (WAITING / (ROW + columns * CELL)).clamp(1, 10_000)
}

/// Some rows of a batch that has this first row, compressed, and the losses of their cells.
fn packed(
    batch: &Batch<SheetCells>,
    (rows, first): (Range<usize>, u32),
    places: &[String],
) -> Result<(PartPiece, Lost), DataError> {
    let (mut text, mut without) = (Vec::with_capacity(WAITING), Lost::default());
    let mut packer = Packer::new();
    for row in rows {
        let number = (u64::from(first) + row as u64).to_string();
        let number = number.as_bytes();
        text.extend_from_slice(b"<row r=\"");
        text.extend_from_slice(number);
        text.extend_from_slice(b"\">");
        for (at, (column, place)) in batch.columns.iter().zip(places).enumerate() {
            let Some((cell, loss)) = column.of_row(row) else {
                continue;
            };
            text.extend_from_slice(place.as_bytes());
            text.extend_from_slice(number);
            text.extend_from_slice(cell);
            match loss {
                Loss::Nothing => {}
                Loss::Digits => without.rounded += 1,
                Loss::End => *without.cut.entry(at).or_default() += 1,
            }
        }
        text.extend_from_slice(b"</row>");
        if text.len() > WAITING {
            packer.add(&text)?;
            text.clear();
        }
    }
    packer.add(&text)?;
    Ok((packer.end()?, without))
}

#[cfg(test)]
mod tests;
