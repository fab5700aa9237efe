//! Writes rows as lines of text: CSV, JSON or Markdown. Each distinct text is escaped once, and lines are put together on
//! several threads.

use crate::data::columns::column_types::NO_AMOUNT;
use crate::data::columns::text_column::NONE;
use crate::data::engine::batches::{Batch, TextValues, Values};
use crate::data::error::DataError;
use crate::data::threads::in_order;
use crate::domain::money::Amount;
use crate::domain::table::value_names::value_name;
use crate::domain::text::escape::{Csv, markdown, terminal_json};
use crate::domain::text::printable;
use std::io;
use std::ops::Range;

/// The form of the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineForm {
    Csv(Csv),
    /// CSV with control characters made visible.
    ShownCsv(Csv),
    /// An object on each line, as an item of a list.
    Json,
    /// Indented objects, as items of a list in a document, without characters that could control a terminal.
    PrettyJson,
    Markdown,
}

/// Lines of one form with these columns.
pub(crate) struct LineWriter {
    form: LineForm,
    /// The bytes before each value.
    before: Vec<String>,
    /// The bytes before the first row, and before each other.
    starts: [&'static str; 2],
    end: &'static str,
}

/// A column, ready to be written.
pub(crate) enum LineCells {
    Texts {
        codes: Vec<u32>,
        bytes: Vec<u8>,
        /// Where each distinct text ends in `bytes`.
        ends: Vec<usize>,
        absent: Vec<u8>,
    },
    Amounts {
        units: Vec<i128>,
        before: Vec<u8>,
        after: &'static [u8],
        absent: Vec<u8>,
    },
}

impl LineWriter {
    pub(crate) fn new(form: LineForm, names: &[String]) -> Self {
        let before = |(at, name): (usize, &String)| match (form, at) {
            (LineForm::Csv(_) | LineForm::ShownCsv(_), 0) => String::new(),
            (LineForm::Csv(_) | LineForm::ShownCsv(_), _) => ",".to_owned(),
            (LineForm::Json, 0) => format!("{}:", json(name)),
            (LineForm::Json, _) => format!(",{}:", json(name)),
            (LineForm::PrettyJson, 0) => format!("\n      {}: ", terminal_json(&json(name))),
            (LineForm::PrettyJson, _) => format!(",\n      {}: ", terminal_json(&json(name))),
            (LineForm::Markdown, 0) => "| ".to_owned(),
            (LineForm::Markdown, _) => " | ".to_owned(),
        };
        let (starts, end) = match form {
            LineForm::Csv(_) | LineForm::ShownCsv(_) => (["", ""], "\n"),
            LineForm::Json => (["\n{", ",\n{"], "}"),
            LineForm::PrettyJson if names.is_empty() => (["\n    {", ",\n    {"], "}"),
            LineForm::PrettyJson => (["\n    {", ",\n    {"], "\n    }"),
            LineForm::Markdown => (["", ""], " |\n"),
        };
        Self {
            form,
            before: names.iter().enumerate().map(before).collect(),
            starts,
            end,
        }
    }

    /// The line of names above CSV; other forms have none.
    pub(crate) fn head(&self, names: &[String]) -> String {
        if !matches!(self.form, LineForm::Csv(_) | LineForm::ShownCsv(_)) {
            return String::new();
        }
        let names = names.iter().map(|name| self.cell(Some(name)));
        let mut line = names.collect::<Vec<_>>().join(",");
        line.push_str(self.end);
        line
    }

    /// A value as it is written.
    fn cell(&self, value: Option<&str>) -> String {
        let mut field = String::new();
        match self.form {
            LineForm::Csv(form) => form.field(value, &mut field),
            LineForm::ShownCsv(form) => {
                form.field(value.map(printable).as_deref(), &mut field);
            }
            LineForm::Json => field = value.map_or_else(|| "null".to_owned(), json),
            LineForm::PrettyJson => {
                field = value.map_or_else(
                    || "null".to_owned(),
                    |text| terminal_json(&json(text)).into_owned(),
                );
            }
            LineForm::Markdown => field = markdown(&value_name(value)),
        }
        let is_csv = matches!(self.form, LineForm::Csv(_) | LineForm::ShownCsv(_));
        if is_csv && field.is_empty() && self.before.len() == 1 {
            // An empty line would not be a row.
            field.push_str("\"\"");
        }
        field
    }

