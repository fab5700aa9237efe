//! Meters whose unit price steps from one constant value to another on the same resources.
//!
//! Average prices of both periods, and of both halves of the later one, show which meters may have a step. Only their
//! days are read.

use super::asked::{DATE, FindingsScope, SearchPeriod, header, one_of, sums_in, usage};
use super::collector::Collector;
use crate::data::dataset::Dataset;
use crate::data::engine::aggregate::aggregation::Aggregation;
use crate::data::engine::aggregate::grouped::sums_of;
use crate::data::engine::aggregate::hash_agg::Aggregated;
use crate::data::error::{DataError, overflow};
use crate::data::room;
use crate::domain::analysis::findings::kind::FindingKind;
use crate::domain::analysis::findings::sentence;
use crate::domain::analysis::findings::steps::{PriceStep, Priced, price_step};
use crate::domain::analysis::findings::thresholds::percent_of;
use crate::domain::money::{Amount, Money};
use crate::domain::period::DateRange;
use crate::domain::query::Measure;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use chrono::NaiveDate;
use hashbrown::HashMap;
use std::collections::{BTreeMap, BTreeSet};

/// The columns that identify an item with a price.
const ITEM: [GroupKey; 4] = [
    GroupKey::Role(Role::Resource),
    METER,
    GroupKey::Role(Role::Unit),
    MODEL,
];
const METER: GroupKey = GroupKey::Role(Role::Meter);
const MODEL: GroupKey = GroupKey::Role(Role::PricingModel);
const CURRENCY: GroupKey = GroupKey::Role(Role::Currency);
/// The number of resources that a question names; with more, it is about the whole meter.
const NAMED: usize = 20;

/// A meter with its unit, pricing model and currency, and the first day of the later price.
type PriceChange = (Vec<Option<String>>, NaiveDate);

/// One of the groups of an item, and the spans of the item with their prices.
type PricedItem = (u32, Vec<(u32, Priced)>);

/// The steps of one change, added up.
struct SummedStep {
    step: PriceStep,
    resources: BTreeSet<Option<String>>,
}

pub(super) fn find(asked: &FindingsScope<'_>, out: &mut Collector) -> Result<(), DataError> {
    if asked.now.data.quantity_holds().is_none() {
        out.skip(FindingKind::Price, "there is no quantity column");
        return Ok(());
    }
    let Some(days) = asked.now.days else {
        out.skip(FindingKind::Price, "no row has a date");
        return Ok(());
    };
    let meters = suspects(asked, days)?;
    if meters.is_empty() {
        return Ok(());
    }
    let mut changes: BTreeMap<PriceChange, SummedStep> = BTreeMap::new();
    for (item, days_of) in daily(asked, &meters)? {
        let Some(step) = price_step(days_of) else {
            continue;
        };
        let (effect, expected) = step.effect().ok_or_else(overflow)?;
        let least = percent_of(expected.abs(), asked.thresholds.price_percent);
        if !days.contains(step.day) || effect.abs() < least {
            continue;
        }
        let mut item = item.into_iter();
        let resource = item.next().flatten();
        add_step(&mut changes, (item.collect(), step.day), step, resource)?;
    }
    for ((item, _), sum) in &changes {
        add(asked, out, item, sum)?;
    }
    Ok(())
}

/// The meters with an item whose average prices differ.
fn suspects(
    asked: &FindingsScope<'_>,
    days: DateRange,
) -> Result<BTreeSet<Option<String>>, DataError> {
    let mut halves = days.pieces(days.days() / 2 + 1);
    halves.truncate(2);
    let before = asked
        .before
        .map(|before| (before.data, before.with(usage())));
    let now = halves.into_iter().map(|half| {
        let rows = usage().and(Filter::of_days(half));
        (asked.now.data, asked.now.with(rows))
    });
    let spans: Vec<_> = before.into_iter().chain(now).collect();
    let sets: Vec<_> = spans
        .iter()
        .map(|(data, filter)| (*data, Some(filter)))
        .collect();
    let question = Aggregation {
        keys: &ITEM,
        measures: &[Measure::Quantity],
        ..Aggregation::default()
    };
    let found = sums_of(&sets, &question)?;
    // An item has no texts here.
    room::check_items(found.groups().len() / 4)?;
    let mut items: HashMap<&[u32], PricedItem> = HashMap::new();
    for group in found.groups() {
        if let Some(priced) = priced(&found, group) {
            let item = items.entry(found.numbers(group));
            let (_, spans) = item.or_insert_with(|| (group, Vec::new()));
            spans.push((found.mark(group), priced));
        }
    }
    let mut meters = BTreeSet::new();
    for (group, mut spans) in items.into_values() {
        spans.sort_unstable_by_key(|(span, _)| *span);
        let mut pairs = spans.windows(2);
        let steps = pairs.any(|pair| match pair {
            [(_, was), (_, is)] => was.may_step_to(*is),
            _ => false,
        });
        if steps {
            meters.insert(found.key(group, 1).map(ToOwned::to_owned));
        }
    }
    Ok(meters)
}

