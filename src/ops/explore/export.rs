//! Writes a result, or the rows behind it, to a file atomically.

use super::open;
use crate::data::error::DataError;
use crate::data::export::parquet::ParquetSheet;
use crate::data::export::xlsx::XlsxSheet;
use crate::data::sources::csv_errors::csv_io;
use crate::domain::money::Money;
use crate::domain::query::Query;
use crate::domain::table::group::Cell;
use crate::domain::table::json::{Document, Record};
use crate::domain::table::text_table::{Heading, Sheet, totals_text};
use crate::domain::text::escape::Csv;
use crate::domain::text::io_words::io_words;
use crate::domain::text::{bytes, counted};
use crate::ops::context::OpenDataset;
use crate::ops::error::OpsError;
use crate::store::files::NewFile;
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

/// A summary of the written file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub lines: u64,
    pub bytes: u64,
    /// Notes for readers of the file.
    pub notes: Vec<String>,
}

/// Refuses to overwrite a source or to write into a missing folder.
fn check_target(opened: &OpenDataset, target: &Path) -> Result<(), OpsError> {
    let same = |name: &String| {
        let (Ok(one), Ok(other)) = (Path::new(name).canonicalize(), target.canonicalize()) else {
            return false;
        };
        one == other || other.starts_with(one)
    };
    if opened.names.iter().any(same) {
        return Err(OpsError::Usage(format!(
            "{} is one of the sources; write to another file",
            target.display()
        )));
    }
    let folder = target
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(OpsError::Usage(format!(
            "folder {} not found; create it first, or choose another",
            folder.display()
        )));
    }
    Ok(())
}

/// The error of a file that cannot be written.
fn unwritten(target: &Path, error: &io::Error) -> OpsError {
    OpsError::Failed(format!("{}: {}", target.display(), io_words(error)))
}

/// Names the file in an error of writing to it.
fn naming(target: &Path) -> impl Fn(OpsError) -> OpsError + Copy {
    move |error| match error {
        OpsError::Data(DataError::Taker(error)) => unwritten(target, &error),
        other => other,
    }
}

/// Writes a finished table to a file of this format.
pub fn write_sheet(
    sheet: &Sheet,
    opened: &OpenDataset,
    form: Form,
    target: &Path,
) -> Result<(), OpsError> {
    let failed = |error: io::Error| unwritten(target, &error);
    check_target(opened, target)?;
    let file = NewFile::create(target).map_err(failed)?;
    let out = BufWriter::new(file.file());
    let mut sink = match form {
        Form::Md => Sink::Markdown(
            Sheet {
                rows: Vec::new(),
                ..sheet.clone()
            },
            out,
        ),
        form => Sink::new(form, &sheet.headings, out, file.folder()).map_err(naming(target))?,
    };
    sink.take(&sheet.rows).map_err(naming(target))?;
    let about = [("sources", opened.names.join(", "))];
    sink.finish(&about).map_err(naming(target))?;
    file.finish().map(|_| ()).map_err(failed)
}

/// Writes a finished text.
pub fn write_text(text: &str, opened: &OpenDataset, target: &Path) -> Result<(), OpsError> {
    let failed = |error: io::Error| unwritten(target, &error);
    check_target(opened, target)?;
    let file = NewFile::create(target).map_err(failed)?;
    file.file().write_all(text.as_bytes()).map_err(failed)?;
    file.finish().map(|_| ()).map_err(failed)
}

/// Writes the result of a query to a file of this format.
pub fn write(
    opened: &OpenDataset,
    query: &Query,
    form: Form,
    target: &Path,
) -> Result<Written, OpsError> {
    let failed = |error: io::Error| unwritten(target, &error);
    check_target(opened, target)?;
    let file = NewFile::create(target).map_err(failed)?;
    let written = if query.group_by.is_empty() {
        rows(opened, query, form, &file)
    } else {
        answer(opened, query, form, &file)
    };
    let (lines, mut notes) = written.map_err(naming(target))?;
    let silent = matches!(form, Form::Csv(_) | Form::Parquet);
    if let Some(limits) = opened.limits().filter(|_| silent) {
        notes.push(format!(
            "{limits}: this format cannot record it, so the file will look complete"
        ));
    }
    let size = file.finish().map_err(failed)?;
    Ok(Written {
        lines,
        bytes: size,
        notes,
    })
}

