//! Facts of the rows of a line beyond its sums.

use super::group::Group;
use crate::domain::analysis::change::Change;
use crate::domain::money::Amount;
use crate::domain::query::group_key::GroupKey;
use chrono::NaiveDate;

/// Facts of a line: of its costs, or of its costs in two periods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactsOfLine {
    Costs(LineFacts),
    Periods(PeriodFacts),
}

/// The days of a line in two periods, and its largest changes by some keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PeriodFacts {
    /// The first and the last day in each period; `None` if no row has a day there.
    pub days: [Option<(NaiveDate, NaiveDate)>; 2],
    /// A key without a value in any row is left out.
    pub parts: Vec<Change>,
}

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
