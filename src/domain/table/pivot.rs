//! Groups with a column for each month or day: the last key of a grouped table turned into columns.

use crate::domain::money::{Amount, Money};
use std::collections::BTreeMap;

/// One line of a pivot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub keys: Vec<Option<String>>,
    /// Names that a screen shows instead of ids.
    pub labels: Vec<Option<String>>,
    pub cost: Money,
    pub rows: u64,
    /// One for each column; `None` where there are no rows.
    pub cells: Vec<Option<Amount>>,
}

/// A grouped table with its last key as columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pivot {
    /// In order; `None` for rows without a value.
    pub columns: Vec<Option<String>>,
    pub lines: Vec<Line>,
    /// The lines beyond the largest, added up per currency; `other_groups` is their number.
    pub others: Vec<Line>,
    pub other_groups: usize,
    /// Every column of all lines added up, one line per currency; the one without a currency comes last.
    pub totals: Vec<Line>,
}

/// Lines added up per currency, without keys.
#[derive(Debug, Default)]
pub struct AddedUp {
    sums: BTreeMap<Option<String>, Line>,
}

impl AddedUp {
    /// Adds a line; `None` if a sum is too large.
    pub fn add(&mut self, line: Line) -> Option<()> {
        let Some(sum) = self.sums.get_mut(&line.cost.currency) else {
            let none = vec![None; line.keys.len()];
            let first = Line {
                keys: none.clone(),
                labels: none,
                ..line
            };
            self.sums.insert(first.cost.currency.clone(), first);
            return Some(());
        };
        sum.cost.amount = sum.cost.amount.checked_add(line.cost.amount)?;
        sum.rows += line.rows;
        for (all, cell) in sum.cells.iter_mut().zip(line.cells) {
            *all = match (*all, cell) {
                (Some(one), Some(other)) => Some(one.checked_add(other)?),
                (one, other) => one.or(other),
            };
        }
        Some(())
    }

    /// One line for each currency.
    pub fn into_lines(self) -> Vec<Line> {
        self.sums.into_values().collect()
    }
}
