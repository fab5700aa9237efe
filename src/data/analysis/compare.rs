//! Compares actual and amortized costs in one pass over both files.

use crate::data::columns::charge_class::ChargeClass;
use crate::data::dataset::Dataset;
use crate::data::engine::aggregate::aggregation::Aggregation;
use crate::data::engine::aggregate::grouped::sums_of;
use crate::data::engine::aggregate::hash_agg::Aggregated;
use crate::data::engine::aggregate::linked_sums::LinkedSums;
use crate::data::engine::aggregate::share::Share;
use crate::data::engine::check::check;
use crate::data::engine::parted::attempts::{Take, or_in_parts, whole};
use crate::data::engine::parted::chunks::Chunks;
use crate::data::engine::parted::estimate::PartedQuestion;
use crate::data::engine::parted::parts::Parts;
use crate::data::engine::parted::runs::Runs;
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
/// `without` are left out, and so are groups that are not in these shares.
pub(crate) fn both_sums(
    [actual, amortized]: [&Dataset; 2],
    keys: &[GroupKey],
    filter: Option<&Filter>,
    (without, shares): (Option<ChargeClass>, &[Share]),
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
        shares,
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
    let sides = [actual, amortized];
    whole(|take| each(sides, (group_by, filter), lines, usize::MAX, take))
}

/// Passes on a comparison in parts: at most so many groups at a time, in order, each time with what concerns all of them.
/// There is at least one part.
pub(crate) fn each(
    sides: [&Dataset; 2],
    (group_by, filter): (&[GroupKey], Option<&Filter>),
    (sort, limit): (Sort, Option<usize>),
    together: usize,
    take: impl FnMut(Comparison) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let asked = PartedQuestion {
        sets: &sides.map(|side| (side, filter)),
        keys: group_by,
        line: group_by.len(),
        reduces: false,
    };
    let limit = limit.unwrap_or(usize::MAX);
    or_in_parts(&asked, take, |parts, take| match parts {
        Parts::ONE => at_once(sides, (group_by, filter), (sort, limit), together, take),
        parts => {
            let asked = (group_by, filter);
            in_parts(sides, asked, (sort, limit), (together, parts), take)
        }
    })
}

fn at_once(
    sides: [&Dataset; 2],
    (group_by, filter): (&[GroupKey], Option<&Filter>),
    (sort, limit): (Sort, usize),
    together: usize,
    take: Take<'_, Comparison>,
) -> Result<(), DataError> {
    let found = both_sums(sides, group_by, filter, (None, &[]))?;
    let (currencies, totals_closed) = totals(&found)?;
    let joined = joined(&found, group_by)?;
    let (order, of, groups_closed) = first(&found, &joined, sort, limit)?;
    room::check_answer(order.len().min(together), 2 * group_by.len() + 16)?;
    let order = in_final_order(&found, sort, order);
    // Only the returned groups get names: resolving every id would take most of the time.
    let page = ComparisonFrame {
        group_by,
        labels: labels(sides, group_by)?,
        currencies,
        of,
        closed: totals_closed && groups_closed,
    };
    let mut chunks = Chunks::new(together);
    for first in order {
        if let Some(full) = chunks.push(page.named(&found, &joined, first)?) {
            take(page.comparison(full))?;
        }
    }
    take(page.comparison(chunks.end()))
}

