//! Writes a result, or the rows behind it, to a file atomically.

mod about;
pub mod lines;
mod rows;
mod sink;

pub use sink::FileForm;

use super::open;
use crate::data::error::DataError;
use crate::data::progress::Progress;
use crate::domain::query::Query;
use crate::domain::table::Table;
use crate::domain::table::json::Document;
use crate::domain::table::text_table::{Sheet, answer_footer};
use crate::domain::text::io_words::io_words;
use crate::domain::text::{bytes, counted};
use crate::ops::context::OpenDataset;
use crate::ops::error::OpsError;
use crate::store::files::NewFile;
use about::{about, limited_totals};
use sink::{Sink, io_error};
use std::io::{self, BufWriter, Write};
use std::path::Path;

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

/// Starts a new file, if it may be written.
fn begin(opened: &OpenDataset, target: &Path) -> Result<NewFile, OpsError> {
    check_target(opened, target)?;
    NewFile::create(target).map_err(|error| unwritten(target, &error))
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

/// Writes a finished table to a file of this format. Returns notes for readers of the file.
pub fn write_sheet(
    sheet: &Sheet,
    opened: &OpenDataset,
    form: FileForm,
    target: &Path,
) -> Result<Vec<String>, OpsError> {
    if form == FileForm::Json {
        write_text(&sheet_json(sheet, opened), opened, target)?;
        return Ok(Vec::new());
    }
    let file = begin(opened, target)?;
    let failed = |error: io::Error| unwritten(target, &error);
    let out = BufWriter::new(file.file());
    let mut sink = match form {
        FileForm::Md => Sink::markdown(sheet, out).map_err(failed)?,
        form => Sink::new(form, &sheet.headings, out, file.folder()).map_err(naming(target))?,
    };
    sink.take(&sheet.rows).map_err(naming(target))?;
    let mut about = vec![("sources", opened.names.join(", "))];
    if !sheet.footer.is_empty() {
        about.push(("under the table", sheet.footer.join("; ")));
    }
    let notes = sink.finish(&about).map_err(naming(target))?;
    file.finish().map_err(failed)?;
    Ok(notes)
}

/// A finished table as JSON: the sources, a record of exact texts for each row, and the lines under it, if there are any.
fn sheet_json(sheet: &Sheet, opened: &OpenDataset) -> String {
    let names = sheet.headings.iter().map(|heading| heading.name.clone());
    let records = sheet.rows.iter().map(|row| {
        let values = row.iter().cloned().map(serde_json::Value::from);
        let record: serde_json::Map<String, serde_json::Value> =
            names.clone().zip(values).collect();
        record
    });
    let records: Vec<_> = records.collect();
    let mut document = serde_json::json!({ "sources": opened.names, "records": records });
    if let Some(fields) = document
        .as_object_mut()
        .filter(|_| !sheet.footer.is_empty())
    {
        fields.insert("totals".to_owned(), sheet.footer.clone().into());
    }
    format!("{document:#}\n")
}

/// Writes a finished text.
pub fn write_text(text: &str, opened: &OpenDataset, target: &Path) -> Result<(), OpsError> {
    let file = begin(opened, target)?;
    let failed = |error: io::Error| unwritten(target, &error);
    file.file().write_all(text.as_bytes()).map_err(failed)?;
    file.finish().map(|_| ()).map_err(failed)
}

/// Writes the result of a query to a file of this format. The progress counts the rows that are written, where they are not
/// groups.
pub fn write(
    opened: &OpenDataset,
    query: &Query,
    (form, target): (FileForm, &Path),
    progress: &Progress,
) -> Result<Written, OpsError> {
    let file = begin(opened, target)?;
    let failed = |error: io::Error| unwritten(target, &error);
    let written = if query.group_by.is_empty() {
        rows::write(opened, query, (form, &file), progress)
    } else {
        answer(opened, query, form, &file)
    };
    let (lines, mut notes) = written.map_err(naming(target))?;
    let silent = matches!(form, FileForm::Csv(_) | FileForm::Parquet);
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

/// Groups are held as a whole, unless they do not fit.
fn answer(opened: &OpenDataset, query: &Query, form: FileForm, target: &NewFile) -> Done {
    let Some(table) = open::if_it_fits(&opened.data, query)? else {
        return in_parts(opened, query, form, target);
    };
    let mut sheet = Sheet::of(query, &table);
    sheet.footer.extend(opened.limits());
    let lines = table.shown() as u64;
    let mut out = BufWriter::new(target.file());
    match form {
        FileForm::Json => {
            let filter = query.filter.as_ref().map(ToString::to_string);
            let limits = opened.limits();
            let subject = opened.subject(filter.as_deref(), limits.as_deref());
            let document = Document::of(subject, query, &table);
            serde_json::to_writer_pretty(&mut out, &document)
                .map_err(|error| io_error(error.into()))?;
            out.write_all(b"\n").map_err(io_error)?;
        }
        FileForm::Md => out
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

/// Groups that are too many to be held are written part by part.
fn in_parts(opened: &OpenDataset, query: &Query, form: FileForm, target: &NewFile) -> Done {
    let limit = query.limit.unwrap_or(usize::MAX);
    let none = Query {
        limit: Some(0),
        // The groups beyond the page stay the same.
        top: query.top.or(Some(query.offset.saturating_add(limit))),
        ..query.clone()
    };
    let head = open::show(&opened.data, &none)?;
    let lines = head.of.saturating_sub(query.offset).min(limit);
    let mut out = BufWriter::new(target.file());
    match form {
        FileForm::Json => json_in_parts(opened, query, (&head, lines), &mut out)?,
        FileForm::Md => markdown_in_parts(opened, query, (&head, lines), &mut out)?,
        form => {
            let (mut target_file, mut sink) = (Some(out), None);
            open::each_part(&opened.data, query, |part| {
                let sheet = Sheet::of(query, &part);
                if let Some(out) = target_file.take() {
                    let new = Sink::new(form, &sheet.headings, out, target.folder());
                    sink = Some(new.map_err(io::Error::other)?);
                }
                sink.as_mut().map_or(Ok(()), |sink: &mut Sink<'_>| {
                    sink.take(&sheet.rows).map_err(io::Error::other)
                })
            })?;
            let about = about(opened, query, &limited_totals(opened, &head.totals));
            let notes = sink.map_or(Ok(Vec::new()), |sink| sink.finish(&about))?;
            return Ok((lines as u64, notes));
        }
    }
    out.flush().map_err(io_error)?;
    Ok((lines as u64, Vec::new()))
}

fn markdown_in_parts(
    opened: &OpenDataset,
    query: &Query,
    (head, lines): (&Table, usize),
    out: &mut impl Write,
) -> Result<(), OpsError> {
    let mut begun = false;
    open::each_part(&opened.data, query, |part| {
        let sheet = Sheet::of(query, &part);
        if !begun {
            begun = true;
            out.write_all(sheet.markdown_head().as_bytes())?;
        }
        out.write_all(sheet.markdown_rows().as_bytes())
    })?;
    let footer = [answer_footer(head, lines)].into_iter();
    let foot = Sheet {
        footer: footer.chain(opened.limits()).collect(),
        ..Sheet::default()
    };
    out.write_all(foot.markdown_foot().as_bytes())
        .map_err(io_error)
}

fn json_in_parts(
    opened: &OpenDataset,
    query: &Query,
    (head, lines): (&Table, usize),
    out: &mut impl Write,
) -> Result<(), OpsError> {
    let filter = query.filter.as_ref().map(ToString::to_string);
    let limits = opened.limits();
    let subject = opened.subject(filter.as_deref(), limits.as_deref());
    let written = open::with_parts(&opened.data, query, |parts| {
        let document = Document::in_parts(subject, query, head, (parts, lines));
        serde_json::to_writer_pretty(&mut *out, &document)
    })?;
    written.map_err(|error| io_error(error.into()))?;
    out.write_all(b"\n").map_err(io_error)
}
