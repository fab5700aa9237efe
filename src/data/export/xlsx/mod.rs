//! Writes a workbook: the rows on one sheet, their sources on another. Text is never a formula; amounts are numbers.
//!
//! Rows are put into words and compressed on all threads, some at a time. They wait in a file without a name until the
//! sheet is complete, because its size stands before it.

pub(crate) mod cells;
mod package;
mod parts;

use crate::data::engine::batches::Batch;
use crate::data::error::DataError;
use crate::data::threads::in_order;
use crate::domain::table::text_table::{Heading, Holds};
use crate::domain::text::{counted, grouped};
use cells::{Cells, LONGEST, Loss, pieces};
use package::{Package, Piece, Sum};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::ops::Range;
use std::path::Path;

/// Maximum number of rows in a sheet, including the heading.
const MOST_ROWS: u32 = 1_048_576;
/// Maximum number of columns in a sheet.
const MOST_COLUMNS: usize = 16_384;

/// A workbook being written. Appended rows are not kept in memory.
pub struct XlsxSheet {
    headings: Vec<(String, Holds)>,
    /// What precedes the number of the row in a cell of each column.
    places: Vec<String>,
    /// The compressed rows, and their sum.
    rows: File,
    sum: Sum,
    next: u32,
    lost: Lost,
}

/// The values that a spreadsheet cannot hold.
#[derive(Default)]
struct Lost {
    rounded: u64,
    /// The number of cut texts in each column that has any.
    cut: BTreeMap<usize, u64>,
}

impl Lost {
    fn add(&mut self, next: &Self) {
        self.rounded += next.rounded;
        for (column, count) in &next.cut {
            *self.cut.entry(*column).or_default() += count;
        }
    }
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

impl XlsxSheet {
    /// Starts a workbook with these headings. Its rows wait in a file without a name in the scratch folder.
    pub fn new(headings: &[Heading], scratch: &Path) -> Result<Self, DataError> {
        if headings.len() > MOST_COLUMNS {
            return Err(DataError::Stored(format!(
                "a sheet holds {} columns and there are more; choose some with --columns, or write .csv or .parquet",
                grouped(MOST_COLUMNS as u64)
            )));
        }
        // The system's temporary folder may be small, or in memory.
        let rows = tempfile::tempfile_in(scratch).map_err(DataError::Taker)?;
        let (headings, cut) = parts::fitting_headings(headings);
        let columns = 0..headings.len();
        Ok(Self {
            places: columns
                .map(|at| format!("<c r=\"{}", parts::place(at)))
                .collect(),
            headings,
            rows,
            sum: Sum::default(),
            next: 2,
            lost: Lost {
                rounded: 0,
                cut: cut.into_iter().map(|at| (at, 1)).collect(),
            },
        })
    }

    /// Appends rows.
    pub fn take(&mut self, rows: &[Vec<Option<String>>]) -> Result<(), DataError> {
        let column = |(at, (_, holds)): (usize, &(String, Holds))| {
            let values = rows.iter().map(|row| row.get(at)?.as_deref());
            Cells::of_rows(*holds, values)
        };
        let batch = Batch {
            rows: rows.len(),
            columns: self.headings.iter().enumerate().map(column).collect(),
        };
        self.take_batch(&batch, 1, || Ok(()))
    }

    /// Appends columns that are prepared, on some threads, unless `wanted` fails.
    pub(crate) fn take_batch(
        &mut self,
        batch: &Batch<Cells>,
        threads: usize,
        wanted: impl Fn() -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let first = self.next;
        let rows = u32::try_from(batch.rows).ok();
        let last = rows.and_then(|rows| (first - 1).checked_add(rows));
        let last = last.filter(|last| *last <= MOST_ROWS).ok_or_else(|| {
            DataError::Stored(format!(
                "a sheet holds {} rows and there are more; narrow them with a filter, or write .csv or .parquet",
                MOST_ROWS - 1
            ))
        })?;
        let Self {
            places,
            rows: file,
            sum,
            lost,
            ..
        } = self;
        let together = together(places.len());
        let make = |at: usize| {
            let start = at * together;
            let rows = start..batch.rows.min(start + together);
            let (text, without) = text_of(batch, (rows, first), places);
            Ok((Piece::of(&text)?, without))
        };
        in_order(
            threads,
            batch.rows.div_ceil(together),
            make,
            |(piece, more)| {
                wanted()?;
                file.write_all(&piece.bytes).map_err(DataError::Taker)?;
                sum.add(&piece.sum);
                lost.add(&more);
                Ok(())
            },
        )?;
        self.next = last + 1;
        Ok(())
    }

