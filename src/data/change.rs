//! Two periods beside each other: every item looked up on both sides, its effects added up by group.

use super::dataset::Dataset;
use super::engine::groups::{Question, sums_of};
use super::engine::totals::overflow;
use super::error::DataError;
use super::labels::Labels;
use super::query;
use crate::domain::change::{Change, Changed, Effects, Item};
use crate::domain::columns::Role;
use crate::domain::filter::Filter;
use crate::domain::query::{GroupKey, Measure};
use crate::domain::table::GroupId;
use std::collections::{BTreeMap, HashMap};

/// One period: rows of a dataset.
pub type Side<'a> = (&'a Dataset, Option<&'a Filter>);

/// What makes an item, beside the keys that are grouped by.
const ITEM: [Role; 4] = [Role::Resource, Role::Meter, Role::Unit, Role::ChargeType];

/// What changed from one side to the other.
pub fn run(
    before: Side<'_>,
    after: Side<'_>,
    group_by: &[GroupKey],
    limit: Option<usize>,
) -> Result<Change, DataError> {
    let mut keys = group_by.to_vec();
    keys.extend(ITEM.map(GroupKey::Role));
    let question = Question {
        keys: &keys,
        filter: None,
        measures: &[Measure::Quantity],
        mark: None,
    };
    let found = sums_of(&[before, after], &question)?;
    let mut items: HashMap<GroupId, [Option<Item>; 2]> = HashMap::new();
    for group in found.groups() {
        let sum = found.named(group);
        let item = Item {
            cost: sum.cost,
            quantity: sum.quantity.map(|(quantity, _)| quantity),
        };
        let id = GroupId {
            keys: sum.keys,
            currency: sum.currency,
        };
        let side = usize::try_from(sum.mark).unwrap_or_default();
        if let Some(slot) = items.entry(id).or_default().get_mut(side) {
            *slot = Some(item);
        }
    }
    let mut groups: BTreeMap<GroupId, Effects> = BTreeMap::new();
    let mut currencies: BTreeMap<Option<String>, Effects> = BTreeMap::new();
    for (mut id, [was, is]) in items {
        let effects = Effects::of(was, is).ok_or_else(overflow)?;
        let total = currencies.entry(id.currency.clone()).or_default();
        *total = total.and(&effects).ok_or_else(overflow)?;
        id.keys.truncate(group_by.len());
        let group = groups.entry(id).or_default();
        *group = group.and(&effects).ok_or_else(overflow)?;
    }
    if group_by.is_empty() {
        groups.clear();
    }
    let (first, second) = (Labels::of(before.0, group_by)?, Labels::of(after.0, group_by)?);
    let named = |(id, effects): (GroupId, Effects)| {
        let names = first.of_keys(&id.keys).into_iter();
        Changed {
            labels: names
                .zip(second.of_keys(&id.keys))
                .map(|(was, is)| is.or(was))
                .collect(),
            keys: id.keys,
            currency: id.currency,
            effects,
        }
    };
    let mut groups: Vec<Changed> = groups.into_iter().map(named).collect();
    groups.sort_by(|a, b| {
        let (one, other) = (a.effects.difference().abs(), b.effects.difference().abs());
        let size = other.cmp(&one);
        size.then_with(|| query::by_keys(&a.keys, &b.keys))
            .then_with(|| a.currency.cmp(&b.currency))
    });
    let of = groups.len();
    groups.truncate(limit.unwrap_or(usize::MAX));
    let total = |(currency, effects)| Changed {
        keys: Vec::new(),
        labels: Vec::new(),
        currency,
        effects,
    };
    Ok(Change {
        group_by: group_by.to_vec(),
        currencies: currencies.into_iter().map(total).collect(),
        groups,
        of,
    })
}
