//! Any question in SQL over opened data.

use super::error::OpsError;
use super::explore::Opened;
use crate::domain::sheet::{Heading, Holds, Sheet};
use crate::domain::statement::{Answer, AnswerType, Value};
use crate::domain::text::grouped;

/// Answers a statement; of its rows so many at most are handed out.
#[cfg(feature = "sql")]
pub fn answer(
    opened: &Opened,
    text: &str,
    most: Option<usize>,
    wanted: impl Fn() -> bool,
) -> Result<Answer, OpsError> {
    use crate::data::sql::{Asked, run};
    Ok(run(&opened.data, &Asked { text, most }, wanted)?)
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
    _opened: &Opened,
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
