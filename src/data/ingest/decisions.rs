//! Decisions about a whole file that reading it may revise.

use super::blocks::Split;
use crate::data::columns::dates::DayOrder;
use std::collections::{BTreeMap, BTreeSet};

/// How the text is read. A pass that finds a wrong decision is restarted with a corrected one.
// The decisions are independent of each other.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Decisions {
    pub(crate) order: DayOrder,
    /// The line that proved that the day comes first.
    pub(crate) day_first_line: Option<u64>,
    /// The order is fixed from outside the file; dates in the other order are errors.
    pub(crate) order_given: bool,
    /// The file mixes two layouts: each role is read from the column that the row fills.
    pub(crate) two_layouts: bool,
    /// Times of day are kept in a separate column.
    pub(crate) hours: bool,
    /// Repeated headers are skipped rather than read as the start of another table.
    pub(crate) one_table: bool,
    /// Columns that are kept as text, because some values do not have the type that the name implies.
    pub(crate) as_text: BTreeSet<usize>,
    /// The number columns among these, with the first line that is not a number.
    pub(crate) no_numbers: BTreeMap<usize, u64>,
    /// How blocks are split.
    pub(crate) split: Split,
    /// Typed columns are read as text.
    pub(crate) by_text: bool,
}

impl Decisions {
    /// The decisions before the first pass, for typed columns that are read as text.
    pub(crate) fn by_text(&self) -> Self {
        Self {
            order: self.order,
            order_given: self.order_given,
            one_table: self.one_table,
            by_text: true,
            ..Self::default()
        }
    }
}
