//! An axis with round numbers, and positions on it. Positions are tenths of a pixel: no amount becomes a float.

use crate::domain::money::Amount;

/// The greatest number of steps.
const STEPS: i128 = 4;
/// The smallest step: a cent.
const CENT: i128 = 10_000_000_000_000_000;

/// The values from the lowest tick to the highest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Axis {
    low: i128,
    high: i128,
    step: i128,
}

impl Axis {
    /// The axis for amounts between these two; zero is always on it.
    pub(super) fn of(low: Amount, high: Amount) -> Self {
        let (low, high) = (low.units().min(0), high.units().max(0));
        let span = high.saturating_sub(low);
        let mut step = CENT;
        // 1, 2, 5, 10, 20, 50, ... cents.
        let mut factors = [2, 5, 2]
            .into_iter()
            .cycle()
            .zip([1, 2, 1].into_iter().cycle());
        while step.saturating_mul(STEPS) < span
            && let Some((by, over)) = factors.next()
        {
            step = step.saturating_mul(by) / over;
        }
        let low = low.div_euclid(step).saturating_mul(step);
        let above = high.saturating_add(step - 1).div_euclid(step);
        let high = above.saturating_mul(step);
        // Without any amount there is one step.
        let high = if high == low { low + step } else { high };
        Self { low, high, step }
    }

    /// The values of its lines, lowest first.
    pub(super) fn ticks(self) -> Vec<Amount> {
        let mut ticks = Vec::new();
        let mut tick = Some(self.low);
        while let Some(value) = tick.filter(|value| *value <= self.high) {
            ticks.push(Amount::from_units(value));
            tick = value.checked_add(self.step);
        }
        ticks
    }

    /// The distance of an amount from the top of a picture of this height.
    pub(super) fn down(self, amount: Amount, height: i64) -> i64 {
        let span = Amount::from_units(self.high.saturating_sub(self.low));
        let above = Amount::from_units(self.high.saturating_sub(amount.units()));
        let share = above.per_mille(span).unwrap_or_default();
        share.clamp(0, 1000) * height / 1000
    }
}

/// A tick as text: without decimals that are zero.
pub(super) fn tick_text(tick: Amount) -> String {
    let text = tick.display();
    text.strip_suffix(".00").unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests;
