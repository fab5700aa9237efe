//! Reasons to stop or to restart the reading of a file.

use crate::data::error::DataError;

/// A place in a file that cannot be read, with the line counted from the start of its block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) line: u64,
    pub(crate) column: Option<String>,
    pub(crate) problem: String,
}

impl Trouble {
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

/// Why a pass over a block ended early.
#[derive(Debug)]
pub(crate) enum Halt {
    Trouble(Trouble),
    /// Another pass with other decisions is needed.
    Restart(Restart),
    Overflow,
    Cancelled,
}

/// What another pass has to do otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Restart {
    DayFirst {
        line: u64,
    },
    AsText {
        column: usize,
    },
    /// A column of numbers holds something else, first in this line.
    NoNumber {
        column: usize,
        line: u64,
    },
    ByFields,
    /// A role is blank where another layout's spelling of it is filled.
    TwoLayouts,
    /// The days have hours.
    Hours,
    /// A second header stands inside the text.
    Tables,
}
