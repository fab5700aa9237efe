//! Resources whose cost goes on while their quantity is 0.

use super::asked::{DATE, FindingsScope, SearchPeriod, cost, one_of, resource, usage};
use super::collector::Collector;
use crate::data::dataset::Dataset;
use crate::data::engine::aggregate::aggregation::Aggregation;
use crate::data::engine::aggregate::grouped::sums;
use crate::data::error::{DataError, overflow};
use crate::data::room;
use crate::domain::analysis::findings::kind::FindingKind;
use crate::domain::analysis::findings::sentence;
use crate::domain::analysis::findings::steps::goes_on;
use crate::domain::money::{Amount, Money};
use crate::domain::query::columns::{Role, plain};
use crate::domain::query::filter::{Comparator, Filter};
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::text_table::Holds;
use std::collections::{BTreeMap, BTreeSet};

const RESOURCE: GroupKey = GroupKey::Role(Role::Resource);
const METER: GroupKey = GroupKey::Role(Role::Meter);
const CURRENCY: GroupKey = GroupKey::Role(Role::Currency);

/// A resource, its meter and the currency.
type IdleItem = (String, Option<String>, Option<String>);
/// The cost of each item by day. Rows without a day count as one.
type Daily = BTreeMap<IdleItem, BTreeMap<Option<String>, Amount>>;

/// The columns that hold quantities, by their plain names. Layouts differ.
fn quantity_columns(data: &Dataset) -> Vec<GroupKey> {
    let server = data.server().and_then(|server| server.role(Role::Quantity));
    let parts = data.parts().iter();
    let found = parts.filter_map(|part| part.stored.layout.role_header(Role::Quantity));
    let mut known = BTreeSet::new();
    server
        .into_iter()
        .chain(found)
        .filter(|header| known.insert(plain(header)))
        .map(|header| GroupKey::Column(header.to_owned()))
        .collect()
}

/// The rows whose quantity is 0, in any of these columns.
fn without_quantity(columns: &[GroupKey]) -> Filter {
    let zero =
        |column: &GroupKey| Filter::compare(column.clone(), Comparator::Equal, "0".to_owned());
    match columns {
        [only] => zero(only),
        several => Filter::Or(several.iter().map(zero).collect()),
    }
}

pub(super) fn find(asked: &FindingsScope<'_>, out: &mut Collector) -> Result<(), DataError> {
    let columns = match asked.now.data.quantity_holds() {
        Some(Holds::Number) => quantity_columns(asked.now.data),
        None => {
            out.skip(FindingKind::Idle, "there is no quantity column");
            return Ok(());
        }
        Some(Holds::Text | Holds::Day | Holds::Quantity) => {
            let why = "the quantity column contains texts that are not numbers";
            out.skip(FindingKind::Idle, why);
            return Ok(());
        }
    };
    let zero = without_quantity(&columns);
    let idle = usage().and(cost(Comparator::Greater)).and(zero.clone());
    let mut without = daily(asked.now, idle.clone())?;
    let enough = asked.thresholds.idle_days;
    let days = |days: usize| u64::try_from(days).map_or(Amount::MAX, Amount::from_whole);
    without.retain(|_, costs| days(costs.len()) >= enough);
    if without.is_empty() {
        return Ok(());
    }
    let resources: BTreeSet<&String> = without.keys().map(|(resource, ..)| resource).collect();
    let resources = resources.into_iter().cloned().collect();
    let active = usage()
        .and(cost(Comparator::Greater))
        .and(one_of(RESOURCE, resources))
        .and(Filter::Not(Box::new(zero)));
    let mut with = daily(asked.now, active.clone())?;
    if let Some(before) = asked.before.filter(|before| has_all(before.data, &columns)) {
        for (item, costs) in daily(before, active)? {
            with.entry(item).or_default().extend(costs);
        }
    }
    for (item, costs) in &without {
        let idle_costs: Vec<Amount> = costs.values().copied().collect();
        let usual: Vec<Amount> = with
            .get(item)
            .map(|days| days.values().copied().collect())
            .unwrap_or_default();
        if goes_on(&idle_costs, &usual, asked.thresholds.idle_percent) {
            add(asked, out, (item, &idle), (&idle_costs, !usual.is_empty()))?;
        }
    }
    Ok(())
}

fn has_all(data: &Dataset, columns: &[GroupKey]) -> bool {
    let known = quantity_columns(data);
    columns.iter().all(|column| known.contains(column))
}

/// The rows of a period by item and day.
fn daily(period: SearchPeriod<'_>, rows: Filter) -> Result<Daily, DataError> {
    let filter = period.with(rows);
    let keys = [RESOURCE, METER, DATE];
    let question = Aggregation {
        keys: &keys,
        ..Aggregation::default()
    };
    let found = sums(period.data, Some(&filter), &question)?;
    room::check_items(found.groups().len())?;
    let mut all = Daily::new();
    for group in found.groups() {
        let text = |at: usize| found.key(group, at).map(ToOwned::to_owned);
        let Some(resource) = text(0) else { continue };
        let currency = found.currency(group).map(ToOwned::to_owned);
        let item = (resource, text(1), currency);
        let sum = all.entry(item).or_default().entry(text(2)).or_default();
        *sum = sum.checked_add(found.cost(group)).ok_or_else(overflow)?;
    }
    Ok(all)
}

fn add(
    asked: &FindingsScope<'_>,
    out: &mut Collector,
    ((id, meter, currency), rows): (&IdleItem, &Filter),
    (costs, before): (&[Amount], bool),
) -> Result<(), DataError> {
    let sum = costs
        .iter()
        .try_fold(Amount::ZERO, |sum, cost| sum.checked_add(*cost));
    let money = Money {
        currency: currency.clone(),
        amount: sum.ok_or_else(overflow)?,
    };
    let rows = rows
        .clone()
        .and(Filter::equals(RESOURCE, Some(id.clone())))
        .and(Filter::equals(METER, meter.clone()))
        .and(Filter::equals(CURRENCY, currency.clone()));
    let proof = asked.proof_by_day(rows, Vec::new());
    let days = (costs.len() as u64, before);
    let sentence = sentence::idle(resource(id), meter.as_deref(), days, &money);
    let subject = [Some(id.as_str()), meter.as_deref()];
    out.add(FindingKind::Idle, &subject, money, (sentence, proof))
}
