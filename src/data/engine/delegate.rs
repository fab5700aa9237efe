//! Questions that another engine answers: put into SQL, and its answer taken as if our own engine had added it up. Spellings,
//! order, shares and lines of the others are decided here for all engines alike.

use super::groups::Question;
use super::keys;
use super::sum::{MIXED, NAMELESS, Quantity, Sum};
use super::sums::{Shared, State, add_count};
use super::totals::{ByCurrency, overflow};
use crate::data::dataset::Dataset;
use crate::data::error::DataError;
use crate::data::reading::columns::day_number;
use crate::data::reading::texts::NONE;
use crate::domain::columns::Role;
use crate::domain::filter::{Field, Filter};
use crate::domain::money::Amount;
use crate::domain::query::{GroupKey, Measure, Query};
use crate::domain::sheet::Holds;
use crate::domain::sort::{Sort, SortBy};
use crate::domain::sql::{self, Dialect, Grouped, Numbers, Quantities, Unsaid};
use crate::domain::statement::{Answer, Value};
use std::collections::HashSet;

/// An engine that is asked in SQL. Its table is `costs`: the keys of the contract, all headers, and the tags that a statement
/// names.
pub trait SqlEngine: Send + Sync {
    /// What people call it.
    fn name(&self) -> &'static str;
    fn dialect(&self) -> Dialect;
    fn answer(&self, data: &Dataset, statement: &str) -> Result<Answer, DataError>;
}

/// Asks the engine of the data.
struct Asking<'a> {
    data: &'a Dataset,
    engine: &'a dyn SqlEngine,
}

/// Whoever answers for this data in place of our own engine.
fn asking(data: &Dataset) -> Option<Asking<'_>> {
    let engine = data.engine()?;
    Some(Asking { data, engine })
}

