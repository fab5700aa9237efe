//! Actual beside amortized, in one pass over both files (contract, section 3, "The bridge").

use super::benefit::{Part, is_filled};
use super::dataset::Dataset;
use super::engine::groups::{Question, sums_of};
use super::engine::scan::Slice;
use super::engine::sums::{Found, Sums};
use super::error::DataError;
use super::query;
use super::reading::texts::NONE;
use crate::domain::columns::{Dialect, Role};
use crate::domain::comparison::{Bridge, Comparison, Delta};
use crate::domain::filter::Filter;
use crate::domain::money::Amount;
use crate::domain::query::GroupKey;
use crate::domain::table::GroupId;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::collections::HashMap;

/// The sums of both sides by keys, under one filter; [`side_of`] tells which side and part each is of.
pub(super) fn both_sums(
    actual: &Dataset,
    amortized: &Dataset,
    keys: &[GroupKey],
    filter: Option<&Filter>,
) -> Result<Found, DataError> {
    let question = Question {
        keys,
        measures: &[],
        mark: Some((&parts, Part::COUNT)),
    };
    sums_of(&[(actual, filter), (amortized, filter)], &question)
}

/// Whether a sum is of the amortized side, and what its rows count as.
pub(super) fn side_of(sum: &Sums) -> (bool, Part) {
    (sum.mark >= Part::COUNT, Part::at(sum.mark % Part::COUNT))
}

/// Compares two datasets by any keys, under any filter.
pub fn run(
    actual: &Dataset,
    amortized: &Dataset,
    group_by: &[GroupKey],
    filter: Option<&Filter>,
    limit: Option<usize>,
) -> Result<Comparison, DataError> {
    let mut groups: HashMap<GroupId, SideSums> = HashMap::new();
    let mut currencies: BTreeMap<Option<String>, SideSums> = BTreeMap::new();
    let found = both_sums(actual, amortized, group_by, filter)?;
    for number in found.groups() {
        let sum = found.named(number);
        let (amortized, part) = side_of(&sum);
        let overflow = || DataError::Overflow {
            what: "the comparison".to_owned(),
        };
        let (total, rows) = currencies.entry(sum.currency.clone()).or_default();
        add(total, part, amortized, sum.cost).ok_or_else(overflow)?;
        count(rows, amortized, sum.rows);
        let id = GroupId {
            keys: sum.keys,
            currency: sum.currency,
        };
        let (group, rows) = groups.entry(id).or_default();
        add(group, part, amortized, sum.cost).ok_or_else(overflow)?;
        count(rows, amortized, sum.rows);
    }
    let totals: Vec<Delta> = currencies
        .into_iter()
        .map(|(currency, sums)| delta(Vec::new(), currency, sums))
        .collect();
    let mut groups: Vec<Delta> = groups
        .into_iter()
        .map(|(id, sums)| delta(id.keys, id.currency, sums))
        .collect();
    if group_by.is_empty() {
        groups.clear();
    }
    groups.sort_by(by_difference);
    let all = groups.iter().map(|delta: &Delta| delta.bridge);
    let closed = totals
        .iter()
        .map(|delta| delta.bridge)
        .chain(all)
        .all(|b| b.residual == Amount::ZERO);
    let of = groups.len();
    groups.truncate(limit.unwrap_or(usize::MAX));
    Ok(Comparison {
        group_by: group_by.to_vec(),
        currencies: totals,
        groups,
        of,
        closed,
    })
}

/// The largest difference first, ties by keys.
fn by_difference(a: &Delta, b: &Delta) -> Ordering {
    let (first, second) = (a.bridge.difference().abs(), b.bridge.difference().abs());
    let size = second.cmp(&first);
    size.then_with(|| query::by_keys(&a.keys, &b.keys))
        .then_with(|| a.currency.cmp(&b.currency))
}

/// The bridge of a group, and its rows on both sides.
type SideSums = (Bridge, [u64; 2]);

fn delta(keys: Vec<Option<String>>, currency: Option<String>, (bridge, rows): SideSums) -> Delta {
    Delta {
        keys,
        currency,
        bridge,
        rows,
    }
}

