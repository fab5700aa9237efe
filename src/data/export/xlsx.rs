//! Writes a workbook: the rows on one sheet, their sources on another. Text is never a formula; amounts are numbers.

use crate::data::columns::column_types::NO_AMOUNT;
use crate::data::columns::text_column::NONE;
use crate::data::engine::batches::{Batch, Values};
use crate::data::error::DataError;
use crate::domain::money::Amount;
use crate::domain::table::text_table::{Heading, Holds};
use crate::domain::text::{counted, grouped};
use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

/// Maximum number of rows in a sheet, including the heading.
const MOST_ROWS: u32 = 1_048_576;
/// Maximum number of characters in a cell.
const LONGEST: usize = 32_767;
/// Number of digits that a spreadsheet keeps.
const DIGITS: usize = 15;

/// Less than the usual 6: a workbook of many rows is packed in a third of the time and is a fifth larger.
const PACKING: u8 = 2;

/// A workbook being written. Appended rows are not kept in memory.
pub struct XlsxSheet {
    book: Workbook,
    headings: Vec<Heading>,
    next: u32,
    rounded: u64,
    /// The number of cut texts in each column that has any.
    cut: BTreeMap<u16, u64>,
    day: Format,
}

/// Counts of the values that a spreadsheet cannot hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Losses {
    /// Amounts with more digits than it calculates with.
    pub rounded: u64,
    /// Texts that are too long for a cell and were cut.
    pub cut: u64,
    /// The columns of these texts.
    pub columns: Vec<String>,
}

impl Losses {
    /// A sentence on the texts that were cut.
    pub fn cut_words(&self) -> Option<String> {
        let were = match self.cut {
            0 => return None,
            1 => "was",
            _ => "were",
        };
        let word = match self.columns.len() {
            1 => "column",
            _ => "columns",
        };
        Some(format!(
            "{} {were} cut: a spreadsheet holds {} characters in a cell, and the {word} {} had more; CSV, Parquet and JSON \
             hold all of them",
            counted(self.cut, "cell"),
            grouped(LONGEST as u64),
            self.columns.join(", ")
        ))
    }
}

impl From<XlsxError> for DataError {
    fn from(error: XlsxError) -> Self {
        match error {
            XlsxError::IoError(error) | XlsxError::TempFileError(_, error) => Self::Taker(error),
            error => Self::Stored(format!("the workbook could not be written: {error}")),
        }
    }
}

/// Whether the library panicked because it could not write its own temporary file.
pub fn is_of_disk(panic: &str) -> bool {
    panic.contains("Couldn't write") || panic.contains("Os {")
}

/// Runs a step of the library, which panics if it cannot write its own temporary file.
fn guarded<T>(step: impl FnOnce() -> Result<T, DataError>) -> Result<T, DataError> {
    catch_unwind(AssertUnwindSafe(step)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>();
        if !said.is_some_and(|said| is_of_disk(said)) {
            resume_unwind(panic);
        }
        let problem = "the rows wait in a temporary file beside it, which cannot be written: the disk is full, or a file may not \
                       be so large (`ulimit -f` shows the limit)";
        Err(DataError::Taker(io::Error::other(problem)))
    })
}

/// A writer that keeps its first error and then takes everything: the library prints an error on stderr if the archive
/// meets one while it is dropped.
struct Lasting<W> {
    inner: W,
    problem: Option<io::Error>,
}

impl<W: Write> Lasting<W> {
    /// Flushes the writer. Fails with the first error, if there was one.
    fn end(mut self) -> io::Result<()> {
        match self.problem.take() {
            Some(error) => Err(error),
            None => self.inner.flush(),
        }
    }
}

impl<W: Write> Write for Lasting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.problem.is_none() {
            match self.inner.write(bytes) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                    self.problem = Some(error);
                }
                written => return written,
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.problem.is_none() {
            self.problem = self.inner.flush().err();
        }
        Ok(())
    }
}

