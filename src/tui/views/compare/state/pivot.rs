//! How a pair is pivoted: the key, and the order by one of its columns.

use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::CellOrder;

/// How a pair is pivoted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PairPivot {
    /// The key whose values are columns.
    pub by: Option<GroupKey>,
    /// The column that the groups are sorted by; `None` for the order of the comparison.
    pub order: Option<CellOrder>,
}
