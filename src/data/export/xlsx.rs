//! Writes a workbook: the rows on one sheet, their sources on another. Text is never a formula; amounts are numbers.

use crate::data::error::DataError;
use crate::domain::money::Amount;
use crate::domain::table::text_table::{Heading, Holds};
use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use std::io::{Seek, Write};

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
        Self::Stored(format!("the workbook could not be written: {error}"))
    }
}

impl XlsxSheet {
    /// Starts a workbook with these headings.
    pub fn new(headings: &[Heading]) -> Result<Self, DataError> {
        let mut book = Workbook::new();
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
        out: impl Write + Seek + Send,
    ) -> Result<u64, DataError> {
        let sheet = self.book.add_worksheet();
        sheet.set_name("about")?;
        sheet.set_column_width(0, 14)?;
        sheet.set_column_width(1, 100)?;
        for (row, (name, text)) in (0_u32..).zip(about) {
            sheet.write_string(row, 0, *name)?;
            sheet.write_string(row, 1, cut(text))?;
        }
        self.book.save_to_writer(out)?;
        Ok(self.rounded)
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
