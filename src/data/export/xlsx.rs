//! Writes a workbook: the rows on one sheet, their sources on another. Text is never a formula; amounts are numbers.

use crate::data::error::DataError;
use crate::domain::money::Amount;
use crate::domain::table::text_table::{Heading, Holds};
use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

/// Maximum number of rows in a sheet, including the heading.
const MOST_ROWS: u32 = 1_048_576;
/// Maximum number of characters in a cell.
const LONGEST: usize = 32_767;
/// Number of digits that a spreadsheet keeps.
const DIGITS: usize = 15;

/// A workbook being written. Appended rows are not kept in memory.
pub struct XlsxSheet {
    book: Workbook,
    holds: Vec<Holds>,
    next: u32,
    rounded: u64,
    day: Format,
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
        for (column, heading) in (0_u16..).zip(headings) {
            sheet.write_string_with_format(0, column, cut(&heading.name), &bold)?;
        }
        Ok(Self {
            book,
            holds: headings.iter().map(|heading| heading.holds).collect(),
            next: 1,
            rounded: 0,
            day: Format::new().set_num_format("yyyy-mm-dd"),
        })
    }

    /// Appends rows.
    pub fn take(&mut self, rows: &[Vec<Option<String>>]) -> Result<(), DataError> {
        guarded(|| self.append(rows))
    }

    fn append(&mut self, rows: &[Vec<Option<String>>]) -> Result<(), DataError> {
        let sheet = self.book.worksheet_from_index(0)?;
        for row in rows {
            if self.next >= MOST_ROWS {
                return Err(DataError::Stored(format!(
                    "a sheet holds {} rows and there are more; narrow them with a filter, or write .csv or .parquet",
                    MOST_ROWS - 1
                )));
            }
            for ((column, value), holds) in (0_u16..).zip(row).zip(&self.holds) {
                if let Some(text) = value {
                    let place = (self.next, column);
                    self.rounded += u64::from(put(sheet, place, text, *holds, &self.day)?);
                }
            }
            self.next += 1;
        }
        Ok(())
    }

    /// Writes the workbook and an `about` sheet. Returns how many amounts have more digits than a spreadsheet keeps.
    pub fn finish(
        mut self,
        about: &[(&str, String)],
        out: impl Write + Send,
    ) -> Result<u64, DataError> {
        let mut out = Lasting {
            inner: out,
            problem: None,
        };
        guarded(|| self.save(about, &mut out))?;
        out.end().map_err(DataError::Taker)?;
        Ok(self.rounded)
    }

    fn save(&mut self, about: &[(&str, String)], out: impl Write + Send) -> Result<(), DataError> {
        // A sheet of another kind would be put together on a thread of its own.
        let sheet = self.book.add_worksheet_with_low_memory()?;
        sheet.set_name("about")?;
        sheet.set_column_width(0, 14)?;
        sheet.set_column_width(1, 100)?;
        for (row, (name, text)) in (0_u32..).zip(about) {
            sheet.write_string(row, 0, *name)?;
            sheet.write_string(row, 1, cut(text))?;
        }
        self.book.save_to_writer(out)?;
        Ok(())
    }
}

/// Writes one cell. Returns whether it has more digits than a spreadsheet keeps.
fn put(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    text: &str,
    holds: Holds,
    day: &Format,
) -> Result<bool, DataError> {
    match holds {
        Holds::Number if Amount::parse(text).is_ok() => {
            // The nearest `f64`: the spreadsheet would read the digits as the same number.
            let number: f64 = text.parse().unwrap_or_default();
            sheet.write_number(row, column, number)?;
            let digits = text.trim_start_matches(['-', '0', '.']);
            let count = digits.bytes().filter(u8::is_ascii_digit).count();
            return Ok(count > DIGITS);
        }
        Holds::Day => {
            let date = text.parse::<NaiveDate>().ok().and_then(|date| {
                let year = u16::try_from(date.year()).ok()?;
                let (month, day) = (
                    u8::try_from(date.month()).ok()?,
                    u8::try_from(date.day()).ok()?,
                );
                ExcelDateTime::from_ymd(year, month, day).ok()
            });
            match date {
                Some(date) => sheet.write_datetime_with_format(row, column, date, day)?,
                None => sheet.write_string(row, column, cut(text))?,
            };
        }
        Holds::Text | Holds::Number | Holds::Quantity => {
            sheet.write_string(row, column, cut(text))?;
        }
    }
    Ok(false)
}

/// Cuts a text to fit a cell, and marks the cut. Spreadsheets count UTF-16 units, and an emoji has two.
fn cut(text: &str) -> String {
    if text.encode_utf16().count() <= LONGEST {
        return text.to_owned();
    }
    let mut units = 0;
    let fits = |c: &char| {
        units += c.len_utf16();
        units < LONGEST
    };
    let kept: String = text.chars().take_while(fits).collect();
    format!("{kept}…")
}
