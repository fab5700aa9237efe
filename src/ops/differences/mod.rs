//! Turns the last key of compared groups into columns of differences.

use crate::data::error::DataError;
use crate::data::room;
use crate::domain::analysis::differences::DifferencePivot;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::group::Group;
use crate::domain::table::pivot::Pivoting;
use crate::domain::table::value_names::{value_name, visible_name};
use crate::domain::text::grouped;
use crate::ops::error::OpsError;

/// The most columns: two years of days, with room to spare. More would never be read.
const MOST: usize = 1_000;
/// The most cells, empty ones included: more than a gigabyte of them.
const MOST_CELLS: usize = 20_000_000;

/// Groups that are held together until their cells are kept.
pub(super) const TOGETHER: usize = 4_096;

/// A pivot of differences that is being made. It is refused as soon as it is too large.
pub(super) struct DifferencePivoting {
    by: GroupKey,
    pivoting: Pivoting,
    refusal: Option<OpsError>,
}

impl DifferencePivoting {
    pub(super) fn new(by: &GroupKey) -> Self {
        Self {
            by: by.clone(),
            pivoting: Pivoting::default(),
            refusal: None,
        }
    }

    /// Adds groups, whose costs are differences and whose last keys become columns. An error ends the question that they
    /// answer, and [`Self::finish`] says why.
    pub(super) fn add(&mut self, groups: impl Iterator<Item = Group>) -> Result<(), DataError> {
        self.try_add(groups).map_err(|refusal| {
            self.refusal = Some(refusal);
            DataError::Cancelled
        })
    }

    fn try_add(&mut self, groups: impl Iterator<Item = Group>) -> Result<(), OpsError> {
        for group in groups {
            self.pivoting.add(group).ok_or_else(too_large)?;
            check_size(self.pivoting.size(), &self.by)?;
        }
        check_room(self.pivoting.size())
    }

    /// The pivot, once the question was asked, or why there is none.
    pub(super) fn finish(self, asked: Result<(), DataError>) -> Result<DifferencePivot, OpsError> {
        if let Some(refusal) = self.refusal {
            return Err(refusal);
        }
        asked?;
        let pivot = self.pivoting.finish(self.by).ok_or_else(too_large)?;
        let title = |(value, label): (&Option<String>, &Option<String>)| {
            let label = label.clone();
            label.unwrap_or_else(|| visible_name(value.as_deref()))
        };
        let columns = pivot.columns.iter();
        Ok(DifferencePivot {
            titles: columns.clone().zip(&pivot.labels).map(title).collect(),
            names: columns.map(|value| value_name(value.as_deref())).collect(),
            pivot,
        })
    }
}

fn too_large() -> OpsError {
    OpsError::Data(DataError::Overflow {
        what: "the comparison".to_owned(),
    })
}

/// Fails if there are too many columns or cells.
fn check_size((lines, columns): (usize, usize), by: &GroupKey) -> Result<(), OpsError> {
    if columns > MOST {
        return Err(OpsError::Failed(format!(
            "`{by}` has more than {most} values, but a pivot has at most {most} columns; filter the comparison or pivot it \
             by another key",
            most = grouped(MOST as u64)
        )));
    }
    if lines.saturating_mul(columns) > MOST_CELLS {
        return Err(OpsError::Failed(format!(
            "`{by}` has at least {} values for each of at least {} groups, but a pivot has at most {} cells; filter the \
             comparison, group it by fewer keys, or pivot it by another key",
            grouped(columns as u64),
            grouped(lines as u64),
            grouped(MOST_CELLS as u64)
        )));
    }
    Ok(())
}

/// Fails if memory is tight and the lines do not fit: each has a cell for every column.
fn check_room((lines, columns): (usize, usize)) -> Result<(), OpsError> {
    /// Bytes of a line without its cells, and of a cell.
    const LINE: usize = 600;
    const CELL: usize = 64;
    let bytes = lines.saturating_mul(LINE + columns * CELL);
    Ok(room::check(bytes as u64)?)
}

#[cfg(test)]
mod tests;
