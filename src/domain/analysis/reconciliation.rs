//! Rows of one side of a comparison whose counterpart on the other side is missing.

use crate::domain::money::Money;
use chrono::NaiveDate;
use serde::Serialize;

/// What was charged for on one day: the rows that should stand in both files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
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
pub struct Alone {
    pub rows: u64,
    /// What they cost, one amount per currency; of covered rows only those whose item stands on one side altogether.
    pub totals: Vec<Money>,
    /// Some of them, the dearest first.
    pub examples: Vec<Item>,
}

/// Usage that a benefit covers stands in both files: at nothing in the actual one, at its part of the commitment in the
/// amortized one. Here are the rows that stand in one only; they do not change the residual.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Covered {
    pub only_actual: Alone,
    pub only_amortized: Alone,
}

/// Why the residual is not 0: rows without a benefit that stand in one file only, and those that both have at different
/// costs. What only the amortized file has, minus what only the actual one has, plus what differs, is the residual.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Residual {
    pub only_actual: Alone,
    pub only_amortized: Alone,
    /// Amortized minus actual.
    pub different: Alone,
}

impl Alone {
    /// Its costs in words.
    pub fn costs(&self) -> String {
        let all: Vec<String> = self
            .totals
            .iter()
            .map(|money| format!("{} {}", money.amount, money.code()))
            .collect();
        all.join(" and ")
    }
}

impl Covered {
    /// How many rows there are on both sides.
    pub fn rows(&self) -> u64 {
        self.only_actual.rows + self.only_amortized.rows
    }
}
