//! Groups with a column for each value of a key: the last key of a grouped table turned into columns.

use super::group::Group;
use super::text_table::{value_name, value_of_name, visible_name};
use crate::domain::money::{Amount, Money};
use crate::domain::query::group_key::GroupKey;
use crate::domain::text::counted;
use std::collections::{BTreeMap, BTreeSet};

/// One line of a pivot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub keys: Vec<Option<String>>,
    /// Names that a screen shows instead of ids.
    pub labels: Vec<Option<String>>,
    pub cost: Money,
    pub rows: u64,
    /// One for each column, and one for the other values if there are any; `None` where there are no rows.
    pub cells: Vec<Option<Amount>>,
}

/// A grouped table with its last key as columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pivot {
    /// The key whose values are columns.
    pub by: GroupKey,
    /// In order; `None` for rows without a value.
    pub columns: Vec<Option<String>>,
    /// Names of the columns that a screen shows instead of ids.
    pub labels: Vec<Option<String>>,
    /// The number of values without a column of their own, whose sums are the last cell of each line.
    pub other_values: usize,
    pub lines: Vec<Line>,
    /// The lines beyond the largest, added up per currency; `other_groups` is their number.
    pub others: Vec<Line>,
    pub other_groups: usize,
    /// Every column of all lines added up, one line per currency; the one without a currency comes last.
    pub totals: Vec<Line>,
}

type PivotGroup<'a> = (Amount, u64, BTreeMap<Option<&'a str>, Amount>);

impl Pivot {
    /// The title of a cell as a screen shows it: a subscription's name instead of its id, the number of the other values.
    pub fn title(&self, cell: usize) -> Option<String> {
        let Some(value) = self.columns.get(cell) else {
            let others = counted(self.other_values as u64, "other");
            return (self.other_values > 0).then(|| format!("… {others}"));
        };
        let label = self.labels.get(cell).cloned().flatten();
        Some(label.unwrap_or_else(|| visible_name(value.as_deref())))
    }

    /// Turns the last key into columns; `None` if a sum is too large. Lines are in the order of their keys.
    pub fn of(groups: &[Group], by: &GroupKey) -> Option<Self> {
        let mut columns: BTreeSet<Option<&str>> = BTreeSet::new();
        let mut titles: BTreeMap<Option<&str>, &str> = BTreeMap::new();
        let mut lines: BTreeMap<(&[Option<String>], Option<&str>), PivotGroup<'_>> =
            BTreeMap::new();
        let mut labels: BTreeMap<&[Option<String>], &[Option<String>]> = BTreeMap::new();
        for group in groups {
            let (last, keys) = group.keys.split_last()?;
            columns.insert(last.as_deref());
            if let Some((title, shown)) = group.labels.split_last() {
                labels.insert(keys, shown);
                titles.extend(title.as_deref().map(|title| (last.as_deref(), title)));
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
        let label = |column| titles.get(column).map(|title| (*title).to_owned());
        Some(Self {
            by: by.clone(),
            labels: columns.iter().map(label).collect(),
            other_values: 0,
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

/// The name of the column of a value: a month or a day by itself, any other value after its key.
pub fn column_name(by: &GroupKey, value: Option<&str>) -> String {
    let name = value_name(value);
    if by.is_time() {
        name
    } else {
        format!("{by} = {name}")
    }
}

/// The value in the name of a column: `Some(None)` stands for rows without a value. `None` for months and days, and where
/// the name has another key.
pub fn value_of_column(by: &GroupKey, name: &str) -> Option<Option<String>> {
    let value = name.strip_prefix(&format!("{by} = "));
    value.filter(|_| !by.is_time()).map(value_of_name)
}

/// The place of the value with a name: that of its column, or its own. A name in another case is found where the values of
/// the key compare without case.
pub fn column_named(values: &[Option<String>], by: &GroupKey, name: &str) -> Option<usize> {
    let lower = name.to_lowercase();
    let whole = |value: &Option<String>| column_name(by, value.as_deref());
    let own = |value: &Option<String>| value_name(value.as_deref());
    let place = |test: &dyn Fn(&Option<String>) -> bool| values.iter().position(test);
    let exact = place(&|value| whole(value) == name).or_else(|| place(&|value| own(value) == name));
    exact.or_else(|| {
        let whole = place(&|value| whole(value).to_lowercase() == lower);
        let found = whole.or_else(|| place(&|value| own(value).to_lowercase() == lower));
        found.filter(|_| by.is_time() || by.ignores_case())
    })
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
