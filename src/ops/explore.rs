//! Opens cost data and answers questions about it. Everything here may take long and runs off the draw thread.

use super::adding;
use super::ask;
use super::error::OpsError;
use super::session::Session;
use crate::data::convert::Options;
use crate::data::dataset::{self, Dataset, Part};
use crate::data::error::DataError;
pub use crate::data::progress::Progress;
use crate::data::{compare, folder, query};
use crate::domain::comparison::Comparison;
use crate::domain::filter::Filter;
use crate::domain::metric::Metric;
use crate::domain::money::Money;
use crate::domain::period::DateRange;
use crate::domain::query::{GroupKey, Query};
use crate::domain::reply::Failure;
use crate::domain::request::ReportKey;
use crate::domain::scope::ScopeId;
use crate::domain::table::{Cell, Table};
use crate::store::ledger::{Entry, Ledger};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Where sources are looked for, where working data may go, and how far it all is.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    pub ledger: Option<&'a Ledger>,
    /// A folder for what does not fit into memory; it need not exist until then.
    pub scratch: &'a Path,
    pub progress: &'a Progress,
}

/// Opens sources with the ledger and the folders of a session.
pub fn open_in(
    session: &Session,
    progress: &Progress,
    sources: &[String],
) -> Result<Opened, OpsError> {
    let desk = Desk {
        ledger: Some(session.ledger()),
        scratch: &session.ledger().scratch(),
        progress,
    };
    open(&desk, sources)
}

/// Where working data of these sources may go: the data folder, made when a source is large, else the system's folder for
/// temporary files, else the folder we are in.
pub fn scratch(data_dir: &Path, sources: &[String]) -> PathBuf {
    const LARGE: u64 = 16 << 20;
    let is_large = |source: &String| {
        source == STDIN
            || Path::new(source).is_dir()
            || std::fs::metadata(source).is_ok_and(|meta| meta.len() > LARGE)
    };
    if !sources.iter().any(is_large) {
        return data_dir.to_owned();
    }
    let _ = crate::store::files::private_folder(data_dir);
    let places = [
        data_dir.to_owned(),
        std::env::temp_dir(),
        PathBuf::from("."),
    ];
    let usable = |place: &&PathBuf| tempfile::tempfile_in(place).is_ok();
    let found = places.iter().find(usable).cloned();
    found.unwrap_or_else(|| data_dir.to_owned())
}

/// Opened data and what it was opened from.
#[derive(Debug, Clone)]
pub struct Opened {
    pub data: Dataset,
    /// File names or ledger keys, in the order given.
    pub names: Vec<String>,
    /// Ledger entries among them.
    pub entries: Vec<Entry>,
    /// What was left out on purpose, and why.
    pub notes: Vec<String>,
}

/// The source that stands for standard input.
pub const STDIN: &str = "-";

/// Opens files, export folders, standard input and ledger keys as one table. Mixed metrics and the same data twice are
/// refused.
pub fn open(desk: &Desk<'_>, sources: &[String]) -> Result<Opened, OpsError> {
    if sources.is_empty() {
        return Err(OpsError::Usage(
            "no source was given; name a cost file, an export folder or a ledger key (`costscope ledger list`)"
                .to_owned(),
        ));
    }
    only_once(sources)?;
    let mut opening = Opening {
        desk: *desk,
        parts: Vec::new(),
        entries: Vec::new(),
        notes: Vec::new(),
    };
    for (origin, name) in sources.iter().enumerate() {
        let first = opening.parts.len();
        opening.add(name)?;
        for part in opening.parts.iter_mut().skip(first) {
            part.set_origin(origin);
        }
    }
    adding::check_overlaps(&opening.entries)?;
    let data = Dataset::join(opening.parts);
    adding::check_metrics(&data)?;
    adding::check_twice(&data)?;
    opening.notes.extend(adding::unclear(&data));
    Ok(Opened {
        data,
        names: sources.to_vec(),
        entries: opening.entries,
        notes: opening.notes,
    })
}

/// Sources opened one after the other.
struct Opening<'a> {
    desk: Desk<'a>,
    parts: Vec<Part>,
    entries: Vec<Entry>,
    notes: Vec<String>,
}

