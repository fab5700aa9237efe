//! Rows of one side of a comparison whose counterpart on the other side is missing.

use crate::domain::money::Money;
use chrono::NaiveDate;
use serde::Serialize;

/// A charge on one day: its rows should be in both files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChargeOnDay {
    pub date: Option<NaiveDate>,
    pub resource: Option<String>,
    pub meter: Option<String>,
    pub charge_type: Option<String>,
    /// Rows and cost on this side, or on both where both have some.
    pub rows: u64,
    #[serde(flatten)]
    pub cost: Money,
}

/// Rows without a counterpart.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Unmatched {
    pub rows: u64,
    /// Their cost, one amount per currency; of covered rows, only those whose item is on one side alone.
    pub totals: Vec<Money>,
    /// Some of them, the most expensive first.
    pub examples: Vec<ChargeOnDay>,
}

/// Usage covered by a benefit is in both files: at no cost in the actual one, at its part of the commitment in the
/// amortized one. These are the rows in only one of them; they do not change the residual.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Covered {
    pub only_actual: Unmatched,
    pub only_amortized: Unmatched,
}

/// The reason that the residual is not 0: rows without a benefit that are in one file only, or in both at different costs.
/// The residual is the cost only in the amortized file, minus the cost only in the actual one, plus the differences.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Residual {
    pub only_actual: Unmatched,
    pub only_amortized: Unmatched,
    /// Amortized minus actual.
    pub different: Unmatched,
}

impl Covered {
    /// How many rows there are on both sides.
    pub fn rows(&self) -> u64 {
        self.only_actual.rows + self.only_amortized.rows
    }
}
