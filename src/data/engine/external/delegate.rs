//! Runs queries on a SQL engine and reads its answers as if our own engine had computed them. Spellings, order, shares
//! and the remainder line are decided here for all engines alike.

use super::values::{RowValues, amount, unlike, whole};
use crate::data::columns::text_column::NONE;
use crate::data::dataset::{Dataset, SqlEngine};
use crate::data::engine::aggregate::accumulator::{NAMELESS, Sum};
use crate::data::engine::aggregate::aggregation::Aggregation;
use crate::data::engine::aggregate::hash_agg::{HashAgg, add_count};
use crate::data::engine::aggregate::shared_keys::SharedKeys;
use crate::data::engine::keys;
use crate::data::error::DataError;
use crate::data::table::totals::{self, ByCurrency};
use crate::domain::money::Amount;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::{Filter, FilterField};
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::{Sort, SortBy};
use crate::domain::query::{Measure, Query};
use crate::domain::sql;
use crate::domain::sql::grouped::{Grouped, Quantities};
use crate::domain::sql::rows::Numbers;
use crate::domain::sql::statement::AnswerValue;
use crate::domain::table::group::Cell;
use crate::domain::table::text_table::Holds;
use crate::domain::table::{Body, Table};
use std::collections::{HashMap, HashSet};

/// The only key used by views that has no name in the contract.
const UNIT: GroupKey = GroupKey::Role(Role::Unit);

/// A dataset with the SQL engine that answers for it.
struct Asking<'a> {
    data: &'a Dataset,
    engine: &'a dyn SqlEngine,
}

/// The SQL engine that answers for this data in place of our own, if any.
fn asking(data: &Dataset) -> Option<Asking<'_>> {
    let engine = data.engine()?;
    Some(Asking { data, engine })
}

impl Asking<'_> {
    fn rows(&self, statement: &str) -> Result<Vec<Vec<AnswerValue>>, DataError> {
        Ok(self.engine.answer(self.data, statement)?.rows)
    }

    fn holds(&self) -> impl Fn(&GroupKey) -> Holds + '_ {
        |key| self.data.holds(&key.name())
    }

    /// The key with the header's own spelling.
    fn key(&self, key: &GroupKey) -> Result<GroupKey, DataError> {
        match key {
            GroupKey::Column(name) => {
                let headers = self.data.headers();
                let known = headers.iter().any(|header| header == name);
                if known || headers.is_empty() {
                    return Ok(key.clone());
                }
                keys::find_header(headers, name).map(GroupKey::Column)
            }
            key if *key == UNIT => Ok(GroupKey::Column("unit".to_owned())),
            GroupKey::Role(role) if key.name().is_empty() => {
                let server = self.data.server();
                let header = server.and_then(|server| server.role(*role));
                // No row has a tag of this name, so a missing column yields no values.
                Ok(header.map_or_else(
                    || GroupKey::Tag("\u{1}".to_owned()),
                    |header| GroupKey::Column(header.to_owned()),
                ))
            }
            key => Ok(key.clone()),
        }
    }

    fn filter(&self, filter: &Filter) -> Result<Filter, DataError> {
        let field = |field: &FilterField| -> Result<FilterField, DataError> {
            Ok(FilterField {
                key: self.key(&field.key)?,
                at: field.at,
            })
        };
        let all = |parts: &[Filter]| -> Result<Vec<Filter>, DataError> {
            parts.iter().map(|part| self.filter(part)).collect()
        };
        Ok(match filter {
            Filter::Compare {
                field: key,
                comparator,
                value,
            } => Filter::Compare {
                field: field(key)?,
                comparator: *comparator,
                value: value.clone(),
            },
            Filter::In { field: key, values } => Filter::In {
                field: field(key)?,
                values: values.clone(),
            },
            Filter::Missing(key) => Filter::Missing(field(key)?),
            Filter::Not(inner) => Filter::Not(Box::new(self.filter(inner)?)),
            Filter::And(parts) => Filter::And(all(parts)?),
            Filter::Or(parts) => Filter::Or(all(parts)?),
        })
    }

    fn query(&self, query: &Query) -> Result<Query, DataError> {
        let sort = |sort: &Sort| -> Result<Sort, DataError> {
            Ok(Sort {
                by: match &sort.by {
                    SortBy::Key(key) => {
                        keys::check(self.data.headers(), key)?;
                        SortBy::Key(self.key(key)?)
                    }
                    SortBy::Cost => SortBy::Cost,
                    SortBy::Size => SortBy::Size,
                    SortBy::Rows => SortBy::Rows,
                },
                ascending: sort.ascending,
            })
        };
        let filter = query.filter.as_ref().map(|filter| self.filter(filter));
        Ok(Query {
            filter: filter.transpose()?,
            sort: query.sort.iter().map(sort).collect::<Result<_, _>>()?,
            ..query.clone()
        })
    }

    /// How quantities are summed, if there are any.
    fn quantities(&self, wanted: &[Measure]) -> Quantities {
        if !wanted.contains(&Measure::Quantity) {
            return Quantities::No;
        }
        match self.data.quantity_holds() {
            None => Quantities::No,
            Some(Holds::Number) => Quantities::Amounts,
            Some(_) => Quantities::Texts,
        }
    }
}

