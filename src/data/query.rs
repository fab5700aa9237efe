//! A query to a finished table: filter, group, sort, one page.

use super::dataset::Dataset;
use super::engine::groups::{Question, sums};
use super::engine::sums::{Found, Sums};
use super::engine::{keys, rows};
use super::error::DataError;
use crate::domain::columns::Role;
use crate::domain::money::{Amount, Money};
use crate::domain::query::{GroupKey, Query, SortBy};
use crate::domain::table::{Body, Cell, Group, Others, Table};
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

/// Answers a query.
pub fn run(data: &Dataset, query: &Query) -> Result<Table, DataError> {
    if query.group_by.is_empty() {
        rows::run(data, query)
    } else {
        groups(data, query)
    }
}

/// Hands out all rows of a query in their order, some at a time; the names of the columns come first, with no rows.
pub fn each_row(
    data: &Dataset,
    query: &Query,
    take: impl FnMut(&[String], Vec<Vec<Cell>>) -> Result<(), DataError>,
) -> Result<(), DataError> {
    rows::each(data, query, take)
}

/// The first rows in the order of the file, without totals.
pub fn first_rows(data: &Dataset, count: u64) -> Result<Table, DataError> {
    rows::first(data, count)
}

/// Exact totals per currency over all rows.
pub fn totals_of(data: &Dataset) -> Result<Vec<Money>, DataError> {
    let question = Question {
        keys: &[],
        filter: None,
        measures: &[],
        mark: None,
    };
    let found = sums(data, &question)?;
    totals(&found, found.groups())
}

fn groups(data: &Dataset, query: &Query) -> Result<Table, DataError> {
    let question = Question {
        keys: &query.group_by,
        filter: query.filter.as_ref(),
        measures: &query.measures,
        mark: None,
    };
    let position = sort_position(query)?;
    let found = sums(data, &question)?;
    let totals = totals(&found, found.groups())?;
    let keeps = |group: &u32| match &query.having {
        Some(having) => having.keeps(found.cost(*group), found.rows(*group)),
        None => true,
    };
    let mut order: Vec<u32> = found.groups().filter(keeps).collect();
    order.sort_unstable_by(|a, b| by_sort(&found, *a, *b, query, position));
    let of = order.len();
    let end = query
        .offset
        .saturating_add(query.limit.unwrap_or(usize::MAX));
    let rest = order.split_off(end.min(of));
    let others = (query.others && !rest.is_empty())
        .then(|| others(&found, &rest))
        .transpose()?;
    let labels = Labels::of(data, &query.group_by)?;
    let whole: HashMap<Option<&str>, Amount> = totals
        .iter()
        .map(|money| (money.currency.as_deref(), money.amount))
        .collect();
    let group = |sum: Sums| Group {
        labels: labels.of_keys(&sum.keys),
        share: whole
            .get(&sum.currency.as_deref())
            .and_then(|total| sum.cost.per_mille(*total)),
        keys: sum.keys,
        cost: Money {
            currency: sum.currency,
            amount: sum.cost,
        },
        rows: sum.rows,
        days: sum.days,
        quantity: sum.quantity,
    };
    let page = order.into_iter().skip(query.offset);
    let groups = page.map(|number| group(found.named(number))).collect();
    Ok(Table {
        body: Body::Groups { groups, others },
        of,
        rows: found.groups().map(|group| found.rows(group)).sum(),
        totals,
    })
}

/// What the groups beyond the page add up to, per currency.
fn others(found: &Found, rest: &[u32]) -> Result<Others, DataError> {
    Ok(Others {
        groups: rest.len(),
        rows: rest.iter().map(|group| found.rows(*group)).sum(),
        costs: totals(found, rest.iter().copied())?,
    })
}

/// Totals per currency, those without one last.
fn totals(found: &Found, groups: impl Iterator<Item = u32>) -> Result<Vec<Money>, DataError> {
    let mut all: BTreeMap<Option<&str>, Amount> = BTreeMap::new();
    for group in groups {
        let total = all.entry(found.currency(group)).or_default();
        *total = total
            .checked_add(found.cost(group))
            .ok_or_else(super::engine::totals::overflow)?;
    }
    let mut money: Vec<Money> = all
        .into_iter()
        .map(|(currency, amount)| Money {
            currency: currency.map(ToOwned::to_owned),
            amount,
        })
        .collect();
    money.sort_by_key(|money| money.currency.is_none());
    Ok(money)
}

