//! Comparisons and changes with more groups than fit the memory: their groups are asked for part by part.

use crate::data::analysis::{change, compare};
use crate::data::dataset::Dataset;
use crate::data::error::DataError;
use crate::data::room;
use crate::domain::analysis::change::Change;
use crate::domain::analysis::comparison::{self, Comparison};
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort;
use crate::ops::error::OpsError;
use crate::ops::explore::ask::{self, Side};
use crate::ops::explore::open;
use std::io;

/// Groups that are named together.
const TOGETHER: usize = 4_096;

/// How many groups to ask for first: fewer than wanted where memory is tight.
fn first_lines(sides: [&Dataset; 2], width: usize, wanted: Option<usize>) -> Option<usize> {
    if !room::is_tight() || sides.iter().any(|side| side.engine().is_some()) {
        return wanted;
    }
    let most = room::cells_to_hold() / width.max(1);
    Some(wanted.map_or(most, |wanted| wanted.min(most)))
}

/// The number of groups to print.
fn shown(of: usize, limit: Option<usize>) -> usize {
    limit.map_or(of, |limit| limit.min(of))
}

/// Drops groups that are fewer than wanted: all of them are asked for again, and meanwhile these would take memory.
fn drop_first<T>(groups: &mut Vec<T>, wanted: usize) -> bool {
    let are_fewer = groups.len() < wanted;
    if are_fewer {
        *groups = Vec::new();
    }
    are_fewer
}

/// A question about actual and amortized cost.
#[derive(Clone, Copy)]
pub struct AskedPair<'a> {
    pub actual: &'a Dataset,
    pub amortized: &'a Dataset,
    pub group_by: &'a [GroupKey],
    pub filter: Option<&'a Filter>,
    pub sort: comparison::Sort,
    pub limit: Option<usize>,
}

impl AskedPair<'_> {
    /// The comparison with all of its groups, or with the first ones where memory is too tight for all.
    pub fn first(&self) -> Result<Comparison, OpsError> {
        let sides = [self.actual, self.amortized];
        let limit = first_lines(sides, 2 * self.group_by.len() + 16, self.limit);
        let lines = (self.sort, limit);
        open::compare(
            self.actual,
            self.amortized,
            self.group_by,
            self.filter,
            lines,
        )
    }

    /// The number of groups to print.
    pub fn shown(&self, compared: &Comparison) -> usize {
        shown(compared.of, self.limit)
    }

    /// Whether the groups have to be asked for part by part. Then those of the first answer are dropped.
    pub fn goes_in_parts(&self, compared: &mut Comparison) -> bool {
        drop_first(&mut compared.groups, shown(compared.of, self.limit))
    }

    /// Passes on the comparison in parts of a few thousand groups in order; an error of `take` stops it.
    pub fn each(&self, take: &mut dyn FnMut(Comparison) -> io::Result<()>) -> Result<(), OpsError> {
        let taken = |part| take(part).map_err(DataError::Taker);
        let asked = (self.group_by, self.filter);
        let lines = (self.sort, self.limit);
        let sides = [self.actual, self.amortized];
        Ok(compare::each(sides, asked, lines, TOGETHER, taken)?)
    }
}

/// A question about two periods.
#[derive(Clone, Copy)]
pub struct AskedPeriods<'a> {
    pub before: Side<'a>,
    pub after: Side<'a>,
    pub filter: Option<&'a Filter>,
    pub group_by: &'a [GroupKey],
    pub sort: &'a [sort::Sort],
    pub limit: Option<usize>,
}

impl AskedPeriods<'_> {
    /// The change with all of its groups, or with the first ones where memory is too tight for all.
    pub fn first(&self) -> Result<Change, OpsError> {
        let sides = [self.before.0, self.after.0];
        let limit = first_lines(sides, 2 * self.group_by.len() + 9, self.limit);
        ask::change(
            self.before,
            self.after,
            self.filter,
            self.group_by,
            self.sort,
            limit,
        )
    }

    /// The number of groups to print.
    pub fn shown(&self, change: &Change) -> usize {
        shown(change.of, self.limit)
    }

    /// Whether the groups have to be asked for part by part. Then those of the first answer are dropped.
    pub fn goes_in_parts(&self, change: &mut Change) -> bool {
        drop_first(&mut change.groups, shown(change.of, self.limit))
    }

    /// Passes on the change in parts of a few thousand groups in order; an error of `take` stops it.
    pub fn each(&self, take: &mut dyn FnMut(Change) -> io::Result<()>) -> Result<(), OpsError> {
        let taken = |part| take(part).map_err(DataError::Taker);
        let [was, is] = [self.before, self.after].map(|side| ask::narrowed(side, self.filter));
        let sides = [(self.before.0, was.as_ref()), (self.after.0, is.as_ref())];
        let lines = (self.sort, self.limit);
        Ok(change::each(sides, self.group_by, lines, TOGETHER, taken)?)
    }
}

#[cfg(test)]
mod tests {
    use crate::ops::compare::in_parts::drop_first;

    #[test]
    fn groups_are_dropped_only_if_all_are_asked_for_again() {
        for (wanted, in_parts, kept) in [(2, false, 3), (3, false, 3), (4, true, 0)] {
            let mut groups = vec!['a', 'b', 'c'];
            assert_eq!(drop_first(&mut groups, wanted), in_parts);
            assert_eq!((groups.len(), groups.capacity() > 0), (kept, kept > 0));
        }
    }
}
