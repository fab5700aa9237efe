//! Usage without the tag keys that most money carries, or without a resource group.

use super::asked::{FindingsScope, header, usage};
use super::collector::Collector;
use crate::data::columns::tags;
use crate::data::dataset::Dataset;
use crate::data::engine::aggregate::aggregation::Aggregation;
use crate::data::engine::aggregate::grouped::sums;
use crate::data::engine::dictionary::commonest;
use crate::data::error::{DataError, overflow};
use crate::domain::analysis::findings::kind::FindingKind;
use crate::domain::analysis::findings::sentence;
use crate::domain::analysis::findings::thresholds::percent_of;
use crate::domain::analysis::findings::{Proof, ProofSide};
use crate::domain::money::{Amount, Money};
use crate::domain::query::columns::Role;
use crate::domain::query::filter::{Filter, FilterField};
use crate::domain::query::group_key::GroupKey;
use std::collections::{BTreeMap, BTreeSet};

/// Sums by currency.
type Sums = BTreeMap<Option<String>, Amount>;

/// The money that carries a tag key, and the rows of each of its spellings.
#[derive(Default)]
struct Carried {
    sums: Sums,
    spelled: BTreeMap<String, u64>,
}

pub(super) fn find(asked: &FindingsScope<'_>, out: &mut Collector) -> Result<(), DataError> {
    let key = GroupKey::Role(Role::ResourceGroup);
    let (groups, whole) = carried_by(asked, &key, |text| vec![text.to_owned()])?;
    if groups.is_empty() {
        out.skip(FindingKind::Untagged, "no row has a resource group");
    } else {
        let mut with_group = Sums::new();
        for carried in groups.values() {
            for (currency, cost) in &carried.sums {
                add_to(&mut with_group, currency.clone(), *cost)?;
            }
        }
        lacking(asked, out, ("resource group", key), (&with_group, &whole))?;
    }
    let Some(tags) = tag_money(asked)? else {
        let (why, advice) = if asked.now.data.server().is_some() {
            (
                "tags on a server are looked for by their keys",
                Some("give them with --tag"),
            )
        } else {
            ("there is no column of tags", None)
        };
        out.advise(FindingKind::Untagged, why, advice);
        return Ok(());
    };
    for (name, carried) in tags {
        let lack = format!("tag {name}");
        let key = GroupKey::Tag(name);
        lacking(asked, out, (&lack, key), (&carried, &whole))?;
    }
    Ok(())
}

fn add_to(sums: &mut Sums, currency: Option<String>, cost: Amount) -> Result<(), DataError> {
    let sum = sums.entry(currency).or_default();
    *sum = sum.checked_add(cost).ok_or_else(overflow)?;
    Ok(())
}

/// Usage by the names in the values of a key, ignoring their case, and all usage.
fn carried_by(
    asked: &FindingsScope<'_>,
    key: &GroupKey,
    names: impl Fn(&str) -> Vec<String>,
) -> Result<(BTreeMap<String, Carried>, Sums), DataError> {
    let filter = asked.now.with(usage());
    let question = Aggregation {
        keys: std::slice::from_ref(key),
        ..Aggregation::default()
    };
    let found = sums(asked.now.data, Some(&filter), &question)?;
    let (mut all, mut whole) = (BTreeMap::<String, Carried>::new(), Sums::new());
    for group in found.groups() {
        let (cost, rows) = (found.cost(group), found.rows(group));
        let currency = found.currency(group).map(ToOwned::to_owned);
        add_to(&mut whole, currency.clone(), cost)?;
        let names = found.key(group, 0).map(&names).unwrap_or_default();
        let mut counted = BTreeSet::new();
        for name in names {
            let folded = name.to_lowercase();
            let carried = all.entry(folded.clone()).or_default();
            *carried.spelled.entry(name).or_default() += rows;
            // A key may stand twice in a row with the same value.
            if counted.insert(folded) {
                add_to(&mut carried.sums, currency.clone(), cost)?;
            }
        }
    }
    Ok((all, whole))
}

/// Tag keys that have a column of their own, as in files that costscope wrote.
fn tag_columns(data: &Dataset) -> BTreeSet<String> {
    let parts = data.parts().iter();
    parts
        .flat_map(|part| part.stored.layout.tag_names())
        .collect()
}

