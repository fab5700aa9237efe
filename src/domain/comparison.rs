//! Actual beside amortized, and the bridge between them (contract, section 3).

use super::money::Amount;
use super::query::GroupKey;
use serde::Serialize;

/// The steps from actual to amortized. Their sum is exact: `actual` plus every step is `amortized`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bridge {
    pub actual: Amount,
    /// Purchases and refunds of reservations and savings plans, taken out.
    pub purchases: Amount,
    /// The part of it that is refunds.
    pub refunds: Amount,
    /// What the benefits were used for, put in.
    pub benefit_usage: Amount,
    pub unused_reservation: Amount,
    pub unused_savings_plan: Amount,
    /// What rows without a benefit differ by: 0 when both files describe the same usage.
    pub residual: Amount,
    pub amortized: Amount,
}

/// One named step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Step {
    pub step: &'static str,
    pub cost: Amount,
}

impl Bridge {
    /// Every step by its name in the JSON, in order.
    pub fn steps(&self) -> [Step; 7] {
        let step = |step, cost| Step { step, cost };
        [
            step("actual", self.actual),
            step("purchases", self.purchases),
            step("benefit_usage", self.benefit_usage),
            step("unused_reservation", self.unused_reservation),
            step("unused_savings_plan", self.unused_savings_plan),
            step("residual", self.residual),
            step("amortized", self.amortized),
        ]
    }

    /// Amortized minus actual.
    pub fn difference(&self) -> Amount {
        self.amortized.saturating_sub(self.actual)
    }

    /// Whether actual and all steps add up to amortized.
    pub fn adds_up(&self) -> bool {
        let steps = [
            self.purchases,
            self.benefit_usage,
            self.unused_reservation,
            self.unused_savings_plan,
            self.residual,
        ];
        let sum = steps
            .iter()
            .fold(self.actual.units(), |sum, step| sum + step.units());
        sum == self.amortized.units()
    }

    /// The largest step, as a word for people.
    pub fn main_cause(&self) -> &'static str {
        let causes = [
            (self.purchases, "purchase"),
            (self.benefit_usage, "benefit used"),
            (self.unused_reservation, "unused reservation"),
            (self.unused_savings_plan, "unused savings plan"),
            (self.residual, "residual"),
        ];
        let largest = causes.iter().max_by_key(|(amount, _)| amount.abs());
        largest
            .filter(|(amount, _)| *amount != Amount::ZERO)
            .map_or("", |(_, word)| word)
    }
}

/// One group on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delta {
    pub keys: Vec<Option<String>>,
    /// What people call the keys, where that is something else: a subscription's name, the end of an id.
    pub labels: Vec<Option<String>>,
    pub currency: Option<String>,
    pub bridge: Bridge,
    /// Rows of the actual and of the amortized side.
    pub rows: [u64; 2],
}

/// The whole comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    pub group_by: Vec<GroupKey>,
    /// One bridge per currency, over everything the filter keeps.
    pub currencies: Vec<Delta>,
    /// Groups, the largest difference first.
    pub groups: Vec<Delta>,
    /// How many groups there are before any limit.
    pub of: usize,
    /// Whether the residual is 0 in every currency and every group, shown or not.
    pub closed: bool,
}

impl Comparison {
    /// Whether groups have to say which currency they are in.
    pub fn several_currencies(&self) -> bool {
        self.currencies.len() > 1
    }
}
