//! Reasons to stop or to restart the reading of a file.

use crate::data::error::DataError;

/// An error in a file, with the line counted from the start of its block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ParseError {
    pub(crate) line: u64,
    pub(crate) column: Option<String>,
    pub(crate) problem: String,
}

impl ParseError {
    pub(crate) fn error(self, file: &str, lines_before: u64) -> DataError {
        let (file, line) = (file.to_owned(), self.line + lines_before);
        let problem = self.problem;
        match self.column {
            Some(column) => DataError::Field {
                file,
                line,
                column,
                problem,
            },
            None => DataError::Line {
                file,
                line,
                problem,
            },
        }
    }
}

/// The reason a pass over a block ended early.
#[derive(Debug)]
pub(crate) enum ParseStop {
    Error(ParseError),
    /// Another pass with different decisions is needed.
    Restart(Restart),
    Overflow,
    Cancelled,
}

impl ParseStop {
    /// An error in a line that concerns no single column.
    pub(crate) fn line(line: u64, problem: impl Into<String>) -> Self {
        Self::Error(ParseError {
            line,
            column: None,
            problem: problem.into(),
        })
    }
}

/// The decision to change for the next pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Restart {
    DayFirst {
        line: u64,
    },
    AsText {
        column: usize,
    },
    /// A number column has another value, first in this line.
    NoNumber {
        column: usize,
        line: u64,
    },
    /// A block ends inside quotes.
    ByQuotes,
    ByFields,
    /// A column is blank where another layout's column for the same role is filled.
    TwoLayouts,
    /// The dates have times of day.
    Hours,
    /// The text has a second header.
    Tables,
    /// Typed columns have values that are read as text, row by row.
    ByText,
}
