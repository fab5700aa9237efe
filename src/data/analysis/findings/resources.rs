//! Resources and regions that only one of both periods has.

use super::asked::{FindingsScope, names, one_of, resource};
use super::collector::Collector;
use crate::data::engine::aggregate::aggregation::Aggregation;
use crate::data::engine::aggregate::grouped::sums_of;
use crate::data::engine::aggregate::hash_agg::Aggregated;
use crate::data::error::{DataError, overflow};
use crate::data::room;
use crate::domain::analysis::findings::kind::FindingKind;
use crate::domain::analysis::findings::sentence;
use crate::domain::analysis::findings::{Proof, ProofSide};
use crate::domain::money::{Amount, Money};
use crate::domain::query::columns::Role;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use std::collections::{BTreeMap, BTreeSet};

const RESOURCE: GroupKey = GroupKey::Role(Role::Resource);
const REGION: GroupKey = GroupKey::Role(Role::Region);
const CURRENCY: GroupKey = GroupKey::Role(Role::Currency);

const NO_MONTH_BEFORE: &str = "there is no month before";
const GIVE_BEFORE: &str = "give its sources with --before";

/// The sums of one value, by currency and period: before, now.
type Both = BTreeMap<Option<String>, [Amount; 2]>;

#[derive(Default)]
struct Seen {
    /// The spellings of a region; a resource has only one.
    spelled: BTreeSet<String>,
    sums: Both,
    /// Whether each period has rows.
    rows: [bool; 2],
}

pub(super) fn find(asked: &FindingsScope<'_>, out: &mut Collector) -> Result<(), DataError> {
    const KINDS: [FindingKind; 3] = [FindingKind::New, FindingKind::Gone, FindingKind::Region];
    let Some(before) = asked.before else {
        for kind in KINDS {
            out.advise(kind, NO_MONTH_BEFORE, Some(GIVE_BEFORE));
        }
        return Ok(());
    };
    let keys = [RESOURCE, REGION];
    let question = Aggregation {
        keys: &keys,
        ..Aggregation::default()
    };
    let sets = [
        (before.data, before.filter),
        (asked.now.data, asked.now.filter),
    ];
    let found = sums_of(&sets, &question)?;
    room::check_items(found.groups().len())?;
    let resources = by_value(&found, 0, str::to_owned)?;
    if in_both(&resources) {
        add_resources(asked, out, &resources)?;
    } else {
        let why = "no resource is in both periods; they may be of different scopes";
        out.skip(FindingKind::New, why);
        out.skip(FindingKind::Gone, why);
    }
    // Layouts spell regions as `westeurope` or `West Europe`.
    let letters = |name: &str| name.to_lowercase().split_whitespace().collect::<String>();
    let regions = by_value(&found, 1, letters)?;
    if in_both(&regions) {
        add_regions(asked, out, &regions)
    } else {
        let why = "no region is in both periods; they may be of different scopes";
        out.skip(FindingKind::Region, why);
        Ok(())
    }
}

/// The sums of the values of a key.
fn by_value(
    found: &Aggregated,
    at: usize,
    fold: impl Fn(&str) -> String,
) -> Result<BTreeMap<String, Seen>, DataError> {
    let mut all: BTreeMap<String, Seen> = BTreeMap::new();
    for group in found.groups() {
        let value = found.key(group, at).filter(|value| !value.is_empty());
        let Some(value) = value else { continue };
        let seen = all.entry(fold(value)).or_default();
        if !seen.spelled.contains(value) {
            seen.spelled.insert(value.to_owned());
        }
        let side = usize::try_from(found.mark(group)).unwrap_or_default();
        let currency = found.currency(group).map(ToOwned::to_owned);
        let sums = seen.sums.entry(currency).or_default();
        if let (Some(sum), Some(rows)) = (sums.get_mut(side), seen.rows.get_mut(side)) {
            *sum = sum.checked_add(found.cost(group)).ok_or_else(overflow)?;
            *rows = true;
        }
    }
    Ok(all)
}

fn in_both(all: &BTreeMap<String, Seen>) -> bool {
    all.values().any(|seen| seen.rows == [true, true])
}

fn add_resources(
    asked: &FindingsScope<'_>,
    out: &mut Collector,
    all: &BTreeMap<String, Seen>,
) -> Result<(), DataError> {
    let periods = asked.names();
    for (id, seen) in all {
        let (kind, side) = match seen.rows {
            [false, true] => (FindingKind::New, ProofSide::Now),
            [true, false] => (FindingKind::Gone, ProofSide::Before),
            _ => continue,
        };
        for (currency, [was, is]) in &seen.sums {
            let filter = Filter::equals(RESOURCE, Some(id.clone()))
                .and(Filter::equals(CURRENCY, currency.clone()));
            let rows = match (side, asked.before) {
                (ProofSide::Before, Some(before)) => before.with(filter),
                _ => asked.now.with(filter),
            };
            let proof = proof(side, rows, Role::Meter);
            let money = |amount| Money {
                currency: currency.clone(),
                amount,
            };
            let (money, sentence) = if kind == FindingKind::New {
                let money = money(*is);
                let sentence = sentence::new(resource(id), &money, names(&periods));
                (money, sentence)
            } else {
                let code = currency.as_deref();
                let sentence = sentence::gone(resource(id), *was, code, names(&periods));
                (money(was.negated()), sentence)
            };
            out.add(kind, &[Some(id.as_str())], money, (sentence, proof))?;
        }
    }
    Ok(())
}

fn add_regions(
    asked: &FindingsScope<'_>,
    out: &mut Collector,
    all: &BTreeMap<String, Seen>,
) -> Result<(), DataError> {
    let periods = asked.names();
    for (folded, seen) in all.iter().filter(|(_, seen)| seen.rows == [false, true]) {
        let spelled: Vec<String> = seen.spelled.iter().cloned().collect();
        let name = spelled.first().map_or(folded.as_str(), String::as_str);
        for (currency, [_, is]) in &seen.sums {
            let filter =
                one_of(REGION, spelled.clone()).and(Filter::equals(CURRENCY, currency.clone()));
            let proof = proof(ProofSide::Now, asked.now.with(filter), Role::ResourceGroup);
            let money = Money {
                currency: currency.clone(),
                amount: *is,
            };
            let sentence = sentence::region(name, &money, names(&periods));
            let subject = [Some(folded.as_str())];
            out.add(FindingKind::Region, &subject, money, (sentence, proof))?;
        }
    }
    Ok(())
}

fn proof(side: ProofSide, filter: Filter, by: Role) -> Proof {
    Proof {
        side,
        filter: Some(filter),
        group_by: vec![GroupKey::Role(by)],
        measures: Vec::new(),
        sort: Vec::new(),
    }
}
