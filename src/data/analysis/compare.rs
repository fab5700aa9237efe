//! Compares actual and amortized costs in one pass over both files.

use crate::data::columns::charge_class::ChargeClass;
use crate::data::dataset::Dataset;
use crate::data::engine::aggregate::aggregation::Aggregation;
use crate::data::engine::aggregate::grouped::sums_of;
use crate::data::engine::aggregate::hash_agg::Aggregated;
use crate::data::engine::check::check;
use crate::data::error::DataError;
use crate::data::query::bridge_class::parts;
use crate::data::query::labels::Labels;
use crate::data::room;
use crate::domain::analysis::comparison::{Bridge, Comparison, Delta, Sort};
use crate::domain::money::Amount;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::nulls_last;
use hashbrown::HashMap;
use std::cmp::Ordering;

/// Sums both sides by keys, under one filter. [`side_of`] returns the side and class of each sum. Rows of the class
/// `without` are left out.
pub(crate) fn both_sums(
    actual: &Dataset,
    amortized: &Dataset,
    keys: &[GroupKey],
    filter: Option<&Filter>,
    without: Option<ChargeClass>,
) -> Result<Aggregated, DataError> {
    let checked = |data| check(data, keys, filter);
    match (checked(actual), checked(amortized)) {
        (Err(error), Ok(())) => return Err(error.on_side("actual")),
        (Ok(()), Err(error)) => return Err(error.on_side("amortized")),
        // A column that both sides lack is reported as for a single table.
        _ => {}
    }
    let question = Aggregation {
        keys,
        measures: &[],
        mark: Some((&parts, ChargeClass::COUNT)),
        without: without.map(ChargeClass::index),
    };
    sums_of(&[(actual, filter), (amortized, filter)], &question)
}

/// Decodes a mark: whether the sum is on the amortized side, and the class of its rows.
pub(crate) fn side_of(mark: u32) -> (bool, ChargeClass) {
    let part = u8::try_from(mark % ChargeClass::COUNT).unwrap_or_default();
    (mark >= ChargeClass::COUNT, ChargeClass::at(part))
}

/// Compares two datasets by any keys, under any filter.
pub fn run(
    actual: &Dataset,
    amortized: &Dataset,
    group_by: &[GroupKey],
    filter: Option<&Filter>,
    (sort, limit): (Sort, Option<usize>),
) -> Result<Comparison, DataError> {
    let found = both_sums(actual, amortized, group_by, filter, None)?;
    let currency_at = found.width();
    let totals = joined(&found, |group| found.numbers(group).get(currency_at..))?;
    let mut totals: Vec<Delta> = totals
        .iter()
        .map(|total| delta((Vec::new(), Vec::new()), &found, total))
        .collect();
    totals.sort_by(|a, b| a.currency.cmp(&b.currency));
    let mut groups = match group_by {
        [] => Vec::new(),
        _ => joined(&found, |group| Some(found.numbers(group)))?,
    };
    let closed = totals
        .iter()
        .map(|total| &total.bridge)
        .chain(groups.iter().map(|group| &group.bridge))
        .all(|bridge| bridge.residual == Amount::ZERO);
    let of = groups.len();
    let order = |a: &Joined, b: &Joined| in_order(&found, sort, a, b);
    if let Some(limit) = limit.filter(|limit| *limit < of) {
        groups.select_nth_unstable_by(limit, order);
        groups.truncate(limit);
    }
    room::check_answer(groups.len(), 2 * group_by.len() + 16)?;
    groups.sort_by(order);
    // Only the returned groups get names: resolving every id would take most of the time.
    let labels = [
        Labels::of(amortized, group_by)?,
        Labels::of(actual, group_by)?,
    ];
    let named = |group: &Joined| {
        let keys = found.keys(group.named_by);
        let label = |(at, key): (usize, &Option<String>)| {
            let key = key.as_deref()?;
            labels.iter().find_map(|labels| labels.of_key(at, key))
        };
        let labels = keys.iter().enumerate().map(label).collect();
        delta((keys, labels), &found, group)
    };
    let groups = groups.iter().map(named).collect();
    Ok(Comparison {
        group_by: group_by.to_vec(),
        currencies: totals,
        groups,
        of,
        closed,
    })
}

