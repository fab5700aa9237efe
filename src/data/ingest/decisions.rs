//! Decisions about a whole file that reading it may revise.

use crate::data::columns::dates::Order;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// How the text is taken. A pass that finds this to be wrong is started again with another.
// Each decision is made by itself.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Decisions {
    pub(crate) order: Order,
    /// The line that proved the day to come first.
    pub(crate) day_first_line: Option<u64>,
    /// The order was decided by something outside the text; dates in the other order are errors.
    pub(crate) order_given: bool,
    /// Rows of two layouts: roles are filled from whichever spelling a row has.
    pub(crate) two_layouts: bool,
    /// The hours of the day are kept in a column of their own.
    pub(crate) hours: bool,
    /// Repeated headers are skipped rather than read as the start of another table.
    pub(crate) one_table: bool,
    /// Columns that are kept as text: not every value in them is what their name says.
    pub(crate) as_text: BTreeSet<usize>,
    /// Of these the columns of numbers, with the first line that holds something else.
    pub(crate) no_numbers: BTreeMap<usize, u64>,
    /// Blocks are cut by reading every field.
    pub(crate) by_fields: bool,
}
