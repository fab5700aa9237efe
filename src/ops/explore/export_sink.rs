//! The writers of export files: lines go to the file as they come.

use crate::data::error::DataError;
use crate::data::export::parquet::ParquetSheet;
use crate::data::export::xlsx::XlsxSheet;
use crate::data::sources::csv_errors::csv_io;
use crate::domain::table::group::Cell;
use crate::domain::table::json::Record;
use crate::domain::table::text_table;
use crate::domain::table::text_table::{Heading, Sheet};
use crate::domain::text::counted;
use crate::domain::text::escape::Csv;
use crate::ops::context::OpenDataset;
use crate::ops::error::OpsError;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// The file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Csv(Csv),
    Parquet,
    Xlsx,
    Json,
    Md,
}

impl Form {
    /// Every format with its file extension.
    pub const ALL: [(&str, Self); 5] = [
        ("csv", Self::Csv(Csv::Spreadsheet)),
        ("xlsx", Self::Xlsx),
        ("parquet", Self::Parquet),
        ("json", Self::Json),
        ("md", Self::Md),
    ];

    /// The format that a file name asks for.
    pub fn of(path: &Path) -> Result<Self, OpsError> {
        let ending = path.extension().and_then(OsStr::to_str);
        let ending = ending.map(str::to_lowercase);
        let mut all = Self::ALL.iter();
        let found = all.find(|(known, _)| ending.as_deref() == Some(*known));
        found.map(|(_, form)| *form).ok_or_else(|| {
            OpsError::Usage(format!(
                "{}: unknown file type; use a name ending in .csv, .parquet, .xlsx, .json or .md",
                path.display()
            ))
        })
    }
}

/// An error of the file that is written.
pub(super) fn io_error(error: io::Error) -> OpsError {
    OpsError::Data(DataError::Taker(error))
}

/// How many rows there are, and how many of them are written.
#[derive(Clone, Copy)]
pub(super) struct Counts {
    pub(super) rows: u64,
    pub(super) shown: u64,
}