/// The summary as text.
pub fn told(done: &Written, target: &Path) -> String {
    let (lines, size) = (counted(done.lines, "line"), bytes(done.bytes));
    format!("{lines}, {size}, in {}", target.display())
}

type Done = Result<(u64, Vec<String>), OpsError>;

fn io_error(error: io::Error) -> OpsError {
    OpsError::Data(DataError::Taker(error))
}

/// Groups are few enough to fit in memory.
fn answer(opened: &OpenDataset, query: &Query, form: Form, target: &NewFile) -> Done {
    let table = open::show(&opened.data, query)?;
    let mut sheet = Sheet::of(query, &table);
    sheet.footer.extend(opened.limits());
    let lines = table.shown() as u64;
    let mut out = BufWriter::new(target.file());
    match form {
        Form::Json => {
            let filter = query.filter.as_ref().map(ToString::to_string);
            let limits = opened.limits();
            let subject = opened.subject(filter.as_deref(), limits.as_deref());
            let document = Document::of(subject, query, &table);
            serde_json::to_writer_pretty(&mut out, &document)
                .map_err(|error| io_error(error.into()))?;
            out.write_all(b"\n").map_err(io_error)?;
        }
        Form::Md => out
            .write_all(sheet.markdown().as_bytes())
            .map_err(io_error)?,
        form => {
            let mut file = Sink::new(form, &sheet.headings, out, target.folder())?;
            file.take(&sheet.rows)?;
            let totals = match query.change {
                Some(_) => sheet.footer.join("; "),
                None => limited_totals(opened, &table.totals),
            };
            let about = about(opened, query, &totals);
            return Ok((lines, file.finish(&about)?));
        }
    }
    out.flush().map_err(io_error)?;
    Ok((lines, Vec::new()))
}

/// Rows whose texts are held at once.
const AT_ONCE: usize = 1000;

/// Rows are streamed to the file.
fn rows(opened: &OpenDataset, query: &Query, form: Form, file: &NewFile) -> Done {
    let first = Query {
        limit: Some(0),
        ..query.clone()
    };
    let all = open::show(&opened.data, &first)?;
    let of = query
        .limit
        .map_or(all.rows, |limit| all.rows.min(limit as u64));
    let mut target = Some(BufWriter::new(file.file()));
    let mut sink: Option<Sink<'_>> = None;
    let mut lines = 0_u64;
    open::each_row(&opened.data, query, |names, rows| {
        if let Some(out) = target.take() {
            let headings: Vec<Heading> = names
                .iter()
                .map(|name| Heading {
                    name: name.clone(),
                    holds: opened.data.holds(name),
                })
                .collect();
            let counts = Counts {
                rows: all.rows,
                shown: of,
            };
            sink = Some(match form {
                Form::Json => Sink::json(opened, names, counts, out)?,
                Form::Md => {
                    Sink::markdown(headings, counts, &limited_totals(opened, &all.totals), out)?
                }
                form => Sink::new(form, &headings, out, file.folder()).map_err(io::Error::other)?,
            });
        }
        lines += rows.len() as u64;
        match &mut sink {
            Some(Sink::Json(json)) => json.take(names, &rows),
            Some(sink) => rows.chunks(AT_ONCE).try_for_each(|rows| {
                let texts: Vec<Vec<Option<String>>> = rows
                    .iter()
                    .map(|row| row.iter().map(Cell::exact).collect())
                    .collect();
                sink.take(&texts).map_err(io::Error::other)
            }),
            None => Ok(()),
        }
    })?;
    let about = about(opened, query, &limited_totals(opened, &all.totals));
    let notes = match sink {
        Some(sink) => sink.finish(&about)?,
        None => Vec::new(),
    };
    Ok((lines, notes))
}

