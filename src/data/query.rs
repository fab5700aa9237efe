//! A query to a finished table: filter, group, sort, one page.

use super::dataset::{Dataset, role_column};
use super::error::DataError;
use super::{COST, filter, rows};
use crate::domain::columns::Role;
use crate::domain::money::{Amount, Money};
use crate::domain::query::{GroupKey, Query, SortBy};
use crate::domain::table::{Body, Group, Table};
use polars::prelude::{
    BooleanChunked, ChunkAgg, Column, DataFrame, IntoColumn, IntoLazy, StringChunked, col, len,
};
use std::cmp::Ordering;
use std::collections::HashMap;

const CURRENCY: &str = "currency";
const SUM: &str = "sum";
const COUNT: &str = "count";

/// Answers a query.
pub fn run(data: &Dataset, query: &Query) -> Result<Table, DataError> {
    let mask = query
        .filter
        .as_ref()
        .map(|filter| filter::mask(data, filter))
        .transpose()?;
    if query.group_by.is_empty() {
        rows::run(data, query, mask.as_ref())
    } else {
        groups(data, query, mask.as_ref())
    }
}

/// The sums of one grouping: keys, currency, exact cost and rows.
pub(crate) struct Sums {
    pub(crate) keys: Vec<Option<String>>,
    pub(crate) currency: Option<String>,
    pub(crate) cost: Amount,
    pub(crate) rows: u64,
}

/// Groups the kept rows by text columns; the last column is always the currency.
pub(crate) fn sums(
    data: &Dataset,
    by: Vec<StringChunked>,
    mask: Option<&BooleanChunked>,
) -> Result<Vec<Sums>, DataError> {
    let width = by.len();
    let mut columns: Vec<Column> = Vec::with_capacity(width + 2);
    let mut names: Vec<String> = Vec::with_capacity(width + 1);
    for (index, mut values) in by.into_iter().enumerate() {
        let name = format!("key{index}");
        values.rename(name.as_str().into());
        columns.push(values.into_column());
        names.push(name);
    }
    let mut currency = role_column(data.frame(), Role::Currency)?;
    currency.rename(CURRENCY.into());
    columns.push(currency.into_column());
    names.push(CURRENCY.to_owned());
    columns.push(data.frame().column(COST)?.clone());
    let mut frame = DataFrame::new(data.frame().height(), columns)?;
    if let Some(mask) = mask {
        frame = frame.filter(mask)?;
    }
    check_overflow(&frame)?;
    let by: Vec<_> = names.iter().map(|name| col(name.as_str())).collect();
    let grouped = frame
        .lazy()
        .group_by(by)
        .agg([col(COST).sum().alias(SUM), len().alias(COUNT)])
        .collect()?;
    let texts: Vec<&StringChunked> = names
        .iter()
        .map(|name| grouped.column(name)?.str())
        .collect::<Result<_, _>>()?;
    let costs = grouped.column(SUM)?.decimal()?;
    let counts = grouped
        .column(COUNT)?
        .cast(&polars::prelude::DataType::UInt64)?;
    let mut out = Vec::with_capacity(grouped.height());
    for (at, (cost, count)) in costs
        .physical()
        .iter()
        .zip(counts.u64()?.iter())
        .enumerate()
    {
        let mut keys: Vec<Option<String>> = texts
            .iter()
            .map(|column| column.get(at).map(ToOwned::to_owned))
            .collect();
        let currency = keys.pop().flatten().map(|code| code.trim().to_owned());
        let cost = Amount::from_units(cost.unwrap_or_default());
        out.push(Sums {
            keys,
            currency,
            cost,
            rows: count.unwrap_or_default(),
        });
    }
    Ok(out)
}

/// polars adds whole numbers without looking: whether any sum could leave them is checked before.
fn check_overflow(frame: &DataFrame) -> Result<(), DataError> {
    let costs = frame.column(COST)?.decimal()?.physical().clone();
    let Some((least, most)) = costs.min_max() else {
        return Ok(());
    };
    let largest = least.unsigned_abs().max(most.unsigned_abs());
    let rows = u128::try_from(frame.height()).unwrap_or(u128::MAX);
    let fits = largest
        .checked_mul(rows)
        .is_some_and(|sum| i128::try_from(sum).is_ok());
    if fits {
        return Ok(());
    }
    // Rare enough to be added one by one.
    let added = costs.iter().flatten().try_fold(0_i128, i128::checked_add);
    let what = "these amounts".to_owned();
    added.map(|_| ()).ok_or(DataError::Overflow { what })
}