fn count(rows: &mut [u64; 2], amortized: bool, more: u64) {
    let [first, second] = rows;
    *(if amortized { second } else { first }) += more;
}

/// Puts one sum where the bridge wants it.
fn add(bridge: &mut Bridge, part: Part, amortized: bool, cost: Amount) -> Option<()> {
    let signed = if amortized { cost } else { cost.negated() };
    let total = if amortized {
        &mut bridge.amortized
    } else {
        &mut bridge.actual
    };
    *total = total.checked_add(cost)?;
    let step = match (part, amortized) {
        (Part::NoBenefit, _) => &mut bridge.residual,
        (Part::Purchase | Part::Refund, false) => &mut bridge.purchases,
        (Part::UnusedReservation, true) => &mut bridge.unused_reservation,
        (Part::UnusedSavingsPlan, true) => &mut bridge.unused_savings_plan,
        _ => &mut bridge.benefit_usage,
    };
    *step = step.checked_add(signed)?;
    if (part, amortized) == (Part::Refund, false) {
        bridge.refunds = bridge.refunds.checked_add(signed)?;
    }
    Some(())
}

/// The columns that say what a row counts as. FOCUS says it in other columns than Microsoft's own layouts.
const OWN: [Role; 5] = [
    Role::PublisherType,
    Role::PricingModel,
    Role::ChargeType,
    Role::Reservation,
    Role::Benefit,
];
const FOCUS: [Role; 6] = [
    Role::PublisherType,
    Role::ChargeType,
    Role::ChargeClass,
    Role::BenefitStatus,
    Role::BenefitType,
    Role::Benefit,
];

/// What every row of a slice counts as.
pub(super) fn parts(slice: &Slice<'_>) -> Result<Vec<u32>, DataError> {
    let focus = slice.part.stored.layout.dialect == Dialect::Focus;
    let roles: &[Role] = if focus { &FOCUS } else { &OWN };
    let columns = roles
        .iter()
        .map(|role| slice.role_texts(*role))
        .collect::<Result<Vec<_>, _>>()?;
    // Of an id only whether it is there matters; then few combinations stand in many rows.
    let ids: Vec<bool> = roles
        .iter()
        .map(|role| matches!(role, Role::Reservation | Role::Benefit))
        .collect();
    let mut known: HashMap<[u32; 6], u32> = HashMap::new();
    let mut last = ([NONE; 6], None);
    let mut out = Vec::with_capacity(slice.rows);
    for row in 0..slice.rows {
        let mut key = [NONE; 6];
        for ((slot, column), id) in key.iter_mut().zip(&columns).zip(&ids) {
            let code = column.codes.get(row).copied().unwrap_or(NONE);
            *slot = match column.get(code) {
                Some(text) if *id => {
                    if is_filled(text) {
                        0
                    } else {
                        NONE
                    }
                }
                _ => code,
            };
        }
        let part = match last {
            (same, Some(part)) if same == key => part,
            _ => *known.entry(key).or_insert_with(|| {
                let texts = key
                    .iter()
                    .zip(&columns)
                    .map(|(code, column)| column.get(*code));
                let texts: Vec<Option<&str>> = texts.collect();
                part_of(focus, &key, &texts).index()
            }),
        };
        last = (key, Some(part));
        out.push(part);
    }
    Ok(out)
}

/// What rows with these texts count as; of an id only the code says whether it is there.
fn part_of(focus: bool, key: &[u32; 6], texts: &[Option<&str>]) -> Part {
    let [.., reservation, benefit_own, benefit_focus] = key;
    match texts {
        [publisher, category, class, status, kind, _] if focus => {
            let has_id = *benefit_focus != NONE;
            Part::of_focus(*publisher, *category, *class, *status, *kind, has_id)
        }
        [publisher, pricing, charge, ..] => {
            let has_id = *reservation != NONE || *benefit_own != NONE;
            Part::of(*publisher, *pricing, *charge, has_id)
        }
        _ => Part::NoBenefit,
    }
}
