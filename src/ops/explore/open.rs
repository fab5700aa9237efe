//! Opens cost data and answers questions about it. Everything here may take long and runs off the draw thread.

use super::ask;
use super::engine::Engine;
use super::opening;
use super::plan_lines::PlanLine;
use crate::azure::net::Network;
use crate::data::analysis::compare;
pub use crate::data::columns::dates::Order;
use crate::data::dataset::Dataset;
use crate::data::dataset::read;
use crate::data::error::DataError;
pub use crate::data::progress::Progress;
use crate::data::query::{self, broken_tags, tag_keys};
use crate::domain::analysis::comparison::{Comparison, Sort};
use crate::domain::metric::Metric;
use crate::domain::money::Money;
use crate::domain::period::DateRange;
use crate::domain::query::filter::Filter;
use crate::domain::query::{GroupKey, Query};
use crate::domain::report::request::Subset;
use crate::domain::scope::ScopeId;
use crate::domain::table::{Cell, Table};
use crate::domain::text::counted;
use crate::ops::error::OpsError;
use crate::ops::session::Session;
use crate::store::ledger::{Entry, Ledger};
use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

/// Where sources are looked for, where working data may go, and how far it all is.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    pub ledger: Option<&'a Ledger>,
    /// A folder for what does not fit into memory; it need not exist until then.
    pub scratch: &'a Path,
    pub progress: &'a Progress,
    /// The order of day and month in dates, where the user has decided it.
    pub dates: Option<Order>,
    /// Who answers questions about it.
    pub engine: Engine,
    /// How servers are reached.
    pub network: &'a Network,
    /// Never use the network.
    pub offline: bool,
}

/// Opens sources with the ledger and the folders of a session.
pub fn open_in(
    session: &Session,
    progress: &Progress,
    sources: &[String],
) -> Result<Opened, OpsError> {
    let desk = Desk {
        ledger: Some(session.ledger()),
        scratch: session.ledger().scratch(),
        progress,
        dates: session.dates,
        engine: session.engine,
        network: &session.network,
        offline: session.offline,
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
    let _ = crate::store::folder::Folder::private(data_dir);
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
    /// What was decided about everything that was given.
    pub plan: Vec<PlanLine>,
}

/// The source that stands for standard input.
pub const STDIN: &str = "-";

/// Opens files, folders, archives, standard input and ledger keys as one table. Mixed metrics and the same data twice are
/// refused.
pub fn open(desk: &Desk<'_>, sources: &[String]) -> Result<Opened, OpsError> {
    opening::open(desk, sources, &mut Vec::new())
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
    query::first_rows(&read::peek(path, first)?, SHOWN).ok()
}

/// Answers one query.
pub fn show(data: &Dataset, query: &Query) -> Result<Table, OpsError> {
    match query.change {
        Some(periods) if !query.group_by.is_empty() => ask::periods(data, periods, query),
        _ => Ok(query::run(data, query)?),
    }
}

impl Opened {
    /// What its reports are limited to, for the line of its total; none where all of them are whole.
    pub fn limits(&self) -> Option<String> {
        let parts = self.entries.iter();
        let mut words: Vec<String> = parts.filter_map(|e| e.request.subset.words()).collect();
        let (parts, all) = (words.len(), self.names.len());
        words.sort();
        words.dedup();
        let only = if parts < all {
            format!(", in {parts} of {}", counted(all as u64, "source"))
        } else {
            String::new()
        };
        (!words.is_empty()).then(|| format!("limited to {}{only}", words.join(", and to ")))
    }

    /// What each of its reports is limited to; nothing for whole ones.
    pub fn subsets(&self) -> HashSet<Subset> {
        let subsets = self.entries.iter().map(|entry| &entry.request.subset);
        subsets
            .filter(|subset| !subset.is_whole())
            .cloned()
            .collect()
    }

    /// As the amortized side of a pair: sources that carry both costs show the amortized one.
    #[must_use]
    pub fn into_amortized(mut self) -> Self {
        if let Some(data) = self.data.amortized_side() {
            self.data = data;
        }
        self
    }
}

/// Refuses sides that are not the same part of their scopes, or are cut off after so many rows: those differ on each side.
pub fn check_parts([(first, one), (second, other)]: [(&str, &Opened); 2]) -> Result<(), OpsError> {
    let words = |opened: &Opened| opened.limits().unwrap_or_else(|| "not limited".to_owned());
    let cut = one.subsets().iter().any(|subset| subset.top_rows.is_some());
    if one.subsets() == other.subsets() && !cut {
        return Ok(());
    }
    let why = if cut {
        "the most recent rows of both are not the same usage"
    } else {
        "only the same part of both can be compared"
    };
    Err(OpsError::Failed(format!(
        "{first} is {} and {second} {}: {why}",
        words(one),
        words(other)
    )))
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
    (sort, limit): (Sort, Option<usize>),
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
    let mut all = actual.sources().iter().chain(amortized.sources());
    if let Some(mixed) = all.find(|source| source.mixes_focus) {
        return Err(OpsError::Failed(format!(
            "{}: rows of FOCUS stand in it beside those of another layout, and each says in its own way what a benefit \
             covered; compare files of one layout each",
            mixed.name
        )));
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
    Ok(compare::run(
        actual,
        amortized,
        group_by,
        filter,
        (sort, limit),
    )?)
}

/// The days of a range that no ledger entry covers, per calendar month; a part does not cover what is whole.
pub fn missing_months(
    entries: &[Entry],
    (scope, subset): (&ScopeId, &Subset),
    range: DateRange,
) -> Vec<DateRange> {
    let covered = |part: &DateRange| {
        entries.iter().any(|entry| {
            entry.request.scope == *scope
                && entry.request.subset == *subset
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
    Ok(tag_keys::tag_keys_alike(data)?)
}

/// The tag keys found in the data, in their commonest spelling.
pub fn tag_keys(data: &Dataset) -> Result<Vec<String>, OpsError> {
    Ok(tag_keys::tag_keys(data)?)
}

/// Rows whose tags cannot be read as tags.
pub fn broken_tags(data: &Dataset) -> u64 {
    data.broken_tags()
}

/// What those rows cost.
pub fn broken_tags_money(data: &Dataset) -> Result<Vec<Money>, OpsError> {
    Ok(broken_tags::money(data)?)
}
