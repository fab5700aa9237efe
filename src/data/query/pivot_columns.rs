//! Chooses the values that become columns of a pivot: every month or day, or the largest values of another key.

use super::labels::Labels;
use crate::data::dataset::Dataset;
use crate::data::engine::aggregate::hash_agg::Aggregated;
use crate::data::error::{DataError, overflow};
use crate::domain::money::Amount;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::SortBy;
use crate::domain::query::{Query, nulls_last};
use crate::domain::table::pivot::{column_name, column_named, value_of_column};
use hashbrown::HashMap;
use std::cmp::Reverse;
use std::slice::from_ref;

/// The most values with a column of their own, besides absent ones and those that lines are sorted by.
pub(crate) const MOST: usize = 20;

/// The values with a column of their own, in order. The others share one column.
#[derive(Debug, Clone)]
pub(crate) struct PivotColumns {
    pub(crate) by: GroupKey,
    pub(crate) values: Vec<Option<String>>,
    /// The number of the others.
    pub(crate) others: usize,
    /// Those that no row has. Only an order by them shows their columns.
    pub(crate) absent: Vec<Option<String>>,
}

impl PivotColumns {
    /// The columns of sums by these keys, the last of which is the one of the columns.
    pub(crate) fn of(
        found: &Aggregated,
        query: &Query,
        keys: &[GroupKey],
    ) -> Result<Self, DataError> {
        let (by, at) = match keys {
            [before @ .., by] => (by.clone(), before.len()),
            [] => (GroupKey::Month, 0),
        };
        let texts = texts(found, at);
        let mut values: Vec<Option<&str>> = texts.values().copied().collect();
        // Rows without a value come after all others.
        values.sort_by(|a, b| nulls_last(*a, *b, false));
        if by.is_time() {
            let values = values.into_iter().map(owned).collect();
            return Ok(Self {
                by,
                values,
                others: 0,
                absent: Vec::new(),
            });
        }
        let ranks = ranks(found, at, &texts)?;
        let all: Vec<Option<String>> = values.iter().copied().map(owned).collect();
        let sorted = sorted_by(query, &by, &all);
        values.sort_by_key(|value| (value.is_none(), ranks.get(value).copied()));
        let largest = values.iter().copied().enumerate();
        let own = largest.filter(|(rank, value)| {
            *rank < MOST || value.is_none() || sorted.iter().any(|own| own.as_deref() == *value)
        });
        let mut own: Vec<Option<String>> = own.map(|(_, value)| owned(value)).collect();
        let others = values.len() - own.len();
        // No row has these values. Their columns are empty, so that an order by them explains itself.
        let absent = sorted.into_iter().filter(|value| !own.contains(value));
        let absent: Vec<Option<String>> = absent.collect();
        for value in &absent {
            let last = own.iter().position(Option::is_none);
            own.insert(last.unwrap_or(own.len()), value.clone());
        }
        Ok(Self {
            by,
            values: own,
            others,
            absent,
        })
    }

    /// The number of cells of a line.
    pub(crate) fn cells(&self) -> usize {
        self.values.len() + usize::from(self.others > 0)
    }

    /// The names that a screen shows instead of ids.
    pub(crate) fn labels(&self, data: &Dataset) -> Result<Vec<Option<String>>, DataError> {
        let labels = Labels::of(data, from_ref(&self.by))?;
        let label = |value: &Option<String>| labels.of_key(0, value.as_deref()?);
        Ok(self.values.iter().map(label).collect())
    }

    /// The place of the column with a name.
    pub(crate) fn named(&self, name: &str) -> Option<usize> {
        column_named(&self.values, &self.by, name)
    }

    /// The error for a key that a pivot cannot be sorted by.
    pub(crate) fn unsortable(&self, key: &GroupKey) -> DataError {
        let example = self.values.iter().flatten().next();
        let example = example.map(|value| column_name(&self.by, Some(value)));
        let example = example.map_or_else(String::new, |name| format!(", such as '{name}'"));
        DataError::UnknownColumn {
            name: key.name(),
            at: None,
            hint: format!(
                " A pivot can be sorted by cost, |cost|, rows, currency, one of its keys or one of its columns{example}."
            ),
        }
    }
}

fn owned(value: Option<&str>) -> Option<String> {
    value.map(ToOwned::to_owned)
}

/// The values whose columns lines are sorted by. A name without the key is one of the values that there are.
fn sorted_by(query: &Query, by: &GroupKey, all: &[Option<String>]) -> Vec<Option<String>> {
    let mut values = Vec::new();
    for sort in query.sorts() {
        let SortBy::Key(key) = &sort.by else {
            continue;
        };
        if query.group_by.contains(key) {
            continue;
        }
        let name = key.name();
        let known = column_named(all, by, &name).and_then(|at| all.get(at).cloned());
        let value = known.or_else(|| value_of_column(by, &name));
        values.extend(value.filter(|value| !values.contains(value)));
    }
    values
}

/// The rank of each value: its best place by size among the sums of one currency, since amounts of different currencies
/// cannot be compared. Ties go by the value.
fn ranks<'a>(
    found: &'a Aggregated,
    at: usize,
    texts: &HashMap<u32, Option<&'a str>>,
) -> Result<HashMap<Option<&'a str>, (usize, usize)>, DataError> {
    let mut sums: HashMap<Option<&str>, HashMap<Option<&str>, Amount>> = HashMap::new();
    for sum in found.groups() {
        let number = found.numbers(sum).get(at);
        let Some(text) = number.and_then(|number| texts.get(number)) else {
            continue;
        };
        let of_currency = sums.entry(found.currency(sum)).or_default();
        let known = of_currency.entry(*text).or_insert(Amount::ZERO);
        *known = known.checked_add(found.cost(sum)).ok_or_else(overflow)?;
    }
    let mut currencies: Vec<_> = sums.into_iter().collect();
    currencies.sort_by_key(|(currency, _)| *currency);
    let mut ranks: HashMap<Option<&str>, (usize, usize)> = HashMap::new();
    for (place, (_, values)) in currencies.into_iter().enumerate() {
        let mut values: Vec<(Option<&str>, Amount)> = values.into_iter().collect();
        values.sort_unstable_by_key(|(text, cost)| (Reverse(cost.abs()), *text));
        for (rank, (text, _)) in values.into_iter().enumerate() {
            let best = ranks.entry(text).or_insert((rank, place));
            *best = (*best).min((rank, place));
        }
    }
    Ok(ranks)
}

/// The texts of the columns, by their numbers.
pub(super) fn texts(found: &Aggregated, keys: usize) -> HashMap<u32, Option<&str>> {
    let mut texts: HashMap<u32, Option<&str>> = HashMap::new();
    for sum in found.groups() {
        if let Some(number) = found.numbers(sum).get(keys) {
            texts.entry(*number).or_insert_with(|| found.key(sum, keys));
        }
    }
    texts
}
