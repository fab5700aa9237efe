//! Checks by sums whether both sides of a pair describe the same usage. Each row is hashed to 64 bits, and the same
//! rows have the same sum in any order. Different rows have the same sum with a probability of 1 in 2^64. Only if the
//! sums differ are rows compared one by one.

use super::{bridge_class, line_item_hash};
use crate::data::columns::charge_class::ChargeClass;
use crate::data::columns::column_types::{Filling, texts_of};
use crate::data::columns::layout::Layout;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;

/// Rows of one class: their number, and the sum of their hashes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RowChecksum {
    rows: u64,
    sum: u64,
}

impl RowChecksum {
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

/// The rows of one side. Purchases are left out, because they are not usage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RowChecksums {
    /// Rows without a benefit, at their costs.
    plain: RowChecksum,
    /// Rows covered by a benefit, regardless of cost.
    used: RowChecksum,
    /// Unused parts of benefits.
    unused: RowChecksum,
}

impl RowChecksums {
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            plain: self.plain.plus(other.plain),
            used: self.used.plus(other.used),
            unused: self.unused.plus(other.unused),
        }
    }

    pub(crate) fn add(&mut self, part: u8, place: u64, plain: impl FnOnce() -> u64) {
        match ChargeClass::at(part) {
            ChargeClass::NoBenefit => self.plain.add(plain()),
            ChargeClass::Purchase | ChargeClass::Refund => {}
            ChargeClass::UnusedReservation | ChargeClass::UnusedSavingsPlan => {
                self.unused.add(place);
            }
            ChargeClass::Used => self.used.add(place),
        }
    }

    /// Whether the amortized side has the same rows without a benefit, at the same costs.
    pub(crate) fn same_plain(&self, amortized: &Self) -> bool {
        self.plain == amortized.plain
    }

    /// Whether the amortized side has the same covered rows, all used or some of them unused.
    pub(crate) fn same_covered(&self, amortized: &Self) -> bool {
        let covered = |side: &Self| side.used.plus(side.unused);
        let actual = covered(self);
        actual == amortized.used || actual == covered(amortized)
    }
}

/// The row checksums of a block being read. Texts are hashed exactly as written, so the result cannot be compared with that
/// of [`of`].
pub(crate) fn of_block(columns: &[Filling], layout: &Layout, rows: usize) -> RowChecksums {
    let column = |role| Ok::<_, Infallible>(texts_of(columns, layout.role(role)));
    let Ok(parts) = bridge_class::parts_of(layout.dialect, rows, column);
    let items = line_item_hash::of_block(columns, layout, rows);
    let mut checksums = RowChecksums::default();
    for (part, (place, with_cost)) in parts.iter().zip(items) {
        checksums.add(*part, place, || with_cost);
    }
    checksums
}
