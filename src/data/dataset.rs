//! A closed handle over cost data: one table, however many files it came from. The rows stay where they are stored; what
//! is held is where to find them.

use super::convert::{Options, convert, verify};
use super::engine::words::commonest;
use super::error::DataError;
use super::holds;
use super::part::PartData;
use super::progress::Progress;
use super::reading::outcome::{Fingerprint, Repair};
use super::source::{Content, Input, look, look_into};
use super::stored::file::{Bytes, Stored};
use super::stored::info::About;
use super::usage_rows::{self, PageFile};
use super::weights::Weights;
use crate::domain::columns::{Dialect, Role, plain};
use crate::domain::metric::Metric;
use crate::domain::money::Money;
use crate::domain::period::DateRange;
use crate::domain::sheet::Holds;
use chrono::NaiveDate;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::Seek;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::SpooledTempFile;
use tempfile::spooled_tempfile_in;

/// Where a part of the data came from and what reading it showed.
#[derive(Debug, Clone)]
pub struct Source {
    pub name: String,
    pub metric: Option<Metric>,
    /// Tells the same rows under another name.
    pub fingerprint: Fingerprint,
    pub dialect: Dialect,
    pub rows: u64,
    pub bytes: u64,
    pub sha256: String,
    pub columns: usize,
    pub bom: bool,
    pub repairs: Vec<Repair>,
    pub days: Option<(NaiveDate, NaiveDate)>,
    pub totals: Vec<Money>,
    /// Headers that no known layout has.
    pub unknown_columns: Vec<String>,
    /// Whether it carries the amortized costs, too.
    pub both: bool,
    /// Which of the sources that were named it belongs to.
    pub origin: usize,
    /// Whether it is a page of a list that goes on behind it.
    pub goes_on: bool,
    /// Which of date, currency, resource and meter no column has.
    pub lacks: Vec<Role>,
}

impl Source {
    /// Whether its rows say day, resource and meter, so that the same place in two sources is the same cost.
    pub fn has_places(&self) -> bool {
        let places = [Role::Date, Role::Resource, Role::Meter];
        !places.iter().any(|role| self.lacks.contains(role))
    }
}

/// Loaded cost data. Cheap to clone; the table itself never leaves this room.
#[derive(Clone)]
pub struct Dataset {
    inner: Arc<Inner>,
    cost: Role,
    /// Set by whoever no longer wants the answers.
    stop: Option<Arc<AtomicBool>>,
}

struct Inner {
    parts: Vec<PartData>,
    headers: Vec<String>,
    /// What each column holds, by its plain name.
    holds: HashMap<String, Holds>,
    sources: Vec<Source>,
    threads: usize,
}

impl std::fmt::Debug for Dataset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dataset")
            .field("rows", &self.rows())
            .finish_non_exhaustive()
    }
}

/// One source before it is joined with others.
pub struct Part {
    stored: Stored,
    source: Source,
}

/// Reads a file, whatever kind it is, and checks that the table holds what the text said. Working data too large for
/// memory goes to `scratch`.
pub fn read_file(
    path: &Path,
    name: &str,
    scratch: &Path,
    options: &Options<'_>,
) -> Result<Vec<Part>, DataError> {
    match look(path, name)? {
        Content::Json => read_pages(path, name, scratch, options),
        content => read_content(content, name, scratch, options),
    }
}

/// Reads an open file that has no name to find it by, such as what came through a pipe.
pub fn read_open(
    file: File,
    name: &str,
    scratch: &Path,
    options: &Options<'_>,
) -> Result<Vec<Part>, DataError> {
    read_content(look_into(file, name)?, name, scratch, options)
}

fn read_content(
    content: Content,
    name: &str,
    scratch: &Path,
    options: &Options<'_>,
) -> Result<Vec<Part>, DataError> {
    match content {
        Content::Stored(bytes) => Ok(vec![Part::of(verify(bytes, name)?, name)]),
        Content::Json => Err(DataError::NotCsv {
            file: name.to_owned(),
            kind: "JSON; give the file itself",
        }),
        Content::Texts(texts) => texts
            .into_iter()
            .map(|(name, input)| {
                options.progress.expect(input.bytes().unwrap_or_default());
                read_input(&input.named(&name), scratch, options)
            })
            .collect(),
    }
}

