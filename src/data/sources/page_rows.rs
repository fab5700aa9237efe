//! Rows by number: JSON and Parquet are converted to a text, and the user never sees its lines.

use crate::data::error::DataError;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

/// The numbers of the rows of a text among all that were received.
#[derive(Debug, Default)]
pub struct RowNumbers {
    /// Runs of neighbours: the first row of each in the text, and its number.
    runs: Vec<(u64, u64)>,
}

/// Every row has the number of its place.
pub(crate) static EACH: RowNumbers = RowNumbers { runs: Vec::new() };

impl RowNumbers {
    /// Adds a row of the text, counted from 1.
    pub(super) fn add(&mut self, row: u64, number: u64) {
        let follows = |(first, start): &(u64, u64)| number - start == row - first;
        if !self.runs.last().is_some_and(follows) {
            self.runs.push((row, number));
        }
    }

    /// The number of a row of the text, counted from 1.
    pub(crate) fn of(&self, row: u64) -> u64 {
        let mut runs = self.runs.iter().rev();
        let run = runs.find(|(first, _)| *first <= row);
        run.map_or(row, |(first, start)| start + (row - first))
    }
}

/// Names the row in an error of a text with a header, instead of the line.
pub(crate) fn at_row(error: DataError, text: impl Read, numbers: &RowNumbers) -> DataError {
    let (file, line, column, problem) = match error {
        DataError::Line {
            file,
            line,
            problem,
        } => (file, line, None, problem),
        DataError::Field {
            file,
            line,
            column,
            problem,
        } => (file, line, Some(column), problem),
        other => return other,
    };
    let rows = rows_at(text, [line].into());
    DataError::Row {
        file,
        row: numbers.of(rows.get(&line).copied().unwrap_or(1)),
        column,
        problem,
    }
}

/// The rows that have these lines, counted from 1; values may have line ends. The header belongs to the first row.
pub(crate) fn rows_at(text: impl Read, lines: BTreeSet<u64>) -> BTreeMap<u64, u64> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
    let mut record = csv::ByteRecord::new();
    let mut lines = lines.into_iter().peekable();
    let mut found = BTreeMap::new();
    let mut row = 0_u64;
    while lines.peek().is_some() && reader.read_byte_record(&mut record).is_ok_and(|more| more) {
        let start = record.position().map_or(0, csv::Position::line);
        while let Some(line) = lines.next_if(|line| *line < start) {
            found.insert(line, row.max(1));
        }
        row += 1;
    }
    found.extend(lines.map(|line| (line, row.max(1))));
    found
}
