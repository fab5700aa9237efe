//! Pivots a comparison: the difference of each group, with a column for each value of a key.

use crate::data::error::DataError;
use crate::data::room;
use crate::domain::analysis::comparison::{Comparison, Delta, Sort};
use crate::domain::money::{Amount, Money};
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::group::Group;
use crate::domain::table::pivot::{Line, Pivot};
use crate::domain::table::text_table::{EMPTY, Heading, Sheet, value_name};
use crate::domain::text::grouped;
use crate::ops::Dataset;
use crate::ops::error::OpsError;
use crate::ops::explore::open;
use std::collections::{BTreeMap, BTreeSet};

/// The most columns: two years of days, with room to spare. More would never be read.
const MOST: usize = 1_000;
/// The most cells, empty ones included: more than a gigabyte of them.
const MOST_CELLS: usize = 20_000_000;

/// The difference of each group of a comparison, with a column for each value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DifferencePivot {
    /// The key whose values are columns.
    pub by: GroupKey,
    /// Lines in the order of their keys; costs are differences.
    pub pivot: Pivot,
    /// The name of each column as a screen shows it: a subscription's name instead of its id.
    pub titles: Vec<String>,
}

impl DifferencePivot {
    /// The name of each column, exact.
    pub fn names(&self) -> Vec<String> {
        let columns = self.pivot.columns.iter();
        columns.map(|value| value_name(value.as_deref())).collect()
    }

    /// The differences of a group, one for each column; `None` where neither side has rows.
    pub fn cells(&self, group: &Delta) -> &[Option<Amount>] {
        let lines = &self.pivot.lines;
        let id = |line: &Line| {
            let currency = line.cost.currency.as_deref();
            (line.keys.as_slice(), currency).cmp(&(&group.keys, group.currency.as_deref()))
        };
        let line = lines.binary_search_by(id).ok().and_then(|at| lines.get(at));
        line.map_or(&[], |line| &line.cells)
    }

    /// Adds the columns to the table of the same groups.
    pub fn add_to(&self, sheet: &mut Sheet, groups: &[Delta]) {
        sheet
            .headings
            .extend(self.names().into_iter().map(Heading::number));
        for (row, group) in sheet.rows.iter_mut().zip(groups) {
            let cells = self.cells(group).iter();
            row.extend(cells.map(|cell| cell.map(|amount| amount.to_string())));
        }
    }

    /// The differences of a currency, one for each column.
    pub fn totals(&self, currency: Option<&str>) -> &[Option<Amount>] {
        let mut totals = self.pivot.totals.iter();
        let total = totals.find(|line| line.cost.currency.as_deref() == currency);
        total.map_or(&[], |line| &line.cells)
    }
}

/// Compares both sides by these keys and the key of the columns, and turns the latter into columns.
pub fn run(
    [actual, amortized]: [&Dataset; 2],
    group_by: &[GroupKey],
    by: &GroupKey,
    filter: Option<&Filter>,
) -> Result<DifferencePivot, OpsError> {
    let keys = [group_by, std::slice::from_ref(by)].concat();
    let long = open::compare(actual, amortized, &keys, filter, (Sort::default(), None))?;
    pivoted(long, by)
}

/// Turns the last key of a comparison into columns.
fn pivoted(long: Comparison, by: &GroupKey) -> Result<DifferencePivot, OpsError> {
    check_size(&long, by)?;
    let labels: BTreeMap<Option<String>, String> = long
        .groups
        .iter()
        .filter_map(|delta| {
            let label = delta.labels.last().cloned().flatten()?;
            Some((delta.keys.last().cloned().flatten(), label))
        })
        .collect();
    let groups: Vec<Group> = long.groups.into_iter().map(group).collect();
    let too_large = || DataError::Overflow {
        what: "the comparison".to_owned(),
    };
    let pivot = Pivot::of(&groups).ok_or_else(too_large)?;
    let title = |value: &Option<String>| match labels.get(value) {
        Some(label) => label.clone(),
        None if value.as_deref() == Some("") => EMPTY.to_owned(),
        None => value_name(value.as_deref()),
    };
    Ok(DifferencePivot {
        by: by.clone(),
        titles: pivot.columns.iter().map(title).collect(),
        pivot,
    })
}

/// A group whose cost is its difference.
fn group(delta: Delta) -> Group {
    let [actual, amortized] = delta.rows;
    Group {
        cost: Money {
            currency: delta.currency,
            amount: delta.bridge.difference(),
        },
        keys: delta.keys,
        labels: delta.labels,
        rows: actual + amortized,
        share: None,
        running: None,
        days: None,
        quantity: None,
    }
}

/// Fails if there are too many columns or cells, or if memory is tight and the lines do not fit: each has a cell for every
/// column.
fn check_size(long: &Comparison, by: &GroupKey) -> Result<(), OpsError> {
    /// Bytes of a line without its cells, and of a cell.
    const LINE: usize = 600;
    const CELL: usize = 64;
    let mut lines = BTreeSet::new();
    let mut columns = BTreeSet::new();
    for delta in &long.groups {
        if let Some((column, keys)) = delta.keys.split_last() {
            columns.insert(column);
            lines.insert((keys, &delta.currency));
        }
    }
    if columns.len() > MOST {
        return Err(OpsError::Failed(format!(
            "`{by}` has {} values, but a pivot has at most {} columns; filter the comparison or pivot it by another key",
            grouped(columns.len() as u64),
            grouped(MOST as u64)
        )));
    }
    if lines.len().saturating_mul(columns.len()) > MOST_CELLS {
        return Err(OpsError::Failed(format!(
            "`{by}` has {} values for each of {} groups, but a pivot has at most {} cells; filter the comparison, group it \
             by fewer keys, or pivot it by another key",
            grouped(columns.len() as u64),
            grouped(lines.len() as u64),
            grouped(MOST_CELLS as u64)
        )));
    }
    let bytes = lines.len() * (LINE + columns.len() * CELL);
    Ok(room::check(bytes as u64)?)
}

#[cfg(test)]
mod tests;
