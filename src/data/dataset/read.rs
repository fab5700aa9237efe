//! Reads sources into parts: one table for each text, checked against the totals of the text.

use super::convert::{Options, convert};
use super::second_count::verify;
use super::{DataPart, Dataset};
use crate::data::error::DataError;
use crate::data::ingest::findings::Repair;
use crate::data::progress::Progress;
use crate::data::sources::content::{Content, Input, look, look_into, usable};
use crate::data::sources::gather::FoundFile;
use crate::data::sources::page_rows::EACH;
use crate::data::sources::printed_json;
use crate::data::sources::printed_json::Printed;
use crate::data::sources::usage::pages;
use crate::data::table::bytes::Bytes;
use crate::data::table::footer::OrderFacts;
use crate::data::table::parquet_file::ParquetFile;
use crate::data::table::stored::Stored;
use crate::domain::metric::Metric;
use std::fs::File;
use std::io::Seek;
use std::path::Path;
use std::sync::Arc;
use tempfile::{SpooledTempFile, spooled_tempfile_in};

/// Reads a file of any supported format and checks the table against the text. Working data too large for memory goes
/// to `scratch`.
pub fn read_file(
    path: &Path,
    name: &str,
    scratch: &Path,
    options: &Options<'_>,
) -> Result<Vec<DataPart>, DataError> {
    match look(path, name)? {
        Content::Json(file) => read_pages(&file, name, scratch, options),
        content => read_content(content, name, scratch, options),
    }
}

/// Reads a candidate of a plan.
pub fn read_found(
    found: &FoundFile,
    scratch: &Path,
    options: &Options<'_>,
) -> Result<Vec<DataPart>, DataError> {
    let name = &found.candidate.path;
    match found.content(scratch, options.progress)? {
        Content::Json(file) => read_pages(&file, name, scratch, &options.whole()),
        content => read_content(content, name, scratch, options),
    }
}

fn read_content(
    content: Content,
    name: &str,
    scratch: &Path,
    options: &Options<'_>,
) -> Result<Vec<DataPart>, DataError> {
    match content {
        Content::Stored(file) => {
            let stored = verify(*file, name)?;
            refuse_projected(&stored, name)?;
            if !stored.is_unchanged() {
                let problem = format!("{name}: the rows differ from those that were written");
                return Err(DataError::Damaged(problem));
            }
            Ok(vec![DataPart::of(stored, name)])
        }
        Content::Json(_) => Err(DataError::not_csv(name, "JSON; give the file itself")),
        Content::Texts(texts) => {
            let mut parts = Vec::new();
            // The parts of one file are compared by all columns.
            let whole = options.whole();
            let options = if texts.len() == 1 { options } else { &whole };
            for (name, input) in texts {
                options.progress.expect(input.bytes().unwrap_or_default());
                parts.extend(read_text(input, &name, scratch, options)?);
            }
            Ok(parts)
        }
    }
}

/// Reads a text. If it has further headers, each of its tables becomes a part.
fn read_text(
    input: Input<'static>,
    name: &str,
    scratch: &Path,
    options: &Options<'_>,
) -> Result<Vec<DataPart>, DataError> {
    let input = input.named(name);
    let sections = match read_input(&input, scratch, options) {
        Err(DataError::SeveralTables { .. }) => input.sections()?,
        read => return Ok(vec![read?]),
    };
    let options = &options.whole();
    let mut parts = Vec::with_capacity(sections.len());
    for section in sections {
        let name = match section.lines {
            0 => name.to_owned(),
            lines => format!("{name} from line {}", lines + 1),
        };
        let table = input.part(section).renamed(&name);
        let mut part = read_input(&table, scratch, options)?;
        if section.lines > 0 {
            part.source.repairs.push(Repair {
                kind: "repeated-header",
                count: 1,
                first_line: section.lines + 1,
            });
        }
        parts.push(part);
    }
    Ok(parts)
}

