//! Rows of a block: a batch of those that follow the rules, or one that was read with care.

pub(crate) mod checks;
#[cfg(test)]
mod checks_tests;
pub(crate) mod dates;
pub(crate) mod seen;
pub(crate) mod values;

use crate::data::ingest::records::FieldSpan;
use crate::data::ingest::structure::RecordBatch;

/// Rows that follow each other.
pub(super) enum Rows<'a> {
    Batch(&'a RecordBatch),
    /// A row that was read with care.
    One {
        fields: &'a [FieldSpan],
        line: u64,
    },
}

/// One of the rows.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) rows: &'a Rows<'a>,
    /// Its index among them.
    pub(super) at: usize,
    pub(super) line: u64,
}

impl Rows<'_> {
    /// The number of rows.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Batch(batch) => batch.len(),
            Self::One { .. } => 1,
        }
    }

    /// One of the rows.
    pub(super) fn row(&self, at: usize) -> Row<'_> {
        let line = match self {
            Self::Batch(batch) => batch.line(at),
            Self::One { line, .. } => *line,
        };
        Row {
            rows: self,
            at,
            line,
        }
    }
}

impl Row<'_> {
    /// A field; `None` if the row is too short.
    pub(super) fn field(self, text: &[u8], column: usize) -> Option<FieldSpan> {
        match self.rows {
            Rows::Batch(batch) => batch.field(text, self.at, column),
            Rows::One { fields, .. } => fields.get(column).cloned(),
        }
    }
}