impl XlsxSheet {
    /// Starts a workbook with these headings. Its rows wait in a file without a name in the scratch folder.
    pub fn new(headings: &[Heading], scratch: &Path) -> Result<Self, DataError> {
        guarded(|| Self::start(headings, scratch))
    }

    fn start(headings: &[Heading], scratch: &Path) -> Result<Self, DataError> {
        let mut book = Workbook::new();
        book.set_zip_compression_level(PACKING);
        // The system's temporary folder may be small, or in memory.
        book.set_tempdir(scratch)?;
        let sheet = book.add_worksheet_with_constant_memory()?;
        sheet.set_name("costs")?;
        let bold = Format::new().set_bold();
        // Widths must be set before the first row, because rows are not kept.
        for (column, heading) in (0_u16..).zip(headings) {
            let width = match heading.holds {
                Holds::Number => 18.0,
                Holds::Day => 12.0,
                Holds::Text | Holds::Quantity => 24.0,
            };
            sheet.set_column_width(column, width)?;
        }
        sheet.set_freeze_panes(1, 0)?;
        let mut cuts = BTreeMap::new();
        for (column, heading) in (0_u16..).zip(headings) {
            let (name, is_cut) = cut(&heading.name);
            sheet.write_string_with_format(0, column, name, &bold)?;
            if is_cut {
                cuts.insert(column, 1);
            }
        }
        Ok(Self {
            book,
            headings: headings.to_vec(),
            next: 1,
            rounded: 0,
            cut: cuts,
            day: Format::new().set_num_format("yyyy-mm-dd"),
        })
    }

    /// Appends rows.
    pub fn take(&mut self, rows: &[Vec<Option<String>>]) -> Result<(), DataError> {
        guarded(|| self.append(rows))
    }

    fn append(&mut self, rows: &[Vec<Option<String>>]) -> Result<(), DataError> {
        for row in rows {
            let cells = row.iter().zip(&self.headings);
            let ready: Vec<Option<Ready>> = cells
                .map(|(value, heading)| value.as_ref().map(|text| Ready::of(text, heading.holds)))
                .collect();
            self.add(ready.iter().map(Option::as_ref))?;
        }
        Ok(())
    }

    /// Appends columns that are prepared, unless `wanted` fails.
    pub(crate) fn take_batch(
        &mut self,
        batch: &Batch<Cells>,
        wanted: impl Fn() -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        /// Rows until it is asked again whether they are wanted.
        const TOGETHER: usize = 1_000;
        guarded(|| {
            (0..batch.rows).try_for_each(|row| {
                if row.is_multiple_of(TOGETHER) {
                    wanted()?;
                }
                let columns = batch.columns.iter();
                self.add(columns.map(|column| column.of_row(row)))
            })
        })
    }

