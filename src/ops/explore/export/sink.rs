//! The writers of export files: lines go to the file as they come.

use crate::data::error::DataError;
use crate::data::export::parquet::ParquetSheet;
use crate::data::export::xlsx::{Losses, XlsxSheet};
use crate::data::sources::csv_errors::csv_io;
use crate::domain::table::text_table;
use crate::domain::table::text_table::{Heading, Sheet};
use crate::domain::text::escape::Csv;
use crate::ops::error::OpsError;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// The file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileForm {
    Csv(Csv),
    Parquet,
    Xlsx,
    Json,
    Md,
}

impl FileForm {
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

/// The writer of each format.
pub(super) enum Sink<'a> {
    Csv(Csv, Box<csv::Writer<BufWriter<&'a File>>>),
    Xlsx(Box<XlsxSheet>, BufWriter<&'a File>),
    Parquet(Box<ParquetSheet<BufWriter<&'a File>>>),
    /// The text under the rows, and the file.
    Markdown(String, BufWriter<&'a File>),
}

impl<'a> Sink<'a> {
    /// A workbook keeps its rows in the scratch folder until it is complete.
    pub(super) fn new(
        form: FileForm,
        headings: &[Heading],
        out: BufWriter<&'a File>,
        scratch: &Path,
    ) -> Result<Self, OpsError> {
        Ok(match form {
            FileForm::Xlsx => Self::Xlsx(Box::new(XlsxSheet::new(headings, scratch)?), out),
            FileForm::Parquet => Self::Parquet(Box::new(ParquetSheet::new(headings, out)?)),
            other => {
                let form = match other {
                    FileForm::Csv(form) => form,
                    FileForm::Parquet | FileForm::Xlsx | FileForm::Json | FileForm::Md => {
                        Csv::Spreadsheet
                    }
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

    /// A Markdown table with the headings of a sheet; its footer follows the rows.
    pub(super) fn markdown(sheet: &Sheet, mut out: BufWriter<&'a File>) -> io::Result<Self> {
        out.write_all(sheet.markdown_head().as_bytes())?;
        Ok(Self::Markdown(sheet.markdown_foot(), out))
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
        }
        Ok(())
    }

    pub(super) fn finish(self, about: &[(&str, String)]) -> Result<Vec<String>, OpsError> {
        match self {
            Self::Csv(_, mut writer) => writer.flush().map_err(io_error)?,
            Self::Xlsx(sheet, mut out) => {
                return Ok(losses_notes(&sheet.finish(about, &mut out)?));
            }
            Self::Parquet(sheet) => sheet.finish()?.flush().map_err(io_error)?,
            Self::Markdown(foot, mut out) => {
                out.write_all(foot.as_bytes()).map_err(io_error)?;
                out.flush().map_err(io_error)?;
            }
        }
        Ok(Vec::new())
    }
}

/// The notes about what a workbook does not hold.
pub(super) fn losses_notes(losses: &Losses) -> Vec<String> {
    let rounded = format!(
        "{} amounts have more than the 15 digits that spreadsheets calculate with; CSV, Parquet and JSON keep them exact",
        losses.rounded
    );
    let rounded = (losses.rounded > 0).then_some(rounded);
    rounded.into_iter().chain(losses.cut_words()).collect()
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
