//! The way into a group that a search of all levels found.

use super::Pair;
use super::step::PairStep;
use crate::domain::analysis::comparison::{Comparison, Delta};
use crate::domain::query::columns::Role;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::group::Group;
use crate::domain::table::value_names::visible_name;
use crate::tui::said::Masked;

impl Pair {
    /// Enters a group of a level, through the groups above it; one of the last level is listed there. This is undone as one
    /// change. While the comparison is pending, only the groups that were found tell whether there are currencies.
    pub fn enter_hit(&mut self, path: &[GroupKey], group: &Group, has_currency: bool) {
        let here = self.step().clone();
        let first = here.group_by.len();
        let currency = GroupKey::Role(Role::Currency);
        let known = self.compared.as_ref().filter(|_| self.asked.is_none());
        let mixed = known.map_or(has_currency, Comparison::several_currencies);
        let mut filter = here.filter.clone();
        if mixed && !here.group_by.contains(&currency) {
            let own = Filter::equals(currency, group.cost.currency.clone());
            filter = Filter::both(filter, Some(own));
        }
        let mut levels = here.levels.as_slice();
        let mut steps = Vec::new();
        let mut from = 0;
        for to in first..=group.keys.len() {
            let Some((next, rest)) = levels.split_first() else {
                break;
            };
            let entered = from..to;
            let keys = path.get(entered.clone()).unwrap_or_default();
            let values = group.keys.get(entered.clone()).unwrap_or_default();
            let labels = group.labels.get(entered).unwrap_or_default();
            filter = Filter::inside(filter, keys, values);
            let names = labels.iter().zip(values);
            let names = names.map(|(label, key)| visible_name(label.as_deref().or(key.as_deref())));
            let names: Vec<String> = names.collect();
            let label = Masked::of_values(keys, names.join(" · "));
            let mut step = PairStep::new(label, filter.clone(), vec![next.clone()]);
            step.within.clone_from(&step.filter);
            step.levels = rest.to_vec();
            steps.push(step);
            (levels, from) = (rest, to);
        }
        if steps.is_empty() {
            let same =
                |delta: &Delta| delta.keys == group.keys && delta.currency == group.cost.currency;
            if let Some(place) = self.groups().iter().position(same) {
                self.step_mut().cursor.selected = place;
            }
            return;
        }
        self.note();
        self.deeper.extend(steps);
        self.forget();
    }
}