/// Reads pages of Usage Details as the API returns them, or a table printed as JSON.
fn read_pages(
    file: &Arc<File>,
    name: &str,
    scratch: &Path,
    options: &Options<'_>,
) -> Result<Vec<DataPart>, DataError> {
    if let Some(printed) = printed_json::read(file, name, options.progress)? {
        return Ok(vec![read_printed(
            (file, &printed),
            name,
            scratch,
            options,
        )?]);
    }
    let form = pages::form_of(file, name, options.progress)?;
    let sorted = pages::sort_file(name, (file, form), &usable(scratch), options.progress)?;
    let parts = sorted.files.into_iter().map(|sheet| {
        let input = Input::plain(Arc::clone(&sheet.file)).into_one_table();
        let options = options.with_numbers(&sheet.numbers);
        let mut part = read_input(&input.named(name), scratch, &options)?;
        part.source.goes_on = form.goes_on;
        Ok(part)
    });
    parts.collect()
}

/// Reads a table that was printed as JSON.
fn read_printed(
    (file, printed): (&Arc<File>, &Printed),
    name: &str,
    scratch: &Path,
    options: &Options<'_>,
) -> Result<DataPart, DataError> {
    let failed = DataError::io(name);
    let mut text = tempfile::tempfile_in(usable(scratch)).map_err(failed)?;
    printed.write((file, name), &text, options.progress)?;
    text.rewind().map_err(failed)?;
    let input = Input::plain(Arc::new(text)).into_one_table();
    let options = options.with_numbers(&EACH);
    let mut part = read_input(&input.named(name), scratch, &options)?;
    part.set_metric(printed.metric);
    part.source.left.clone_from(&printed.left);
    Ok(part)
}

/// Reads only the first rows of a file, as a table; `None` if the whole file is as quick to read.
pub fn peek(path: &Path, name: &str) -> Option<Dataset> {
    const START: u64 = 256 << 10;
    let Content::Texts(texts) = look(path, name).ok()? else {
        return None;
    };
    let (name, input) = texts.into_iter().next()?;
    let start = input.named(&name).start(START)?;
    let progress = Progress::default();
    let options = Options::new(&progress);
    let part = read_input(&start, Path::new("/"), &options).ok()?;
    Some(Dataset::join(vec![part]))
}

/// The largest table of one question that is held in memory, in bytes.
const QUESTION: usize = 4 << 20;

fn read_input(
    input: &Input<'_>,
    scratch: &Path,
    options: &Options<'_>,
) -> Result<DataPart, DataError> {
    let room = options.progress.room();
    // Its memory must not grow with the file.
    let room = options.wanted.map_or(room, |_| room.min(QUESTION));
    let target: SpooledTempFile = spooled_tempfile_in(room, usable(scratch));
    let (target, ingested) = convert(input, &OrderFacts::default(), target, options)?;
    let bytes = bytes_of(target).map_err(DataError::io(input.name))?;
    if let Bytes::Memory(_) = bytes {
        options.progress.keep(bytes.len());
    }
    let mut part = DataPart::of(verify(ParquetFile::open(bytes)?, input.name)?, input.name);
    part.converted = true;
    part.dates = ingested.dates;
    part.unclear_line = ingested.unclear_line;
    part.marks = ingested.marks.map(Arc::new);
    Ok(part)
}

/// Refuses a stored table with only some of its columns: such a table answers one question and is never stored.
fn refuse_projected(stored: &Stored, name: &str) -> Result<(), DataError> {
    match stored.info.headers {
        Some(_) => Err(DataError::Stored(format!(
            "{name}: it has only some of its columns"
        ))),
        None => Ok(()),
    }
}

fn bytes_of(mut target: SpooledTempFile) -> std::io::Result<Bytes> {
    target.rewind()?;
    Ok(match target.into_inner() {
        tempfile::SpooledData::InMemory(cursor) => Bytes::Memory(cursor.into_inner().into()),
        tempfile::SpooledData::OnDisk(file) => Bytes::File(Arc::new(file)),
    })
}

