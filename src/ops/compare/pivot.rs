//! Pivots a comparison: the difference of each group, with a column for each value of a key.

use crate::data::analysis::compare;
use crate::data::room;
use crate::domain::analysis::comparison::{Delta, Sort};
use crate::domain::analysis::differences::DifferencePivot;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::group::Group;
use crate::ops::Dataset;
use crate::ops::differences::pivoted;
use crate::ops::error::OpsError;
use crate::ops::explore::open;

/// Compares both sides by these keys and the key of the columns, and turns the latter into columns.
pub fn run(
    [actual, amortized]: [&Dataset; 2],
    group_by: &[GroupKey],
    by: &GroupKey,
    filter: Option<&Filter>,
) -> Result<DifferencePivot, OpsError> {
    /// Groups whose bridges are held together.
    const TOGETHER: usize = 4_096;
    open::check_sides(actual, amortized)?;
    let keys = [group_by, std::slice::from_ref(by)].concat();
    let (asked, lines) = ((keys.as_slice(), filter), (Sort::default(), None));
    let mut groups: Vec<Group> = Vec::new();
    compare::each([actual, amortized], asked, lines, TOGETHER, |part| {
        room::check_items(part.groups.len())?;
        groups.extend(part.groups.into_iter().map(Delta::into_group));
        Ok(())
    })?;
    pivoted(&groups, by)
}