/// Which key a grouped table is sorted by: its place, or one behind the last for the currency.
fn sort_position(query: &Query) -> Result<Option<usize>, DataError> {
    let SortBy::Key(key) = &query.sort.by else {
        return Ok(None);
    };
    let wanted = key.name().to_lowercase();
    let found = query
        .group_by
        .iter()
        .position(|known| known.name().to_lowercase() == wanted);
    let currency = (*key == GroupKey::Role(Role::Currency)).then_some(query.group_by.len());
    let hint = " A grouped table is sorted by cost, rows, currency or one of its keys.".to_owned();
    let unknown = DataError::UnknownColumn {
        name: key.name(),
        at: None,
        hint,
    };
    found.or(currency).map(Some).ok_or(unknown)
}

fn by_sort(found: &Found, a: u32, b: u32, query: &Query, position: Option<usize>) -> Ordering {
    let ascending = query.sort.ascending;
    let flip = |order: Ordering| if ascending { order } else { order.reverse() };
    let key = |at: usize, reversed: bool| nulls_last(found.key(a, at), found.key(b, at), reversed);
    let first = match &query.sort.by {
        SortBy::Cost => flip(found.cost(a).cmp(&found.cost(b))),
        SortBy::Rows => flip(found.rows(a).cmp(&found.rows(b))),
        SortBy::Key(_) => position.map_or(Ordering::Equal, |at| key(at, !ascending)),
    };
    // Ties by keys, then by the currency behind them.
    (0..=found.width()).fold(first, |order, at| order.then_with(|| key(at, false)))
}

/// Keys in byte order, absent ones last.
pub(crate) fn by_keys(a: &[Option<String>], b: &[Option<String>]) -> Ordering {
    a.iter().zip(b).fold(Ordering::Equal, |order, (a, b)| {
        order.then_with(|| nulls_last(a.as_deref(), b.as_deref(), false))
    })
}

pub(crate) fn nulls_last(a: Option<&str>, b: Option<&str>, reversed: bool) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if reversed => b.cmp(a),
        (Some(a), Some(b)) => a.cmp(b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

/// Names for ids: subscriptions by the name in the data, resources by the end of their path.
struct Labels {
    kinds: Vec<Label>,
}

enum Label {
    None,
    PathEnd,
    Names(HashMap<String, String>),
}

impl Labels {
    fn of(data: &Dataset, keys: &[GroupKey]) -> Result<Self, DataError> {
        let kinds = keys
            .iter()
            .map(|key| match key {
                GroupKey::Role(Role::Subscription) => Ok(Label::Names(subscription_names(data)?)),
                GroupKey::Role(Role::Resource | Role::Reservation | Role::Benefit) => {
                    Ok(Label::PathEnd)
                }
                _ => Ok(Label::None),
            })
            .collect::<Result<_, DataError>>()?;
        Ok(Self { kinds })
    }

    fn of_keys(&self, keys: &[Option<String>]) -> Vec<Option<String>> {
        let label = |kind: &Label, key: &Option<String>| {
            let key = key.as_deref()?;
            match kind {
                Label::None => None,
                Label::PathEnd => key
                    .trim_end_matches('/')
                    .rsplit('/')
                    .next()
                    .map(ToOwned::to_owned),
                Label::Names(names) => names.get(&key.to_lowercase()).cloned(),
            }
        };
        self.kinds
            .iter()
            .zip(keys)
            .map(|(kind, key)| label(kind, key))
            .collect()
    }
}

/// The name of each subscription, by its id in lower case.
fn subscription_names(data: &Dataset) -> Result<HashMap<String, String>, DataError> {
    let states = super::engine::scan::fold(
        data,
        HashMap::<String, (u64, String)>::new,
        |found, slice| {
            let ids = keys::of(slice, &GroupKey::Role(Role::Subscription))?;
            let names = keys::of(slice, &GroupKey::Role(Role::SubscriptionName))?;
            let mut last = None;
            let pairs = ids.codes.get().iter().zip(names.codes.get());
            for ((id, name), row) in pairs.zip(slice.first..) {
                if last == Some((id, name)) {
                    continue;
                }
                last = Some((id, name));
                if let (Some(id), Some(name)) = (ids.words.get(*id), names.words.get(*name)) {
                    let lower = id.to_lowercase();
                    if found.get(&lower).is_none_or(|known| row < known.0) {
                        found.insert(lower, (row, name.to_owned()));
                    }
                }
            }
            Ok(())
        },
    )?;
    let mut all: HashMap<String, (u64, String)> = HashMap::new();
    for (id, found) in states.into_iter().flatten() {
        if all.get(&id).is_none_or(|known| found.0 < known.0) {
            all.insert(id, found);
        }
    }
    Ok(all.into_iter().map(|(id, (_, name))| (id, name)).collect())
}