    /// Writes the workbook and an `about` sheet. Returns what the workbook does not hold.
    pub fn finish(self, about: &[(&str, String)], out: impl Write) -> Result<Losses, DataError> {
        let losses = self.losses();
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
        self.save(&lines, out)?;
        Ok(losses)
    }

    fn losses(&self) -> Losses {
        let columns = self.lost.cut.keys().filter_map(|at| self.headings.get(*at));
        Losses {
            rounded: self.lost.rounded,
            cut: self.lost.cut.values().sum(),
            columns: columns.map(|(name, _)| name.clone()).collect(),
        }
    }

    fn save(mut self, about: &[(&str, &str)], out: impl Write) -> Result<(), DataError> {
        let mut package = Package::new(out);
        for (name, text) in parts::FIXED {
            package.add_text(name, text.as_bytes())?;
        }
        let head = Piece::of(&parts::head(&self.headings, self.next - 1))?;
        let end = Piece::of(parts::END.as_bytes())?;
        let mut sum = head.sum;
        sum.add(&self.sum);
        sum.add(&end.sum);
        let waiting = self.sum.packed();
        let copied = package.add(parts::ROWS, &sum, |out| {
            out.write_all(&head.bytes)?;
            self.rows.rewind()?;
            if io::copy(&mut self.rows.take(waiting), out)? < waiting {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            out.write_all(&end.bytes)
        });
        copied.map_err(DataError::Taker)?;
        package.add_text(parts::ABOUT, &parts::about(about))?;
        package.finish().map_err(DataError::Taker)?;
        Ok(())
    }
}

/// Rows that are compressed together: about a megabyte.
fn together(columns: usize) -> usize {
    /// Bytes of a row without its cells, and of a cell.
    const ROW: usize = 24;
    const CELL: usize = 48;
    ((1 << 20) / (ROW + columns * CELL)).clamp(1, 10_000)
}

/// The text of some rows of a batch that has this first row, and what it does not hold.
fn text_of(
    batch: &Batch<Cells>,
    (rows, first): (Range<usize>, u32),
    places: &[String],
) -> (Vec<u8>, Lost) {
    let (mut text, mut without) = (Vec::with_capacity(1 << 20), Lost::default());
    for row in rows {
        let number = (u64::from(first) + row as u64).to_string();
        let number = number.as_bytes();
        text.extend_from_slice(b"<row r=\"");
        text.extend_from_slice(number);
        text.extend_from_slice(b"\">");
        for (at, (column, place)) in batch.columns.iter().zip(places).enumerate() {
            let Some((cell, loss)) = column.of_row(row) else {
                continue;
            };
            text.extend_from_slice(place.as_bytes());
            text.extend_from_slice(number);
            text.extend_from_slice(cell);
            match loss {
                Loss::Nothing => {}
                Loss::Digits => without.rounded += 1,
                Loss::End => *without.cut.entry(at).or_default() += 1,
            }
        }
        text.extend_from_slice(b"</row>");
    }
    (text, without)
}

#[cfg(test)]
mod tests {
    use crate::data::engine::batches::{Batch, TextValues, Values};
    use crate::data::error::DataError;
    use crate::data::export::xlsx::cells::Cells;
    use crate::data::export::xlsx::parts::FIXED;
    use crate::data::export::xlsx::{Losses, MOST_COLUMNS, MOST_ROWS, XlsxSheet, together};
    use crate::domain::table::text_table::{Heading, Holds};
    use std::io::{Cursor, Read};
    use zip::ZipArchive;

    fn heading(name: &str, holds: Holds) -> Heading {
        Heading {
            name: name.to_owned(),
            holds,
        }
    }

