//! Any question in SQL over opened data.

use super::error::OpsError;
use super::explore::Opened;
use super::export::{self, Form};
use crate::data::dataset::Dataset;
use crate::domain::sheet::{Heading, Holds, Sheet};
use crate::domain::statement::{Answer, AnswerType, Value};
use crate::domain::text::grouped;
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
    Ok(run(data, &Asked { text, most }, wanted)?)
}

/// What answering a statement would do.
#[cfg(feature = "sql")]
pub fn plan(opened: &Opened, text: &str, wanted: impl Fn() -> bool) -> Result<String, OpsError> {
    Ok(crate::data::sql::plan(&opened.data, text, wanted)?)
}

/// Why nothing is answered here.
#[cfg(not(feature = "sql"))]
fn without() -> OpsError {
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