/// The cost and quantity of a group, if they give a price.
fn priced(found: &Aggregated, group: u32) -> Option<Priced> {
    let (quantity, _) = found.quantity(group)?;
    let cost = found.cost(group);
    (quantity > Amount::ZERO).then_some(Priced { cost, quantity })
}

/// Days in order, with cost and quantity.
type PricedDays = BTreeMap<NaiveDate, Priced>;

/// The days of every item of these meters, over both periods. An item is its keys and the currency.
fn daily(
    asked: &FindingsScope<'_>,
    meters: &BTreeSet<Option<String>>,
) -> Result<BTreeMap<Vec<Option<String>>, PricedDays>, DataError> {
    let named: Vec<String> = meters.iter().flatten().cloned().collect();
    let mut any = vec![one_of(METER, named)];
    any.extend(meters.contains(&None).then(|| Filter::equals(METER, None)));
    let rows = usage().and(Filter::Or(any));
    let periods: Vec<SearchPeriod<'_>> = asked.before.into_iter().chain([asked.now]).collect();
    let mut keys = ITEM.to_vec();
    keys.push(DATE);
    let question = Aggregation {
        keys: &keys,
        measures: &[Measure::Quantity],
        ..Aggregation::default()
    };
    let found = sums_in(&periods, &rows, &question)?;
    room::check_items(found.groups().len())?;
    let mut all: BTreeMap<Vec<Option<String>>, PricedDays> = BTreeMap::new();
    for group in found.groups() {
        let day = found.key(group, ITEM.len());
        let day = day.and_then(|day| day.parse::<NaiveDate>().ok());
        let (Some(day), Some(priced)) = (day, priced(&found, group)) else {
            continue;
        };
        let mut item = found.keys(group);
        item.truncate(ITEM.len());
        item.push(found.currency(group).map(ToOwned::to_owned));
        let sum = all.entry(item).or_default().entry(day).or_default();
        *sum = sum.and(priced).ok_or_else(overflow)?;
    }
    Ok(all)
}

fn add_step(
    changes: &mut BTreeMap<PriceChange, SummedStep>,
    change: PriceChange,
    step: PriceStep,
    resource: Option<String>,
) -> Result<(), DataError> {
    if let Some(sum) = changes.get_mut(&change) {
        sum.step = joined(sum.step, step).ok_or_else(overflow)?;
        sum.resources.insert(resource);
    } else {
        let resources = BTreeSet::from([resource]);
        changes.insert(change, SummedStep { step, resources });
    }
    Ok(())
}

/// Both steps as one whose effect is the sum of theirs: the earlier price is that of all later usage.
fn joined(one: PriceStep, other: PriceStep) -> Option<PriceStep> {
    let at_earlier_price = |step: &PriceStep| {
        Some(Priced {
            cost: step.before.cost_of(step.after.quantity)?,
            quantity: step.after.quantity,
        })
    };
    Some(PriceStep {
        day: one.day,
        before: at_earlier_price(&one)?.and(at_earlier_price(&other)?)?,
        after: one.after.and(other.after)?,
    })
}

/// The column of units. No key stands for it, and layouts differ: `None` if the rows have several such columns, or none.
fn unit_column(data: &Dataset) -> Option<GroupKey> {
    let names = Role::Unit.candidates().iter();
    let mut found = names.filter_map(|name| header(data, name));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// Adds a change: `item` is the meter, its unit, the pricing model and the currency.
fn add(
    asked: &FindingsScope<'_>,
    out: &mut Collector,
    item: &[Option<String>],
    sum: &SummedStep,
) -> Result<(), DataError> {
    let part = |at: usize| item.get(at).cloned().flatten();
    let (meter, unit, model, currency) = (part(0), part(1), part(2), part(3));
    let (effect, _) = sum.step.effect().ok_or_else(overflow)?;
    let mut rows = usage()
        .and(Filter::equals(METER, meter.clone()))
        .and(Filter::equals(MODEL, model.clone()))
        .and(Filter::equals(CURRENCY, currency.clone()));
    if let Some(column) = unit_column(asked.now.data) {
        rows = rows.and(Filter::equals(column, unit.clone()));
    }
    let resources: Vec<String> = sum.resources.iter().flatten().cloned().collect();
    if resources.len() == sum.resources.len() && resources.len() <= NAMED {
        rows = rows.and(one_of(GroupKey::Role(Role::Resource), resources));
    }
    let proof = asked.proof_by_day(rows, vec![Measure::Quantity]);
    let name = meter.as_deref().unwrap_or("a meter without a name");
    let name = match unit.as_deref() {
        Some(unit) => format!("{name} ({unit})"),
        None => name.to_owned(),
    };
    let count = sum.resources.len() as u64;
    let sentence = sentence::price(&name, &sum.step, count, currency.as_deref());
    let day = sum.step.day.to_string();
    let subject = [meter.as_deref(), unit.as_deref(), model.as_deref()];
    let money = Money {
        currency: currency.clone(),
        amount: effect,
    };
    out.add_in(
        FindingKind::Price,
        (&subject, &day),
        money,
        (sentence, proof),
    )
}