/// Adds the sums that a SQL engine computes for this data; returns whether there is such an engine.
pub(crate) fn add(
    state: &mut HashAgg,
    shared: &SharedKeys,
    (data, filter): (&Dataset, Option<&Filter>),
    question: &Aggregation<'_>,
    first_mark: u32,
) -> Result<bool, DataError> {
    let Some(asking) = asking(data) else {
        return Ok(false);
    };
    // A role without a name in the contract may have different column names in each part.
    let unnamed = question
        .keys
        .iter()
        .any(|key| key.name().is_empty() && *key != UNIT);
    if unnamed && data.server().is_none() {
        return Ok(false);
    }
    let dialect = asking.engine.dialect();
    let keys = question.keys.iter().map(|key| asking.key(key));
    let keys: Vec<GroupKey> = keys.collect::<Result<_, _>>()?;
    let filter = filter.map(|filter| asking.filter(filter)).transpose()?;
    count_spellings(state, shared, &asking, &keys)?;
    let wants = |measure| question.measures.contains(&measure);
    let asked = Grouped {
        keys: &keys,
        filter: filter.as_ref(),
        parts: question.mark.is_some(),
        without: question.without,
        days: wants(Measure::FirstDay) || wants(Measure::LastDay),
        quantities: asking.quantities(question.measures),
    };
    let statement = sql::grouped::grouped(&asked, &asking.holds(), dialect);
    for row in asking.rows(&statement)? {
        let mut row = RowValues(row.into_iter());
        let mut key = Vec::with_capacity(keys.len() + 2);
        for at in 0..=keys.len() {
            let text = row.next()?.text();
            key.push(text.map_or(NONE, |text| shared.number(at, &text)));
        }
        let mark = if asked.parts { row.whole()? } else { 0 };
        key.push(first_mark + u32::try_from(mark).map_err(|_| unlike())?);
        let (unit, quantity) = row.unit(asked.quantities)?;
        let mut sum = Sum {
            cost: row.amount()?.map_or(0, Amount::units),
            rows: row.whole()?,
            ..Sum::EMPTY
        };
        if asked.days
            && let (Some(first), Some(last)) = (row.day()?, row.day()?)
        {
            (sum.first, sum.last) = (first, last);
        }
        let unit = unit.map_or(NAMELESS, |unit| shared.unit(&unit));
        let quantity = row.quantity(asked.quantities, quantity, unit)?;
        state.add(&key, &sum, quantity.as_ref())?;
    }
    Ok(true)
}

/// Counts the rows of each spelling, for case-insensitive keys.
fn count_spellings(
    state: &mut HashAgg,
    shared: &SharedKeys,
    asking: &Asking<'_>,
    keys: &[GroupKey],
) -> Result<(), DataError> {
    for (at, key) in keys
        .iter()
        .enumerate()
        .filter(|(_, key)| key.ignores_case())
    {
        asking.data.check_wanted()?;
        for row in asking.rows(&sql::grouped::spellings(key, asking.engine.dialect()))? {
            let mut row = RowValues(row.into_iter());
            let (text, count) = (row.next()?.text(), row.whole()?);
            let number = text.map_or(NONE, |text| shared.number(at, &text));
            if let Some(counts) = state.counts.get_mut(at).filter(|_| number != NONE) {
                add_count(counts, number, count);
            }
        }
    }
    Ok(())
}

/// The row numbers of a page, and the totals of all rows that the filter keeps.
pub(crate) struct RowPage {
    pub(crate) numbers: Vec<u64>,
    pub(crate) rows: u64,
    pub(crate) totals: ByCurrency,
}

/// The page of a query, if a SQL engine that numbers rows answers for the data.
pub(crate) fn page(data: &Dataset, query: &Query) -> Result<Option<RowPage>, DataError> {
    let Some(asking) = asking(data) else {
        return Ok(None);
    };
    let query = asking.query(query)?;
    let (rows, totals) = totals(&asking, &query)?;
    let numbers = match query.limit {
        Some(0) => Vec::new(),
        _ => numbers(&asking, &query, Numbers::Page)?,
    };
    Ok(Some(RowPage {
        numbers,
        rows,
        totals,
    }))
}

