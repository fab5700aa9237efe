//! Pivots a pair, and sorts its groups by a column of the pivot.

use super::Pair;
use super::columns::PairColumn;
use super::pivot::{CellOrder, PairPivot};
use crate::domain::analysis::comparison::Delta;
use crate::domain::query::group_key::GroupKey;
use crate::ops::compare::pivot::DifferencePivot;
use crate::tui::state::cursor::Cursor;

impl Pair {
    /// The key whose values are columns. A key that the step groups by is none.
    pub fn pivot_key(&self) -> Option<&GroupKey> {
        let by = self.pivot.by.as_ref();
        by.filter(|by| !self.step().group_by.contains(by))
    }

    /// Whether the column under the cursor is named after a value that may identify somebody.
    pub fn names_value_here(&self) -> bool {
        let is_cell = matches!(self.here(), PairColumn::Cell(_));
        let open = self.pivot_key().is_none_or(GroupKey::is_anonymous);
        is_cell && !open
    }

    /// Pivots by the values of a key, or not at all. It can be undone.
    pub fn set_pivot(&mut self, by: Option<GroupKey>) {
        self.note();
        self.pivot = PairPivot { by, order: None };
        self.column = None;
        self.forget();
    }

    /// Sorts by a column of the pivot. It can be undone. Returns its name.
    pub(super) fn sort_by_cell(&mut self, at: usize, smallest: bool) -> String {
        let names = self.pivoted.as_ref().map(DifferencePivot::names);
        let Some(column) = names.and_then(|names| names.into_iter().nth(at)) else {
            return String::new();
        };
        self.note();
        let title = self.pivoted.as_ref().and_then(|found| found.titles.get(at));
        let title = title.cloned().unwrap_or_default();
        self.pivot.order = Some(CellOrder { column, smallest });
        self.sort();
        self.step_mut().cursor = Cursor::default();
        title
    }

    /// Puts the groups in the order of a column of the pivot, if there is one. Groups without an amount come last.
    pub(super) fn sort_cells(&mut self) {
        let (Some(order), Some(found)) = (&self.pivot.order, &self.pivoted) else {
            return;
        };
        let mut names = found.names().into_iter();
        let (Some(at), Some(compared)) = (
            names.position(|name| name == order.column),
            &mut self.compared,
        ) else {
            return;
        };
        let cell = |group: &Delta| found.cells(group).get(at).copied().flatten();
        compared.groups.sort_by_cached_key(|group| {
            let amount = cell(group);
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