impl Asking<'_> {
    fn rows(&self, statement: &Result<String, Unsaid>) -> Result<Vec<Vec<Value>>, DataError> {
        let name = self.engine.name();
        let statement = statement
            .as_ref()
            .map_err(|why| DataError::Statement(format!("{name} cannot answer it: {why}")))?;
        Ok(self.engine.answer(self.data, statement)?.rows)
    }

    fn holds(&self) -> impl Fn(&GroupKey) -> Holds + '_ {
        |key| self.data.holds(&key.name())
    }

    /// A key by the spelling of its header.
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
            // The only one without a name in the contract that rows are told apart by.
            GroupKey::Role(Role::Unit) => Ok(GroupKey::Column("unit".to_owned())),
            key => Ok(key.clone()),
        }
    }

    fn filter(&self, filter: &Filter) -> Result<Filter, DataError> {
        let field = |field: &Field| -> Result<Field, DataError> {
            Ok(Field {
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

    /// Whether quantities are there to be added up, and as what.
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

/// Adds the sums of data that another engine answers for; says whether there was one.
pub(crate) fn add(
    state: &mut State,
    shared: &Shared,
    (data, filter): (&Dataset, Option<&Filter>),
    question: &Question<'_>,
    first_mark: u32,
) -> Result<bool, DataError> {
    let Some(asking) = asking(data) else {
        return Ok(false);
    };
    let dialect = asking.engine.dialect();
    let keys = question.keys.iter().map(|key| asking.key(key));
    let keys: Vec<GroupKey> = keys.collect::<Result<_, _>>()?;
    let filter = filter.map(|filter| asking.filter(filter)).transpose()?;
    for (at, key) in keys.iter().enumerate() {
        data.check_wanted()?;
        if !key.ignores_case() {
            continue;
        }
        for row in asking.rows(&Ok(sql::spellings(key, dialect)))? {
            let mut row = row.into_iter();
            let (Some(text), Some(count)) = (row.next(), row.next()) else {
                return Err(unlike());
            };
            let number = text.text().map_or(NONE, |text| shared.number(at, &text));
            if let Some(counts) = state.counts.get_mut(at) {
                add_count(counts, number, whole(&count)?);
            }
        }
    }
    let wants = |measure| question.measures.contains(&measure);
    let asked = Grouped {
        keys: &keys,
        filter: filter.as_ref(),
        parts: question.mark.is_some(),
        without: question.without,
        days: wants(Measure::FirstDay) || wants(Measure::LastDay),
        quantities: asking.quantities(question.measures),
    };
    let statement = sql::grouped(&asked, &asking.holds(), dialect);
    for row in asking.rows(&statement)? {
        let mut row = Row(row.into_iter());
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
        let quantity = row.quantity(asked.quantities, quantity)?;
        let quantity = quantity.map(|units| Quantity {
            units: units.unwrap_or_default(),
            unit: match (units, unit) {
                (None, _) => MIXED,
                (_, None) => NAMELESS,
                (_, Some(unit)) => shared.unit(&unit),
            },
        });
        state.add(&key, &sum, quantity.as_ref())?;
    }
    Ok(true)
}

/// A row of an answer, value by value.
struct Row<I>(I);

impl<I: Iterator<Item = Value>> Row<I> {
    fn next(&mut self) -> Result<Value, DataError> {
        self.0.next().ok_or_else(unlike)
    }

    fn whole(&mut self) -> Result<u64, DataError> {
        whole(&self.next()?)
    }

    fn amount(&mut self) -> Result<Option<Amount>, DataError> {
        amount(&self.next()?)
    }

    fn day(&mut self) -> Result<Option<i32>, DataError> {
        let Some(text) = self.next()?.text() else {
            return Ok(None);
        };
        let day = text.parse().map_err(|_| unlike())?;
        Ok(Some(day_number(day)))
    }

    /// The unit that a group is split by, and the text of its quantity.
    fn unit(
        &mut self,
        quantities: Quantities,
    ) -> Result<(Option<String>, Option<String>), DataError> {
        Ok(match quantities {
            Quantities::No => (None, None),
            Quantities::Amounts => (self.next()?.text(), None),
            Quantities::Texts => (self.next()?.text(), self.next()?.text()),
        })
    }

    /// The quantity of a group in units: none where no row has one, and nothing inside where it cannot be added exactly.
    fn quantity(
        &mut self,
        quantities: Quantities,
        text: Option<String>,
    ) -> Result<Option<Option<i128>>, DataError> {
        match quantities {
            Quantities::No => Ok(None),
            Quantities::Amounts => {
                let (sum, count) = (self.amount()?, self.whole()?);
                Ok((count > 0).then(|| Some(sum.map_or(0, Amount::units))))
            }
            Quantities::Texts => {
                let count = self.whole()?;
                let Some(text) = text.filter(|_| count > 0) else {
                    return Ok(None);
                };
                let parsed = Amount::parse(&text).ok().filter(|parsed| !parsed.rounded);
                let Some(parsed) = parsed else {
                    return Ok(Some(None));
                };
                let units = parsed.amount.units().checked_mul(i128::from(count));
                units.map(Some).map(Some).ok_or_else(overflow)
            }
        }
    }
}

fn whole(value: &Value) -> Result<u64, DataError> {
    match value {
        Value::Integer(number) => u64::try_from(*number).map_err(|_| unlike()),
        Value::Text(text) => text.parse().map_err(|_| unlike()),
        _ => Err(unlike()),
    }
}

fn amount(value: &Value) -> Result<Option<Amount>, DataError> {
    match value {
        Value::Missing => Ok(None),
        value => value.amount().map(Some).ok_or_else(unlike),
    }
}

/// An answer that is not made as it was asked for.
fn unlike() -> DataError {
    DataError::Statement("the engine answered something else than what was asked".to_owned())
}

/// The rows of a page by their numbers, and what all kept rows add up to.
pub(crate) struct Page {
    pub(crate) numbers: Vec<u64>,
    pub(crate) rows: u64,
    pub(crate) totals: ByCurrency,
}

/// The page of a query, where another engine answers that numbers rows.
pub(crate) fn page(data: &Dataset, query: &Query) -> Result<Option<Page>, DataError> {
    let Some(asking) = asking(data) else {
        return Ok(None);
    };
    let query = asking.query(query)?;
    let (rows, totals) = totals(&asking, &query)?;
    let numbers = match query.limit {
        Some(0) => Vec::new(),
        _ => numbers(&asking, &query, Numbers::Page)?,
    };
    Ok(Some(Page {
        numbers,
        rows,
        totals,
    }))
}

/// What the rows of a query add up to.
fn totals(asking: &Asking<'_>, query: &Query) -> Result<(u64, ByCurrency), DataError> {
    let dialect = asking.engine.dialect();
    let statement = sql::totals(query.filter.as_ref(), &asking.holds(), dialect);
    let (mut rows, mut totals) = (0, ByCurrency::new());
    for row in asking.rows(&statement)? {
        let mut row = Row(row.into_iter());
        let currency = row.next()?.text();
        totals.insert(currency, row.amount()?.unwrap_or_default());
        rows += row.whole()?;
    }
    Ok((rows, totals))
}

fn numbers(asking: &Asking<'_>, query: &Query, wanted: Numbers<'_>) -> Result<Vec<u64>, DataError> {
    let dialect = asking.engine.dialect();
    let statement = sql::numbers(query, wanted, &asking.holds(), dialect);
    let rows = asking.rows(&statement)?.into_iter();
    rows.map(|row| row.first().map_or_else(|| Err(unlike()), whole))
        .collect()
}

/// The lines of a query in which any column says a text, where another engine answers.
pub(crate) fn searched(
    data: &Dataset,
    query: &Query,
    text: &str,
) -> Result<Option<Vec<usize>>, DataError> {
    let Some(asking) = asking(data) else {
        return Ok(None);
    };
    let query = asking.query(query)?;
    let lower = text.to_lowercase();
    let digits = lower.contains(|c: char| c.is_ascii_digit());
    let mut found = HashSet::new();
    // Column by column: all of them at once would have to be in memory together.
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
