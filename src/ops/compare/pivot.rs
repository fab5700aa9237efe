//! Pivots a comparison: the difference of each group, with a column for each value of a key.

use crate::data::analysis::compare;
use crate::domain::analysis::comparison::{Delta, Sort};
use crate::domain::analysis::differences::DifferencePivot;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::ops::Dataset;
use crate::ops::differences::{DifferencePivoting, TOGETHER};
use crate::ops::error::OpsError;
use crate::ops::explore::open;

/// Compares both sides by these keys and the key of the columns, and turns the latter into columns.
pub fn run(
    [actual, amortized]: [&Dataset; 2],
    group_by: &[GroupKey],
    by: &GroupKey,
    filter: Option<&Filter>,
) -> Result<DifferencePivot, OpsError> {
    open::check_sides(actual, amortized)?;
    let keys = [group_by, std::slice::from_ref(by)].concat();
    let (asked, lines) = ((keys.as_slice(), filter), (Sort::default(), None));
    let mut pivoting = DifferencePivoting::new(by);
    let asked = compare::each([actual, amortized], asked, lines, TOGETHER, |part| {
        pivoting.add(part.groups.into_iter().map(Delta::into_group))
    });
    pivoting.finish(asked)
}
