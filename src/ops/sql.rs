//! Any question in SQL over opened data.

use super::error::OpsError;
use super::explore::{self, Opened};
use super::export::{self, Form};
use crate::data::dataset::Dataset;
use crate::domain::query::{GroupKey, PivotBy, Query};
use crate::domain::sheet::{Heading, Holds, Sheet, value_name};
use crate::domain::sql::{Dialect, exact};
use crate::domain::statement::{Answer, AnswerType, Value};
use crate::domain::table::Body;
use crate::domain::text::{counted, grouped};
use serde::Serialize;
use std::path::Path;

/// Answers a statement; of its rows so many at most are handed out.
#[cfg(feature = "sql")]
pub fn answer(
    data: &Dataset,
    text: &str,
    most: Option<usize>,
    wanted: impl Fn() -> bool,
) -> Result<Answer, OpsError> {
    use crate::data::sql::{Asked, run};
    if let Some(answered) = data
        .engine()
        .and_then(|engine| engine.typed(data, text, most))
    {
        return Ok(answered?);
    }
    Ok(run(data, &Asked { text, most }, wanted)?)
}

/// What answering a statement would do.
#[cfg(feature = "sql")]
pub fn plan(opened: &Opened, text: &str, wanted: impl Fn() -> bool) -> Result<String, OpsError> {
    let explained = format!("EXPLAIN {text}");
    let engine = opened.data.engine();
    let typed = engine.and_then(|engine| engine.typed(&opened.data, &explained, None));
    if let Some(plan) = typed {
        let lines = plan?.rows.into_iter().flatten();
        let lines: Vec<String> = lines.filter_map(|value| value.text()).collect();
        return Ok(lines.join("\n"));
    }
    Ok(crate::data::sql::plan(&opened.data, text, wanted)?)
}

/// Why nothing is answered here.
#[cfg(not(feature = "sql"))]
pub(super) fn without() -> OpsError {
    OpsError::Failed(
        "this costscope was built without SQL (--no-default-features); build it with the feature `sql`".to_owned(),
    )
}

/// Says that this program was built without SQL.
#[cfg(not(feature = "sql"))]
pub fn answer(
    _data: &Dataset,
    _text: &str,
    _most: Option<usize>,
    _wanted: impl Fn() -> bool,
) -> Result<Answer, OpsError> {
    Err(without())
}

/// Says that this program was built without SQL.
#[cfg(not(feature = "sql"))]
pub fn plan(_opened: &Opened, _text: &str, _wanted: impl Fn() -> bool) -> Result<String, OpsError> {
    Err(without())
}

/// The answer as it is printed for programs.
#[derive(Serialize)]
struct Document<'a> {
    sources: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    limited: Option<String>,
    columns: Vec<Column<'a>>,
    rows: Vec<Vec<serde_json::Value>>,
    shown: usize,
    of: usize,
}

#[derive(Serialize)]
struct Column<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
}