    /// Appends a row.
    fn add<'c>(&mut self, cells: impl Iterator<Item = Option<&'c Ready>>) -> Result<(), DataError> {
        if self.next >= MOST_ROWS {
            return Err(DataError::Stored(format!(
                "a sheet holds {} rows and there are more; narrow them with a filter, or write .csv or .parquet",
                MOST_ROWS - 1
            )));
        }
        let sheet = self.book.worksheet_from_index(0)?;
        for (column, cell) in (0_u16..).zip(cells) {
            let Some(cell) = cell else { continue };
            put(sheet, (self.next, column), cell, &self.day)?;
            match cell {
                Ready::Number(_, is_rounded) => self.rounded += u64::from(*is_rounded),
                Ready::Text(_, true) => *self.cut.entry(column).or_default() += 1,
                Ready::Text(_, false) | Ready::Day(_) => {}
            }
        }
        self.next += 1;
        Ok(())
    }

    /// Writes the workbook and an `about` sheet. Returns what the workbook does not hold.
    pub fn finish(
        mut self,
        about: &[(&str, String)],
        out: impl Write + Send,
    ) -> Result<Losses, DataError> {
        let losses = self.losses();
        let mut out = Lasting {
            inner: out,
            problem: None,
        };
        let mut lines: Vec<(&str, &str)> = Vec::new();
        for (name, text) in about {
            let names = std::iter::once(*name).chain(std::iter::repeat(""));
            lines.extend(names.zip(pieces(text)));
        }
        let cut = losses.cut_words();
        lines.extend(
            cut.iter()
                .flat_map(|words| pieces(words))
                .map(|words| ("cut texts", words)),
        );
        guarded(|| self.save(&lines, &mut out))?;
        out.end().map_err(DataError::Taker)?;
        Ok(losses)
    }

    fn losses(&self) -> Losses {
        let columns = self.cut.keys().filter_map(|column| {
            let heading = self.headings.get(usize::from(*column))?;
            Some(cut(&heading.name).0)
        });
        Losses {
            rounded: self.rounded,
            cut: self.cut.values().sum(),
            columns: columns.collect(),
        }
    }

    fn save(&mut self, about: &[(&str, &str)], out: impl Write + Send) -> Result<(), DataError> {
        // A sheet of another kind would be put together on a thread of its own.
        let sheet = self.book.add_worksheet_with_low_memory()?;
        sheet.set_name("about")?;
        sheet.set_column_width(0, 14)?;
        sheet.set_column_width(1, 100)?;
        for (row, (name, text)) in (0_u32..).zip(about) {
            sheet.write_string(row, 0, *name)?;
            sheet.write_string(row, 1, *text)?;
        }
        self.book.save_to_writer(out)?;
        Ok(())
    }
}

/// A value as it is written into a cell.
pub(crate) enum Ready {
    /// The text, and whether it was cut to fit.
    Text(String, bool),
    /// The nearest `f64`, which is what a spreadsheet would read, and whether there are more digits than it keeps.
    Number(f64, bool),
    /// Days as spreadsheets count them.
    Day(f64),
}

/// A column, ready to be written: for each row its number among the values, if it has one.
pub(crate) struct Cells {
    codes: Vec<u32>,
    ready: Vec<Ready>,
}

impl Ready {
    fn of(text: &str, holds: Holds) -> Self {
        let ready = match holds {
            Holds::Number => Amount::parse(text).is_ok().then(|| number(text)),
            Holds::Day => day(text).map(Self::Day),
            Holds::Text | Holds::Quantity => None,
        };
        ready.unwrap_or_else(|| {
            let (text, is_cut) = cut(text);
            Self::Text(text, is_cut)
        })
    }
}

fn number(text: &str) -> Ready {
    let digits = text.trim_start_matches(['-', '0', '.']);
    let count = digits.bytes().filter(u8::is_ascii_digit).count();
    Ready::Number(text.parse().unwrap_or_default(), count > DIGITS)
}

fn day(text: &str) -> Option<f64> {
    let date = text.parse::<NaiveDate>().ok()?;
    let year = u16::try_from(date.year()).ok()?;
    let (month, day) = (
        u8::try_from(date.month()).ok()?,
        u8::try_from(date.day()).ok()?,
    );
    Some(ExcelDateTime::from_ymd(year, month, day).ok()?.to_excel())
}

impl Cells {
    /// Prepares a column of this type; each distinct text once.
    pub(crate) fn of(holds: Holds, values: Values) -> Self {
        let column = match values {
            Values::Amounts(units) if holds == Holds::Number => return Self::of_amounts(&units),
            values => values.into_texts(),
        };
        let ready = column.distinct().map(|text| Ready::of(text, holds));
        Self {
            ready: ready.collect(),
            codes: column.codes,
        }
    }

