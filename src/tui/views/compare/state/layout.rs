//! The columns of a pair in its present shape, and the one under the cursor.

use super::Pair;
use super::columns::PairColumn;
use crate::domain::analysis::comparison::SortBy;
use crate::tui::state::cursor::block;
use std::ops::Range;

impl Pair {
    /// All columns in order. Several currencies have a column behind the amounts.
    pub fn columns(&self) -> Vec<PairColumn> {
        let keys = self.step().group_by.len();
        let mut all: Vec<PairColumn> = (0..keys).map(PairColumn::Key).collect();
        let mut parts = self.parts();
        if self.currencies().len() > 1 {
            let amounts = parts.iter().rposition(|part| part.is_amount());
            parts.insert(amounts.map_or(0, |at| at + 1), PairColumn::Currency);
        }
        all.extend(parts);
        let cells = self.pivoted.as_ref().map_or(0, |found| found.titles.len());
        all.extend((0..cells).map(PairColumn::Cell));
        all
    }

    /// The columns between the keys and those of the pivot: the chosen ones, or the usual ones, which leave room for the
    /// pivot.
    pub fn parts(&self) -> Vec<PairColumn> {
        match self.chosen_columns() {
            Some(chosen) => chosen.clone(),
            None if self.pivot_key().is_some() => vec![PairColumn::Difference],
            None => PairColumn::USUAL.to_vec(),
        }
    }

    /// The columns that were chosen for the present shape.
    pub fn chosen_columns(&self) -> Option<&Vec<PairColumn>> {
        self.chosen.shape(self.pivot_key().is_some())
    }

    /// Shows these columns after the keys, or the usual ones if there is none. It can be undone.
    pub fn choose_columns(&mut self, columns: Vec<PairColumn>) {
        self.note();
        let pivoted = self.pivot_key().is_some();
        let columns = Some(columns).filter(|columns| !columns.is_empty());
        *self.chosen.shape_mut(pivoted) = columns;
        self.column = None;
    }

    /// Hides the column under the cursor, unless it is a key, of the pivot, or the last one. Returns its name.
    pub fn hide_column(&mut self) -> Result<&'static str, &'static str> {
        let (here, mut parts) = (self.here(), self.parts());
        let Some(at) = parts.iter().position(|column| *column == here) else {
            return Err(match here {
                PairColumn::Cell(_) => {
                    "this column is a value of the pivot; ⟦compare.facets⟧ drops it"
                }
                _ => "the groups are named by this key; ⟦compare.group-by⟧ groups by others",
            });
        };
        if parts.len() < 2 {
            return Err("this is the last column");
        }
        parts.remove(at);
        let column = self.column;
        self.choose_columns(parts);
        self.column = column;
        Ok(here.name())
    }

    /// The order, if the column that shows it was hidden.
    pub fn hidden_order(&self) -> Option<(&'static str, bool)> {
        let order = self.order;
        let shown = |column: &PairColumn| column.order() == Some(order.by);
        self.chosen_columns()?;
        if self.pivot.order.is_some() || self.columns().iter().any(shown) {
            return None;
        }
        let mut known = SortBy::ALL.into_iter();
        let (name, _) = known.find(|(_, by)| *by == order.by)?;
        Some((name, order.reversed))
    }

    /// The places of the currencies whose totals are in view. Where there are more than fit, that of the group under the
    /// cursor is among them.
    pub fn shown_totals(&self) -> Range<usize> {
        let here = self.selected().and_then(|group| {
            let mut all = self.currencies().iter();
            all.position(|total| total.currency == group.currency)
        });
        block(
            self.currencies().len(),
            here.unwrap_or_default(),
            self.total_lines(),
        )
    }

    /// Which totals are in view, if these are not all.
    pub fn totals_in_sight(&self) -> Option<String> {
        let (shown, of) = (self.shown_totals(), self.currencies().len());
        (shown.len() < of).then(|| format!("{}-{} of {of}", shown.start + 1, shown.end))
    }

    /// Whether the groups are sorted by a column, the smallest first or the largest.
    pub fn sorted_by(&self, column: PairColumn) -> Option<bool> {
        if let (Some(order), Some(found)) = (&self.pivot.order, &self.pivoted) {
            let by = found.place(order).map(PairColumn::Cell);
            return (by == Some(column)).then_some(order.smallest);
        }
        let is_key = matches!(column, PairColumn::Key(_));
        let own = column.order() == Some(self.order.by);
        own.then_some(is_key != self.order.reversed)
    }

    /// Puts the cursor on a column. Returns `false` if it does not stand there.
    pub fn stand_on(&mut self, column: PairColumn) -> bool {
        let at = self.cursor_columns().iter().position(|one| *one == column);
        self.column = at.or(self.column);
        at.is_some()
    }

    /// The columns that the cursor moves over: keys, amounts and percents.
    pub fn cursor_columns(&self) -> Vec<PairColumn> {
        let all = self.columns().into_iter();
        all.filter(|column| column.takes_cursor()).collect()
    }

    /// The column under the cursor. It begins on the difference.
    pub fn here(&self) -> PairColumn {
        let all = self.cursor_columns();
        let usual = || {
            all.iter()
                .copied()
                .find(|one| *one == PairColumn::Difference)
        };
        let last = all.len().saturating_sub(1);
        let at = self.column.map(|at| at.min(last));
        let found = at.and_then(|at| all.get(at)).copied().or_else(usual);
        found.or(all.last().copied()).unwrap_or(PairColumn::Key(0))
    }

    /// The index of the column under the cursor.
    pub fn column(&self) -> usize {
        let (all, here) = (self.cursor_columns(), self.here());
        all.iter().position(|one| *one == here).unwrap_or_default()
    }
}
