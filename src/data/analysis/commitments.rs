//! Sums the cost of reservations and savings plans by buyer, by user and by day.

use super::commitment_id::{Id, id_of};
use super::compare::{both_sums, side_of};
use super::list_prices;
use crate::data::columns::charge_class::ChargeClass as Counts;
use crate::data::dataset::Dataset;
use crate::data::engine::aggregate::hash_agg::GroupSums;
use crate::data::error::{DataError, overflow};
use crate::domain::analysis::commitments::{
    Commitment, CommitmentKind, CommitmentPart, Day, ListPrice,
};
use crate::domain::money::Amount;
use crate::domain::query::columns::{Role, plain};
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Columns that hold the name of a commitment.
const NAMES: [&str; 3] = ["reservationname", "benefitname", "commitmentdiscountname"];

/// Costs by subscription and resource group.
type Places = BTreeMap<(Option<String>, Option<String>), Amount>;

#[derive(Default)]
struct CommitmentSums {
    /// The id as spelled in the data.
    id: Option<String>,
    name: Option<String>,
    plan: bool,
    bought: Amount,
    buyers: Places,
    used: Amount,
    users: Places,
    unused: Amount,
    days: BTreeMap<Option<String>, (Amount, Amount)>,
}

impl CommitmentSums {
    fn add(&mut self, sum: &GroupSums, before: usize) -> Option<()> {
        let key = |at: usize| sum.keys.get(at).cloned().flatten();
        let (subscription, group) = (key(before), key(before + 1));
        let slots = match side_of(sum.mark) {
            (false, Counts::Purchase | Counts::Refund) => {
                let buyer = self.buyers.entry((subscription, None)).or_default();
                [&mut self.bought, buyer]
            }
            (true, Counts::Used) => {
                let user = self.users.entry((subscription, group)).or_default();
                [&mut self.used, user]
            }
            (true, part) if part.is_unused() => {
                self.unused = self.unused.checked_add(sum.cost)?;
                return Some(());
            }
            _ => return Some(()),
        };
        for slot in slots {
            *slot = slot.checked_add(sum.cost)?;
        }
        Some(())
    }

    /// Adds used or unused cost to a day. The day is the last key.
    fn add_day(&mut self, sum: &GroupSums) -> Option<()> {
        let day = sum.keys.last().cloned().flatten();
        let (used, unused) = self.days.entry(day).or_default();
        let used_up = side_of(sum.mark).1 == Counts::Used;
        let slot = if used_up { used } else { unused };
        *slot = slot.checked_add(sum.cost)?;
        Some(())
    }
}

/// Returns every commitment of a pair, most expensive first.
pub fn run(
    actual: &Dataset,
    amortized: &Dataset,
    filter: Option<&Filter>,
) -> Result<Vec<Commitment>, DataError> {
    let ids = [
        Role::Reservation,
        Role::Benefit,
        Role::PricingModel,
        Role::BenefitType,
    ];
    let ids = ids.map(GroupKey::Role);
    let columns = names(actual, amortized);
    let before = ids.len() + columns.len();
    let with = |more: &[GroupKey]| -> Vec<GroupKey> { [&ids, columns.as_slice(), more].concat() };
    let places = with(&[Role::Subscription, Role::ResourceGroup].map(GroupKey::Role));
    let mut all: BTreeMap<Id, CommitmentSums> = BTreeMap::new();
    let mut unused_seen = false;
    let other = Some(Counts::NoBenefit);
    let summed = |keys: &[GroupKey]| both_sums([actual, amortized], keys, filter, (other, &[]));
    let found = summed(&places)?;
    for sum in found.groups().map(|number| found.named(number)) {
        let commitment = all.entry(identity(&sum)).or_default();
        let texts = sum.keys.iter().skip(ids.len());
        let mut texts = texts.take(columns.len()).flatten();
        // Picks the same one of several spellings every time.
        let (name, id) = (texts.next().cloned(), spelled(&sum).map(ToOwned::to_owned));
        commitment.name = commitment.name.take().into_iter().chain(name).min();
        commitment.id = commitment.id.take().into_iter().chain(id).min();
        commitment.plan |= is_plan(&sum);
        let (second, part) = side_of(sum.mark);
        unused_seen |= second && part.is_unused();
        commitment.add(&sum, before).ok_or_else(overflow)?;
    }
    let found = summed(&with(&[GroupKey::Role(Role::Date)]))?;
    let shown = |mark: u32| {
        let (amortized, part) = side_of(mark);
        amortized && (part == Counts::Used || part.is_unused())
    };
    let daily = found.groups().filter(|number| shown(found.mark(*number)));
    for sum in daily.map(|number| found.named(number)) {
        let commitment = all.entry(identity(&sum)).or_default();
        commitment.add_day(&sum).ok_or_else(overflow)?;
    }
    let mut prices = list_prices::of(amortized, filter)?;
    let finished = all.into_iter().map(|(id, found)| {
        let prices = prices.remove(&id);
        finish(id.1, found, unused_seen, prices)
    });
    let mut finished: Vec<Commitment> = finished.collect();
    join_orders(&mut finished);
    finished.sort_by_cached_key(|c| (Reverse(c.cost()), Reverse(c.bought), c.id.clone()));
    Ok(finished)
}

