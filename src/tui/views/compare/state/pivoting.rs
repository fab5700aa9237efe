//! Pivots a pair, and sorts its groups by a column of the pivot.

use super::Pair;
use super::columns::PairColumn;
use super::pivot::PairPivot;
use crate::domain::analysis::comparison::Delta;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::CellOrder;
use crate::tui::state::cursor::Cursor;

impl Pair {
    /// The key whose values are columns; `None` if the step groups by it.
    pub fn pivot_key(&self) -> Option<&GroupKey> {
        let by = self.pivot.by.as_ref();
        by.filter(|by| !self.step().group_by.contains(by))
    }

    /// The order by a column of the pivot, while it is pivoted.
    pub fn cell_order(&self) -> Option<&CellOrder> {
        self.pivot_key().and(self.pivot.order.as_ref())
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
        let names = self.pivoted.as_ref().map(|found| &found.names);
        let Some(column) = names.and_then(|names| names.get(at).cloned()) else {
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
        if let Some(compared) = &mut self.compared {
            found.sort(order, &mut compared.groups, Delta::id);
        }
    }
}
