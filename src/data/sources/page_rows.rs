//! The rows of JSON by number: errors of the text that they are converted to name its lines, which the user never sees.

use crate::data::error::DataError;
use std::fs::File;
use std::io::{Read, Seek};

/// The numbers of the rows of a text among all that were received.
#[derive(Debug, Default)]
pub struct RowNumbers {
    /// Runs of neighbours: the first row of each in the text, and its number.
    runs: Vec<(u64, u64)>,
}

impl RowNumbers {
    /// Adds a row of the text, counted from 1.
    pub(super) fn add(&mut self, row: u64, number: u64) {
        let follows = |(first, start): &(u64, u64)| number - start == row - first;
        if !self.runs.last().is_some_and(follows) {
            self.runs.push((row, number));
        }
    }

    fn of(&self, row: u64) -> u64 {
        let mut runs = self.runs.iter().rev();
        let run = runs.find(|(first, _)| *first <= row);
        run.map_or(row, |(first, start)| start + (row - first))
    }
}

/// Names the row of the JSON in an error of the text that it was converted to, instead of the line.
pub(crate) fn in_rows(error: DataError, mut text: &File, numbers: &RowNumbers) -> DataError {
    match text.rewind() {
        Ok(()) => at_row(error, text, numbers),
        Err(_) => error,
    }
}

/// Names the row in an error of a text with a header, instead of the line.
fn at_row(error: DataError, text: impl Read, numbers: &RowNumbers) -> DataError {
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
    // Line 1 is the header, which is made of the names of the first rows.
    let row = row_at(text, line).map_or(1, |row| numbers.of(row));
    DataError::Row {
        file,
        row,
        column,
        problem,
    }
}

/// The row that has a line, counted from 1; values may have line ends.
fn row_at(text: impl Read, line: u64) -> Option<u64> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
    let mut record = csv::ByteRecord::new();
    let mut row = 0;
    while reader.read_byte_record(&mut record).is_ok_and(|more| more) {
        if record.position().is_some_and(|start| start.line() > line) {
            break;
        }
        row += 1;
    }
    (row > 0).then_some(row)
}
