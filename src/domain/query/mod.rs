//! Queries over a table: group keys, filter, order and limits.

pub mod column_kinds;
pub mod columns;
#[cfg(test)]
mod columns_tests;
pub mod filter;
pub mod filter_help;
#[cfg(test)]
mod filter_help_tests;
pub mod filter_text;
pub mod group_key;
pub mod money_column;
pub mod saved_view;
#[cfg(test)]
mod saved_view_tests;
pub mod sort;

use super::money::Amount;
use super::period::DateRange;
use filter::{Comparator, Filter};
use group_key::GroupKey;
use sort::{CellOrder, Sort, SortBy};
use std::cmp::Ordering;

/// A measure of a group in addition to cost and rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// The share of its currency's total.
    Share,
    /// The cumulative share of this group and all groups of its currency before it.
    Running,
    /// The quantity, if all its rows have the same unit.
    Quantity,
    FirstDay,
    LastDay,
}

impl Measure {
    /// Every measure, by the name of its column.
    pub const ALL: [(&str, Self); 5] = [
        ("share", Self::Share),
        ("running", Self::Running),
        ("quantity", Self::Quantity),
        ("first-day", Self::FirstDay),
        ("last-day", Self::LastDay),
    ];

    /// The measure with this column name.
    pub fn parse(name: &str) -> Option<Self> {
        let lower = name.to_lowercase();
        let found = Self::ALL.iter().find(|(word, _)| *word == lower);
        found.map(|(_, measure)| *measure)
    }

    /// The name of its column.
    pub fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, measure)| *measure == self);
        found.map_or("", |(name, _)| name)
    }
}

/// The pivot of two periods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangePivot {
    /// The key whose values become columns of differences.
    pub by: GroupKey,
    /// The column that the groups are sorted by first.
    pub order: Option<CellOrder>,
}

/// A condition on the sums of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Having {
    pub of: Summed,
    pub comparator: Comparator,
    pub value: Amount,
}

/// The sum that the condition tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Summed {
    Cost,
    Rows,
}

impl Having {
    /// Reads `cost > 10` or `rows <= 3`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let at = text.find(['<', '>', '=', '!'])?;
        let (name, rest) = text.split_at(at);
        let comparators = [
            Comparator::LessOrEqual,
            Comparator::GreaterOrEqual,
            Comparator::NotEqual,
            Comparator::Less,
            Comparator::Greater,
            Comparator::Equal,
        ];
        let comparator = comparators
            .into_iter()
            .find(|comparator| rest.starts_with(comparator.symbol()))?;
        let of = match name.trim().to_lowercase().as_str() {
            "cost" => Summed::Cost,
            "rows" => Summed::Rows,
            _ => return None,
        };
        let value = Amount::parse(rest.get(comparator.symbol().len()..)?).ok()?;
        Some(Self {
            of,
            comparator,
            value: value.amount,
        })
    }

    /// Whether a group with this cost and number of rows is kept.
    pub fn keeps(&self, cost: Amount, rows: u64) -> bool {
        let have = match self.of {
            Summed::Cost => cost,
            Summed::Rows => Amount::from_whole(rows),
        };
        self.comparator.meets(have.cmp(&self.value))
    }
}

/// One question to a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    pub filter: Option<Filter>,
    /// Empty: the rows themselves.
    pub group_by: Vec<GroupKey>,
    /// Sort keys in order of precedence; empty means by cost, largest first.
    pub sort: Vec<Sort>,
    /// For groups: how many to keep; the others are added up, or left out.
    pub top: Option<usize>,
    /// Rows or groups to leave out at the start.
    pub offset: usize,
    /// How many rows or groups to show; `None` means all.
    pub limit: Option<usize>,
    /// For rows: which columns, by header; empty means all.
    pub columns: Vec<String>,
    /// For groups: measures to show in addition to cost and rows.
    pub measures: Vec<Measure>,
    /// For groups: which of them to keep.
    pub having: Option<Having>,
    /// For groups: whether those beyond the limit (or `top`) are added up in one line.
    pub others: bool,
    /// For groups: the key whose values become columns.
    pub pivot: Option<GroupKey>,
    /// For groups: two periods to compare, and why they differ.
    pub change: Option<(DateRange, DateRange)>,
    /// For two periods: a column of differences for each value of another key.
    pub change_pivot: Option<ChangePivot>,
}

impl Query {
    /// The number of rows that a filter keeps and their totals, without the rows.
    pub fn sums(filter: Filter) -> Self {
        Self {
            filter: Some(filter),
            limit: Some(0),
            ..Self::default()
        }
    }

    /// The measures that are added up: those that are shown, or all that groups can be sorted by.
    pub fn summed(&self) -> &[Measure] {
        const SORTED: &[Measure] = &[Measure::FirstDay, Measure::Quantity];
        let by_measure = |sort: &Sort| match &sort.by {
            SortBy::Key(key) => {
                !self.group_by.contains(key) && Measure::parse(&key.name()).is_some()
            }
            SortBy::Cost | SortBy::Size | SortBy::Rows => false,
        };
        if self.sort.iter().any(by_measure) {
            SORTED
        } else {
            &self.measures
        }
    }

    /// The sort keys; never empty.
    pub fn sorts(&self) -> &[Sort] {
        const BY_COST: &[Sort] = &[Sort::BY_COST];
        if self.sort.is_empty() {
            BY_COST
        } else {
            &self.sort
        }
    }
}

/// Keys in byte order, absent ones last.
pub fn by_keys(a: &[Option<String>], b: &[Option<String>]) -> Ordering {
    a.iter().zip(b).fold(Ordering::Equal, |order, (a, b)| {
        order.then_with(|| nulls_last(a.as_deref(), b.as_deref(), false))
    })
}

/// One key in byte order, or reversed; absent ones last in either direction.
pub fn nulls_last(a: Option<&str>, b: Option<&str>, reversed: bool) -> Ordering {
    unknown_last(a, b, |a, b| if reversed { b.cmp(a) } else { a.cmp(b) })
}

/// Compares what is known; the unknown comes last, whatever the direction of the comparison.
pub fn unknown_last<T>(
    a: Option<T>,
    b: Option<T>,
    compare: impl FnOnce(T, T) -> Ordering,
) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => compare(a, b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

#[cfg(test)]
mod tests;
