//! Prints rows of text as an aligned table, CSV or Markdown.

use super::output::{CliError, Format};
use crate::domain::table::text_table::{Sheet, shown};
use crate::domain::text::escape::Csv;
use crate::domain::text::printable;
use std::io::{self, IsTerminal, Write};
use unicode_width::UnicodeWidthStr;

/// Prints a sheet in one of the text formats.
pub fn sheet(out: &mut dyn Write, sheet: &Sheet, format: Format) -> Result<(), CliError> {
    match format {
        Format::Csv(form) => csv(out, sheet, form),
        Format::Md => Ok(out.write_all(sheet.markdown().as_bytes())?),
        Format::Table | Format::Json => aligned(out, sheet),
    }
}

fn aligned(out: &mut dyn Write, sheet: &Sheet) -> Result<(), CliError> {
    let mut widths: Vec<usize> = sheet
        .headings
        .iter()
        .map(|heading| heading.name.width())
        .collect();
    let rows: Vec<Vec<String>> = sheet
        .rows
        .iter()
        .map(|row| row.iter().map(|v| shown(v.as_ref())).collect())
        .collect();
    for row in &rows {
        for (width, text) in widths.iter_mut().zip(row) {
            *width = (*width).max(text.width());
        }
    }
    let line = |cells: &[String]| {
        let padded =
            cells
                .iter()
                .zip(&widths)
                .zip(&sheet.headings)
                .map(|((text, width), heading)| {
                    let space = " ".repeat(width.saturating_sub(text.width()));
                    if heading.right() {
                        format!("{space}{text}")
                    } else {
                        format!("{text}{space}")
                    }
                });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let heads: Vec<String> = sheet
        .headings
        .iter()
        .map(|heading| printable(&heading.name))
        .collect();
    writeln!(out, "{}", line(&heads))?;
    for row in &rows {
        writeln!(out, "{}", line(row))?;
    }
    for text in &sheet.footer {
        writeln!(out, "{}", printable(text))?;
    }
    Ok(())
}

/// Writes CSV a line at a time. In a pipe the values are exact; on a terminal control characters are made visible.
pub struct CsvLines<'a> {
    writer: ::csv::Writer<&'a mut dyn Write>,
    form: Csv,
    shown: bool,
    /// The buffer for the current field.
    field: String,
}

impl<'a> CsvLines<'a> {
    pub fn new(out: &'a mut dyn Write, form: Csv) -> Self {
        Self {
            // `Csv` adds the quotes that a field needs.
            writer: ::csv::WriterBuilder::new()
                .quote_style(::csv::QuoteStyle::Never)
                .from_writer(out),
            form,
            shown: io::stdout().is_terminal(),
            field: String::new(),
        }
    }

    /// Writes one line.
    pub fn line<T: AsRef<str>>(
        &mut self,
        values: impl Iterator<Item = Option<T>>,
    ) -> io::Result<()> {
        for value in values {
            let value = value.as_ref().map(AsRef::as_ref);
            if self.shown {
                let value = value.map(printable);
                self.form.field(value.as_deref(), &mut self.field);
            } else {
                self.form.field(value, &mut self.field);
            }
            self.writer.write_field(&self.field).map_err(io_error)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(io_error)
    }

    /// Flushes the buffered lines.
    pub fn end(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// The underlying I/O error, whose kind tells whether the reader closed the pipe.
fn io_error(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn csv(out: &mut dyn Write, sheet: &Sheet, form: Csv) -> Result<(), CliError> {
    let mut lines = CsvLines::new(out, form);
    lines.line(sheet.headings.iter().map(|heading| Some(&heading.name)))?;
    for row in &sheet.rows {
        lines.line(row.iter().map(Option::as_ref))?;
    }
    Ok(lines.end()?)
}