    fn part(book: &[u8], name: &str) -> String {
        let mut archive = ZipArchive::new(Cursor::new(book)).unwrap();
        let mut text = String::new();
        let mut part = archive.by_name(name).unwrap();
        part.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_small_sheet_has_its_headings_rows_and_description() {
        let folder = tempfile::tempdir().unwrap();
        let headings = [
            heading("Meter <A>", Holds::Text),
            heading("cost", Holds::Number),
            heading("date", Holds::Day),
        ];
        let mut sheet = XlsxSheet::new(&headings, folder.path()).unwrap();
        let row =
            |values: [Option<&str>; 3]| values.map(|value| value.map(ToOwned::to_owned)).to_vec();
        let rows = [
            row([Some("=cmd"), Some("0.12345678901234567"), None]),
            row([None, None, Some("2026-10-31")]),
        ];
        sheet.take(&rows).unwrap();
        sheet.take(&[row([Some(""), None, Some("later")])]).unwrap();
        let mut book = Vec::new();
        let losses = sheet
            .finish(&[("sources", "a & b".to_owned())], &mut book)
            .unwrap();
        assert_eq!((losses.rounded, losses.cut), (1, 0));
        let costs = part(&book, "xl/worksheets/sheet1.xml");
        for words in [
            "<dimension ref=\"A1:C4\"/>",
            "<col min=\"3\" max=\"3\" width=\"12.7109375\" customWidth=\"1\"/></cols>",
            "<sheetData><row r=\"1\"><c r=\"A1\" s=\"1\" t=\"inlineStr\"><is><t>Meter &lt;A&gt;</t></is></c>",
            "<row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>=cmd</t></is></c><c r=\"B2\"><v>0.12345678901234568</v></c></row>",
            "<row r=\"3\"><c r=\"C3\" s=\"2\"><v>46326</v></c></row>",
            "<row r=\"4\"><c r=\"C4\" t=\"inlineStr\"><is><t>later</t></is></c></row></sheetData>",
        ] {
            assert!(costs.contains(words), "{words}: {costs}");
        }
        let about = part(&book, "xl/worksheets/sheet2.xml");
        assert!(about.contains("<t>a &amp; b</t>"), "{about}");
        for (name, _) in FIXED {
            assert!(part(&book, name).starts_with("<?xml "), "{name}");
        }
    }

    /// A batch of one column with the same value.
    fn batch(rows: usize) -> Batch<Cells> {
        let mut column = TextValues::default();
        let code = column.texts.number("a");
        column.codes = vec![code; rows];
        Batch {
            rows,
            columns: vec![Cells::of(Holds::Text, Values::Texts(column))],
        }
    }

    #[test]
    fn rows_are_the_same_on_any_number_of_threads_and_in_any_batches() {
        let folder = tempfile::tempdir().unwrap();
        let count = together(1) * 3 + 7;
        let mut books = Vec::new();
        for (threads, sizes) in [(1, vec![count]), (3, vec![count]), (2, vec![1, count - 1])] {
            let mut sheet = XlsxSheet::new(&[heading("m", Holds::Text)], folder.path()).unwrap();
            for size in sizes {
                sheet.take_batch(&batch(size), threads, || Ok(())).unwrap();
            }
            let mut book = Vec::new();
            sheet.finish(&[], &mut book).unwrap();
            let costs = part(&book, "xl/worksheets/sheet1.xml");
            let last = format!("<row r=\"{0}\"><c r=\"A{0}\"", count + 1);
            assert!(costs.contains(&last), "{threads}");
            assert_eq!(costs.matches("<row ").count(), count + 1);
            books.push(costs);
        }
        assert!(books.iter().all(|book| *book == books[0]));
    }

    #[test]
    fn more_than_a_sheet_holds_and_rows_that_are_not_wanted_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let columns = vec![heading("m", Holds::Text); MOST_COLUMNS + 1];
        assert!(XlsxSheet::new(&columns, folder.path()).is_err());
        let mut sheet = XlsxSheet::new(&columns[..1], folder.path()).unwrap();
        let most = MOST_ROWS as usize - 1;
        let Err(error) = sheet.take_batch(&batch(most + 1), 2, || Ok(())) else {
            panic!("there is no room for them");
        };
        assert!(
            error.to_string().contains("a sheet holds 1048575 rows"),
            "{error}"
        );
        sheet.take_batch(&batch(most), 2, || Ok(())).unwrap();
        assert!(sheet.take_batch(&batch(1), 2, || Ok(())).is_err());
        let mut sheet = XlsxSheet::new(&columns[..1], folder.path()).unwrap();
        let refused = sheet.take_batch(&batch(9), 2, || Err(DataError::Cancelled));
        assert!(matches!(refused, Err(DataError::Cancelled)));
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