/// Totals per currency and the number of rows kept.
pub(crate) fn totals(
    data: &Dataset,
    mask: Option<&BooleanChunked>,
) -> Result<(Vec<Money>, u64), DataError> {
    let mut all = sums(data, Vec::new(), mask)?;
    let rows = all.iter().map(|sum| sum.rows).sum();
    all.sort_by(|a, b| nulls_last(a.currency.as_ref(), b.currency.as_ref(), false));
    let money = all
        .into_iter()
        .map(|sum| Money {
            currency: sum.currency,
            amount: sum.cost,
        })
        .collect();
    Ok((money, rows))
}

fn groups(
    data: &Dataset,
    query: &Query,
    mask: Option<&BooleanChunked>,
) -> Result<Table, DataError> {
    let by = query
        .group_by
        .iter()
        .map(|key| Ok(data.key(key)?.values))
        .collect::<Result<Vec<_>, DataError>>()?;
    let mut found = sums(data, by, mask)?;
    let position = sort_position(query)?;
    found.sort_by(|a, b| by_sort(a, b, query, position));
    let (totals, rows) = totals(data, mask)?;
    let of = found.len();
    let mut labels = Labels::of(data, &query.group_by)?;
    let page = found
        .into_iter()
        .skip(query.offset)
        .take(query.limit.unwrap_or(usize::MAX));
    let body = page
        .map(|sum| Group {
            labels: labels.of_keys(&sum.keys),
            keys: sum.keys,
            cost: Money {
                currency: sum.currency,
                amount: sum.cost,
            },
            rows: sum.rows,
        })
        .collect();
    Ok(Table {
        body: Body::Groups(body),
        of,
        rows,
        totals,
    })
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

fn by_sort(a: &Sums, b: &Sums, query: &Query, position: Option<usize>) -> Ordering {
    let ascending = query.sort.ascending;
    let flip = |order: Ordering| if ascending { order } else { order.reverse() };
    let value = |sum: &Sums| {
        let at = position?;
        if at == sum.keys.len() {
            sum.currency.clone()
        } else {
            sum.keys.get(at).cloned().flatten()
        }
    };
    let first = match &query.sort.by {
        SortBy::Cost => flip(a.cost.cmp(&b.cost)),
        SortBy::Rows => flip(a.rows.cmp(&b.rows)),
        SortBy::Key(_) => nulls_last(value(a).as_ref(), value(b).as_ref(), !ascending),
    };
    first
        .then_with(|| by_keys(&a.keys, &b.keys))
        .then_with(|| nulls_last(a.currency.as_ref(), b.currency.as_ref(), false))
}

/// Keys in byte order, absent ones last.
pub(crate) fn by_keys(a: &[Option<String>], b: &[Option<String>]) -> Ordering {
    a.iter().zip(b).fold(Ordering::Equal, |order, (a, b)| {
        order.then_with(|| nulls_last(a.as_ref(), b.as_ref(), false))
    })
}

pub(crate) fn nulls_last(a: Option<&String>, b: Option<&String>, reversed: bool) -> Ordering {
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

    fn of_keys(&mut self, keys: &[Option<String>]) -> Vec<Option<String>> {
        let label = |kind: &Label, key: &Option<String>| {
            let key = key.as_deref()?;
            match kind {
                Label::None => None,
                Label::PathEnd => key
                    .trim_end_matches('/')
                    .rsplit('/')
                    .next()
                    .map(ToOwned::to_owned),
                Label::Names(names) => names.get(key).cloned(),
            }
        };
        self.kinds
            .iter()
            .zip(keys)
            .map(|(kind, key)| label(kind, key))
            .collect()
    }
}

fn subscription_names(data: &Dataset) -> Result<HashMap<String, String>, DataError> {
    let ids = data.key(&GroupKey::Role(Role::Subscription))?.values;
    let names = role_column(data.frame(), Role::SubscriptionName)?;
    let mut found: HashMap<String, String> = HashMap::new();
    let mut last: Option<&str> = None;
    for (id, name) in ids.iter().zip(names.iter()) {
        if let (Some(id), Some(name)) = (id, name) {
            if last != Some(id) && !found.contains_key(id) {
                found.insert(id.to_owned(), name.to_owned());
            }
            last = Some(id);
        }
    }
    Ok(found)
}