/// Reads rows of Usage Details: pages as the API answers them.
fn read_pages(
    path: &Path,
    name: &str,
    scratch: &Path,
    options: &Options<'_>,
) -> Result<Vec<Part>, DataError> {
    let failed = |source| DataError::Io {
        file: name.to_owned(),
        source,
    };
    let goes_on = usage_rows::page_of(path).ok_or_else(|| DataError::NotCsv {
        file: name.to_owned(),
        kind: "JSON, but no page of Usage Details (an object with `value`)",
    })?;
    let folder = if scratch.is_dir() {
        tempfile::tempdir_in(scratch)
    } else {
        tempfile::tempdir()
    }
    .map_err(failed)?;
    let page = PageFile {
        path: path.to_owned(),
        days: None,
    };
    let sorted = usage_rows::sort(name, &[page], None, folder.path())?;
    let parts = sorted.files.iter().map(|sheet| {
        let file = File::open(&sheet.path).map_err(failed)?;
        let mut part = read_input(&Input::plain(file).named(name), scratch, options)?;
        part.source.goes_on = goes_on;
        Ok(part)
    });
    parts.collect()
}

/// The first rows of a file alone, as a table of their own; nothing where the whole is there as quickly.
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

fn read_input(input: &Input<'_>, scratch: &Path, options: &Options<'_>) -> Result<Part, DataError> {
    let target: SpooledTempFile = spooled_tempfile_in(options.progress.room(), scratch);
    let (target, _) = convert(input, &About::default(), target, options)?;
    let failed = |source| DataError::Io {
        file: input.name.to_owned(),
        source,
    };
    let bytes = bytes_of(target).map_err(failed)?;
    if let Bytes::Memory(_) = bytes {
        options.progress.keep(bytes.len());
    }
    Ok(Part::of(verify(bytes, input.name)?, input.name))
}

fn bytes_of(mut target: SpooledTempFile) -> std::io::Result<Bytes> {
    target.rewind()?;
    Ok(match target.into_inner() {
        tempfile::SpooledData::InMemory(cursor) => Bytes::Memory(cursor.into_inner().into()),
        tempfile::SpooledData::OnDisk(file) => Bytes::File(Arc::new(file)),
    })
}

impl Part {
    /// Opens one stored part of a report; one of an older version is read anew.
    pub fn from_ledger(
        path: &Path,
        name: &str,
        metric: Metric,
        scratch: &Path,
        options: &Options<'_>,
    ) -> Result<Vec<Self>, DataError> {
        let mut parts = match look(path, name)? {
            Content::Stored(bytes) => vec![Self::of(Stored::open(bytes, name)?, name)],
            Content::Texts(_) | Content::Json => read_file(path, name, scratch, options)?,
        };
        for part in &mut parts {
            part.source.metric = Some(metric);
        }
        Ok(parts)
    }

    /// Notes which of the sources that were named it belongs to.
    pub fn set_origin(&mut self, origin: usize) {
        self.source.origin = origin;
    }

    /// Notes the metric that its manifest says, where the rows do not prove another.
    pub fn set_metric(&mut self, metric: Option<Metric>) {
        self.source.metric = self.source.metric.or(metric);
    }

    /// How many rows it has.
    pub fn rows(&self) -> u64 {
        self.source.rows
    }

    fn of(stored: Stored, name: &str) -> Self {
        let info = &stored.info;
        let layout = &stored.layout;
        let dialect = if info.dialect.is_empty() {
            layout.dialect
        } else {
            info.dialect()
        };
        let source = Source {
            name: name.to_owned(),
            metric: info.about.metric,
            fingerprint: info.fingerprint(),
            dialect,
            rows: info.rows,
            bytes: info.bytes,
            sha256: info.sha256.clone(),
            columns: layout.headers.len(),
            bom: info.bom,
            repairs: info.repairs(),
            days: info.days,
            totals: info.totals.clone(),
            unknown_columns: layout.unknown(),
            both: layout.role(Role::EffectiveCost).is_some(),
            origin: 0,
            goes_on: false,
            lacks: [Role::Date, Role::Currency, Role::Resource, Role::Meter]
                .into_iter()
                .filter(|role| layout.role(*role).is_none())
                .collect(),
        };
        Self { stored, source }
    }
}

impl Dataset {
    /// Joins parts into one table, columns by name.
    pub fn join(parts: Vec<Part>) -> Self {
        let mut headers: Vec<String> = Vec::new();
        let mut known: HashSet<(String, usize)> = HashSet::new();
        let mut holds: HashMap<String, Holds> = HashMap::new();
        for part in &parts {
            let mut here: HashMap<String, usize> = HashMap::new();
            for header in &part.stored.layout.headers {
                // Headers of one file that differ only by case or blanks are columns of their own.
                let name = plain(header);
                let place = here.entry(name.clone()).or_default();
                *place += 1;
                if *place == 1 {
                    holds::agree(&mut holds, &name, part.stored.kind(header));
                }
                if known.insert((name, *place)) {
                    headers.push(header.clone());
                }
            }
        }
        let (parts, sources) = parts
            .into_iter()
            .map(|part| (PartData::new(part.stored), part.source))
            .unzip();
        let inner = Inner {
            parts,
            headers,
            holds,
            sources,
            threads: super::convert::threads(),
        };
        Self {
            inner: Arc::new(inner),
            cost: Role::Cost,
            stop: None,
        }
    }

