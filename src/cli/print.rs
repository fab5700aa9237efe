//! Prints rows of text as an aligned table, CSV or Markdown.

use super::output;
use super::output::{CliError, Format};
use crate::domain::table::text_table::{Sheet, shown};
use crate::domain::text::escape::Csv;
use crate::domain::text::printable;
use std::io::{self, IsTerminal, Write};
use std::mem;
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
    let mut columns = Aligned::default();
    columns.measure(sheet);
    columns.head(out, sheet)?;
    columns.rows(out, sheet)?;
    footer(out, &sheet.footer)
}

/// Passes on the sheets of an answer that is too large for one; they have the same headings.
pub type Sheets<'a> = dyn Fn(&mut dyn FnMut(&Sheet) -> io::Result<()>) -> Result<(), CliError> + 'a;

/// Like [`sheet`], for an answer that is asked for sheet by sheet. The lines are those under all of them.
pub fn in_parts(
    out: &mut dyn Write,
    (sheets, lines): (&Sheets<'_>, &[String]),
    format: Format,
) -> Result<(), CliError> {
    match format {
        Format::Csv(form) => csv_in_parts(out, sheets, form),
        Format::Md => markdown_in_parts(out, sheets, lines),
        Format::Table | Format::Json => aligned_in_parts(out, sheets, lines),
    }
}

fn csv_in_parts(out: &mut dyn Write, sheets: &Sheets<'_>, form: Csv) -> Result<(), CliError> {
    let mut lines = CsvLines::new(out, form);
    let mut begun = false;
    let done = sheets(&mut |sheet| {
        if !mem::replace(&mut begun, true) {
            lines.line(sheet.headings.iter().map(|heading| Some(&heading.name)))?;
        }
        let mut rows = sheet.rows.iter();
        rows.try_for_each(|row| lines.line(row.iter().map(Option::as_ref)))
    });
    let done = done.and(lines.end().map_err(CliError::from));
    output::ended(done, begun, out)
}

fn markdown_in_parts(
    out: &mut dyn Write,
    sheets: &Sheets<'_>,
    lines: &[String],
) -> Result<(), CliError> {
    let mut begun = false;
    let done = sheets(&mut |sheet| {
        if !mem::replace(&mut begun, true) {
            out.write_all(sheet.markdown_head().as_bytes())?;
        }
        out.write_all(sheet.markdown_rows().as_bytes())
    });
    output::ended(done, begun, out)?;
    let foot = Sheet {
        footer: lines.to_vec(),
        ..Sheet::default()
    };
    Ok(out.write_all(foot.markdown_foot().as_bytes())?)
}

/// The columns are measured in a first pass.
fn aligned_in_parts(
    out: &mut dyn Write,
    sheets: &Sheets<'_>,
    lines: &[String],
) -> Result<(), CliError> {
    let mut columns = Aligned::default();
    sheets(&mut |sheet| {
        columns.measure(sheet);
        Ok(())
    })?;
    let mut begun = false;
    let done = sheets(&mut |sheet| {
        if !mem::replace(&mut begun, true) {
            columns.head(out, sheet)?;
        }
        columns.rows(out, sheet)
    });
    output::ended(done, begun, out)?;
    footer(out, lines)
}

/// Prints the lines under a table.
fn footer(out: &mut dyn Write, lines: &[String]) -> Result<(), CliError> {
    for text in lines {
        writeln!(out, "{}", printable(text))?;
    }
    Ok(())
}

/// The widths of the columns of an aligned table, which may be measured and printed in parts.
#[derive(Default)]
struct Aligned {
    widths: Vec<usize>,
}

impl Aligned {
    /// Makes the columns wide enough for a part.
    fn measure(&mut self, sheet: &Sheet) {
        if self.widths.is_empty() {
            let names = sheet.headings.iter().map(|heading| heading.name.width());
            self.widths = names.collect();
        }
        for row in &sheet.rows {
            for (width, value) in self.widths.iter_mut().zip(row) {
                *width = (*width).max(shown(value.as_ref()).width());
            }
        }
    }

    /// Prints the headings.
    fn head(&self, out: &mut dyn Write, sheet: &Sheet) -> io::Result<()> {
        let heads = sheet.headings.iter();
        let heads: Vec<String> = heads.map(|heading| printable(&heading.name)).collect();
        writeln!(out, "{}", self.line(sheet, &heads))
    }

    /// Prints the rows of a part.
    fn rows(&self, out: &mut dyn Write, sheet: &Sheet) -> io::Result<()> {
        for row in &sheet.rows {
            let row: Vec<String> = row.iter().map(|value| shown(value.as_ref())).collect();
            writeln!(out, "{}", self.line(sheet, &row))?;
        }
        Ok(())
    }

    fn line(&self, sheet: &Sheet, cells: &[String]) -> String {
        let padded = cells.iter().zip(&self.widths).zip(&sheet.headings);
        let padded = padded.map(|((text, width), heading)| {
            let space = " ".repeat(width.saturating_sub(text.width()));
            if heading.right() {
                format!("{space}{text}")
            } else {
                format!("{text}{space}")
            }
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    }
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

#[cfg(test)]
mod tests {
    use super::{Sheet, Sheets, in_parts};
    use crate::cli::output::{CliError, Format};
    use crate::domain::table::text_table::Heading;
    use crate::domain::text::escape::Csv;
    use std::io;

    /// The output of an answer that fails after this many parts.
    fn printed(format: Format, parts: usize) -> (CliError, String) {
        let sheet = Sheet {
            headings: vec![Heading::text("key"), Heading::number("cost")],
            rows: vec![vec![Some("rg-a".to_owned()), Some("1.5".to_owned())]],
            footer: Vec::new(),
        };
        let sheets: &Sheets<'_> = &|take| {
            (0..parts).try_for_each(|_| take(&sheet))?;
            Err(CliError::new(6, "the table is damaged"))
        };
        let mut out = Vec::new();
        let lines = ["the total".to_owned()];
        let failed = in_parts(&mut out, (sheets, &lines), format).unwrap_err();
        (failed, String::from_utf8(out).unwrap())
    }

    const FORMATS: [Format; 3] = [Format::Table, Format::Csv(Csv::Spreadsheet), Format::Md];

    #[test]
    fn an_answer_that_breaks_off_says_so_in_its_last_line() {
        for format in FORMATS {
            let (failed, text) = printed(format, 2);
            let last = text.lines().next_back();
            let told = Some("incomplete: the answer breaks off here");
            // A table is measured first, so that its failure comes before its first line.
            let expected = if format == Format::Table { None } else { told };
            assert_eq!(last, expected, "{format:?}: {text}");
            assert!(!text.contains("the total"), "{format:?}: {text}");
            let said = failed.message.unwrap_or_default();
            assert_eq!(failed.code, 6, "{said}");
            let words = "the table is damaged";
            assert!(said.starts_with(words), "{said}");
            assert_eq!(said.contains("incomplete"), told == expected, "{said}");
        }
    }

    #[test]
    fn an_answer_without_a_part_prints_nothing() {
        for format in FORMATS {
            let (failed, text) = printed(format, 0);
            assert_eq!(text, "", "{format:?}");
            assert_eq!(failed.message.as_deref(), Some("the table is damaged"));
        }
    }

    #[test]
    fn a_table_that_fails_while_it_is_printed_says_so() {
        let passes = std::cell::Cell::new(0);
        let sheet = Sheet {
            headings: vec![Heading::text("key")],
            rows: vec![vec![Some("rg-a".to_owned())]],
            footer: Vec::new(),
        };
        let sheets: &Sheets<'_> = &|take| {
            passes.set(passes.get() + 1);
            take(&sheet)?;
            if passes.get() == 1 {
                return Ok(());
            }
            Err(CliError::new(1, "no memory"))
        };
        let mut out = Vec::new();
        let failed = in_parts(&mut out, (sheets, &[]), Format::Table).unwrap_err();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "key\nrg-a\n\nincomplete: the answer breaks off here\n"
        );
        assert!(
            failed
                .message
                .is_some_and(|said| said.contains("incomplete"))
        );
    }

    #[test]
    fn a_reader_that_wants_no_more_is_told_nothing() {
        let sheets: &Sheets<'_> = &|take| {
            take(&Sheet::default())?;
            Err(CliError::from(io::Error::from(io::ErrorKind::BrokenPipe)))
        };
        let mut out = Vec::new();
        let failed = in_parts(&mut out, (sheets, &[]), Format::Md).unwrap_err();
        let text = String::from_utf8(out).unwrap();
        assert!(failed.code == 0 && !text.contains("incomplete"), "{text}");
    }
}