/// Opens one stored part of a report, whose checksum was compared; one of an older version is read anew.
pub fn read_stored(
    file: Arc<File>,
    name: &str,
    metric: Metric,
    scratch: &Path,
    options: &Options<'_>,
) -> Result<Vec<DataPart>, DataError> {
    let parts = match look_into(file, name)? {
        Content::Stored(file) => {
            let stored = Stored::open(*file, name)?;
            refuse_projected(&stored, name)?;
            vec![DataPart::of(stored, name)]
        }
        content => read_content(content, name, scratch, options)?,
    };
    Ok(of_metric(parts, metric))
}

/// Opens a stored part of which each column is compared with a checksum of its own when it is read; `None` for any other.
pub fn open_comparing(file: &Arc<File>, name: &str, metric: Metric) -> Option<DataPart> {
    let Ok(Content::Stored(file)) = look_into(Arc::clone(file), name) else {
        return None;
    };
    let stored = Stored::open(*file, name).ok()?;
    let mut part = stored
        .has_column_checksums()
        .then(|| DataPart::of(stored, name))?;
    part.source.metric = Some(metric);
    Some(part)
}

/// Counts a stored part again, for one that has no checksum yet.
pub fn count_again(
    file: Arc<File>,
    name: &str,
    metric: Metric,
    scratch: &Path,
    options: &Options<'_>,
) -> Result<Vec<DataPart>, DataError> {
    let parts = read_content(look_into(file, name)?, name, scratch, options)?;
    Ok(of_metric(parts, metric))
}

/// Parts of a report, whose metric is known.
fn of_metric(mut parts: Vec<DataPart>, metric: Metric) -> Vec<DataPart> {
    for part in &mut parts {
        part.source.metric = Some(metric);
    }
    parts
}

/// The rows of several files, given as texts.
#[cfg(test)]
pub(crate) fn read_texts(texts: &[String]) -> Dataset {
    let folder = tempfile::TempDir::new().unwrap();
    let progress = Progress::default();
    let options = Options::new(&progress);
    let parts = texts.iter().enumerate().flat_map(|(at, text)| {
        let name = format!("{at}.csv");
        let path = folder.path().join(&name);
        std::fs::write(&path, text).unwrap();
        read_file(&path, &name, folder.path(), &options).unwrap()
    });
    Dataset::join(parts.collect())
}

#[cfg(test)]
mod tests {
    use super::{Content, ParquetFile, bytes_of, read_content};
    use crate::data::dataset::convert::{Options, convert};
    use crate::data::dataset::wanted::Wanted;
    use crate::data::progress::Progress;
    use crate::data::sources::content::Input;
    use crate::data::table::footer::OrderFacts;
    use crate::domain::query::Query;
    use crate::domain::query::group_key::GroupKey;
    use std::io::{Seek, Write};
    use std::sync::Arc;

    #[test]
    fn a_table_of_some_columns_is_refused_as_a_stored_one() {
        let mut text = tempfile::tempfile().unwrap();
        text.write_all(b"Date,Cost,Currency,Meter\n2026-10-01,1,EUR,m\n")
            .unwrap();
        text.rewind().unwrap();
        let input = Input::plain(Arc::new(text)).named("costs.csv");
        let by_month = Query {
            group_by: vec![GroupKey::Month],
            ..Query::default()
        };
        let wanted = Wanted::by(&by_month).unwrap();
        let progress = Progress::default();
        let scratch = std::env::temp_dir();
        for (wanted, is_refused) in [(None, false), (Some(&wanted), true)] {
            let options = Options::new(&progress).only(wanted);
            let target = tempfile::spooled_tempfile(1 << 20);
            let (target, _) = convert(&input, &OrderFacts::default(), target, &options).unwrap();
            let file = ParquetFile::open(bytes_of(target).unwrap()).unwrap();
            let stored = Content::Stored(Box::new(file));
            let read = read_content(stored, "costs.parquet", &scratch, &options);
            let said = read
                .err()
                .map(|error| error.to_string())
                .unwrap_or_default();
            assert_eq!(
                said.contains("only some of its columns"),
                is_refused,
                "{said}"
            );
        }
    }
}
