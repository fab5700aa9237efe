//! Whether both sides of a pair describe the same usage, told by sums: every row is a number of 64 bits made of what it
//! says, and the same rows make the same sum in whatever order they stand. Other rows make the same sum once in 2^64 times.
//! Only where sums differ rows have to be looked at one by one.

use super::bridge_class;
use super::line_item_hash;
use crate::data::columns::charge_class::Part;
use crate::data::columns::column_types::Filling;
use crate::data::columns::column_types::texts_of;
use crate::data::columns::layout::Layout;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;

/// Rows of one kind: how many, and the sum of their numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Weight {
    rows: u64,
    sum: u64,
}

impl Weight {
    fn plus(self, other: Self) -> Self {
        Self {
            rows: self.rows + other.rows,
            sum: self.sum.wrapping_add(other.sum),
        }
    }

    fn add(&mut self, number: u64) {
        *self = self.plus(Self {
            rows: 1,
            sum: number,
        });
    }
}

/// The rows of one side. Purchases are none of the usage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Weights {
    /// Without a benefit, at their costs.
    plain: Weight,
    /// Covered by a benefit, whatever they cost.
    used: Weight,
    /// What stayed unused of a benefit.
    unused: Weight,
}

impl Weights {
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            plain: self.plain.plus(other.plain),
            used: self.used.plus(other.used),
            unused: self.unused.plus(other.unused),
        }
    }

    pub(crate) fn add(&mut self, part: u8, place: u64, plain: impl FnOnce() -> u64) {
        match Part::at(part) {
            Part::NoBenefit => self.plain.add(plain()),
            Part::Purchase | Part::Refund => {}
            part if part.is_unused() => self.unused.add(place),
            _ => self.used.add(place),
        }
    }

    /// Whether the amortized side has the rows without a benefit of this one, at the same costs.
    pub(crate) fn same_plain(&self, amortized: &Self) -> bool {
        self.plain == amortized.plain
    }

    /// Whether the amortized side has the covered rows of this one: used, or some of them as what stayed unused.
    pub(crate) fn same_covered(&self, amortized: &Self) -> bool {
        let covered = |side: &Self| side.used.plus(side.unused);
        let actual = covered(self);
        actual == amortized.used || actual == covered(amortized)
    }
}

/// The weights of a block that is read. Texts count exactly as they are written, so that they are not comparable with
/// those of [`of`].
pub(crate) fn of_block(columns: &[Filling], layout: &Layout, rows: usize) -> Weights {
    let column = |role| Ok::<_, Infallible>(texts_of(columns, layout.role(role)));
    let Ok(parts) = bridge_class::parts_of(layout.dialect, rows, column);
    let items = line_item_hash::of_block(columns, layout, rows);
    let mut weights = Weights::default();
    for (part, (place, with_cost)) in parts.iter().zip(items) {
        weights.add(*part, place, || with_cost);
    }
    weights
}
