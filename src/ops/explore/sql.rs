//! SQL queries on opened data.

use super::export;
use super::export::FileForm;
use crate::data::dataset::Dataset;
use crate::data::dataset::server::layout::ServerLayout;
use crate::data::engine::check::check;
use crate::data::error::DataError;
use crate::data::pipe::Pipe;
use crate::data::query::pivoted;
use crate::domain::analysis::comparison;
use crate::domain::analysis::comparison::SortBy;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::money_column::MoneyColumn;
use crate::domain::query::sort::Sort;
use crate::domain::query::{Measure, Query};
use crate::domain::sql;
use crate::domain::sql::dialect::SqlDialect;
use crate::domain::sql::exact::{Spelled, exact};
use crate::domain::sql::server::columns::{ColumnType, StatementNeeds};
use crate::domain::sql::sides::{LinesOf, SideOf, SortTerm};
use crate::domain::sql::statement::{AnswerType, AnswerValue, StatementAnswer};
use crate::domain::table::text_table::{Heading, Holds, Sheet};
use crate::domain::text::grouped;
use crate::ops::context::{OpenContext, OpenDataset};
#[cfg(not(feature = "sql"))]
use crate::ops::engine::without;
use crate::ops::error::OpsError;
use serde::Serialize;
use std::collections::HashSet;
use std::io::Read;
use std::path::Path;

/// The most bytes of a statement that is read.
const LONGEST: u64 = 1 << 20;

/// The statement that is written to standard input.
pub fn read_statement(context: &OpenContext<'_>) -> Result<String, OpsError> {
    const NAME: &str = "the statement from standard input";
    let input = Pipe::standard_input(context.progress).map_err(DataError::io(NAME))?;
    let mut text = String::new();
    let read = input.take(LONGEST + 1).read_to_string(&mut text);
    let length = read.map_err(DataError::io(NAME))?;
    if length as u64 > LONGEST {
        return Err(OpsError::Usage(
            "the statement from standard input is longer than 1 MB".to_owned(),
        ));
    }
    Ok(text)
}

/// Runs a statement and returns at most the given number of rows.
#[cfg(feature = "sql")]
pub fn answer(
    data: &Dataset,
    text: &str,
    most: Option<usize>,
    wanted: impl Fn() -> bool,
) -> Result<StatementAnswer, OpsError> {
    if let Some(answered) = data
        .engine()
        .and_then(|engine| engine.typed(data, text, most))
    {
        return Ok(answered?);
    }
    Ok(crate::data::sql::execute::run(data, text, most, wanted)?)
}

/// The plan of a statement.
#[cfg(feature = "sql")]
pub fn plan(
    opened: &OpenDataset,
    text: &str,
    wanted: impl Fn() -> bool,
) -> Result<String, OpsError> {
    let explained = format!("EXPLAIN {text}");
    let engine = opened.data.engine();
    let typed = engine.and_then(|engine| engine.typed(&opened.data, &explained, None));
    if let Some(plan) = typed {
        let lines = plan?.rows.into_iter().flatten();
        let lines: Vec<String> = lines.filter_map(|value| value.text()).collect();
        return Ok(lines.join("\n"));
    }
    Ok(crate::data::sql::execute::plan(&opened.data, text, wanted)?)
}

/// Says that this program was built without SQL.
#[cfg(not(feature = "sql"))]
pub fn answer(
    _data: &Dataset,
    _text: &str,
    _most: Option<usize>,
    _wanted: impl Fn() -> bool,
) -> Result<StatementAnswer, OpsError> {
    Err(without())
}

/// Says that this program was built without SQL.
#[cfg(not(feature = "sql"))]
pub fn plan(
    _opened: &OpenDataset,
    _text: &str,
    _wanted: impl Fn() -> bool,
) -> Result<String, OpsError> {
    Err(without())
}

/// A result in its JSON form.
#[derive(Serialize)]
struct StatementJson<'a> {
    sources: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    limited: Option<String>,
    columns: Vec<ColumnHead<'a>>,
    rows: Vec<Vec<serde_json::Value>>,
    shown: usize,
    of: usize,
}

#[derive(Serialize)]
struct ColumnHead<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
}

/// A result in the JSON of the contract.
pub fn json(opened: &OpenDataset, answer: &StatementAnswer) -> String {
    let columns = answer.columns.iter();
    let rows = answer.rows.iter();
    let document = StatementJson {
        sources: &opened.names,
        limited: opened.limits(),
        columns: columns
            .map(|(name, kind)| ColumnHead {
                name,
                kind: kind.word(),
            })
            .collect(),
        rows: rows
            .map(|row| row.iter().map(json_value).collect())
            .collect(),
        shown: answer.rows.len(),
        of: answer.of,
    };
    // Strings, numbers and lists of them always serialize.
    serde_json::to_string_pretty(&document).unwrap_or_default()
}

