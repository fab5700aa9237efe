//! A column of the table as it is shown.

use crate::domain::query::Measure;

/// The content of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnContent {
    /// A group key, by index.
    Key(usize),
    Cost,
    Currency,
    Rows,
    Measure(Measure),
    Picture,
    /// A column of a pivot, by index: a month, a day, or another value.
    Cell(usize),
    /// An amount of a comparison of periods, by name.
    Effect(&'static str),
    /// The difference between two periods in percent.
    Percent,
    /// The main cause of the change.
    Cause,
    /// A column of the rows, by index.
    Header(usize),
}

impl ColumnContent {
    /// The column of a pivot, by index.
    pub fn cell(&self) -> Option<usize> {
        if let Self::Cell(at) = self {
            Some(*at)
        } else {
            None
        }
    }
}

/// A column by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Col {
    pub name: String,
    pub what: ColumnContent,
}

impl Col {
    pub(super) fn new(name: impl Into<String>, what: ColumnContent) -> Self {
        Self {
            name: name.into(),
            what,
        }
    }
}