    fn of_amounts(units: &[i128]) -> Self {
        let (mut codes, mut ready) = (Vec::with_capacity(units.len()), Vec::new());
        let mut before = NO_AMOUNT;
        for units in units {
            if *units == NO_AMOUNT {
                codes.push(NONE);
                continue;
            }
            // The same amount often follows in a sorted table.
            if *units != before || ready.is_empty() {
                ready.push(number(&Amount::from_units(*units).to_string()));
                before = *units;
            }
            codes.push(u32::try_from(ready.len() - 1).unwrap_or(NONE));
        }
        Self { codes, ready }
    }

    fn of_row(&self, row: usize) -> Option<&Ready> {
        self.ready.get(*self.codes.get(row)? as usize)
    }
}

/// Writes one cell.
fn put(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Ready,
    day: &Format,
) -> Result<(), DataError> {
    match cell {
        Ready::Text(text, _) => sheet.write_string(row, column, text.as_str())?,
        Ready::Number(number, _) => sheet.write_number(row, column, *number)?,
        Ready::Day(days) => sheet.write_number_with_format(row, column, *days, day)?,
    };
    Ok(())
}

/// Cuts a text to fit a cell, and marks the cut. Spreadsheets count UTF-16 units, and an emoji has two.
fn cut(text: &str) -> (String, bool) {
    if text.encode_utf16().count() <= LONGEST {
        return (text.to_owned(), false);
    }
    let (kept, _) = text.split_at(fitting(text, LONGEST - 1));
    (format!("{kept}…"), true)
}

/// A text in pieces that each fit a cell.
fn pieces(text: &str) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    loop {
        let (piece, left) = rest.split_at(fitting(rest, LONGEST));
        pieces.push(piece);
        if left.is_empty() {
            return pieces;
        }
        rest = left;
    }
}

/// The bytes of the characters at the start of a text that have at most so many UTF-16 units.
fn fitting(text: &str, most: usize) -> usize {
    let mut units = 0;
    let fits = |c: &char| {
        units += c.len_utf16();
        units <= most
    };
    text.chars().take_while(fits).map(char::len_utf8).sum()
}

#[cfg(test)]
mod tests {
    use crate::data::export::xlsx::{LONGEST, Losses, cut, pieces};

    #[test]
    fn a_text_is_cut_only_if_a_cell_cannot_hold_it() {
        let (plain, wide) = ("é".repeat(LONGEST), "\u{1f600}".repeat(LONGEST / 2 + 1));
        for (text, is_cut, length) in [
            ("", false, 0),
            ("short", false, 5),
            (plain.as_str(), false, LONGEST),
            (&format!("{plain}x"), true, LONGEST),
            (&wide, true, LONGEST),
        ] {
            let (kept, was_cut) = cut(text);
            let units = kept.encode_utf16().count();
            assert_eq!((was_cut, units), (is_cut, length), "{}", text.len());
            assert_eq!(kept.ends_with('…'), is_cut);
            // Nothing of a text in pieces is lost.
            assert_eq!(pieces(text).concat(), text);
            let fits = |piece: &&str| piece.encode_utf16().count() <= LONGEST;
            assert!(pieces(text).iter().all(fits));
        }
    }

    #[test]
    fn cut_texts_are_told_with_their_number_and_columns() {
        let losses = |cut, columns: &[&str]| Losses {
            cut,
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            ..Losses::default()
        };
        assert_eq!(losses(0, &[]).cut_words(), None);
        for (cut, columns, expected) in [
            (
                1,
                &["Tags"][..],
                "1 cell was cut: a spreadsheet holds 32,767 characters in a cell, and the column Tags had more",
            ),
            (
                1_200,
                &["Tags", "AdditionalInfo"],
                "1,200 cells were cut: a spreadsheet holds 32,767 characters in a cell, and the columns Tags, AdditionalInfo \
                 had more",
            ),
        ] {
            let words = losses(cut, columns).cut_words().unwrap();
            assert!(words.starts_with(expected), "{words}");
        }
    }
}
