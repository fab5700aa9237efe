//! Calculates the daily costs of groups, for the lines of charts.

use crate::data::dataset::Dataset;
use crate::data::engine::aggregate::aggregation::Aggregation;
use crate::data::engine::aggregate::grouped::sums;
use crate::data::error::{DataError, overflow};
use crate::domain::money::Amount;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::{Filter, FilterField};
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::Series;
use crate::domain::table::group::GroupId;
use chrono::NaiveDate;
use std::collections::{BTreeMap, HashMap};

/// The daily costs of some groups, over the days that any of them has.
pub fn run(
    data: &Dataset,
    filter: Option<&Filter>,
    group_by: &[GroupKey],
    wanted: &[GroupId],
) -> Result<Series, DataError> {
    let mut keys = group_by.to_vec();
    keys.push(GroupKey::Role(Role::Date));
    let narrowed = narrowed(filter, group_by, wanted);
    let question = Aggregation {
        keys: &keys,
        ..Aggregation::default()
    };
    let found = sums(data, narrowed.as_ref(), &question)?;
    let places: HashMap<&GroupId, usize> = wanted.iter().zip(0..).collect();
    let mut days: BTreeMap<NaiveDate, Vec<(usize, Amount)>> = BTreeMap::new();
    for group in found.groups() {
        let text = |at| found.key(group, at).map(ToOwned::to_owned);
        let id = GroupId {
            keys: (0..group_by.len()).map(text).collect(),
            currency: found.currency(group).map(ToOwned::to_owned),
        };
        let day = found.key(group, group_by.len());
        if let (Some(place), Some(Ok(day))) = (places.get(&id), day.map(str::parse)) {
            days.entry(day)
                .or_default()
                .push((*place, found.cost(group)));
        }
    }
    let (Some(first), Some(last)) = (days.keys().next().copied(), days.keys().last().copied())
    else {
        return Ok(Series::default());
    };
    let length = usize::try_from((last - first).num_days()).unwrap_or_default() + 1;
    let mut lines = vec![vec![Amount::ZERO; length]; wanted.len()];
    for (day, costs) in days {
        let at = usize::try_from((day - first).num_days()).unwrap_or_default();
        for (place, cost) in costs {
            if let Some(sum) = lines.get_mut(place).and_then(|line| line.get_mut(at)) {
                *sum = sum.checked_add(cost).ok_or_else(overflow)?;
            }
        }
    }
    Ok(Series {
        first: Some(first),
        lines,
    })
}

/// The filter, narrowed to rows that the requested groups can have.
fn narrowed(filter: Option<&Filter>, group_by: &[GroupKey], wanted: &[GroupId]) -> Option<Filter> {
    let mut parts: Vec<Filter> = filter.cloned().into_iter().collect();
    for (at, key) in group_by.iter().enumerate() {
        let values = wanted.iter().map(|id| id.keys.get(at).cloned().flatten());
        // A list of values cannot match a group without a value.
        if let Some(values) = values.collect::<Option<Vec<String>>>() {
            let key = key.clone();
            let field = FilterField { key, at: 0 };
            parts.push(Filter::In { field, values });
        }
    }
    match parts.len() {
        0 => None,
        1 => parts.pop(),
        _ => Some(Filter::And(parts)),
    }
}
