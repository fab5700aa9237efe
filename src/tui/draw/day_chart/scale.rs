//! The scale of a chart: a round number at its top, and the rows above and below zero.

use crate::domain::money::{Amount, SCALE};

/// Tenths of a power of ten that a scale may end at. Half of each is short to write, too.
const ROUND: [i128; 11] = [10, 12, 16, 20, 24, 30, 40, 50, 60, 80, 100];
/// A row is drawn in eighths.
pub(super) const EIGHTHS: usize = 8;

/// The rows of a chart and what a row stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scale {
    /// The amount at the top of the rows above zero.
    pub(super) top: Amount,
    /// Rows above zero.
    pub(super) above: usize,
    /// Rows below zero.
    pub(super) below: usize,
}

impl Scale {
    /// A round scale in this many rows that holds the largest and the smallest amount. There are rows below zero only
    /// for an amount below zero.
    pub(super) fn around(most: Amount, least: Amount, rows: usize) -> Self {
        let (most, least) = (most.units().max(0), (-least.units()).max(0));
        if least == 0 || rows < 2 {
            return Self {
                top: Amount::from_units(round_up(most.max(least))),
                above: rows,
                below: 0,
            };
        }
        if most == 0 {
            return Self {
                top: Amount::from_units(round_up(least)),
                above: 0,
                below: rows,
            };
        }
        // A row stands for the same amount on both sides; the finest scale wins.
        let split = |below: usize| {
            let above = rows - below;
            let needed = (least / below as i128 + 1).saturating_mul(above as i128);
            let top = round_up(most.max(needed));
            (top / above as i128, top, above, below)
        };
        let best = (1..rows).map(split).min();
        let (_, top, above, below) = best.unwrap_or((0, most, rows, 0));
        Self {
            top: Amount::from_units(top),
            above,
            below,
        }
    }

    /// The height of an amount in eighths of a row, negative below zero. An amount that is not zero has at least one.
    pub(super) fn height(self, amount: Amount) -> isize {
        let rows = self.rows_of_top();
        let size = amount.units().unsigned_abs() >> 16;
        let whole = (self.top.units().unsigned_abs() >> 16).max(1);
        let eighths = (size * (rows * EIGHTHS) as u128 + whole / 2) / whole;
        let eighths = isize::try_from(eighths).unwrap_or(isize::MAX);
        let eighths = if amount == Amount::ZERO {
            0
        } else {
            eighths.max(1)
        };
        if amount < Amount::ZERO {
            -eighths
        } else {
            eighths
        }
    }

    /// The rows that the amount at the top takes, on the side that has any.
    fn rows_of_top(self) -> usize {
        if self.above > 0 {
            self.above
        } else {
            self.below
        }
    }

    /// The amount at the lower end of the rows below zero.
    pub(super) fn bottom(self) -> Amount {
        let part = self.top.units() / (self.rows_of_top().max(1) as i128);
        Amount::from_units(-part.saturating_mul(self.below as i128))
    }
}

/// The smallest round number that is not smaller.
fn round_up(units: i128) -> i128 {
    let mut power = 1_i128;
    while power.checked_mul(10).is_some_and(|next| next <= units) {
        power *= 10;
    }
    let round = |tenths: &i128| power.checked_mul(*tenths).map(|units| units / 10);
    let mut all = ROUND.iter().filter_map(round);
    all.find(|round| *round >= units).unwrap_or(units)
}

/// An amount in few characters: `950`, `2.4k`, `1.25M`.
pub(super) fn short(amount: Amount) -> String {
    const SIZES: [(u32, &str); 4] = [(9, "B"), (6, "M"), (3, "k"), (0, "")];
    let size = amount.units().unsigned_abs();
    let minus = if amount < Amount::ZERO { "-" } else { "" };
    if size == 0 {
        return "0".to_owned();
    }
    for (zeros, name) in SIZES {
        let hundredth = 10_u128.pow(SCALE + zeros - 2);
        if size < hundredth * 100 && zeros > 0 {
            continue;
        }
        let hundredths = (size + hundredth / 2) / hundredth;
        if hundredths == 0 {
            break;
        }
        let (whole, rest) = (hundredths / 100, hundredths % 100);
        let rest = match rest {
            0 => String::new(),
            rest if rest % 10 == 0 => format!(".{}", rest / 10),
            rest => format!(".{rest:02}"),
        };
        return format!("{minus}{whole}{rest}{name}");
    }
    amount.display()
}