/// Amounts are strings, as everywhere. Counts are numbers if JSON can represent them exactly.
fn json_value(value: &AnswerValue) -> serde_json::Value {
    match value {
        AnswerValue::Missing => serde_json::Value::Null,
        AnswerValue::Integer(number) => match i64::try_from(*number) {
            Ok(number) => number.into(),
            Err(_) => number.to_string().into(),
        },
        AnswerValue::Double(number) => (*number).into(),
        AnswerValue::Boolean(yes) => (*yes).into(),
        AnswerValue::Decimal(_) | AnswerValue::Text(_) => value.text().into(),
    }
}

/// Writes a result to a file of this format. Returns notes for readers of the file.
pub fn export(
    opened: &OpenDataset,
    answer: &StatementAnswer,
    form: FileForm,
    target: &Path,
) -> Result<Vec<String>, OpsError> {
    if form == FileForm::Json {
        let text = format!("{}\n", json(opened, answer));
        export::write_text(&text, opened, target)?;
        return Ok(Vec::new());
    }
    let mut sheet = sheet(answer);
    sheet.footer.extend(opened.limits());
    export::write_sheet(&sheet, opened, form, target)
}

/// A result as a table. The heading marks columns that are not exact.
pub fn sheet(answer: &StatementAnswer) -> Sheet {
    let headings = answer.columns.iter().map(|(name, kind)| Heading {
        name: match kind {
            AnswerType::Double => format!("{name} (double)"),
            AnswerType::Decimal
            | AnswerType::Text
            | AnswerType::Date
            | AnswerType::Integer
            | AnswerType::Boolean => name.clone(),
        },
        holds: match kind {
            AnswerType::Date => Holds::Day,
            AnswerType::Decimal | AnswerType::Integer | AnswerType::Double => Holds::Number,
            AnswerType::Text | AnswerType::Boolean => Holds::Text,
        },
    });
    let rows = answer.rows.iter();
    let rows = rows.map(|row| row.iter().map(AnswerValue::text).collect());
    let (shown, of) = (answer.rows.len(), answer.of);
    Sheet {
        headings: headings.collect(),
        rows: rows.collect(),
        footer: vec![format!(
            "{} of {} shown",
            grouped(shown as u64),
            grouped(of as u64)
        )],
    }
}

/// The complete SQL statement of a view, in the dialect of an engine. For Spark, it defines the table of costs over a
/// table `raw` of strings, or over the server's own table.
pub fn statement(
    opened: &OpenDataset,
    query: &Query,
    dialect: SqlDialect,
) -> Result<String, OpsError> {
    let data = &opened.data;
    let holds = |key: &GroupKey| data.holds(&key.name());
    check(data, &query.group_by, query.filter.as_ref())?;
    refuse_unprintable(data, query)?;
    let text = if query.group_by.is_empty() {
        let columns = match query.columns.as_slice() {
            [] => data.headers(),
            named => named,
        };
        let mut known = HashSet::new();
        let columns = columns
            .iter()
            .filter(|name| known.insert(name.to_lowercase()));
        let columns: Vec<String> = columns.cloned().collect();
        sql::rows::rows(query, &columns, &holds, dialect)
    } else {
        let (values, other_values) = columns(data, query)?;
        let spelled = Spelled {
            values,
            other_values,
            quantity: data.quantity_holds(),
        };
        exact(query, &spelled, &holds, dialect)
    };
    with_costs(data, &text, dialect)
}

/// Refuses views that cannot be written as SQL.
fn refuse_unprintable(data: &Dataset, query: &Query) -> Result<(), OpsError> {
    let shows = |measure| query.measures.contains(&measure);
    let by_cost = matches!(query.sorts(), [sort] if *sort == Sort::BY_COST);
    let number = |key: &GroupKey| data.holds(&key.name()) == Holds::Number;
    let by_number = query.group_by.iter().any(number);
    let no_text = query
        .pivot
        .as_ref()
        .filter(|by| !by.is_time() && data.holds(&by.name()) != Holds::Text);
    if let Some(by) = no_text {
        return Err(OpsError::Usage(format!(
            "a pivot by `{by}`, which holds no text, cannot be written as SQL: pivot by another key"
        )));
    }
    let why = if shows(Measure::Running) && (!by_cost || by_number) {
        "running shares in this order cannot be written as SQL: sort by cost, or leave them out"
    } else if query.others && !query.measures.is_empty() {
        "in SQL, the line of the others has only cost and rows: leave out --others or --columns"
    } else {
        return Ok(());
    };
    Err(OpsError::Usage(why.to_owned()))
}

/// The values that are columns of a pivot, and the number of the others.
fn columns(data: &Dataset, query: &Query) -> Result<(Vec<Option<String>>, usize), OpsError> {
    let Some(by) = &query.pivot else {
        return Ok((Vec::new(), 0));
    };
    let columns = pivoted::columns(data, query, by)?;
    Ok((columns.values, columns.others))
}

/// The query of a pair: keys, a filter, the order and the number of groups.
type PairQuery<'a> = (
    &'a [GroupKey],
    Option<&'a Filter>,
    (comparison::Sort, Option<usize>),
);