/// The tag keys to look for, each with the money that carries it; `None` if there are no tags at all.
fn tag_money(asked: &FindingsScope<'_>) -> Result<Option<BTreeMap<String, Sums>>, DataError> {
    let data = asked.now.data;
    // A server may hold tags in a column that rows cannot be grouped by.
    let on_server = data.server().is_some();
    let column = header(data, "tags").filter(|_| !on_server);
    let own = tag_columns(data);
    if column.is_none() && own.is_empty() && asked.tags.is_empty() {
        return Ok(None);
    }
    let mut all: BTreeMap<String, Carried> = BTreeMap::new();
    if let Some(column) = &column {
        let keys = |text: &str| {
            let pairs = tags::parse(text).unwrap_or_default();
            pairs.into_iter().map(|(key, _)| key).collect::<Vec<_>>()
        };
        (all, _) = carried_by(asked, column, keys)?;
    }
    let fold = |name: &String| (name.to_lowercase(), name.clone());
    let own: BTreeMap<String, String> = own.iter().map(fold).collect();
    let wanted: BTreeMap<String, String> = asked.tags.iter().map(fold).collect();
    for folded in own.keys().chain(wanted.keys()) {
        all.entry(folded.clone()).or_default();
    }
    all.retain(|folded, _| wanted.is_empty() || wanted.contains_key(folded));
    let mut out = BTreeMap::new();
    for (folded, carried) in all {
        let spelled = carried.spelled.iter();
        let best = commonest(spelled.map(|(text, rows)| (text.as_str(), *rows)));
        let chosen = wanted.get(&folded).or(own.get(&folded));
        let name = chosen.map(String::as_str).or(best).unwrap_or(&folded);
        let name = name.to_owned();
        let sums = if on_server || own.contains_key(&folded) {
            with_tag(asked, &name)?
        } else {
            carried.sums
        };
        out.insert(name, sums);
    }
    Ok(Some(out))
}

/// The usage that has a tag.
fn with_tag(asked: &FindingsScope<'_>, name: &str) -> Result<Sums, DataError> {
    let key = GroupKey::Tag(name.to_owned());
    let (_, whole) = carried_by(asked, &key, |_| Vec::new())?;
    let without = missing(asked, &key)?;
    let mut with = whole;
    for (currency, cost) in without {
        add_to(&mut with, currency, cost.negated())?;
    }
    Ok(with)
}

/// The usage without a value of a key.
fn missing(asked: &FindingsScope<'_>, key: &GroupKey) -> Result<Sums, DataError> {
    let filter = asked
        .now
        .with(usage().and(Filter::equals(key.clone(), None)));
    let found = sums(asked.now.data, Some(&filter), &Aggregation::default())?;
    let mut all = Sums::new();
    for group in found.groups() {
        let currency = found.currency(group).map(ToOwned::to_owned);
        add_to(&mut all, currency, found.cost(group))?;
    }
    Ok(all)
}

/// Adds the usage without a key, if most money has it or the user asked for it.
fn lacking(
    asked: &FindingsScope<'_>,
    out: &mut Collector,
    (lack, key): (&str, GroupKey),
    (carried, whole): (&Sums, &Sums),
) -> Result<(), DataError> {
    let is_tag = matches!(key, GroupKey::Tag(_));
    for (currency, total) in whole {
        let with = carried.get(currency).copied().unwrap_or_default();
        let most = percent_of(*total, asked.thresholds.tag_percent);
        let asked_for = is_tag && !asked.tags.is_empty();
        if is_tag && !asked_for && with <= most {
            continue;
        }
        let money = Money {
            currency: currency.clone(),
            amount: total.checked_sub(with).ok_or_else(overflow)?,
        };
        let field = FilterField {
            key: key.clone(),
            at: 0,
        };
        let rows = usage().and(Filter::Missing(field)).and(Filter::equals(
            GroupKey::Role(Role::Currency),
            currency.clone(),
        ));
        let by = if is_tag {
            Role::ResourceGroup
        } else {
            Role::Service
        };
        let proof = Proof {
            side: ProofSide::Now,
            filter: Some(asked.now.with(rows)),
            group_by: vec![GroupKey::Role(by)],
            measures: Vec::new(),
            sort: Vec::new(),
        };
        let sentence = sentence::untagged(lack, &money, *total);
        let name = key.name();
        out.add(
            FindingKind::Untagged,
            &[Some(name.as_str())],
            money,
            (sentence, proof),
        )?;
    }
    Ok(())
}