/// Joins purchases to usage. A purchase may name the reservation order while usage names one reservation in it; they
/// are joined if that reservation is the only one.
fn join_orders(all: &mut Vec<Commitment>) {
    let mut at = 0;
    while let Some(order) = all.get(at) {
        let only_bought = order.users.is_empty() && order.days.is_empty();
        let start = order
            .id
            .as_ref()
            .map(|id| format!("{}/", id.to_lowercase()));
        let currency = order.currency.clone();
        let mut inside = all.iter().enumerate().filter(|(_, other)| {
            let id = other.id.as_ref().map(|id| id.to_lowercase());
            other.currency == currency
                && other.buyers.is_empty()
                && start
                    .as_ref()
                    .zip(id)
                    .is_some_and(|(start, id)| id.starts_with(start))
        });
        let (first, second) = (inside.next().map(|(at, _)| at), inside.next());
        match first.filter(|_| only_bought && second.is_none()) {
            Some(other) => {
                let order = all.remove(at);
                let other = if other > at { other - 1 } else { other };
                if let Some(other) = all.get_mut(other) {
                    (other.bought, other.buyers) = (order.bought, order.buyers);
                    other.name = other.name.take().or(order.name);
                }
            }
            None => at += 1,
        }
    }
}

/// The name columns that both sides have.
fn names(actual: &Dataset, amortized: &Dataset) -> Vec<GroupKey> {
    let has =
        |data: &Dataset, name: &str| data.headers().iter().any(|header| plain(header) == name);
    let both = |name: &&&str| has(actual, name) && has(amortized, name);
    let found = NAMES.iter().filter(both);
    found
        .map(|name| GroupKey::Column((*name).to_owned()))
        .collect()
}

fn is_plan(sum: &GroupSums) -> bool {
    let key = |at: usize| sum.keys.get(at).and_then(Option::as_deref);
    let has =
        |at: usize, word: &str| key(at).is_some_and(|text| text.to_lowercase().contains(word));
    key(2).is_some_and(|model| model.eq_ignore_ascii_case("savingsplan"))
        || has(3, "saving")
        || side_of(sum.mark).1 == Counts::UnusedSavingsPlan
        || has(1, "savingsplan")
}

fn spelled(sum: &GroupSums) -> Option<&str> {
    let key = |at: usize| sum.keys.get(at).and_then(Option::as_deref);
    id_of(key(0), key(1))
}

/// The commitment that a sum belongs to.
fn identity(sum: &GroupSums) -> Id {
    (spelled(sum).map(str::to_lowercase), sum.currency.clone())
}

fn finish(
    currency: Option<String>,
    found: CommitmentSums,
    unused_visible: bool,
    list_price: Option<ListPrice>,
) -> Commitment {
    let sorted = |places: Places| {
        let places = places.into_iter();
        let mut parts: Vec<CommitmentPart> = places
            .map(|((subscription, resource_group), cost)| CommitmentPart {
                subscription,
                resource_group,
                cost,
            })
            .collect();
        parts.sort_by_key(|part| Reverse(part.cost));
        parts
    };
    let days = found.days.into_iter().map(|(date, (used, unused))| Day {
        date: date.and_then(|date| date.parse().ok()),
        used,
        unused,
    });
    Commitment {
        id: found.id,
        name: found.name,
        kind: if found.plan {
            CommitmentKind::SavingsPlan
        } else {
            CommitmentKind::Reservation
        },
        currency,
        bought: found.bought,
        buyers: sorted(found.buyers),
        used: found.used,
        users: sorted(found.users),
        unused: found.unused,
        unused_visible,
        days: days.collect(),
        list_price,
    }
}