/// An answer in the JSON of the contract.
pub fn json(opened: &Opened, answer: &Answer) -> String {
    let columns = answer.columns.iter();
    let rows = answer.rows.iter();
    let document = Document {
        sources: &opened.names,
        limited: opened.limits(),
        columns: columns
            .map(|(name, kind)| Column {
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
    // Texts, numbers and lists of them: there is nothing that JSON could refuse.
    serde_json::to_string_pretty(&document).unwrap_or_default()
}

/// Amounts are text, as everywhere; counts are numbers where JSON has them exact.
fn json_value(value: &Value) -> serde_json::Value {
    match value {
        Value::Missing => serde_json::Value::Null,
        Value::Integer(number) => match i64::try_from(*number) {
            Ok(number) => number.into(),
            Err(_) => number.to_string().into(),
        },
        Value::Double(number) => (*number).into(),
        Value::Boolean(yes) => (*yes).into(),
        Value::Decimal(_) | Value::Text(_) => value.text().into(),
    }
}

/// Writes an answer into a file of this form.
pub fn export(opened: &Opened, answer: &Answer, form: Form, target: &Path) -> Result<(), OpsError> {
    if form == Form::Json {
        let text = format!("{}\n", json(opened, answer));
        return export::write_text(&text, opened, target);
    }
    let mut sheet = sheet(answer);
    sheet.footer.extend(opened.limits());
    export::write_sheet(&sheet, opened, form, target)
}

/// An answer as a table; the head of a column that is not exact says so.
pub fn sheet(answer: &Answer) -> Sheet {
    let headings = answer.columns.iter().map(|(name, kind)| Heading {
        name: match kind {
            AnswerType::Double => format!("{name} (double)"),
            _ => name.clone(),
        },
        holds: match kind {
            AnswerType::Date => Holds::Day,
            kind if kind.is_number() => Holds::Number,
            _ => Holds::Text,
        },
    });
    let rows = answer.rows.iter();
    let rows = rows.map(|row| row.iter().map(Value::text).collect());
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

/// The statement that gives the groups of a view.
pub fn statement(opened: &Opened, query: &Query) -> Result<String, OpsError> {
    let holds = |key: &GroupKey| opened.data.holds(&key.name());
    exact(query, &holds, Dialect::Polars).map_err(|why| OpsError::Usage(why.to_owned()))
}

/// A group as both engines tell it: keys, currency, cost, rows.
type Told = (Vec<Option<String>>, Option<String>, String, String);

/// Answers a grouped view by both engines; what they agree on in words, or where they first differ.
pub fn verify(
    opened: &Opened,
    query: &Query,
    wanted: impl Fn() -> bool,
) -> Result<String, OpsError> {
    // Shares, columns of months and the line of the others are made of the same groups.
    let mut group_by = query.group_by.clone();
    let period = query.pivot.map(PivotBy::key);
    group_by.extend(period.filter(|key| !query.group_by.contains(key)));
    let whole = Query {
        group_by,
        pivot: None,
        top: None,
        offset: 0,
        limit: None,
        others: false,
        measures: Vec::new(),
        ..query.clone()
    };
    let statement = statement(opened, &whole)?;
    let table = explore::show(&opened.data.answered_by(None), &whole)?;
    let theirs = answer(&opened.data, &statement, None, wanted)?;
    let Body::Groups { groups, .. } = &table.body else {
        return Err(OpsError::Usage("only groups are answered twice".to_owned()));
    };
    let own = groups.iter().map(|group| -> Told {
        let (cost, currency) = (&group.cost.amount, group.cost.currency.clone());
        (
            group.keys.clone(),
            currency,
            cost.to_string(),
            group.rows.to_string(),
        )
    });
    let own: Vec<Told> = own.collect();
    let theirs: Vec<Told> = theirs.rows.iter().filter_map(|row| told(row)).collect();
    match difference(&own, &theirs) {
        None => Ok(format!(
            "both engines agree on {} ({})",
            counted(own.len() as u64, "group"),
            counted(table.rows, "row")
        )),
        Some(difference) => Err(OpsError::Differs(difference)),
    }
}

/// A row of the statement.
fn told(row: &[Value]) -> Option<Told> {
    let [keys @ .., currency, cost, rows] = row else {
        return None;
    };
    let keys = keys.iter().map(Value::text);
    Some((keys.collect(), currency.text(), cost.text()?, rows.text()?))
}

/// Where two answers first differ, line by line.
fn difference(own: &[Told], theirs: &[Told]) -> Option<String> {
    let line = |told: Option<&Told>| match told {
        None => "nothing".to_owned(),
        Some((keys, currency, cost, rows)) => {
            let keys: Vec<String> = keys.iter().map(|key| value_name(key.as_deref())).collect();
            let currency = currency.as_deref().unwrap_or("-");
            format!("{} {cost} {currency}, {rows} rows", keys.join(" · "))
        }
    };
    let most = own.len().max(theirs.len());
    let at = (0..most).find(|at| own.get(*at) != theirs.get(*at))?;
    Some(format!(
        "the engines differ in line {}: {} by our own, {} by polars",
        at + 1,
        line(own.get(at)),
        line(theirs.get(at))
    ))
}
