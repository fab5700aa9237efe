//! Groups with a column for each month or day: the last key of a grouped table turned into columns.

use super::group::Group;
use crate::domain::money::{Amount, Money};
use std::collections::{BTreeMap, BTreeSet};

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

type PivotGroup<'a> = (Amount, u64, BTreeMap<Option<&'a str>, Amount>);

impl Pivot {
    /// Turns the last key into columns; `None` if a sum is too large. Lines are in the order of their keys.
    pub fn of(groups: &[Group]) -> Option<Self> {
        let mut columns: BTreeSet<Option<&str>> = BTreeSet::new();
        let mut lines: BTreeMap<(&[Option<String>], Option<&str>), PivotGroup<'_>> =
            BTreeMap::new();
        let mut labels: BTreeMap<&[Option<String>], &[Option<String>]> = BTreeMap::new();
        for group in groups {
            let (last, keys) = group.keys.split_last()?;
            columns.insert(last.as_deref());
            if let Some((_, shown)) = group.labels.split_last() {
                labels.insert(keys, shown);
            }
            let line = lines
                .entry((keys, group.cost.currency.as_deref()))
                .or_default();
            line.0 = line.0.checked_add(group.cost.amount)?;
            line.1 += group.rows;
            let cell = line.2.entry(last.as_deref()).or_default();
            *cell = cell.checked_add(group.cost.amount)?;
        }
        // Rows without a date come after all others.
        let mut columns: Vec<Option<&str>> = columns.into_iter().collect();
        columns.sort_by_key(Option::is_none);
        let lines = lines
            .into_iter()
            .map(|((keys, currency), (amount, rows, cells))| Line {
                keys: keys.to_vec(),
                labels: labels.get(keys).copied().unwrap_or_default().to_vec(),
                cost: Money {
                    currency: currency.map(ToOwned::to_owned),
                    amount,
                },
                rows,
                cells: columns
                    .iter()
                    .map(|column| cells.get(column).copied())
                    .collect(),
            });
        let lines: Vec<Line> = lines.collect();
        let mut totals = AddedUp::default();
        for line in &lines {
            totals.add(line.clone())?;
        }
        let mut totals = totals.into_lines();
        totals.sort_by_key(|line| line.cost.currency.is_none());
        Some(Self {
            lines,
            totals,
            columns: columns
                .iter()
                .map(|column| column.map(ToOwned::to_owned))
                .collect(),
            others: Vec::new(),
            other_groups: 0,
        })
    }
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
