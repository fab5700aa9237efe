//! Writes all rows of a query as lines of text.

pub use crate::data::export::lines::LineForm;

use crate::data::engine::batches;
use crate::data::error::DataError;
use crate::data::export::lines::LineWriter;
use crate::data::progress::Progress;
use crate::domain::query::Query;
use crate::domain::table::json::{Document, Parts};
use crate::domain::table::{Body, Table};
use crate::domain::text::escape::terminal_json;
use crate::ops::context::OpenDataset;
use crate::ops::error::OpsError;
use std::io::Write;

/// The text around the lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Around {
    pub head: String,
    /// The text behind the lines.
    pub foot: String,
    /// The same if there are no lines.
    pub foot_of_none: String,
}

/// Writes all rows. Nothing is written before the first of them are read. Returns their number.
pub fn write(
    opened: &OpenDataset,
    query: &Query,
    (form, around): (LineForm, &Around),
    (out, progress): (&mut dyn Write, &Progress),
) -> Result<u64, OpsError> {
    let data = &opened.data;
    let names = batches::names(data, query)?;
    let lines = LineWriter::new(form, &names);
    let head = [around.head.as_str(), &lines.head(&names)].concat();
    let (mut begun, mut rows) = (false, 0_u64);
    let prepare = |at: usize, values| Ok(lines.prepare(at, values));
    batches::each(data, query, 1, prepare, |batch| {
        if !begun {
            begun = true;
            out.write_all(head.as_bytes()).map_err(DataError::Taker)?;
        }
        let part = (&batch, rows == 0);
        lines.write(data.threads(), part, |text| out.write_all(text))?;
        rows += batch.rows as u64;
        count(progress, batch.rows);
        Ok(())
    })?;
    let foot = if rows > 0 {
        &around.foot
    } else {
        &around.foot_of_none
    };
    let head = if begun { "" } else { &head };
    let mut end = || {
        out.write_all(head.as_bytes())?;
        out.write_all(foot.as_bytes())?;
        out.flush()
    };
    end().map_err(DataError::Taker)?;
    Ok(rows)
}

/// Counts rows that were written.
pub(super) fn count(progress: &Progress, rows: usize) {
    progress.add(rows as u64);
    progress.add_rows(rows as u64);
}

/// The JSON document around the rows of an answer; the table has everything but the rows.
pub fn around_json(
    opened: &OpenDataset,
    (query, filter): (&Query, Option<&str>),
    table: &Table,
) -> Result<Around, OpsError> {
    /// No text in JSON has a line break, so this is found in one place.
    const RECORDS: &str = "\n  \"records\": [";
    let columns = batches::names(&opened.data, query)?;
    let rows = Vec::new();
    let table = Table {
        body: Body::Rows { columns, rows },
        ..table.clone()
    };
    let of = table.of.saturating_sub(query.offset);
    let shown = of.min(query.limit.unwrap_or(usize::MAX));
    let limits = opened.limits();
    let subject = opened.subject(filter, limits.as_deref());
    let none: &Parts<'_> = &|_| true;
    let document = Document::in_parts(subject, query, &table, (none, shown));
    let text = serde_json::to_string_pretty(&document);
    let text = text.map_err(|error| OpsError::Failed(error.to_string()))?;
    let split = text.split_once(RECORDS);
    let (before, behind) =
        split.ok_or_else(|| OpsError::Failed("no list of records".to_owned()))?;
    let foot = terminal_json(behind);
    Ok(Around {
        head: terminal_json(&[before, RECORDS].concat()).into_owned(),
        foot: format!("\n  {foot}\n"),
        foot_of_none: format!("{foot}\n"),
    })
}