    /// The same data, whose questions end with [`DataError::Cancelled`] once this is set.
    #[must_use]
    pub fn stopped_by(&self, stop: &Arc<AtomicBool>) -> Self {
        Self {
            stop: Some(Arc::clone(stop)),
            ..self.clone()
        }
    }

    /// Fails when nobody wants the answer any more.
    pub(crate) fn check_wanted(&self) -> Result<(), DataError> {
        let stopped = |stop: &Arc<AtomicBool>| stop.load(Ordering::Relaxed);
        if self.stop.as_ref().is_some_and(stopped) {
            return Err(DataError::Cancelled);
        }
        Ok(())
    }

    /// The same rows with their amortized costs, where the data carries both.
    pub fn amortized_side(&self) -> Option<Self> {
        let both = |source: &Source| source.both;
        let all = !self.inner.sources.is_empty() && self.inner.sources.iter().all(both);
        all.then(|| Self {
            cost: Role::EffectiveCost,
            ..self.clone()
        })
    }

    /// How many rows there are.
    pub fn rows(&self) -> u64 {
        self.inner.sources.iter().map(|source| source.rows).sum()
    }

    /// From the first day of any source to the last.
    pub fn days(&self) -> Option<DateRange> {
        let days = self.sources().iter().filter_map(|source| source.days);
        let (from, to) = days.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
        Some(DateRange { from, to })
    }

    /// The column headers as received, in order.
    pub fn headers(&self) -> &[String] {
        &self.inner.headers
    }

    /// Where the data came from.
    pub fn sources(&self) -> &[Source] {
        &self.inner.sources
    }

    /// The metric of all sources, when it is known.
    pub fn metric(&self) -> Option<Metric> {
        if self.inner.sources.iter().any(|source| source.both) {
            return Some(Metric::Actual);
        }
        // What has no rows is of any metric.
        let filled = self.inner.sources.iter().filter(|source| source.rows > 0);
        let mut metrics = filled.map(|source| source.metric);
        let first = metrics.next().flatten()?;
        metrics.all(|metric| metric == Some(first)).then_some(first)
    }

    /// Whether any source is known to have this metric.
    pub fn has_metric(&self, metric: Metric) -> bool {
        self.inner
            .sources
            .iter()
            .any(|source| source.metric == Some(metric))
    }

    /// The tag keys found, in their commonest spelling.
    pub fn tag_keys(&self) -> Result<Vec<String>, DataError> {
        let mut found: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        for part in &self.inner.parts {
            for (lower, spelled) in part.stored.sets()?.spellings() {
                let counts = found.entry(lower).or_default();
                for (text, rows) in spelled {
                    *counts.entry(text.to_owned()).or_default() += rows;
                }
            }
        }
        let best = |spelled: &BTreeMap<String, u64>| {
            commonest(spelled.iter().map(|(text, rows)| (text.as_str(), *rows)))
                .map(ToOwned::to_owned)
        };
        Ok(found.values().filter_map(best).collect())
    }

    /// Tag keys that differ by nothing but the blanks in them.
    pub fn tag_keys_alike(&self) -> Result<Vec<Vec<String>>, DataError> {
        Ok(super::tagging::alike(self.tag_keys()?.into_iter()))
    }

    /// Rows whose tags could not be read as tags; their text is kept in the Tags column.
    pub fn broken_tags(&self) -> u64 {
        let broken = |source: &Source| -> u64 {
            let repairs = source.repairs.iter();
            repairs
                .filter(|repair| repair.kind == "broken-tags")
                .map(|repair| repair.count)
                .sum()
        };
        self.inner.sources.iter().map(broken).sum()
    }

    /// What a column holds, by its plain name; nothing where no source has it.
    pub(super) fn held(&self, plain: &str) -> Option<Holds> {
        self.inner.holds.get(plain).copied()
    }

    /// The weights of all rows, where they were summed up when the files were read.
    pub(super) fn weights(&self) -> Option<Weights> {
        let mut parts = self.inner.parts.iter();
        parts.try_fold(Weights::default(), |all, part| {
            Some(all.plus(part.weights()?))
        })
    }

    pub(crate) fn parts(&self) -> &[PartData] {
        &self.inner.parts
    }

    pub(crate) fn cost_role(&self) -> Role {
        self.cost
    }

    pub(crate) fn threads(&self) -> usize {
        self.inner.threads
    }
}
