//! Days of a resource group or a service that stand out against the same weekdays.

use super::asked::{DATE, FindingsScope, SearchPeriod, one_of, sums_in, usage};
use super::collector::Collector;
use crate::data::engine::aggregate::aggregation::Aggregation;
use crate::data::engine::aggregate::hash_agg::Aggregated;
use crate::data::error::{DataError, overflow};
use crate::domain::analysis::findings::kind::FindingKind;
use crate::domain::analysis::findings::robust::{FEWEST_PEERS, Jump, jumps};
use crate::domain::analysis::findings::sentence::{self, JumpOf};
use crate::domain::money::{Amount, Money};
use crate::domain::period::DateRange;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::text::counted;
use chrono::{Datelike, NaiveDate};
use hashbrown::HashMap;
use std::collections::{BTreeMap, BTreeSet};

/// From this many days on, a period is compared with itself only.
const ALONE: i64 = 28;

/// The groups whose days are compared. A jump of a later key counts only if it is larger than all jumps of the earlier
/// keys on that day: otherwise it is the same money.
const KEYS: [Role; 2] = [Role::ResourceGroup, Role::Service];

/// The cost of one group by day.
type DailyCosts<'a> = HashMap<(Option<&'a str>, Option<&'a str>), BTreeMap<NaiveDate, Amount>>;

/// Advice that gives a day more others of its weekday.
const MORE_DAYS: &str = "a month before (--before) would add to them";

pub(super) fn find(asked: &FindingsScope<'_>, out: &mut Collector) -> Result<(), DataError> {
    let Some(days) = asked.now.days else {
        out.skip(FindingKind::Jump, "no row has a date");
        return Ok(());
    };
    let before = asked.before.filter(|_| days.days() < ALONE);
    let before = before.and_then(|before| Some((before, before.days?)));
    let spans: Vec<DateRange> = before
        .map(|(_, days)| days)
        .into_iter()
        .chain([days])
        .collect();
    let dates: BTreeSet<NaiveDate> = spans
        .iter()
        .flat_map(|span| span.pieces(1))
        .map(|day| day.from)
        .collect();
    let has_peers = |day: NaiveDate| {
        let alike = dates
            .iter()
            .filter(|other| other.weekday() == day.weekday());
        alike.count() > FEWEST_PEERS
    };
    if !days.each_day().all(has_peers) {
        let why = format!(
            "a day is compared with {FEWEST_PEERS} others of its weekday, and these are {}",
            counted(dates.len() as u64, "day")
        );
        out.advise(FindingKind::Jump, &why, Some(MORE_DAYS));
        return Ok(());
    }
    let mut explained: BTreeMap<(NaiveDate, Option<String>), Amount> = BTreeMap::new();
    for role in KEYS {
        let found = daily(asked, before.map(|(period, _)| period), role)?;
        let mut jumped = Vec::new();
        for ((key, currency), costs) in series(&found)? {
            let cost = |day: &NaiveDate| (*day, costs.get(day).copied().unwrap_or_default());
            let all: Vec<(NaiveDate, Amount)> = dates.iter().map(cost).collect();
            for jump in jumps(&all, days, asked.thresholds) {
                let place = (jump.day, currency.map(ToOwned::to_owned));
                let known = explained.get(&place).copied().unwrap_or_default();
                if jump.excess() > known {
                    add(asked, out, (role, key, currency), &jump)?;
                    jumped.push((place, jump.excess()));
                }
            }
        }
        for (place, excess) in jumped {
            let sum = explained.entry(place).or_default();
            *sum = sum.saturating_add(excess);
        }
    }
    Ok(())
}

/// The usage of both periods by group and day.
fn daily(
    asked: &FindingsScope<'_>,
    before: Option<SearchPeriod<'_>>,
    role: Role,
) -> Result<Aggregated, DataError> {
    let periods: Vec<SearchPeriod<'_>> = before.into_iter().chain([asked.now]).collect();
    let keys = [GroupKey::Role(role), DATE];
    let question = Aggregation {
        keys: &keys,
        ..Aggregation::default()
    };
    sums_in(&periods, &usage(), &question)
}

fn series(found: &Aggregated) -> Result<DailyCosts<'_>, DataError> {
    let mut all = DailyCosts::new();
    for group in found.groups() {
        let day = found
            .key(group, 1)
            .and_then(|day| day.parse::<NaiveDate>().ok());
        let Some(day) = day else { continue };
        let place = (found.key(group, 0), found.currency(group));
        let sum = all.entry(place).or_default().entry(day).or_default();
        *sum = sum.checked_add(found.cost(group)).ok_or_else(overflow)?;
    }
    Ok(all)
}

fn add(
    asked: &FindingsScope<'_>,
    out: &mut Collector,
    (role, key, currency): (Role, Option<&str>, Option<&str>),
    jump: &Jump,
) -> Result<(), DataError> {
    let subject = if role == Role::Service {
        JumpOf::Service(key)
    } else {
        JumpOf::ResourceGroup(key)
    };
    let mut days = jump.peers.clone();
    days.retain(|day| asked.now.days.is_some_and(|all| all.contains(*day)));
    days.push(jump.day);
    days.sort_unstable();
    let days = days.iter().map(ToString::to_string).collect();
    let group = GroupKey::Role(role);
    let money_of = Filter::equals(
        GroupKey::Role(Role::Currency),
        currency.map(ToOwned::to_owned),
    );
    let rows = usage()
        .and(Filter::equals(group, key.map(ToOwned::to_owned)))
        .and(money_of)
        .and(one_of(DATE, days));
    let proof = asked.proof_by_day(rows, Vec::new());
    let money = Money {
        currency: currency.map(ToOwned::to_owned),
        amount: jump.excess(),
    };
    let word = if role == Role::Service {
        "service"
    } else {
        "resource-group"
    };
    let sentence = sentence::jump(subject, jump, currency);
    let day = jump.day.to_string();
    let subject = [Some(word), key];
    out.add_in(
        FindingKind::Jump,
        (&subject, &day),
        money,
        (sentence, proof),
    )
}