/// The rows of a query as the server returns them; `None` if the rows are local.
pub(crate) fn rows(
    data: &Dataset,
    query: &Query,
    columns: &[String],
) -> Result<Option<Table>, DataError> {
    let (Some(asking), Some(server)) = (asking(data), data.server()) else {
        return Ok(None);
    };
    let query = asking.query(query)?;
    let (count, totals) = totals(&asking, &query)?;
    let cost = server.role(data.cost_role());
    let is_cost = |name: &String| name == "cost" || Some(name.as_str()) == cost;
    let costs: Vec<bool> = columns.iter().map(is_cost).collect();
    let cell = |(value, is_cost): (AnswerValue, &bool)| -> Result<Cell, DataError> {
        Ok(if *is_cost {
            Cell::Amount(amount(&value)?)
        } else {
            Cell::Text(value.text())
        })
    };
    let found = if query.limit == Some(0) {
        Vec::new()
    } else {
        let dialect = asking.engine.dialect();
        asking.rows(&sql::rows::rows(&query, columns, &asking.holds(), dialect))?
    };
    let rows = found
        .into_iter()
        .map(|row| row.into_iter().zip(&costs).map(cell).collect())
        .collect::<Result<Vec<Vec<Cell>>, DataError>>()?;
    Ok(Some(Table {
        body: Body::Rows {
            columns: columns.to_vec(),
            rows,
        },
        of: usize::try_from(count).unwrap_or(usize::MAX),
        rows: count,
        totals: totals::nameless_last(totals),
    }))
}

/// The most common tag texts on a server, with their row counts.
pub(crate) fn tag_texts(data: &Dataset) -> Result<Vec<(String, u64)>, DataError> {
    let (Some(asking), Some(server)) = (asking(data), data.server()) else {
        return Ok(Vec::new());
    };
    if server.role(Role::Tags).is_none() {
        return Ok(Vec::new());
    }
    let rows = asking.rows(&sql::rows::tag_texts(asking.engine.dialect()))?;
    let pair = |row: Vec<AnswerValue>| {
        let [text, count] = row.as_slice() else {
            return Err(unlike());
        };
        Ok((text.text().unwrap_or_default(), whole(count)?))
    };
    rows.into_iter().map(pair).collect()
}

/// The subscription names on a server, keyed by lower-case ID; `None` if the rows are local.
pub(crate) fn subscription_names(
    data: &Dataset,
) -> Result<Option<HashMap<String, String>>, DataError> {
    let (Some(asking), Some(server)) = (asking(data), data.server()) else {
        return Ok(None);
    };
    let Some(header) = server.role(Role::SubscriptionName) else {
        return Ok(Some(HashMap::new()));
    };
    let statement = sql::rows::names(header, asking.engine.dialect());
    let rows = asking.rows(&statement)?.into_iter();
    Ok(Some(
        rows.filter_map(|row| match row.as_slice() {
            [id, name] => Some((id.text()?.to_lowercase(), name.text()?)),
            _ => None,
        })
        .collect(),
    ))
}

/// The row count and the totals of a query.
fn totals(asking: &Asking<'_>, query: &Query) -> Result<(u64, ByCurrency), DataError> {
    let dialect = asking.engine.dialect();
    let statement = sql::rows::totals(query.filter.as_ref(), &asking.holds(), dialect);
    let (mut rows, mut totals) = (0, ByCurrency::new());
    for row in asking.rows(&statement)? {
        let mut row = RowValues(row.into_iter());
        let currency = row.next()?.text();
        totals.insert(currency, row.amount()?.unwrap_or_default());
        rows += row.whole()?;
    }
    Ok((rows, totals))
}

fn numbers(asking: &Asking<'_>, query: &Query, wanted: Numbers<'_>) -> Result<Vec<u64>, DataError> {
    let dialect = asking.engine.dialect();
    let statement = sql::rows::numbers(query, wanted, &asking.holds(), dialect);
    let rows = asking.rows(&statement)?.into_iter();
    rows.map(|row| row.first().map_or_else(|| Err(unlike()), whole))
        .collect()
}

/// The lines of a query in which any column contains a text, if a SQL engine answers.
pub(crate) fn searched(
    data: &Dataset,
    query: &Query,
    text: &str,
) -> Result<Option<Vec<usize>>, DataError> {
    let Some(asking) = asking(data) else {
        return Ok(None);
    };
    if data.server().is_some() {
        return Err(DataError::Statement(
            "rows on a server are not numbered, so they cannot be searched: use a filter such as meter ~ text"
                .to_owned(),
        ));
    }
    let query = asking.query(query)?;
    let lower = text.to_lowercase();
    let digits = lower.contains(|c: char| c.is_ascii_digit());
    let mut found = HashSet::new();
    // One column at a time: all columns at once would have to be in memory together.
    for header in data.headers() {
        data.check_wanted()?;
        if digits || data.holds(header) == Holds::Text {
            found.extend(numbers(&asking, &query, Numbers::Saying(header, &lower))?);
        }
    }
    let lines = numbers(&asking, &query, Numbers::All)?;
    let lines = lines.into_iter().enumerate();
    let lines = lines.filter_map(|(at, row)| found.contains(&row).then_some(at));
    Ok(Some(lines.collect()))
}
