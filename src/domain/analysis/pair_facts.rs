//! The parts of a group of a comparison, on both sides.

use super::comparison::Comparison;
use chrono::NaiveDate;

/// The days of a group on both sides, and its largest parts by some keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PairFacts {
    /// The first and the last day of the actual and of the amortized side; `None` if no row has a day.
    pub days: [Option<(NaiveDate, NaiveDate)>; 2],
    /// The parts with the largest differences by each key. A key without a value in any row is left out.
    pub parts: Vec<Comparison>,
}
