//! Compares two periods: matches every item on both sides and sums its effects by group.

use crate::data::dataset::Dataset;
use crate::data::engine::aggregate::aggregation::Aggregation;
use crate::data::engine::aggregate::grouped::sums_of;
use crate::data::engine::aggregate::hash_agg::Aggregated;
use crate::data::error::{DataError, overflow};
use crate::data::query::groups::some_first;
use crate::data::query::labels::Labels;
use crate::data::room;
use crate::domain::analysis::change::{Change, Changed, Effects, Item};
use crate::domain::query::columns::Role;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::Sort;
use crate::domain::query::{Measure, nulls_last};
use hashbrown::HashMap;
use std::cmp::Ordering;
use std::collections::BTreeMap;

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
    let of = groups.len();
    let sorts = sorts(group_by, sort)?;
    let order = |a: &Grouped, b: &Grouped| in_order(&found, (&sorts, group_by.len()), a, b);
    if let Some(limit) = limit.filter(|limit| *limit < of) {
        groups.select_nth_unstable_by(limit, order);
        groups.truncate(limit);
    }
    room::check_answer(groups.len(), 2 * group_by.len() + 9)?;
    groups.sort_unstable_by(order);
    // Only the returned groups get names.
    let (first, second) = (
        Labels::of(before.0, group_by)?,
        Labels::of(after.0, group_by)?,
    );
    let named = |group: &Grouped| {
        let key = |at| found.key(group.named_by, at).map(ToOwned::to_owned);
        let keys: Vec<Option<String>> = (0..group_by.len()).map(key).collect();
        let names = first.of_keys(&keys).into_iter();
        Changed {
            labels: names
                .zip(second.of_keys(&keys))
                .map(|(was, is)| is.or(was))
                .collect(),
            keys,
            currency: found.currency(group.named_by).map(ToOwned::to_owned),
            effects: group.effects,
        }
    };
    Ok(Change {
        group_by: group_by.to_vec(),
        currencies,
        groups: groups.iter().map(named).collect(),
        of,
    })
}

/// The effects of a group. Its keys are those of one of its sums.
struct Grouped {
    named_by: u32,
    effects: Effects,
}

/// Matches every item on both sides and sums its effects by its first `keys` keys, and by currency.
fn added_up(found: &Aggregated, keys: usize) -> Result<(Vec<Grouped>, Vec<Changed>), DataError> {
    /// Bytes of an item: the place of its sums, and of its group.
    const PLACES: u64 = 96;
    room::check(found.groups().len() as u64 * PLACES)?;
    // The sums of each item on both sides; equal numbers mean equal texts.
    let mut items: HashMap<&[u32], [Option<u32>; 2]> = HashMap::new();
    for sum in found.groups() {
        let side = usize::try_from(found.mark(sum)).unwrap_or_default();
        let sides = items.entry(found.numbers(sum)).or_default();
        if let Some(slot) = sides.get_mut(side) {
            *slot = Some(sum);
        }
    }
    let item = |sum: u32| Item {
        cost: found.cost(sum),
        quantity: found.quantity(sum).map(|(quantity, _)| quantity),
    };
    let mut places: HashMap<(&[u32], Option<u32>), usize> = HashMap::new();
    let mut groups: Vec<Grouped> = Vec::new();
    let mut currencies: BTreeMap<Option<&str>, Effects> = BTreeMap::new();
    for (numbers, [was, is]) in items {
        let Some(named_by) = was.or(is) else {
            continue;
        };
        let effects = Effects::of(was.map(item), is.map(item)).ok_or_else(overflow)?;
        let total = currencies.entry(found.currency(named_by)).or_default();
        *total = total.and(&effects).ok_or_else(overflow)?;
        // The currency is behind the keys.
        let id = (
            numbers.get(..keys).unwrap_or_default(),
            numbers.last().copied(),
        );
        let place = *places.entry(id).or_insert_with(|| {
            groups.push(Grouped {
                named_by,
                effects: Effects::default(),
            });
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(place) {
            group.effects = group.effects.and(&effects).ok_or_else(overflow)?;
        }
    }
    let total = |(currency, effects): (Option<&str>, Effects)| Changed {
        keys: Vec::new(),
        labels: Vec::new(),
        currency: currency.map(ToOwned::to_owned),
        effects,
    };
    Ok((groups, currencies.into_iter().map(total).collect()))
}

#[derive(Clone, Copy)]
enum By {
    Key(usize),
    Currency,
    /// An amount, by its index in `Effects::NAMES`.
    Amount(usize),
    /// The difference, whatever its sign.
    Size,
    /// The difference in percent. Groups without a cost before come last.
    Percent,
}

/// The requested order, then the largest difference first, then the keys.
fn in_order(
    found: &Aggregated,
    (sorts, width): (&[(By, bool)], usize),
    a: &Grouped,
    b: &Grouped,
) -> Ordering {
    let sorted = sorts
        .iter()
        .fold(Ordering::Equal, |order, (by, ascending)| {
            order.then_with(|| compare(found, [a, b], *by, *ascending))
        });
    let (one, other) = (a.effects.difference().abs(), b.effects.difference().abs());
    let keys = || {
        (0..width).fold(Ordering::Equal, |order, at| {
            order.then_with(|| compare(found, [a, b], By::Key(at), true))
        })
    };
    sorted
        .then_with(|| other.cmp(&one))
        .then_with(keys)
        .then_with(|| compare(found, [a, b], By::Currency, true))
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
            (None, None) if matches!(&*name, "|cost|" | "|difference|") => By::Size,
            (None, None) if name == "percent" => By::Percent,
            (None, None) => {
                return Err(DataError::UnknownColumn {
                    name: sort.name(),
                    at: None,
                    hint: " Changes can be sorted by before, after, difference, |difference|, percent, new, gone, quantity, price or a key."
                        .to_owned(),
                });
            }
        };
        Ok((by, sort.ascending))
    };
    sort.iter().map(by).collect()
}

fn compare(found: &Aggregated, groups: [&Grouped; 2], by: By, ascending: bool) -> Ordering {
    match by {
        By::Key(at) => {
            let [a, b] = groups.map(|group| found.key(group.named_by, at));
            nulls_last(a, b, !ascending)
        }
        By::Currency => {
            let [a, b] = groups.map(|group| found.currency(group.named_by));
            nulls_last(a, b, !ascending)
        }
        By::Size => {
            let [a, b] = groups.map(|group| group.effects.difference().abs());
            let order = a.cmp(&b);
            if ascending { order } else { order.reverse() }
        }
        By::Percent => {
            let [a, b] = groups.map(|group| group.effects.percent());
            some_first(
                a,
                b,
                |order| {
                    if ascending { order } else { order.reverse() }
                },
            )
        }
        By::Amount(at) => {
            let [a, b] = groups.map(|group| group.effects.amounts().get(at).copied());
            let order = a.cmp(&b);
            if ascending { order } else { order.reverse() }
        }
    }
}