/// The SQL statement of a pair, over the tables `actual` and `amortized`.
pub fn bridge(
    [actual, amortized]: [&OpenDataset; 2],
    (keys, filter, (sort, most)): PairQuery<'_>,
    dialect: SqlDialect,
) -> Result<String, OpsError> {
    check(&actual.data, keys, filter)?;
    let holds = |key: &GroupKey| actual.data.holds(&key.name());
    let (ranked, up) = match sort.by {
        SortBy::Difference => (SortTerm::Size("difference"), sort.reversed),
        SortBy::Actual => (SortTerm::Output("actual"), sort.reversed),
        SortBy::Amortized => (SortTerm::Output("amortized"), sort.reversed),
        SortBy::Residual => (SortTerm::Size("residual"), sort.reversed),
        SortBy::Percent => {
            return Err(OpsError::Usage(
                "SQL cannot sort a comparison by percent; expected difference, actual, amortized, residual or a key"
                    .to_owned(),
            ));
        }
        SortBy::Key(at) => (SortTerm::Key(at), !sort.reversed),
    };
    let by = if keys.is_empty() {
        Vec::new()
    } else {
        vec![(ranked, up)]
    };
    let text = sql::sides::bridge(keys, filter, &LinesOf { by, most }, &holds, dialect);
    of_two(
        [("actual", actual), ("amortized", amortized)],
        &text,
        dialect,
    )
}

/// The SQL statement of two periods, over one table `costs` or the tables `before` and `after`.
pub fn changed(
    [before, after]: [&OpenDataset; 2],
    sides: [SideOf<'_>; 2],
    keys: &[GroupKey],
    (sorts, most): (&[Sort], Option<usize>),
    dialect: SqlDialect,
) -> Result<String, OpsError> {
    check(
        &before.data,
        keys,
        sides.first().and_then(|side| side.filter),
    )?;
    let holds = |key: &GroupKey| before.data.holds(&key.name());
    let mut by: Vec<(SortTerm, bool)> = Vec::new();
    for sort in sorts {
        let name = sort.name().to_lowercase();
        let key = keys
            .iter()
            .position(|key| key.name().to_lowercase() == name);
        let ranked = match (key, name.as_str()) {
            (Some(at), _) => SortTerm::Key(at),
            (None, "before") => SortTerm::Output("before_cost"),
            (None, "after") => SortTerm::Output("after_cost"),
            (None, "cost" | "difference") => SortTerm::Output("difference"),
            (None, "|cost|" | "|difference|") => SortTerm::Size("difference"),
            (None, "new") => SortTerm::Output("new"),
            (None, "gone") => SortTerm::Output("gone"),
            (None, "currency") => SortTerm::Currency,
            _ => {
                return Err(OpsError::Usage(format!(
                    "SQL cannot sort changes by {name}; expected before, after, difference, |difference|, new, gone, currency or a key"
                )));
            }
        };
        by.push((ranked, sort.ascending));
    }
    by.push((SortTerm::Size("difference"), false));
    let text = sql::sides::changed(sides, keys, &LinesOf { by, most }, &holds, dialect);
    let [one, other] = sides.map(|side| side.table);
    if one == other {
        return with_costs(&before.data, &text, dialect);
    }
    of_two([(one, before), (other, after)], &text, dialect)
}

/// Adds the preamble of a statement over two tables.
fn of_two(
    sides: [(&str, &OpenDataset); 2],
    text: &str,
    dialect: SqlDialect,
) -> Result<String, OpsError> {
    let [(one, _), (other, _)] = sides;
    if dialect == SqlDialect::Polars {
        return Ok(format!(
            "-- {one} and {other}: each side as a table with the columns of costs\n{text}"
        ));
    }
    let views = sides.map(|(name, opened)| view_of(&opened.data, name, text));
    let views: Vec<String> = views.into_iter().collect::<Result<_, OpsError>>()?;
    Ok(sql::server::with_view(&views.join(",\n"), text))
}

/// Adds the preamble of a statement for Spark.
fn with_costs(data: &Dataset, text: &str, dialect: SqlDialect) -> Result<String, OpsError> {
    match dialect {
        SqlDialect::Polars => Ok(text.to_owned()),
        SqlDialect::Spark => Ok(sql::server::with_view(&view_of(data, "costs", text)?, text)),
    }
}

/// Defines the table of costs under a name, over the server's own table, or over a table of strings called `raw_` plus
/// the name.
fn view_of(data: &Dataset, name: &str, text: &str) -> Result<String, OpsError> {
    if data.money() != MoneyColumn::Billing {
        let why = "statements for Spark are over the billing currencies; leave out --money usd, or print them for polars";
        return Err(OpsError::Usage(why.to_owned()));
    }
    if let Some(own) = data
        .engine()
        .and_then(|engine| engine.view(data, name, text))
    {
        return Ok(own);
    }
    let raw = match name {
        "costs" => "raw".to_owned(),
        name => format!("raw_{name}"),
    };
    let columns: Vec<(String, ColumnType)> = data
        .headers()
        .iter()
        .map(|header| (header.clone(), ColumnType::Text))
        .collect();
    let layout = ServerLayout::read(&raw, &columns, false)?;
    let wanted = StatementNeeds {
        tags: sql::server::scan::tags_named(text),
        effective: data.cost_role() == Role::EffectiveCost,
    };
    Ok(layout.table().view_as(name, &raw, &wanted))
}
