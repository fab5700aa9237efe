//! The groups that a search over all levels found, and the way into them.

use super::drilldown::label;
use super::explorer::Explorer;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::group::{Group, GroupId};
use std::slice::from_ref;

impl Explorer {
    /// The keys of the levels that can be searched: those of the view, and those below it. `None` for rows.
    pub fn searched_levels(&self) -> Option<(Vec<GroupKey>, Vec<GroupKey>)> {
        let step = self.step();
        (!step.group_by.is_empty()).then(|| (step.group_by.clone(), step.levels.clone()))
    }

    /// Enters a group of a level, through the groups above it. This is undone as one change. While the table is pending, only
    /// the groups that were found tell whether there are currencies.
    pub fn enter_hit(&mut self, path: &[GroupKey], group: &Group, has_currency: bool) {
        let here = self.step().clone();
        let first = here.group_by.len();
        let top =
            |values: &[Option<String>]| values.iter().take(first).cloned().collect::<Vec<_>>();
        let (keys, labels) = (top(&group.keys), top(&group.labels));
        let id = GroupId {
            keys,
            currency: group.cost.currency.clone(),
        };
        let (mut filter, names_currency) = match self.fresh() {
            Some(_) => self.of_line(&id),
            None => self.of_line_among(&id, has_currency),
        };
        let more = names_currency.then(|| id.currency.clone());
        let own = (labels.as_slice(), id.keys.as_slice());
        let mut name = label(&here.group_by, own, more.into_iter().collect());
        let mut steps = Vec::new();
        let values = group.keys.iter().zip(&group.labels);
        let mut below = path.iter().zip(values).skip(first);
        let mut levels = here.levels.as_slice();
        loop {
            steps.push(here.inner(name, filter.clone(), levels, false));
            levels = levels.get(1..).unwrap_or_default();
            let Some((key, (value, shown))) = below.next() else {
                break;
            };
            let test = Filter::equals(key.clone(), value.clone());
            filter = Filter::both(filter, Some(test));
            name = label([key], (from_ref(shown), from_ref(value)), Vec::new());
        }
        self.push(steps);
    }
}