/// The bridge of a group, and its rows on both sides.
struct Joined {
    /// One sum of the group. All of them have the same keys.
    named_by: u32,
    bridge: Bridge,
    rows: [u64; 2],
}

/// Joins the sums of both sides and all classes that share an id.
fn joined<'a>(
    found: &'a Aggregated,
    id: impl Fn(u32) -> Option<&'a [u32]>,
) -> Result<Vec<Joined>, DataError> {
    /// New groups after which the memory is looked at, and the bytes of each.
    const GROWTH: usize = 1 << 14;
    const GROUP: u64 = 320;
    let mut places: HashMap<&[u32], usize> = HashMap::new();
    let mut out: Vec<Joined> = Vec::new();
    for number in found.groups() {
        let place = *places
            .entry(id(number).unwrap_or_default())
            .or_insert_with(|| {
                out.push(Joined {
                    named_by: number,
                    bridge: Bridge::default(),
                    rows: [0; 2],
                });
                out.len() - 1
            });
        if place + 1 == out.len() && out.len().is_multiple_of(GROWTH) {
            room::check(GROWTH as u64 * GROUP)?;
        }
        let (amortized, part) = side_of(found.mark(number));
        if let Some(group) = out.get_mut(place) {
            let added = add(&mut group.bridge, part, amortized, found.cost(number));
            added.ok_or_else(too_large)?;
            let [first, second] = &mut group.rows;
            *(if amortized { second } else { first }) += found.rows(number);
        }
    }
    // Each side may be in range while their difference is not.
    let apart = |group: &Joined| group.bridge.amortized.checked_sub(group.bridge.actual);
    if out.iter().any(|group| apart(group).is_none()) {
        return Err(too_large());
    }
    Ok(out)
}

fn too_large() -> DataError {
    DataError::Overflow {
        what: "the comparison".to_owned(),
    }
}

/// The requested order, with ties broken by keys and currency.
fn in_order(found: &Aggregated, sort: Sort, a: &Joined, b: &Joined) -> Ordering {
    let key = |at| [a, b].map(|group| found.key(group.named_by, at));
    let [one, other] = [a, b].map(|group| found.currency(group.named_by));
    sort.order([&a.bridge, &b.bridge], found.width(), key)
        .then_with(|| nulls_last(one, other, false))
}

/// Keys and their display names.
type Named = (Vec<Option<String>>, Vec<Option<String>>);

fn delta((keys, labels): Named, found: &Aggregated, group: &Joined) -> Delta {
    Delta {
        keys,
        labels,
        currency: found.currency(group.named_by).map(ToOwned::to_owned),
        bridge: group.bridge,
        rows: group.rows,
    }
}

/// Adds one sum to its step of the bridge.
fn add(bridge: &mut Bridge, part: ChargeClass, amortized: bool, cost: Amount) -> Option<()> {
    let signed = if amortized { cost } else { cost.negated() };
    let total = if amortized {
        &mut bridge.amortized
    } else {
        &mut bridge.actual
    };
    *total = total.checked_add(cost)?;
    let step = match (part, amortized) {
        (ChargeClass::NoBenefit, _) => &mut bridge.residual,
        (ChargeClass::Purchase | ChargeClass::Refund, false) => &mut bridge.purchases,
        (ChargeClass::UnusedReservation, true) => &mut bridge.unused_reservation,
        (ChargeClass::UnusedSavingsPlan, true) => &mut bridge.unused_savings_plan,
        _ => &mut bridge.benefit_usage,
    };
    *step = step.checked_add(signed)?;
    if (part, amortized) == (ChargeClass::Refund, false) {
        bridge.refunds = bridge.refunds.checked_add(signed)?;
    }
    Some(())
}