impl Opening<'_> {
    fn add(&mut self, name: &str) -> Result<(), OpsError> {
        let path = Path::new(name);
        if name == STDIN {
            return self.stream(io::stdin().lock(), "standard input");
        }
        if path.is_file() {
            return self.file(path, name);
        }
        if path.is_dir() {
            return self.folder(path, name);
        }
        if path.exists() {
            // A pipe with a name, such as a shell's `<(zcat costs.csv.gz)`.
            let failed = |error: io::Error| OpsError::Failed(format!("{name}: {error}"));
            return self.stream(File::open(path).map_err(failed)?, name);
        }
        let entry = find_entry(self.desk.ledger, name)?;
        let parts = open_entry(&self.desk, &entry)?;
        self.parts.extend(parts);
        self.entries.push(entry);
        Ok(())
    }

    fn file(&mut self, path: &Path, name: &str) -> Result<(), OpsError> {
        let options = Options::new(self.desk.progress);
        let parts = dataset::read_file(path, name, self.desk.scratch, &options)?;
        self.parts.extend(parts);
        Ok(())
    }

    /// Reads all there is first: a pass may have to start again. The copy has no name and is gone with the program.
    fn stream(&mut self, mut source: impl Read, name: &str) -> Result<(), OpsError> {
        let failed = |error: io::Error| OpsError::Failed(format!("{name}: {error}"));
        let scratch = Some(self.desk.scratch).filter(|scratch| scratch.is_dir());
        let mut file = scratch
            .map_or_else(tempfile::tempfile, tempfile::tempfile_in)
            .map_err(failed)?;
        io::copy(&mut source, &mut file).map_err(failed)?;
        let options = Options::new(self.desk.progress);
        let parts = dataset::read_open(file, name, self.desk.scratch, &options)?;
        self.parts.extend(parts);
        Ok(())
    }

    fn folder(&mut self, path: &Path, name: &str) -> Result<(), OpsError> {
        let chosen = folder::choose(path)?;
        if chosen.older > 0 {
            self.notes.push(format!(
                "{name}: {} older runs of the same days were left out; every run holds the month so far",
                chosen.older
            ));
        }
        for other in chosen.other {
            self.notes.push(format!(
                "{other}: left out, it is an export of something else than costs"
            ));
        }
        for file in chosen.unlisted {
            self.notes.push(format!(
                "{file}: left out, the manifest beside it does not list it"
            ));
        }
        for run in chosen.runs {
            let (before, first) = (self.rows(), self.parts.len());
            for file in &run.files {
                self.file(file, &file.display().to_string())?;
            }
            for part in self.parts.iter_mut().skip(first) {
                part.set_metric(run.metric);
            }
            let rows = self.rows() - before;
            match run.rows {
                Some(promised) if promised != rows => {
                    let message = format!(
                        "{}: the manifest promises {promised} rows, its files have {rows}: fetch the run again",
                        run.name
                    );
                    return Err(OpsError::Report(Failure::Damaged { message }));
                }
                _ if rows == 0 => {
                    self.notes.push(format!(
                        "{}: the newest run of its days, and empty",
                        run.name
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn rows(&self) -> u64 {
        self.parts.iter().map(Part::rows).sum()
    }
}

/// Standard input can be read once only.
pub fn only_once(sources: &[String]) -> Result<(), OpsError> {
    if sources.iter().filter(|source| *source == STDIN).count() > 1 {
        return Err(OpsError::Usage(
            "standard input (-) can be read once only; keep it in a file".to_owned(),
        ));
    }
    Ok(())
}

/// The first rows of the first source, long before all of it is read; nothing where that is not worth the while.
pub fn peek(sources: &[String]) -> Option<Table> {
    const SHOWN: u64 = 100;
    const WORTH: u64 = 4 << 20;
    let first = sources.first()?;
    let path = Path::new(first);
    let size = std::fs::metadata(path)
        .ok()
        .filter(std::fs::Metadata::is_file)?
        .len();
    if sources.len() == 1 && size < WORTH {
        return None;
    }
    query::first_rows(&dataset::peek(path, first)?, SHOWN).ok()
}

fn find_entry(ledger: Option<&Ledger>, name: &str) -> Result<Entry, OpsError> {
    let found = match ledger {
        Some(ledger) => ledger.find(&ReportKey::from_text(name))?,
        None => None,
    };
    found.ok_or_else(|| {
        OpsError::Failed(format!(
            "{name} is neither a file or folder nor a ledger key; give a cost file, an export folder, or a key from \
             `costscope ledger list`"
        ))
    })
}

fn open_entry(desk: &Desk<'_>, entry: &Entry) -> Result<Vec<Part>, OpsError> {
    let paths: Vec<PathBuf> = desk
        .ledger
        .map(|ledger| ledger.parts(entry))
        .unwrap_or_default();
    let options = Options::new(desk.progress);
    let (name, metric) = (entry.key.as_str(), entry.request.metric);
    let mut parts = Vec::with_capacity(paths.len());
    for path in &paths {
        parts.extend(Part::from_ledger(
            path,
            name,
            metric,
            desk.scratch,
            &options,
        )?);
    }
    Ok(parts)
}

/// Answers one query.
pub fn show(data: &Dataset, query: &Query) -> Result<Table, OpsError> {
    match query.change {
        Some(periods) if !query.group_by.is_empty() => ask::periods(data, periods, query),
        _ => Ok(query::run(data, query)?),
    }
}

impl Opened {
    /// As the amortized side of a pair: sources that carry both costs show the amortized one.
    #[must_use]
    pub fn into_amortized(mut self) -> Self {
        if let Some(data) = self.data.amortized_side() {
            self.data = data;
        }
        self
    }
}

/// The amortized side of sources that carry both costs.
pub fn other_side(actual: &Opened) -> Result<Opened, OpsError> {
    let data = actual.data.amortized_side().ok_or_else(|| {
        OpsError::Usage(
            "only FOCUS sources carry actual and amortized cost in one; name the amortized source, too".to_owned(),
        )
    })?;
    Ok(Opened {
        data,
        notes: Vec::new(),
        ..actual.clone()
    })
}

/// Hands out all rows of a query, some at a time; an error of `take` ends it.
pub fn each_row(
    data: &Dataset,
    query: &Query,
    mut take: impl FnMut(&[String], Vec<Vec<Cell>>) -> io::Result<()>,
) -> Result<(), OpsError> {
    let taken = |names: &[String], rows| take(names, rows).map_err(DataError::Taker);
    Ok(query::each_row(data, query, taken)?)
}

/// Actual beside amortized, and the bridge between them. A source with both costs is given as the side it stands for
/// ([`Opened::into_amortized`]).
pub fn compare(
    actual: &Dataset,
    amortized: &Dataset,
    group_by: &[GroupKey],
    filter: Option<&Filter>,
    limit: Option<usize>,
) -> Result<Comparison, OpsError> {
    // Two of one metric are compared and warned of; two that are surely the wrong way round would only mislead.
    let only = |one: &Dataset, other: &Dataset, metric| {
        one.has_metric(metric) && !other.has_metric(metric)
    };
    if only(actual, amortized, Metric::Amortized) || only(amortized, actual, Metric::Actual) {
        return Err(OpsError::Failed(
            "the actual side comes first and the amortized side second; these two are the other way round".to_owned(),
        ));
    }
    let both = amortized
        .sources()
        .iter()
        .filter(|source| source.both)
        .count();
    if both > 0 && both < amortized.sources().len() {
        return Err(OpsError::Failed(
            "the amortized side holds FOCUS sources and others: only of the first the amortized cost is known to be meant; \
             compare them one kind at a time"
                .to_owned(),
        ));
    }
    Ok(compare::run(actual, amortized, group_by, filter, limit)?)
}

/// The days of a range that no ledger entry covers, per calendar month.
pub fn missing_months(entries: &[Entry], scope: &ScopeId, range: DateRange) -> Vec<DateRange> {
    let covered = |part: &DateRange| {
        entries.iter().any(|entry| {
            entry.request.scope == *scope
                && entry
                    .request
                    .range()
                    .is_some_and(|have| have.from <= part.from && have.to >= part.to)
        })
    };
    range
        .by_month()
        .into_iter()
        .filter(|part| !covered(part))
        .collect()
}

/// Exact totals per currency.
pub fn totals(data: &Dataset) -> Result<Vec<Money>, OpsError> {
    Ok(query::totals_of(data)?)
}

/// Tag keys that differ by nothing but the blanks in them.
pub fn tag_keys_alike(data: &Dataset) -> Result<Vec<Vec<String>>, OpsError> {
    Ok(data.tag_keys_alike()?)
}

/// The tag keys found in the data, in their commonest spelling.
pub fn tag_keys(data: &Dataset) -> Result<Vec<String>, OpsError> {
    Ok(data.tag_keys()?)
}

/// Rows whose tags cannot be read as tags.
pub fn broken_tags(data: &Dataset) -> u64 {
    data.broken_tags()
}