/// Sums a share of the groups at a time.
pub(crate) fn in_parts(
    sides: [&Dataset; 2],
    (group_by, filter): (&[GroupKey], Option<&Filter>),
    (sort, limit): (Sort, usize),
    (together, parts): (usize, Parts),
    take: Take<'_, Comparison>,
) -> Result<(), DataError> {
    let keys = group_by.len();
    let all = both_sums(sides, &[], filter, (None, &[]))?;
    let (currencies, closed) = totals(&all)?;
    let mut page = ComparisonFrame {
        group_by,
        labels: labels(sides, group_by)?,
        currencies,
        of: 0,
        closed,
    };
    let [scratch, _] = sides.map(Dataset::scratch);
    let mut runs = Runs::new(&scratch, keys, 2 * ChargeClass::COUNT)?;
    for share in parts.of_lines(keys) {
        let found = both_sums(sides, group_by, filter, (None, &[share]))?;
        let joined = joined(&found, group_by)?;
        let (order, of, closed) = first(&found, &joined, sort, limit)?;
        page.of += of;
        page.closed &= closed;
        let lines = in_final_order(&found, sort, order).into_iter();
        runs.add(&found, lines.map(|first| joined.of_group(first)))?;
    }
    room::check_answer(page.of.min(limit).min(together), 2 * keys + 16)?;
    let (mut lines, mut chunks, mut left) = (runs.merge(), Chunks::new(together), limit);
    while left > 0
        && let Some(batch) = lines.batch()?
    {
        sides.iter().try_for_each(|side| side.check_wanted())?;
        let joined = joined(&batch.found, group_by)?;
        let (order, ..) = first(&batch.found, &joined, sort, usize::MAX)?;
        let order = in_final_order(&batch.found, sort, order);
        for first in lines.ready(&batch, order).into_iter().take(left) {
            left -= 1;
            if let Some(full) = chunks.push(page.named(&batch.found, &joined, first)?) {
                take(page.comparison(full))?;
            }
        }
    }
    take(page.comparison(chunks.end()))
}

/// The sums of each group.
fn joined(found: &Aggregated, group_by: &[GroupKey]) -> Result<LinkedSums, DataError> {
    match group_by {
        [] => Ok(LinkedSums::default()),
        _ => LinkedSums::of(found, found.groups(), |sum| found.numbers(sum)),
    }
}

/// The first groups, in no order, the number of all of them, and whether all are closed.
fn first(
    found: &Aggregated,
    joined: &LinkedSums,
    sort: Sort,
    limit: usize,
) -> Result<(Vec<Ranked>, usize, bool), DataError> {
    let (mut order, closed) = ranked(found, joined, sort)?;
    let of = order.len();
    if limit < of {
        order.select_nth_unstable_by(limit, |a, b| in_order(found, sort, a, b));
        order.truncate(limit);
    }
    Ok((order, of, closed))
}

/// The first sums of these groups in order.
fn in_final_order(found: &Aggregated, sort: Sort, mut order: Vec<Ranked>) -> Vec<u32> {
    order.sort_unstable_by(|a, b| in_order(found, sort, a, b));
    order.into_iter().map(|(_, first)| first).collect()
}

/// The display names of both sides; those of the amortized side come first.
fn labels(
    [actual, amortized]: [&Dataset; 2],
    group_by: &[GroupKey],
) -> Result<[Labels; 2], DataError> {
    Ok([
        Labels::of(amortized, group_by)?,
        Labels::of(actual, group_by)?,
    ])
}

/// The parts that all groups of a comparison share.
struct ComparisonFrame<'a> {
    group_by: &'a [GroupKey],
    labels: [Labels; 2],
    currencies: Vec<Delta>,
    of: usize,
    closed: bool,
}

impl ComparisonFrame<'_> {
    fn named(
        &self,
        found: &Aggregated,
        joined: &LinkedSums,
        first: u32,
    ) -> Result<Delta, DataError> {
        let keys = found.keys(first);
        let labels = Labels::of_either(&self.labels, &keys);
        delta((keys, labels), found, joined, first)
    }

    fn comparison(&self, groups: Vec<Delta>) -> Comparison {
        Comparison {
            group_by: self.group_by.to_vec(),
            groups,
            currencies: self.currencies.clone(),
            of: self.of,
            closed: self.closed,
        }
    }
}

/// One bridge for each currency in order, and whether all of them are closed.
fn totals(found: &Aggregated) -> Result<(Vec<Delta>, bool), DataError> {
    let currency_at = found.width();
    let currency = |sum| found.numbers(sum).get(currency_at..);
    let joined = LinkedSums::of(found, found.groups(), currency)?;
    let none = || (Vec::new(), Vec::new());
    let totals = joined.firsts().iter();
    let totals = totals.map(|first| delta(none(), found, &joined, *first));
    let mut totals: Vec<Delta> = totals.collect::<Result<_, _>>()?;
    totals.sort_by(|a, b| a.currency.cmp(&b.currency));
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
type NamedKeys = (Vec<Option<String>>, Vec<Option<String>>);

fn delta(
    (keys, labels): NamedKeys,
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
