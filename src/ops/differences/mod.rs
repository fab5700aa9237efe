//! Turns the last key of compared groups into columns of differences.

use crate::data::error::DataError;
use crate::data::room;
use crate::domain::analysis::differences::DifferencePivot;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::group::Group;
use crate::domain::table::pivot::Pivot;
use crate::domain::table::text_table::{value_name, visible_name};
use crate::domain::text::grouped;
use crate::ops::error::OpsError;
use std::collections::BTreeSet;

/// The most columns: two years of days, with room to spare. More would never be read.
const MOST: usize = 1_000;
/// The most cells, empty ones included: more than a gigabyte of them.
const MOST_CELLS: usize = 20_000_000;

/// Turns the last key of groups, whose costs are differences, into columns.
pub(super) fn pivoted(groups: &[Group], by: &GroupKey) -> Result<DifferencePivot, OpsError> {
    check_size(groups, by)?;
    let too_large = || DataError::Overflow {
        what: "the comparison".to_owned(),
    };
    let pivot = Pivot::of(groups, by).ok_or_else(too_large)?;
    let title = |(value, label): (&Option<String>, &Option<String>)| {
        label
            .clone()
            .unwrap_or_else(|| visible_name(value.as_deref()))
    };
    let columns = pivot.columns.iter();
    Ok(DifferencePivot {
        titles: columns.clone().zip(&pivot.labels).map(title).collect(),
        names: columns.map(|value| value_name(value.as_deref())).collect(),
        pivot,
    })
}

/// Fails if there are too many columns or cells, or if memory is tight and the lines do not fit: each has a cell for every
/// column.
fn check_size(groups: &[Group], by: &GroupKey) -> Result<(), OpsError> {
    /// Bytes of a line without its cells, and of a cell.
    const LINE: usize = 600;
    const CELL: usize = 64;
    let mut lines = BTreeSet::new();
    let mut columns = BTreeSet::new();
    for group in groups {
        if let Some((column, keys)) = group.keys.split_last() {
            columns.insert(column);
            lines.insert((keys, &group.cost.currency));
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
