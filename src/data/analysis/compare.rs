//! Compares actual and amortized costs in one pass over both files.

use crate::data::columns::charge_class::ChargeClass;
use crate::data::dataset::Dataset;
use crate::data::engine::aggregate::aggregation::Aggregation;
use crate::data::engine::aggregate::grouped::sums_of;
use crate::data::engine::aggregate::hash_agg::Aggregated;
use crate::data::engine::aggregate::linked_sums::LinkedSums;
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
    lines: (Sort, Option<usize>),
) -> Result<Comparison, DataError> {
    let mut whole = None;
    each(
        [actual, amortized],
        (group_by, filter),
        lines,
        usize::MAX,
        |part| {
            whole = Some(part);
            Ok(())
        },
    )?;
    whole.ok_or_else(|| DataError::Stored("there is no comparison".to_owned()))
}

/// Passes on a comparison in parts: at most so many groups at a time, in order, each time with what concerns all of them.
/// There is at least one part.
pub(crate) fn each(
    [actual, amortized]: [&Dataset; 2],
    (group_by, filter): (&[GroupKey], Option<&Filter>),
    (sort, limit): (Sort, Option<usize>),
    together: usize,
    mut take: impl FnMut(Comparison) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let found = both_sums(actual, amortized, group_by, filter, None)?;
    let (mut currencies, totals_closed) = totals(&found)?;
    currencies.sort_by(|a, b| a.currency.cmp(&b.currency));
    let joined = match group_by {
        [] => LinkedSums::default(),
        _ => LinkedSums::of(&found, found.groups(), |sum| found.numbers(sum))?,
    };
    let (mut order, groups_closed) = ranked(&found, &joined, sort)?;
    let of = order.len();
    let by_rank = |a: &Ranked, b: &Ranked| in_order(&found, sort, a, b);
    if let Some(limit) = limit.filter(|limit| *limit < of) {
        order.select_nth_unstable_by(limit, by_rank);
        order.truncate(limit);
    }
    room::check_answer(order.len().min(together), 2 * group_by.len() + 16)?;
    order.sort_unstable_by(by_rank);
    // Only the returned groups get names: resolving every id would take most of the time.
    let labels = [
        Labels::of(amortized, group_by)?,
        Labels::of(actual, group_by)?,
    ];
    let named = |(_, first): &Ranked| {
        let keys = found.keys(*first);
        let label = |(at, key): (usize, &Option<String>)| {
            let key = key.as_deref()?;
            labels.iter().find_map(|labels| labels.of_key(at, key))
        };
        let labels = keys.iter().enumerate().map(label).collect();
        delta((keys, labels), &found, &joined, *first)
    };
    let mut groups = order.iter().peekable();
    loop {
        let part = groups.by_ref().take(together).map(named);
        take(Comparison {
            group_by: group_by.to_vec(),
            groups: part.collect::<Result<_, _>>()?,
            currencies: currencies.clone(),
            of,
            closed: totals_closed && groups_closed,
        })?;
        if groups.peek().is_none() {
            return Ok(());
        }
    }
}

/// One bridge for each currency, and whether all of them are closed.
fn totals(found: &Aggregated) -> Result<(Vec<Delta>, bool), DataError> {
    let currency_at = found.width();
    let currency = |sum| found.numbers(sum).get(currency_at..);
    let joined = LinkedSums::of(found, found.groups(), currency)?;
    let none = || (Vec::new(), Vec::new());
    let totals = joined.firsts().iter();
    let totals = totals.map(|first| delta(none(), found, &joined, *first));
    let totals: Vec<Delta> = totals.collect::<Result<_, _>>()?;
    let closed = totals
        .iter()
        .all(|total| total.bridge.residual == Amount::ZERO);
    Ok((totals, closed))
}

/// The rank of a group, and its first sum. Smaller ranks come first.
type Ranked = (i128, u32);

/// The groups with their ranks, and whether all of them are closed.
fn ranked(
    found: &Aggregated,
    joined: &LinkedSums,
    sort: Sort,
) -> Result<(Vec<Ranked>, bool), DataError> {
    let (mut closed, mut order) = (true, Vec::with_capacity(joined.firsts().len()));
    for first in joined.firsts() {
        let (bridge, _) = bridge(found, joined, *first)?;
        closed &= bridge.residual == Amount::ZERO;
        order.push((sort.rank(&bridge), *first));
    }
    Ok((order, closed))
}

/// The bridge of a group, and its rows on both sides: the sums of both sides and all classes.
fn bridge(
    found: &Aggregated,
    joined: &LinkedSums,
    first: u32,
) -> Result<(Bridge, [u64; 2]), DataError> {
    let (mut bridge, mut rows) = (Bridge::default(), [0; 2]);
    for sum in joined.of_group(first) {
        let (amortized, part) = side_of(found.mark(sum));
        let added = add(&mut bridge, part, amortized, found.cost(sum));
        added.ok_or_else(too_large)?;
        let [actual, other] = &mut rows;
        *(if amortized { other } else { actual }) += found.rows(sum);
    }
    // Each side may be in range while their difference is not.
    let apart = bridge.amortized.checked_sub(bridge.actual);
    apart.ok_or_else(too_large)?;
    Ok((bridge, rows))
}

fn too_large() -> DataError {
    DataError::Overflow {
        what: "the comparison".to_owned(),
    }
}

/// The requested order, with ties broken by keys and currency.
fn in_order(
    found: &Aggregated,
    sort: Sort,
    (one_rank, one): &Ranked,
    (other_rank, other): &Ranked,
) -> Ordering {
    let key = |at| [one, other].map(|first| found.key(*first, at));
    let [one, other] = [one, other].map(|first| found.currency(*first));
    // Of the bridges, only the ranks matter.
    let even = Bridge::default();
    one_rank
        .cmp(other_rank)
        .then_with(|| sort.order([&even, &even], found.width(), key))
        .then_with(|| nulls_last(one, other, false))
}

/// Keys and their display names.
type Named = (Vec<Option<String>>, Vec<Option<String>>);

fn delta(
    (keys, labels): Named,
    found: &Aggregated,
    joined: &LinkedSums,
    first: u32,
) -> Result<Delta, DataError> {
    let (bridge, rows) = bridge(found, joined, first)?;
    Ok(Delta {
        keys,
        labels,
        currency: found.currency(first).map(ToOwned::to_owned),
        bridge,
        rows,
    })
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
