//! The columns that one question needs: those it names, and those behind the promises of every answer.

use crate::data::columns::column_types::is_day_column;
use crate::data::columns::layout::Layout;
use crate::data::dataset::row_marks;
use crate::data::ingest::projection::Projection;
use crate::domain::query::column_kinds::{ACCOUNT, PROFILE, SECTION};
use crate::domain::query::columns::{Role, plain};
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::{Measure, Query};

/// The columns that a single question reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    keys: Vec<GroupKey>,
    /// Whether amounts in USD may count as cost.
    pub usd: bool,
    /// Whether several sources are added up, so that their scopes decide whether rows have to be compared.
    pub several: bool,
    /// Whether rows of several sources may be the same, so that they are marked to tell them apart.
    pub marked: bool,
}

/// The costs, which are added up.
const COSTS: [Role; 2] = [Role::Cost, Role::EffectiveCost];

/// What no cost is without.
const OF_COSTS: [Role; 2] = [Role::Currency, Role::Date];

/// The proofs of the metric.
const PROOFS: [Role; 5] = [
    Role::ChargeType,
    Role::PublisherType,
    Role::PricingModel,
    Role::Reservation,
    Role::Benefit,
];

impl Wanted {
    /// The columns that a question needs; `None` if it may need any.
    pub fn by(query: &Query) -> Option<Self> {
        if query.group_by.is_empty() || query.change.is_some() {
            return None;
        }
        let mut keys = query.group_by.clone();
        let fields = query.filter.iter().flat_map(Filter::fields);
        keys.extend(fields.map(|field| field.key.clone()));
        keys.extend(query.pivot.clone());
        let measures = query.summed();
        if measures.contains(&Measure::Quantity) {
            keys.extend([Role::Quantity, Role::Unit].map(GroupKey::Role));
        }
        if measures.contains(&Measure::FirstDay) || measures.contains(&Measure::LastDay) {
            keys.push(GroupKey::Role(Role::Date));
        }
        Some(Self {
            keys,
            usd: false,
            several: false,
            marked: false,
        })
    }

    /// The columns of a file that are read.
    pub(crate) fn in_layout(&self, layout: &Layout) -> Projection {
        let mut wanted = self.promised(layout);
        let asked: Vec<usize> = self
            .keys
            .iter()
            .flat_map(|key| columns_of(key, layout))
            .collect();
        for at in &asked {
            want(&mut wanted, Some(*at));
        }
        let checked = self.only_checked(layout, &asked);
        // A blank resource group is taken from the id of the resource.
        let groups = self.keys.contains(&GroupKey::Role(Role::ResourceGroup));
        let resource = layout.role(Role::Resource).filter(|_| groups);
        let projection = match (resource, layout.role(Role::ResourceGroup)) {
            (Some(at), Some(group)) if wanted.get(at) == Some(&false) => {
                want(&mut wanted, resource);
                Projection::of(wanted).with_fallback(at, group)
            }
            _ => {
                want(&mut wanted, resource);
                Projection::of(wanted)
            }
        };
        let mut projection = projection.with_only_checked(checked);
        if let Some(summed) = self.summed(layout, &asked) {
            projection = projection.with_summed(summed);
        }
        if self.marked {
            projection.with_marks(row_marks::columns(layout))
        } else {
            projection
        }
    }

    /// The amounts that are added up where rows are equal in all else that is kept; `None` if the question tells them
    /// apart.
    fn summed(&self, layout: &Layout, asked: &[usize]) -> Option<Vec<usize>> {
        let costs = places(&COSTS, layout);
        let is_asked = costs.iter().any(|at| asked.contains(at));
        (!self.usd && !is_asked).then_some(costs)
    }

    /// The columns that are read for promises alone: the proofs of the metric, and days. Nothing reads them once they are
    /// checked: several sources are compared by their marks.
    fn only_checked(&self, layout: &Layout, asked: &[usize]) -> Vec<usize> {
        if self.usd {
            return Vec::new();
        }
        let (costs, proofs) = (places(&COSTS, layout), places(&PROOFS, layout));
        let rivals = layout.rivals();
        let date = layout.role(Role::Date);
        let is_one = |at: &usize| rivals.get(*at).is_some_and(|rivals| !rivals.is_empty());
        let headers = layout.headers.iter().enumerate();
        headers
            .filter(|(at, header)| {
                proofs.contains(at) || date == Some(*at) || is_day_column(&plain(header))
            })
            .map(|(at, _)| at)
            .filter(|at| !costs.contains(at) && !asked.contains(at) && !is_one(at))
            .collect()
    }

    /// The columns behind the promises of every answer:
    /// - cost, effective cost, currency and day; every other day, since a file has one order of day and month
    /// - each role that has a column in two spellings, because a file may mix two layouts
    /// - what proves the metric
    /// - for several sources: the scope. If their days and scopes overlap, their rows are compared by their marks, and by
    ///   all columns if there are none or if they do not tell the rows apart.
    /// - for costs in USD: all columns of costs
    fn promised(&self, layout: &Layout) -> Vec<bool> {
        let rivals = layout.rivals();
        let headers = layout.headers.iter().enumerate();
        let mut wanted: Vec<bool> = headers
            .map(|(at, header)| {
                let name = plain(header);
                let scope = [ACCOUNT, PROFILE, SECTION].concat();
                is_day_column(&name)
                    || rivals.get(at).is_some_and(|rivals| !rivals.is_empty())
                    || (self.usd && name.contains("cost"))
                    || (self.several && scope.contains(&name.as_str()))
            })
            .collect();
        for role in COSTS.into_iter().chain(OF_COSTS).chain(PROOFS) {
            want(&mut wanted, layout.role(role));
        }
        if self.several {
            want(&mut wanted, layout.role(Role::Subscription));
        }
        wanted
    }
}

/// The columns of these roles.
fn places(roles: &[Role], layout: &Layout) -> Vec<usize> {
    roles.iter().filter_map(|role| layout.role(*role)).collect()
}

fn want(wanted: &mut [bool], at: Option<usize>) {
    if let Some(wanted) = at.and_then(|at| wanted.get_mut(at)) {
        *wanted = true;
    }
}

/// The columns that the values of a key come from, as the engine reads them, and those of its display names.
fn columns_of(key: &GroupKey, layout: &Layout) -> Vec<usize> {
    let named = |name: &str| -> Vec<usize> {
        let name = plain(name);
        let headers = layout.headers.iter().enumerate();
        let found = headers.filter(|(_, header)| plain(header) == name);
        found.map(|(at, _)| at).collect()
    };
    let roles = |roles: &[Role]| places(roles, layout);
    match key {
        GroupKey::Role(Role::Subscription) => roles(&[Role::Subscription, Role::SubscriptionName]),
        GroupKey::Role(role) => roles(&[*role]),
        GroupKey::Month => [roles(&[Role::Date]), named("month")].concat(),
        GroupKey::Tag(tag) => {
            let own = layout.tag_header(tag).map(named).unwrap_or_default();
            [roles(&[Role::Tags]), own].concat()
        }
        GroupKey::Column(name) => named(name),
    }
}

#[cfg(test)]
mod tests;
