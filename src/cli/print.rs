//! Rows of text as an aligned table, CSV or Markdown.

use super::output::{Format, Stop, printable};
use crate::domain::sheet::{Sheet, shown};
use std::io::{self, IsTerminal, Write};
use unicode_width::UnicodeWidthStr;

/// Prints a sheet in one of the text forms.
pub fn sheet(out: &mut dyn Write, sheet: &Sheet, format: Format) -> Result<(), Stop> {
    match format {
        Format::Csv => csv(out, sheet),
        Format::Md => Ok(out.write_all(sheet.markdown().as_bytes())?),
        Format::Table | Format::Json => aligned(out, sheet),
    }
}

fn aligned(out: &mut dyn Write, sheet: &Sheet) -> Result<(), Stop> {
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

/// Writes CSV a line at a time. In a pipe the values are exact; on a terminal control characters are only shown.
pub struct CsvLines<'a> {
    writer: ::csv::Writer<&'a mut dyn Write>,
    shown: bool,
}

impl<'a> CsvLines<'a> {
    pub fn new(out: &'a mut dyn Write) -> Self {
        Self {
            writer: ::csv::Writer::from_writer(out),
            shown: io::stdout().is_terminal(),
        }
    }

    /// Writes one line.
    pub fn line<T: AsRef<str>>(&mut self, values: impl Iterator<Item = T>) -> io::Result<()> {
        let shown = self.shown;
        let values = values.map(|value| {
            if shown {
                printable(value.as_ref())
            } else {
                value.as_ref().to_owned()
            }
        });
        let written = self.writer.write_record(values);
        written.map_err(|error| match error.into_kind() {
            ::csv::ErrorKind::Io(error) => error,
            other => io::Error::other(format!("{other:?}")),
        })
    }

    /// Hands over what is still held back.
    pub fn end(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

fn csv(out: &mut dyn Write, sheet: &Sheet) -> Result<(), Stop> {
    let mut lines = CsvLines::new(out);
    lines.line(sheet.headings.iter().map(|heading| &heading.name))?;
    for row in &sheet.rows {
        lines.line(row.iter().map(|value| value.as_deref().unwrap_or_default()))?;
    }
    Ok(lines.end()?)
}
