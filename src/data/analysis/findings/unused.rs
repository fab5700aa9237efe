//! The unused part of reservations and savings plans, which only amortized costs show.

use super::asked::{FindingsScope, SearchPeriod, header};
use super::collector::Collector;
use crate::data::analysis::commitment_id::id_of;
use crate::data::columns::charge_class::ChargeClass;
use crate::data::dataset::Dataset;
use crate::data::engine::aggregate::aggregation::Aggregation;
use crate::data::engine::aggregate::grouped::sums;
use crate::data::engine::aggregate::hash_agg::GroupSums;
use crate::data::error::DataError;
use crate::data::query::bridge_class::parts;
use crate::domain::analysis::commitments::CommitmentKind;
use crate::domain::analysis::findings::kind::FindingKind;
use crate::domain::analysis::findings::sentence;
use crate::domain::analysis::findings::{Proof, ProofSide};
use crate::domain::metric::Metric;
use crate::domain::money::Money;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;

/// Columns that hold the name of a commitment.
const NAMES: [&str; 3] = ["reservationname", "benefitname", "commitmentdiscountname"];
/// The columns that decide the class of a row, and its commitment.
const ROLES: [Role; 5] = [
    Role::Reservation,
    Role::Benefit,
    Role::PublisherType,
    Role::PricingModel,
    Role::ChargeType,
];

const ACTUAL: &str = "actual costs have no unused part";
const GIVE_AMORTIZED: &str = "give the amortized costs with --amortized";
const OR_AS_SOURCES: &str = "give the amortized costs with --amortized, or as the sources";

/// The amortized rows, and how a question reaches them.
fn amortized<'a>(asked: &FindingsScope<'a>) -> Option<(Dataset, SearchPeriod<'a>, ProofSide)> {
    if let Some(given) = asked.amortized {
        let data = given.data.amortized_side();
        let side = match data {
            Some(_) => ProofSide::Both,
            None => ProofSide::Amortized,
        };
        return Some((data.unwrap_or_else(|| given.data.clone()), given, side));
    }
    let now = asked.now;
    if let Some(data) = now.data.amortized_side() {
        return Some((data, now, ProofSide::Both));
    }
    match now.data.metric() {
        Some(Metric::Actual | Metric::Usage) => None,
        Some(Metric::Amortized) | None => Some((now.data.clone(), now, ProofSide::Now)),
    }
}

pub(super) fn find(asked: &FindingsScope<'_>, out: &mut Collector) -> Result<(), DataError> {
    let Some((data, period, side)) = amortized(asked) else {
        out.advise(FindingKind::Unused, ACTUAL, Some(OR_AS_SOURCES));
        return Ok(());
    };
    let names: Vec<GroupKey> = NAMES
        .iter()
        .filter_map(|name| header(&data, name))
        .collect();
    let mut keys = ROLES.map(GroupKey::Role).to_vec();
    keys.extend(names);
    let question = Aggregation {
        keys: &keys,
        measures: &[],
        mark: Some((&parts, ChargeClass::COUNT)),
        without: Some(ChargeClass::NoBenefit.index()),
        ..Aggregation::default()
    };
    let found = sums(&data, period.filter, &question)?;
    let mut seen = false;
    for group in found.groups() {
        let class = ChargeClass::at(u8::try_from(found.mark(group)).unwrap_or_default());
        if class.is_unused() {
            seen = true;
            let unused = found.named(group);
            add(out, (period, side), (&keys, class), &unused)?;
        }
    }
    let unproven = data.metric() != Some(Metric::Amortized) && side != ProofSide::Both;
    if !seen && unproven && asked.amortized.is_none() {
        let why = "no row shows whether these costs are amortized";
        out.advise(FindingKind::Unused, why, Some(GIVE_AMORTIZED));
    }
    Ok(())
}

fn add(
    out: &mut Collector,
    (period, side): (SearchPeriod<'_>, ProofSide),
    (keys, class): (&[GroupKey], ChargeClass),
    unused: &GroupSums,
) -> Result<(), DataError> {
    let key = |at: usize| unused.keys.get(at).and_then(Option::as_deref);
    let id = id_of(key(0), key(1));
    let name = unused.keys.iter().skip(ROLES.len()).flatten().next();
    let kind = if class == ChargeClass::UnusedSavingsPlan {
        CommitmentKind::SavingsPlan
    } else {
        CommitmentKind::Reservation
    };
    // The bridge of a comparison shows the unused part of a commitment, so its id is enough.
    let told = if side == ProofSide::Both {
        2
    } else {
        keys.len()
    };
    let filter = Filter::inside(
        period.filter.cloned(),
        keys.get(..told).unwrap_or(keys),
        &unused.keys,
    );
    let proof = Proof {
        side,
        filter,
        group_by: vec![GroupKey::Role(if side == ProofSide::Both {
            Role::Benefit
        } else {
            Role::Date
        })],
        measures: Vec::new(),
        sort: Vec::new(),
    };
    let money = Money {
        currency: unused.currency.clone(),
        amount: unused.cost,
    };
    let last = id.map(|id| id.rsplit('/').next().unwrap_or(id));
    let name = name.map(String::as_str);
    let sentence = sentence::unused(kind.word(), name, last, &money);
    let subject: Vec<Option<&str>> = unused.keys.iter().map(Option::as_deref).collect();
    out.add(FindingKind::Unused, &subject, money, (sentence, proof))
}
