//! Facts of the rows of a line beyond its sums.

use super::group::Group;
use crate::domain::money::Amount;
use crate::domain::query::group_key::GroupKey;
use chrono::NaiveDate;

/// The days of a line, and its largest parts by some keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LineFacts {
    /// The first and the last day; `None` if no row has a day.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// A key without a value in any row is left out.
    pub parts: Vec<LineParts>,
}

/// The largest parts of a line by a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineParts {
    pub key: GroupKey,
    pub largest: Vec<Group>,
    /// The number of all other parts, and their cost.
    pub others: Option<(usize, Amount)>,
}
