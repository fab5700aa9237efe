//! Ways through a pair: the column under the cursor, the order, values to keep or drop, searches, and undoing them.

use super::columns::PairColumn;
use super::past::Past;
use super::{NO_GROUP, Pair};
use crate::domain::analysis::comparison::{Delta, Sort, SortBy};
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::name_search::has_name;
use crate::domain::text::percent;
use crate::tui::state::cursor::{Cursor, beside};
use crate::tui::state::search::next_match;

impl Pair {
    /// Moves the cursor one column left or right.
    pub fn sideways(&mut self, right: bool) {
        let count = self.cursor_columns().len();
        self.column = Some(beside(self.column(), count, right));
    }

    /// The column under the cursor in the table of exact text: the keys, the currency, four amounts, the cause, and the
    /// columns of the pivot.
    pub fn sheet_column(&self) -> usize {
        if let Some(table) = &self.commitments {
            return table.column;
        }
        let keys = self.step().group_by.len();
        match self.here() {
            PairColumn::Key(at) => at,
            PairColumn::Currency => keys,
            PairColumn::Actual => keys + 1,
            PairColumn::Amortized => keys + 2,
            PairColumn::Difference | PairColumn::Bar | PairColumn::Share | PairColumn::Percent => {
                keys + 3
            }
            PairColumn::Residual => keys + 4,
            PairColumn::Cause => keys + 5,
            PairColumn::Cell(at) => keys + 6 + at,
        }
    }

    /// The percents of all groups if the cursor is on their column, which the table of exact text does not have.
    pub fn percents_here(&self) -> Option<Vec<Option<String>>> {
        let here = self.commitments.is_none() && self.here() == PairColumn::Percent;
        let groups = self.groups().iter();
        here.then(|| {
            groups
                .map(|group| group.bridge.percent().map(percent))
                .collect()
        })
    }

    /// Keeps the cursor on its list and visible.
    pub fn keep_cursor(&mut self, height: usize) {
        if let Some(table) = &mut self.commitments {
            let count = table.all().len();
            table.cursor.keep(count, height);
            return;
        }
        // A cursor that undo put back belongs to the answer that is still to come.
        if self.asked.is_none() {
            let count = self.groups().len();
            self.step_mut().cursor.keep(count, height);
        }
    }

    /// The line under the cursor in the table of exact text.
    pub fn sheet_row(&self) -> usize {
        let table = self.commitments.as_ref();
        table
            .map_or(self.step().cursor, |table| table.cursor)
            .selected
    }

    /// Sorts by the column under the cursor, smallest or largest first. Returns its name.
    pub fn sort_here(&mut self, smallest: bool) -> String {
        let (by, name) = match self.here() {
            PairColumn::Key(at) => {
                let key = self.step().group_by.get(at);
                (SortBy::Key(at), key.map(GroupKey::name).unwrap_or_default())
            }
            PairColumn::Actual => (SortBy::Actual, "actual".to_owned()),
            PairColumn::Amortized => (SortBy::Amortized, "amortized".to_owned()),
            PairColumn::Residual => (SortBy::Residual, "the size of the residual".to_owned()),
            PairColumn::Percent => (SortBy::Percent, "percent".to_owned()),
            PairColumn::Cell(at) => return self.sort_by_cell(at, smallest),
            PairColumn::Difference
            | PairColumn::Currency
            | PairColumn::Bar
            | PairColumn::Share
            | PairColumn::Cause => (SortBy::Difference, "the size of the difference".to_owned()),
        };
        // A key is in its own order, an amount largest first, unless reversed.
        let reversed = matches!(by, SortBy::Key(_)) != smallest;
        self.set_order(Sort { by, reversed });
        name
    }

    /// Sorts the groups in another order.
    pub fn set_order(&mut self, order: Sort) {
        self.note();
        self.order = order;
        self.pivot.order = None;
        self.sort();
        self.step_mut().cursor = Cursor::default();
    }

    /// Keeps only the value under the cursor on both sides, or drops it. On an amount, the value is the whole group.
    pub fn keep_or_drop(&mut self, keep: bool) -> Result<(), &'static str> {
        let delta = self.selected().ok_or(NO_GROUP)?;
        let step = self.step();
        let at = self.column();
        let test = if let Some(key) = step.group_by.get(at) {
            let value = delta.keys.get(at).cloned().flatten();
            Some(Filter::of_value(key.clone(), value, keep))
        } else {
            let group = Filter::inside(None, &step.group_by, &delta.keys);
            group.map(
                |group| match (keep, step.group_by.as_slice(), delta.keys.as_slice()) {
                    (_, [key], [value]) => Filter::of_value(key.clone(), value.clone(), keep),
                    (true, ..) => group,
                    (false, ..) => Filter::Not(Box::new(group)),
                },
            )
        };
        let filter = Filter::both(step.filter.clone(), test);
        self.note();
        self.set_filter(filter);
        Ok(())
    }

    /// The key under the cursor; on a column of the pivot, its key; on another amount, the first one.
    pub fn key_here(&self) -> Option<GroupKey> {
        let keys = &self.step().group_by;
        let key = match self.here() {
            PairColumn::Key(at) => keys.get(at),
            PairColumn::Cell(_) => self.pivot_key(),
            PairColumn::Actual
            | PairColumn::Amortized
            | PairColumn::Difference
            | PairColumn::Currency
            | PairColumn::Bar
            | PairColumn::Share
            | PairColumn::Cause
            | PairColumn::Percent
            | PairColumn::Residual => None,
        };
        key.or(keys.first()).cloned()
    }

    /// Keeps only the rows with these values of a key on both sides, or drops them.
    pub fn keep_or_drop_all(&mut self, key: &GroupKey, values: &[Option<String>], keep: bool) {
        let test = Filter::of_values(key.clone(), values, keep);
        let filter = Filter::both(self.step().filter.clone(), test);
        self.note();
        self.set_filter(filter);
    }

    /// Moves to the next group that has the searched text. Returns its line, from 1.
    pub fn seek(&mut self, forward: bool, height: usize) -> Option<usize> {
        let lower = self.search.text.to_lowercase();
        let says = |delta: &Delta| has_name(&lower, &delta.labels, &delta.keys);
        let groups = self.groups();
        let here = self.step().cursor.selected;
        let found = next_match(groups.len(), here, forward, |at| {
            groups.get(at).is_some_and(says)
        });
        let (at, count) = (found?, groups.len());
        let cursor = &mut self.step_mut().cursor;
        cursor.selected = at;
        cursor.keep(count, height);
        Some(at + 1)
    }

    /// Remembers the steps, the order and the columns, so that the next change can be undone.
    pub fn note(&mut self) {
        let now = self.present();
        self.history.note(now);
    }

    fn present(&self) -> Past {
        Past {
            first: self.first.clone(),
            deeper: self.deeper.clone(),
            order: self.order,
            pivot: self.pivot.clone(),
            chosen: self.chosen.clone(),
            money: self.money(),
        }
    }

    /// Whether there is something to undo, or to redo.
    pub fn can_travel(&self, back: bool) -> bool {
        self.history.can_travel(back)
    }

    /// Undoes the last change, or redoes it.
    pub fn time_travel(&mut self, back: bool) {
        let now = self.present();
        let Some(then) = self.history.travel(back, now) else {
            return;
        };
        self.first = then.first;
        self.deeper = then.deeper;
        self.order = then.order;
        self.pivot = then.pivot;
        self.chosen = then.chosen;
        // Both sides had this money before, so it cannot be missing.
        let _ = self.put_money(then.money);
        self.forget();
    }
}
