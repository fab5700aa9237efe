//! Compares two periods: matches every item on both sides and sums its effects by group.

use crate::data::dataset::Dataset;
use crate::data::engine::aggregate::aggregation::Aggregation;
use crate::data::engine::aggregate::grouped::sums_of;
use crate::data::engine::aggregate::hash_agg::Aggregated;
use crate::data::error::{DataError, overflow};
use crate::data::query::labels::Labels;
use crate::domain::analysis::change::{Change, Changed, Effects, Item};
use crate::domain::query::columns::Role;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::Sort;
use crate::domain::query::{Measure, by_keys, nulls_last};
use crate::domain::table::group::GroupId;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

/// One period: a dataset and an optional filter.
pub type Side<'a> = (&'a Dataset, Option<&'a Filter>);

/// The columns that identify an item, in addition to the group keys.
const ITEM: [Role; 4] = [Role::Resource, Role::Meter, Role::Unit, Role::ChargeType];

/// Calculates the changes from one side to the other.
pub fn run(
    before: Side<'_>,
    after: Side<'_>,
    group_by: &[GroupKey],
    sort: &[Sort],
    limit: Option<usize>,
) -> Result<Change, DataError> {
    let mut keys = group_by.to_vec();
    keys.extend(ITEM.map(GroupKey::Role));
    let question = Aggregation {
        keys: &keys,
        measures: &[Measure::Quantity],
        ..Aggregation::default()
    };
    let found = sums_of(&[before, after], &question)?;
    let (mut groups, currencies) = added_up(&found, group_by.len())?;
    if group_by.is_empty() {
        groups.clear();
    }
    let (first, second) = (
        Labels::of(before.0, group_by)?,
        Labels::of(after.0, group_by)?,
    );
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
    sort_groups(&mut groups, group_by, sort)?;
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

/// Effects by group and by currency.
type Added = (
    BTreeMap<GroupId, Effects>,
    BTreeMap<Option<String>, Effects>,
);

/// Matches every item on both sides and sums its effects by its first `keys` keys.
fn added_up(found: &Aggregated, keys: usize) -> Result<Added, DataError> {
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
        id.keys.truncate(keys);
        let group = groups.entry(id).or_default();
        *group = group.and(&effects).ok_or_else(overflow)?;
    }
    Ok((groups, currencies))
}

#[derive(Clone, Copy)]
enum By {
    Key(usize),
    Currency,
    /// An amount, by its index in `Effects::NAMES`.
    Amount(usize),
}

/// Sorts in the requested order, then by the largest difference, then by keys.
fn sort_groups(
    groups: &mut [Changed],
    group_by: &[GroupKey],
    sort: &[Sort],
) -> Result<(), DataError> {
    let sorts = sorts(group_by, sort)?;
    groups.sort_by(|a, b| {
        let sorted = sorts
            .iter()
            .fold(Ordering::Equal, |order, (by, ascending)| {
                order.then_with(|| compare(a, b, *by, *ascending))
            });
        let (one, other) = (a.effects.difference().abs(), b.effects.difference().abs());
        sorted
            .then_with(|| other.cmp(&one))
            .then_with(|| by_keys(&a.keys, &b.keys))
            .then_with(|| nulls_last(a.currency.as_deref(), b.currency.as_deref(), false))
    });
    Ok(())
}

/// Resolves each sort to a key, the currency, or one of the amounts.
fn sorts(group_by: &[GroupKey], sort: &[Sort]) -> Result<Vec<(By, bool)>, DataError> {
    let by = |sort: &Sort| {
        let name = sort.name().to_lowercase();
        let mut keys = group_by.iter();
        let key = keys.position(|key| key.name().to_lowercase() == name);
        // The cost of a change is its difference.
        let wanted = if name == "cost" { "difference" } else { &name };
        let amount = Effects::NAMES.iter().position(|known| *known == wanted);
        let by = match (key, amount) {
            (Some(at), _) => By::Key(at),
            (None, Some(amount)) => By::Amount(amount),
            (None, None) if name == "currency" => By::Currency,
            (None, None) => {
                return Err(DataError::UnknownColumn {
                    name: sort.name(),
                    at: None,
                    hint: " Changes can be sorted by before, after, difference, new, gone, quantity, price or a key."
                        .to_owned(),
                });
            }
        };
        Ok((by, sort.ascending))
    };
    sort.iter().map(by).collect()
}

fn compare(a: &Changed, b: &Changed, by: By, ascending: bool) -> Ordering {
    match by {
        By::Key(at) => {
            let key = |changed: &Changed| changed.keys.get(at).cloned().flatten();
            nulls_last(key(a).as_deref(), key(b).as_deref(), !ascending)
        }
        By::Currency => nulls_last(a.currency.as_deref(), b.currency.as_deref(), !ascending),
        By::Amount(at) => {
            let amount = |changed: &Changed| changed.effects.amounts().get(at).copied();
            let order = amount(a).cmp(&amount(b));
            if ascending { order } else { order.reverse() }
        }
    }
}