/// The writer of each format.
pub(super) enum Sink<'a> {
    Csv(Csv, Box<csv::Writer<BufWriter<&'a File>>>),
    Xlsx(Box<XlsxSheet>, BufWriter<&'a File>),
    Parquet(Box<ParquetSheet<BufWriter<&'a File>>>),
    Json(JsonRows<'a>),
    /// The text under the rows, and the file.
    Markdown(String, BufWriter<&'a File>),
}

impl<'a> Sink<'a> {
    /// A workbook keeps its rows in the scratch folder until it is complete.
    pub(super) fn new(
        form: Form,
        headings: &[Heading],
        out: BufWriter<&'a File>,
        scratch: &Path,
    ) -> Result<Self, OpsError> {
        Ok(match form {
            Form::Xlsx => Self::Xlsx(Box::new(XlsxSheet::new(headings, scratch)?), out),
            Form::Parquet => Self::Parquet(Box::new(ParquetSheet::new(headings, out)?)),
            other => {
                let form = match other {
                    Form::Csv(form) => form,
                    Form::Parquet | Form::Xlsx | Form::Json | Form::Md => Csv::Spreadsheet,
                };
                // The formatter already quotes the fields that need it.
                let mut writer = csv::WriterBuilder::new()
                    .quote_style(csv::QuoteStyle::Never)
                    .from_writer(out);
                let names = headings.iter().map(|heading| Some(heading.name.as_str()));
                csv_line(form, &mut writer, names)?;
                Self::Csv(form, Box::new(writer))
            }
        })
    }

    pub(super) fn json(
        opened: &OpenDataset,
        names: &[String],
        counts: Counts,
        mut out: BufWriter<&'a File>,
    ) -> io::Result<Self> {
        let sources = serde_json::to_string(&opened.names)?;
        let limited = match opened.limits() {
            Some(limits) => format!(",\"limited\":{}", serde_json::to_string(&limits)?),
            None => String::new(),
        };
        let columns = serde_json::to_string(names)?;
        let Counts { rows, shown } = counts;
        write!(
            out,
            "{{\"sources\":{sources}{limited},\"rows\":{rows},\"columns\":{columns},\"shown\":{shown},\"of\":{rows},\"records\":["
        )?;
        Ok(Self::Json(JsonRows { out, any: false }))
    }

    /// A Markdown table with the headings of a sheet; its footer follows the rows.
    pub(super) fn markdown(sheet: &Sheet, mut out: BufWriter<&'a File>) -> io::Result<Self> {
        out.write_all(sheet.markdown_head().as_bytes())?;
        Ok(Self::Markdown(sheet.markdown_foot(), out))
    }

    /// The table of so many rows.
    pub(super) fn markdown_of_rows(
        headings: Vec<Heading>,
        Counts { rows, shown }: Counts,
        totals: &str,
        out: BufWriter<&'a File>,
    ) -> io::Result<Self> {
        let footer = format!(
            "total {totals}   {shown} of {rows} shown   {}",
            counted(rows, "row")
        );
        let sheet = Sheet {
            headings,
            rows: Vec::new(),
            footer: vec![footer],
        };
        Self::markdown(&sheet, out)
    }

    pub(super) fn take(&mut self, rows: &[Vec<Option<String>>]) -> Result<(), OpsError> {
        match self {
            Self::Csv(form, writer) => {
                for row in rows {
                    csv_line(*form, writer, row.iter().map(Option::as_deref))?;
                }
            }
            Self::Xlsx(sheet, _) => sheet.take(rows)?,
            Self::Parquet(sheet) => sheet.take(rows)?,
            Self::Markdown(_, out) => {
                for row in rows {
                    let line = text_table::markdown_row(row);
                    out.write_all(line.as_bytes()).map_err(io_error)?;
                }
            }
            Self::Json(_) => {}
        }
        Ok(())
    }

    pub(super) fn finish(self, about: &[(&str, String)]) -> Result<Vec<String>, OpsError> {
        match self {
            Self::Csv(_, mut writer) => writer.flush().map_err(io_error)?,
            Self::Xlsx(sheet, mut out) => {
                let rounded = sheet.finish(about, &mut out)?;
                if rounded > 0 {
                    return Ok(vec![format!(
                        "{rounded} amounts have more than the 15 digits that spreadsheets calculate with; the exact total \
                         is on the sheet `about`"
                    )]);
                }
            }
            Self::Parquet(sheet) => sheet.finish()?.flush().map_err(io_error)?,
            Self::Json(mut json) => {
                json.out.write_all(b"\n]}\n").map_err(io_error)?;
                json.out.flush().map_err(io_error)?;
            }
            Self::Markdown(foot, mut out) => {
                out.write_all(foot.as_bytes()).map_err(io_error)?;
                out.flush().map_err(io_error)?;
            }
        }
        Ok(Vec::new())
    }
}

fn csv_line<'v>(
    form: Csv,
    writer: &mut csv::Writer<impl Write>,
    values: impl Iterator<Item = Option<&'v str>>,
) -> Result<(), OpsError> {
    let failed = |error| io_error(csv_io(error));
    let mut field = String::new();
    for value in values {
        form.field(value, &mut field);
        writer.write_field(&field).map_err(failed)?;
    }
    writer.write_record(None::<&[u8]>).map_err(failed)
}

/// Rows as a JSON document, written one by one.
pub(super) struct JsonRows<'a> {
    out: BufWriter<&'a File>,
    any: bool,
}

impl JsonRows<'_> {
    pub(super) fn take(&mut self, columns: &[String], rows: &[Vec<Cell>]) -> io::Result<()> {
        for cells in rows {
            let comma: &[u8] = if self.any { b",\n" } else { b"\n" };
            self.any = true;
            self.out.write_all(comma)?;
            serde_json::to_writer(&mut self.out, &Record { columns, cells })?;
        }
        Ok(())
    }
}
