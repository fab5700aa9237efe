//! Differences with a column for each value of a key: the pivot of a comparison, or of two periods.

use crate::domain::money::Amount;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::CellOrder;
use crate::domain::table::pivot::{Pivot, PivotLine};

/// The difference of each group, with a column for each value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DifferencePivot {
    /// Lines in the order of their keys; costs are differences.
    pub pivot: Pivot,
    /// The name of each column, exact.
    pub names: Vec<String>,
    /// The name of each column as a screen shows it: a subscription's name instead of its id.
    pub titles: Vec<String>,
}

/// The keys and the currency of a group.
pub type GroupOf<'a> = (&'a [Option<String>], Option<&'a str>);

impl DifferencePivot {
    /// The key whose values are columns.
    pub fn by(&self) -> &GroupKey {
        &self.pivot.by
    }

    /// The differences of a group, one for each column; `None` where neither side has rows.
    pub fn cells(&self, group: GroupOf<'_>) -> &[Option<Amount>] {
        let lines = &self.pivot.lines;
        let id = |line: &PivotLine| {
            let currency = line.cost.currency.as_deref();
            (line.keys.as_slice(), currency).cmp(&group)
        };
        let line = lines.binary_search_by(id).ok().and_then(|at| lines.get(at));
        line.map_or(&[], |line| &line.cells)
    }

    /// The differences of a currency, one for each column.
    pub fn totals(&self, currency: Option<&str>) -> &[Option<Amount>] {
        let mut totals = self.pivot.totals.iter();
        let total = totals.find(|line| line.cost.currency.as_deref() == currency);
        total.map_or(&[], |line| &line.cells)
    }

    /// The differences of every column, one line of exact text for each currency.
    pub fn total_lines(&self) -> impl Iterator<Item = String> {
        self.pivot.totals.iter().map(|total| {
            let cells = self.names.iter().zip(&total.cells);
            let cells = cells.filter_map(|(name, cell)| Some(format!("{name} {}", (*cell)?)));
            let currency = total.cost.currency.as_deref().unwrap_or("-");
            let cells: Vec<String> = cells.collect();
            format!("{currency} by {}: {}", self.by(), cells.join(" · "))
        })
    }

    /// The place of the column of an order.
    pub fn place(&self, order: &CellOrder) -> Option<usize> {
        self.names.iter().position(|name| *name == order.column)
    }

    /// Puts groups in the order of a column. Groups without an amount come last. An order by another column changes nothing.
    pub fn sort<T>(&self, order: &CellOrder, groups: &mut [T], of: impl Fn(&T) -> GroupOf<'_>) {
        let Some(at) = self.place(order) else {
            return;
        };
        groups.sort_by_cached_key(|group| {
            let amount = self.cells(of(group)).get(at).copied().flatten();
            let size = amount.map(|amount| {
                if order.smallest {
                    amount
                } else {
                    amount.negated()
                }
            });
            (amount.is_none(), size)
        });
    }
}
