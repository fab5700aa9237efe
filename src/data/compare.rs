//! Actual beside amortized, in one pass over both files (contract, section 3, "The bridge").

use super::benefit::Part;
use super::dataset::{Dataset, role_column};
use super::error::DataError;
use super::{filter, query};
use crate::domain::columns::Role;
use crate::domain::comparison::{Bridge, Comparison, Delta};
use crate::domain::filter::Filter;
use crate::domain::money::Amount;
use crate::domain::query::GroupKey;
use polars::prelude::{StringChunked, StringChunkedBuilder};
use std::cmp::Ordering;
use std::collections::BTreeMap;

type GroupId = (Vec<Option<String>>, Option<String>);

/// Compares two datasets by any keys, under any filter.
pub fn run(
    actual: &Dataset,
    amortized: &Dataset,
    group_by: &[GroupKey],
    filter: Option<&Filter>,
    limit: Option<usize>,
) -> Result<Comparison, DataError> {
    let (both, first_rows) = actual.beside(amortized)?;
    let mask = filter
        .map(|filter| filter::mask(&both, filter))
        .transpose()?;
    let mut by = group_by
        .iter()
        .map(|key| Ok(both.key(key)?.values))
        .collect::<Result<Vec<_>, DataError>>()?;
    by.push(parts(&both)?);
    by.push(sides(both.frame().height(), first_rows));
    let mut groups: BTreeMap<GroupId, Bridge> = BTreeMap::new();
    let mut currencies: BTreeMap<Option<String>, Bridge> = BTreeMap::new();
    for mut sum in query::sums(&both, by, mask.as_ref())? {
        let amortized = sum.keys.pop().flatten().is_some();
        let part = Part::read(sum.keys.pop().flatten().as_deref());
        let overflow = || DataError::Overflow {
            what: "the comparison".to_owned(),
        };
        let total = currencies.entry(sum.currency.clone()).or_default();
        add(total, part, amortized, sum.cost).ok_or_else(overflow)?;
        let group = groups.entry((sum.keys, sum.currency)).or_default();
        add(group, part, amortized, sum.cost).ok_or_else(overflow)?;
    }
    let totals: Vec<Delta> = currencies
        .into_iter()
        .map(|(currency, bridge)| Delta {
            keys: Vec::new(),
            currency,
            bridge,
        })
        .collect();
    let mut groups: Vec<Delta> = groups
        .into_iter()
        .map(|((keys, currency), bridge)| Delta {
            keys,
            currency,
            bridge,
        })
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
    Some(())
}

/// Which rows come from the amortized side: those after the actual ones.
fn sides(height: usize, first: usize) -> StringChunked {
    let mut builder = StringChunkedBuilder::new("side".into(), height);
    for at in 0..height {
        builder.append_option((at >= first).then_some("amortized"));
    }
    builder.finish()
}

/// What every row counts as.
fn parts(data: &Dataset) -> Result<StringChunked, DataError> {
    let role = |role| role_column(data.frame(), role);
    let (publisher, pricing, charge) = (
        role(Role::PublisherType)?,
        role(Role::PricingModel)?,
        role(Role::ChargeType)?,
    );
    let (reservation, benefit) = (role(Role::Reservation)?, role(Role::Benefit)?);
    let ids = reservation
        .iter()
        .zip(benefit.iter())
        .map(|(r, b)| r.is_some() || b.is_some());
    let words = publisher.iter().zip(pricing.iter()).zip(charge.iter());
    let mut builder = StringChunkedBuilder::new("part".into(), data.frame().height());
    for (((publisher, pricing), charge), has_id) in words.zip(ids) {
        let part = Part::of(publisher, pricing, charge, has_id);
        builder.append_value(part.word());
    }
    Ok(builder.finish())
}
