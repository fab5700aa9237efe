//! Marketplace charges, purchases that do not recur, and refunds.

use super::asked::{FindingsScope, cost, header, one_of};
use super::collector::Collector;
use crate::data::dataset::Dataset;
use crate::data::engine::aggregate::aggregation::Aggregation;
use crate::data::engine::aggregate::grouped::sums;
use crate::data::engine::aggregate::hash_agg::GroupSums;
use crate::data::error::DataError;
use crate::domain::analysis::findings::kind::FindingKind;
use crate::domain::analysis::findings::sentence::{self, Charge};
use crate::domain::analysis::findings::{Proof, ProofSide};
use crate::domain::money::Money;
use crate::domain::query::Measure;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::{Comparator, Filter};
use crate::domain::query::group_key::GroupKey;

const CHARGE_TYPE: GroupKey = GroupKey::Role(Role::ChargeType);
const PUBLISHER_TYPE: GroupKey = GroupKey::Role(Role::PublisherType);

/// The keys of a charge; the columns of [`ChargeColumns`] follow.
const KEYS: [GroupKey; 5] = [
    PUBLISHER_TYPE,
    CHARGE_TYPE,
    GroupKey::Role(Role::PricingModel),
    GroupKey::Role(Role::Service),
    GroupKey::Role(Role::Meter),
];

/// Columns of charges that only some layouts have, with their index among the keys.
struct ChargeColumns {
    keys: Vec<GroupKey>,
    publisher: Option<usize>,
    frequency: Option<usize>,
}

impl ChargeColumns {
    fn of(data: &Dataset) -> Self {
        let mut keys = KEYS.to_vec();
        let mut add = |names: &[&str]| {
            let found = names.iter().find_map(|name| header(data, name))?;
            keys.push(found);
            Some(keys.len() - 1)
        };
        let publisher = add(&["publishername"]);
        let frequency = add(&["frequency", "chargefrequency"]);
        Self {
            keys,
            publisher,
            frequency,
        }
    }
}

/// Publisher types of the Marketplace; `Vendor` is the FOCUS spelling.
fn is_marketplace(publisher: &str) -> bool {
    ["marketplace", "vendor"]
        .iter()
        .any(|word| publisher.trim().eq_ignore_ascii_case(word))
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Rows that give money back. Roundings do not count.
fn refunds() -> Filter {
    let given_back = Filter::Or(vec![
        one_of(CHARGE_TYPE, words(&["Refund", "Credit"])),
        cost(Comparator::Less),
    ]);
    given_back.and(Filter::compare(
        CHARGE_TYPE,
        Comparator::NotEqual,
        "RoundingAdjustment".to_owned(),
    ))
}

/// Rows of the Marketplace and purchases, apart from refunds.
fn purchases() -> Filter {
    let bought = Filter::Or(vec![
        one_of(PUBLISHER_TYPE, words(&["Marketplace", "Vendor"])),
        Filter::equals(CHARGE_TYPE, Some("Purchase".to_owned())),
    ]);
    bought.and(Filter::Not(Box::new(refunds())))
}

pub(super) fn find(asked: &FindingsScope<'_>, out: &mut Collector) -> Result<(), DataError> {
    let columns = ChargeColumns::of(asked.now.data);
    let kinds = [
        (FindingKind::OneOff, purchases()),
        (FindingKind::Refund, refunds()),
    ];
    for (kind, rows) in kinds {
        let filter = asked.now.with(rows);
        let question = Aggregation {
            keys: &columns.keys,
            measures: &[Measure::FirstDay, Measure::LastDay],
            ..Aggregation::default()
        };
        let found = sums(asked.now.data, Some(&filter), &question)?;
        for group in found.groups() {
            add(out, kind, &columns, (&filter, &found.named(group)))?;
        }
    }
    Ok(())
}

fn add(
    out: &mut Collector,
    kind: FindingKind,
    columns: &ChargeColumns,
    (filter, sum): (&Filter, &GroupSums),
) -> Result<(), DataError> {
    let key = |at: usize| sum.keys.get(at).and_then(Option::as_deref);
    let frequency = columns.frequency.and_then(key).unwrap_or_default();
    let charge = Charge {
        marketplace: key(0).is_some_and(is_marketplace),
        charge_type: key(1),
        pricing_model: key(2),
        publisher: columns.publisher.and_then(key),
        service: key(3),
        meter: key(4),
        rows: sum.rows,
        days: sum.days,
    };
    let recurs = frequency.eq_ignore_ascii_case("recurring") && !charge.marketplace;
    if kind == FindingKind::OneOff && recurs {
        return Ok(());
    }
    let inside = Filter::inside(Some(filter.clone()), &columns.keys, &sum.keys);
    let by_currency = Filter::equals(GroupKey::Role(Role::Currency), sum.currency.clone());
    let proof = Proof {
        side: ProofSide::Now,
        filter: Filter::both(inside, Some(by_currency)),
        group_by: vec![GroupKey::Role(Role::Date), GroupKey::Role(Role::Resource)],
        measures: Vec::new(),
        sort: Vec::new(),
    };
    let money = Money {
        currency: sum.currency.clone(),
        amount: sum.cost,
    };
    let sentence = if kind == FindingKind::Refund {
        sentence::refund(charge, &money)
    } else {
        sentence::one_off(charge, &money)
    };
    let subject: Vec<Option<&str>> = sum.keys.iter().map(Option::as_deref).collect();
    out.add(kind, &subject, money, (sentence, proof))
}
