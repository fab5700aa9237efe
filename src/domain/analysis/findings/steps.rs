//! Unit prices that step from one value to another, and costs that stay the same.

use super::thresholds::percent_of;
use crate::domain::money::Amount;
use chrono::NaiveDate;

/// Cost and quantity of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Priced {
    pub cost: Amount,
    pub quantity: Amount,
}

/// A change of a unit price that was constant before and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceStep {
    /// The first day with the later price.
    pub day: NaiveDate,
    /// All usage at the earlier price, and at the later one.
    pub before: Priced,
    pub after: Priced,
}

/// Prices within this share of each other, in parts per 10,000, are the same: costs are rounded.
const SAME: u64 = 20;
/// The part of that share from which averages of several days differ.
const AVERAGES_DIFFER: u64 = 5;
/// Costs that differ by no more are the same, in units of 1e-18.
const ROUNDING: i128 = 1_000_000_000_000;

impl Priced {
    /// The sum of both; `None` if it does not fit.
    pub fn and(self, other: Self) -> Option<Self> {
        Some(Self {
            cost: self.cost.checked_add(other.cost)?,
            quantity: self.quantity.checked_add(other.quantity)?,
        })
    }

    /// The cost of another quantity at this unit price, rounded half-even to 18 decimals.
    pub fn cost_of(self, quantity: Amount) -> Option<Amount> {
        self.cost.proportion(quantity, self.quantity)
    }

    /// Whether another item has the same unit price, up to some parts per 10,000.
    fn has_price_of(self, other: Self, parts: u64) -> Option<bool> {
        let expected = self.cost_of(other.quantity)?;
        let tolerance = expected
            .abs()
            .proportion(Amount::from_whole(parts), Amount::from_whole(10_000))?
            .saturating_add(Amount::from_units(ROUNDING));
        Some(other.cost.saturating_sub(expected).abs() <= tolerance)
    }

    /// Whether the average prices of two spans differ so much that a step may lie in them.
    pub fn may_step_to(self, later: Self) -> bool {
        self.has_price_of(later, AVERAGES_DIFFER) == Some(false)
    }
}

/// The only step of a unit price over days in order. `None` if the price is constant, or changes more often: then it
/// depends on the quantity. Days without a quantity have no price.
pub fn price_step(days: impl IntoIterator<Item = (NaiveDate, Priced)>) -> Option<PriceStep> {
    let mut levels: Vec<(NaiveDate, Priced)> = Vec::new();
    for (day, priced) in days {
        if priced.quantity <= Amount::ZERO {
            continue;
        }
        match levels.last_mut() {
            Some((_, level)) if level.has_price_of(priced, SAME)? => *level = level.and(priced)?,
            _ => levels.push((day, priced)),
        }
    }
    match levels.as_slice() {
        [(_, before), (day, after)] if before.cost > Amount::ZERO && after.cost > Amount::ZERO => {
            Some(PriceStep {
                day: *day,
                before: *before,
                after: *after,
            })
        }
        _ => None,
    }
}

impl PriceStep {
    /// The later cost above the same usage at the earlier price, and that usage at the earlier price.
    pub fn effect(&self) -> Option<(Amount, Amount)> {
        let expected = self.before.cost_of(self.after.quantity)?;
        Some((self.after.cost.checked_sub(expected)?, expected))
    }
}

/// Whether the daily costs without a quantity go on as before: their median is that of the days with a quantity, up to
/// some percent. Without such days, all costs must be about the same.
pub fn goes_on(without: &[Amount], with: &[Amount], percent: Amount) -> bool {
    let close = |one: Amount, other: Amount| {
        one.saturating_sub(other).abs() <= percent_of(other.abs(), percent)
    };
    let Some(idle) = super::robust::median(without) else {
        return false;
    };
    match super::robust::median(with) {
        Some(usual) => close(idle, usual),
        None => without.iter().all(|cost| close(*cost, idle)),
    }
}
