//! Accumulators of one group.

use crate::data::columns::column_types::NO_DAY;

/// Cost, rows and days of one group. Kept small: with many groups, memory access dominates.
#[derive(Clone, Copy)]
pub(crate) struct Sum {
    pub(crate) cost: i128,
    pub(crate) rows: u64,
    pub(crate) first: i32,
    pub(crate) last: i32,
}

/// The quantity of one group, if requested.
#[derive(Clone, Copy)]
pub(crate) struct Quantity {
    pub(crate) units: i128,
    pub(crate) unit: u32,
}

/// No unit: nothing counted yet.
pub(crate) const NO_UNIT: u32 = u32::MAX;
/// No common unit: the units differ.
pub(crate) const MIXED: u32 = u32::MAX - 1;
/// Quantities without a unit are one unit of their own.
pub(crate) const NAMELESS: u32 = u32::MAX - 2;

impl Sum {
    pub(crate) const EMPTY: Self = Self {
        cost: 0,
        rows: 0,
        first: i32::MAX,
        last: NO_DAY,
    };

    pub(crate) fn join(&mut self, other: &Self) -> Option<()> {
        self.cost = self.cost.checked_add(other.cost)?;
        self.rows += other.rows;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        Some(())
    }
}

impl Quantity {
    pub(crate) const EMPTY: Self = Self {
        units: 0,
        unit: NO_UNIT,
    };

    pub(crate) fn join(&mut self, other: &Self) -> Option<()> {
        self.units = self.units.checked_add(other.units)?;
        self.unit = match (self.unit, other.unit) {
            (NO_UNIT, unit) | (unit, NO_UNIT) => unit,
            (a, b) if a == b => a,
            _ => MIXED,
        };
        Some(())
    }
}

#[cfg(test)]
mod tests;