    /// Escapes the values of the column at this position.
    pub(crate) fn prepare(&self, at: usize, values: Values) -> LineCells {
        let before = self.before.get(at).map(String::as_str).unwrap_or_default();
        let absent = format!("{before}{}", self.cell(None)).into_bytes();
        match values {
            Values::Texts(column) => self.texts(column, before, absent),
            // An amount has no character that would be escaped.
            Values::Amounts(units) => {
                let quote = match self.form {
                    LineForm::Json | LineForm::PrettyJson => "\"",
                    LineForm::Csv(_) | LineForm::ShownCsv(_) | LineForm::Markdown => "",
                };
                LineCells::Amounts {
                    units,
                    before: format!("{before}{quote}").into_bytes(),
                    after: quote.as_bytes(),
                    absent,
                }
            }
        }
    }

    fn texts(&self, column: TextValues, before: &str, absent: Vec<u8>) -> LineCells {
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        for text in column.distinct() {
            bytes.extend_from_slice(before.as_bytes());
            bytes.extend_from_slice(self.cell(Some(text)).as_bytes());
            ends.push(bytes.len());
        }
        LineCells::Texts {
            codes: column.codes,
            bytes,
            ends,
            absent,
        }
    }

    /// Passes on the text of some rows, in pieces.
    pub(crate) fn write(
        &self,
        threads: usize,
        (batch, is_first): (&Batch<LineCells>, bool),
        mut take: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<(), DataError> {
        /// Rows of a piece.
        const TOGETHER: usize = 1_000;
        let make = |at: usize| {
            let start = at * TOGETHER;
            let rows = start..batch.rows.min(start + TOGETHER);
            Ok(self.rows(batch, rows, is_first))
        };
        let count = batch.rows.div_ceil(TOGETHER);
        let taken = |text: Vec<u8>| take(&text).map_err(DataError::Taker);
        in_order(threads, count, make, taken)
    }

    fn rows(&self, batch: &Batch<LineCells>, rows: Range<usize>, is_first: bool) -> Vec<u8> {
        /// Bytes of a cell, on average.
        const CELL: usize = 20;
        let mut out = Vec::with_capacity(rows.len() * batch.columns.len() * CELL);
        let [first, next] = self.starts;
        for row in rows {
            let start = if is_first && row == 0 { first } else { next };
            out.extend_from_slice(start.as_bytes());
            for column in &batch.columns {
                column.add(row, &mut out);
            }
            out.extend_from_slice(self.end.as_bytes());
        }
        out
    }
}

impl LineCells {
    /// Appends the value of a row, with the bytes before it.
    fn add(&self, row: usize, out: &mut Vec<u8>) {
        match self {
            Self::Texts {
                codes,
                bytes,
                ends,
                absent,
            } => {
                let code = codes.get(row).copied().unwrap_or(NONE) as usize;
                let text = ends.get(code).and_then(|end| {
                    let before = code.checked_sub(1).and_then(|before| ends.get(before));
                    bytes.get(before.copied().unwrap_or_default()..*end)
                });
                out.extend_from_slice(text.unwrap_or(absent));
            }
            Self::Amounts {
                units,
                before,
                after,
                absent,
            } => match units.get(row) {
                None | Some(&NO_AMOUNT) => out.extend_from_slice(absent),
                Some(units) => {
                    out.extend_from_slice(before);
                    Amount::from_units(*units).append_to(out);
                    out.extend_from_slice(after);
                }
            },
        }
    }
}

/// A text as JSON.
fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests;