/// Totals, with the limits of the reports behind them.
fn limited_totals(opened: &OpenDataset, totals: &[Money]) -> String {
    let limits = opened.limits().map(|limits| format!(" ({limits})"));
    format!("{}{}", totals_text(totals), limits.unwrap_or_default())
}

/// The `about` sheet of a workbook.
fn about(opened: &OpenDataset, query: &Query, totals: &str) -> Vec<(&'static str, String)> {
    let filter = query.filter.as_ref().map(ToString::to_string);
    let periods = query.change.map_or_else(
        || "-".to_owned(),
        |(before, after)| format!("{before} and {after}"),
    );
    vec![
        ("sources", opened.names.join(", ")),
        ("metric", opened.metric_word().to_owned()),
        ("filter", filter.unwrap_or_else(|| "none".to_owned())),
        ("periods", periods),
        ("exact total", totals.to_owned()),
        (
            "note",
            "spreadsheets calculate with 15 digits; amounts with more digits are exact in the CSV, Parquet and \
             JSON exports"
                .to_owned(),
        ),
    ]
}

#[derive(Clone, Copy)]
struct Counts {
    rows: u64,
    shown: u64,
}

/// The writer of each format.
enum Sink<'a> {
    Csv(Csv, Box<csv::Writer<BufWriter<&'a File>>>),
    Xlsx(Box<XlsxSheet>, BufWriter<&'a File>),
    Parquet(Box<ParquetSheet<BufWriter<&'a File>>>),
    Json(JsonRows<'a>),
    Markdown(Sheet, BufWriter<&'a File>),
}

impl<'a> Sink<'a> {
    /// A workbook keeps its rows in the scratch folder until it is complete.
    fn new(
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

    fn json(
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

    /// Markdown is meant for reading: the table is built in memory, and one too large to read is refused.
    fn markdown(
        headings: Vec<Heading>,
        counts: Counts,
        totals: &str,
        out: BufWriter<&'a File>,
    ) -> io::Result<Self> {
        const MOST: u64 = 100_000;
        if counts.shown > MOST {
            return Err(io::Error::other(format!(
                "{} rows are too many for Markdown; reduce them with --filter or --top, or write .csv",
                counts.shown
            )));
        }
        let Counts { rows, shown } = counts;
        let footer = vec![format!(
            "total {totals}   {shown} of {rows} shown   {}",
            counted(rows, "row")
        )];
        let sheet = Sheet {
            headings,
            rows: Vec::new(),
            footer,
        };
        Ok(Self::Markdown(sheet, out))
    }

    fn take(&mut self, rows: &[Vec<Option<String>>]) -> Result<(), OpsError> {
        match self {
            Self::Csv(form, writer) => {
                for row in rows {
                    csv_line(*form, writer, row.iter().map(Option::as_deref))?;
                }
            }
            Self::Xlsx(sheet, _) => sheet.take(rows)?,
            Self::Parquet(sheet) => sheet.take(rows)?,
            Self::Markdown(sheet, _) => sheet.rows.extend(rows.iter().cloned()),
            Self::Json(_) => {}
        }
        Ok(())
    }

    fn finish(self, about: &[(&str, String)]) -> Result<Vec<String>, OpsError> {
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
            Self::Markdown(sheet, mut out) => {
                out.write_all(sheet.markdown().as_bytes())
                    .map_err(io_error)?;
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

struct JsonRows<'a> {
    out: BufWriter<&'a File>,
    any: bool,
}

impl JsonRows<'_> {
    fn take(&mut self, columns: &[String], rows: &[Vec<Cell>]) -> io::Result<()> {
        for cells in rows {
            let comma: &[u8] = if self.any { b",\n" } else { b"\n" };
            self.any = true;
            self.out.write_all(comma)?;
            serde_json::to_writer(&mut self.out, &Record { columns, cells })?;
        }
        Ok(())
    }
}
