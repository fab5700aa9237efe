//! Finished rows, shared by both front ends.

pub mod group;
pub mod json;
#[cfg(test)]
mod json_tests;
pub mod level_hits;
pub mod line_facts;
pub mod name_search;
pub mod pivot;
#[cfg(test)]
mod pivot_tests;
pub mod text_table;
#[cfg(test)]
mod text_table_tests;
pub mod value_names;

use super::analysis::change::Change;
use super::money::{Amount, Money};
use chrono::NaiveDate;
use group::{Cell, Group, GroupLine, Others};
use pivot::Pivot;

/// Costs day by day, one line for each requested group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Series {
    /// The day of the first value; `None` if no row has a day.
    pub first: Option<NaiveDate>,
    pub lines: Vec<Vec<Amount>>,
}

/// A search for a text in the lines of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seek {
    pub text: String,
    /// The line to start after; `None` starts at the first.
    pub from: Option<usize>,
    pub forward: bool,
}

/// The content of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    Groups {
        groups: Vec<Group>,
        others: Option<Others>,
    },
    Rows {
        columns: Vec<String>,
        rows: Vec<Vec<Cell>>,
    },
    /// Groups with a column for each month or day.
    Pivot(Pivot),
    /// A comparison of two periods.
    Change(Change),
}

impl Body {
    /// The pivot: that of a table, or of two periods.
    pub fn pivot(&self) -> Option<&Pivot> {
        match self {
            Self::Pivot(pivot) => Some(pivot),
            Self::Change(change) => change.pivot.as_ref().map(|pivot| &pivot.pivot),
            Self::Groups { .. } | Self::Rows { .. } => None,
        }
    }

    /// The rows, if it has no other lines.
    pub fn into_rows(self) -> Vec<Vec<Cell>> {
        match self {
            Self::Rows { rows, .. } => rows,
            Self::Groups { .. } | Self::Pivot(_) | Self::Change(_) => Vec::new(),
        }
    }

    /// The groups, if it has no other lines.
    pub fn groups(&self) -> &[Group] {
        match self {
            Self::Groups { groups, .. } => groups,
            Self::Rows { .. } | Self::Pivot(_) | Self::Change(_) => &[],
        }
    }

    /// A group line; `None` if the body has rows.
    pub fn group_line(&self, at: usize) -> Option<GroupLine<'_>> {
        match self {
            Self::Groups { groups, .. } => groups.get(at).map(Group::line),
            Self::Pivot(pivot) => pivot.lines.get(at).map(|line| GroupLine {
                keys: &line.keys,
                labels: &line.labels,
                currency: line.cost.currency.as_deref(),
                sums: Some((line.cost.amount, line.rows)),
            }),
            Self::Change(change) => change.groups.get(at).map(|changed| GroupLine {
                keys: &changed.keys,
                labels: &changed.labels,
                currency: changed.currency.as_deref(),
                sums: None,
            }),
            Self::Rows { .. } => None,
        }
    }
}

/// A finished answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub body: Body,
    /// Groups or rows before any limit.
    pub of: usize,
    /// Rows that the filter keeps.
    pub rows: u64,
    /// Totals of what the filter keeps, one per currency.
    pub totals: Vec<Money>,
}

impl Table {
    /// Groups or rows in this page.
    pub fn shown(&self) -> usize {
        match &self.body {
            Body::Groups { groups, .. } => groups.len(),
            Body::Rows { rows, .. } => rows.len(),
            Body::Pivot(pivot) => pivot.lines.len(),
            Body::Change(change) => change.groups.len(),
        }
    }
}
