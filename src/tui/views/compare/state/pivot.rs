//! How a pair is pivoted: the key, and the order by one of its columns.

use crate::domain::query::group_key::GroupKey;

/// An order by a column of the pivot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellOrder {
    /// The exact name of the column.
    pub column: String,
    pub smallest: bool,
}

/// How a pair is pivoted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PairPivot {
    /// The key whose values are columns.
    pub by: Option<GroupKey>,
    /// The column that the groups are sorted by; `None` for the order of the comparison.
    pub order: Option<CellOrder>,
}
