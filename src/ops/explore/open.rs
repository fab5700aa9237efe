//! Opens cost data and runs queries on it. Everything here may take long and runs off the draw thread.
//!
//! Some functions only pass a call on to `data`: the front ends may not import it, and get the errors of this layer.

use super::{ask, opening};
use crate::data::analysis::compare;
use crate::data::dataset::early::EarlyRows;
use crate::data::dataset::{Dataset, read};
use crate::data::error::DataError;
pub use crate::data::progress::{Progress, StepWords};
use crate::data::query;
use crate::data::query::pivot_columns::MOST;
use crate::data::query::{broken_tags, tag_keys};
use crate::data::room;
use crate::domain::analysis::comparison::{Comparison, Sort};
use crate::domain::metric::Metric;
use crate::domain::money::Money;
use crate::domain::period::DateRange;
use crate::domain::query::Query;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::report::request::Subset;
use crate::domain::scope::ScopeId;
use crate::domain::table::Table;
use crate::domain::table::json::{AnswerSubject, Parts};
use crate::domain::text::counted;
use crate::ops::context::{OpenContext, OpenDataset, STDIN};
use crate::ops::error::OpsError;
use crate::ops::remote_sources;
use crate::ops::session::Session;
use crate::store::ledger::LedgerEntry;
use std::cell::{self, RefCell};
use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

/// Opens sources for the UI, with the ledger and the folders of a session. Rows are passed on while they are read.
pub fn open_in(
    session: &Session,
    (progress, early): (&Progress, Option<&dyn EarlyRows>),
    sources: &[String],
) -> Result<OpenDataset, OpsError> {
    if sources.iter().any(|source| source == STDIN) {
        return Err(OpsError::Usage(
            "standard input is the keyboard here: give a file, or use `costscope show -`"
                .to_owned(),
        ));
    }
    let context = OpenContext {
        ledger: Some(session.ledger()),
        scratch: session.ledger().scratch(),
        cache: session.cache(),
        remote: Some(&session.remote),
        progress,
        early,
        dates: session.dates,
        engine: session.engine,
        money: session.money,
        network: &session.network,
        offline: session.offline,
    };
    open(&context, sources)
}

/// The scratch folder for these sources: the data folder (created if a source is large), else the system's temporary
/// folder, else the current folder.
pub fn scratch(data_dir: &Path, sources: &[String]) -> PathBuf {
    const LARGE: u64 = 16 << 20;
    let is_large = |source: &String| {
        source == STDIN
            || remote_sources::is_one(source)
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

/// Opens files, folders, archives, standard input and ledger keys as one table. Mixed metrics and duplicate data are
/// refused.
pub fn open(context: &OpenContext<'_>, sources: &[String]) -> Result<OpenDataset, OpsError> {
    opening::open(context, sources, &mut Vec::new())
}

/// The first rows of the first source, long before all of it is read; `None` if reading it all is fast anyway.
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

/// Runs one query.
pub fn show(data: &Dataset, query: &Query) -> Result<Table, OpsError> {
    match query.change {
        Some(periods) if !query.group_by.is_empty() => ask::periods(data, periods, query),
        _ => Ok(query::run(data, query)?),
    }
}

impl OpenDataset {
    /// The word for its metric.
    pub fn metric_word(&self) -> &'static str {
        self.data.metric().map_or("unknown", Metric::word)
    }

    /// The data that an answer is based on, with the filter and limits of the answer.
    pub fn subject<'a>(
        &'a self,
        filter: Option<&'a str>,
        limits: Option<&'a str>,
    ) -> AnswerSubject<'a> {
        AnswerSubject {
            sources: &self.names,
            metric: self.metric_word(),
            filter,
            limits,
        }
    }

    /// The limits of its reports, for the total line; `None` if all reports are complete.
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

    /// The limits of its limited reports.
    pub fn subsets(&self) -> HashSet<Subset> {
        let subsets = self.entries.iter().map(|entry| &entry.request.subset);
        subsets
            .filter(|subset| !subset.is_whole())
            .cloned()
            .collect()
    }

    /// Turns it into the amortized side of a pair: sources with both costs show the amortized one.
    #[must_use]
    pub fn into_amortized(mut self) -> Self {
        if let Some(data) = self.data.amortized_side() {
            self.data = data;
        }
        self
    }
}

/// Refuses sides that cover different parts of their scopes, or that are limited to a number of rows, which differ on
/// each side.
pub fn check_parts(
    [(first, one), (second, other)]: [(&str, &OpenDataset); 2],
) -> Result<(), OpsError> {
    let words = |opened: &OpenDataset| opened.limits().unwrap_or_else(|| "not limited".to_owned());
    let cut = one.subsets().iter().any(|subset| subset.top_rows.is_some());
    if one.subsets() == other.subsets() && !cut {
        return Ok(());
    }
    let why = if cut {
        "the most recent rows of both sides are not the same usage"
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
pub fn other_side(actual: &OpenDataset) -> Result<OpenDataset, OpsError> {
    let data = actual.data.amortized_side().ok_or_else(|| {
        OpsError::Usage(
            "only FOCUS sources have both actual and amortized cost; give the amortized source, too".to_owned(),
        )
    })?;
    Ok(OpenDataset {
        data,
        notes: Vec::new(),
        // The remarks of the actual side are on both.
        without_usd: Some(Vec::new()),
        ..actual.clone()
    })
}

/// The whole answer, unless memory is too tight to hold it as text; then it is asked for with [`each_part`].
pub fn if_it_fits(data: &Dataset, query: &Query) -> Result<Option<Table>, OpsError> {
    let width = match (query.group_by.len(), query.columns.len()) {
        (0, 0) => data.headers().len(),
        (keys, columns) => keys + columns + query.measures.len() + 3 + cells(data, query),
    };
    let is_whole = query.change.is_some() || data.engine().is_some();
    if is_whole || !room::is_tight() {
        return show(data, query).map(Some);
    }
    let most = room::cells_to_hold() / width.max(1);
    let wanted = query.limit.unwrap_or(usize::MAX);
    if wanted <= most {
        return show(data, query).map(Some);
    }
    let first = Query {
        limit: Some(most),
        ..query.clone()
    };
    let table = show(data, &first)?;
    let whole = table.of.saturating_sub(query.offset) <= most;
    Ok(whole.then_some(table))
}

/// The most cells of a line of a pivot.
fn cells(data: &Dataset, query: &Query) -> usize {
    let Some(by) = &query.pivot else {
        return 0;
    };
    if !by.is_time() {
        return MOST + 1;
    }
    data.days().map_or(0, |days| {
        if *by == GroupKey::Month {
            days.by_month().len()
        } else {
            usize::try_from(days.days()).unwrap_or_default()
        }
    })
}

/// Passes on an answer in parts: tables of a few thousand lines in order, each with what concerns the whole answer; an error
/// of `take` stops it.
pub fn each_part(
    data: &Dataset,
    query: &Query,
    mut take: impl FnMut(Table) -> io::Result<()>,
) -> Result<(), OpsError> {
    /// Groups that are named together.
    const TOGETHER: usize = 4_096;
    let taken = |part| take(part).map_err(DataError::Taker);
    Ok(query::each_part(data, query, TOGETHER, taken)?)
}

/// Lets `write` ask for the parts of an answer while it writes them. The error is one of the data; what `write` returns says
/// whether the output failed.
pub fn with_parts<T>(
    data: &Dataset,
    query: &Query,
    write: impl FnOnce(&Parts<'_>) -> T,
) -> Result<T, OpsError> {
    with_parts_of(|take| each_part(data, query, take), write)
}

/// Like [`with_parts`], for parts that `each` passes on.
pub fn with_parts_of<P, T>(
    each: impl Fn(&mut dyn FnMut(P) -> io::Result<()>) -> Result<(), OpsError>,
    write: impl FnOnce(&Parts<'_, P>) -> T,
) -> Result<T, OpsError> {
    let (problem, refused) = (RefCell::new(None), cell::Cell::new(false));
    let parts: &Parts<'_, P> = &|take| {
        let done = each(&mut |part| {
            refused.set(!take(&part));
            if refused.get() {
                return Err(io::ErrorKind::Other.into());
            }
            Ok(())
        });
        let is_whole = done.is_ok();
        *problem.borrow_mut() = done.err();
        is_whole
    };
    let written = write(parts);
    // A part is refused only if the output failed.
    match problem.take().filter(|_| !refused.get()) {
        Some(error) => Err(error),
        None => Ok(written),
    }
}

/// Compares actual with amortized cost and computes the bridge. A source with both costs must be given as the side it
/// stands for ([`OpenDataset::into_amortized`]).
pub fn compare(
    actual: &Dataset,
    amortized: &Dataset,
    group_by: &[GroupKey],
    filter: Option<&Filter>,
    (sort, limit): (Sort, Option<usize>),
) -> Result<Comparison, OpsError> {
    check_sides(actual, amortized)?;
    Ok(compare::run(
        actual,
        amortized,
        group_by,
        filter,
        (sort, limit),
    )?)
}

/// Fails if two tables are no sides of a comparison.
pub(crate) fn check_sides(actual: &Dataset, amortized: &Dataset) -> Result<(), OpsError> {
    // Two sides of one metric are compared with a warning; two that are certainly swapped would only mislead.
    let only = |one: &Dataset, other: &Dataset, metric| {
        one.has_metric(metric) && !other.has_metric(metric)
    };
    if only(actual, amortized, Metric::Amortized) || only(amortized, actual, Metric::Actual) {
        return Err(OpsError::Failed(
            "the actual side comes first and the amortized side second; these two are swapped"
                .to_owned(),
        ));
    }
    let mut all = actual.sources().iter().chain(amortized.sources());
    if let Some(mixed) = all.find(|source| source.mixes_focus) {
        return Err(OpsError::Failed(format!(
            "{}: it mixes FOCUS rows with those of another layout, and each has its own way to say what a benefit \
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
            "the amortized side mixes FOCUS sources with others, and only FOCUS sources are certain to mean amortized cost; \
             compare them one kind at a time"
                .to_owned(),
        ));
    }
    Ok(())
}

/// The days of a range that no ledger entry covers, per calendar month. A limited report does not cover a complete one.
pub fn missing_months(
    entries: &[LedgerEntry],
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

/// Tag keys that differ only in blanks.
pub fn tag_keys_alike(data: &Dataset) -> Result<Vec<Vec<String>>, OpsError> {
    Ok(tag_keys::tag_keys_alike(data)?)
}

/// The tag keys found in the data, in their commonest spelling.
pub fn tag_keys(data: &Dataset) -> Result<Vec<String>, OpsError> {
    Ok(tag_keys::tag_keys(data)?)
}

/// The prefixes of tag keys that Azure writes by itself.
const TAGS_OF_AZURE: [&str; 4] = [
    "hidden-",
    "aks-managed-",
    "ms-resource-usage",
    "cm-resource-parent",
];

/// The tag key that most rows carry, other than those that Azure writes by itself; `None` if no row has one.
pub fn commonest_tag_key(data: &Dataset) -> Result<Option<String>, OpsError> {
    let own = |key: &str| !TAGS_OF_AZURE.iter().any(|start| key.starts_with(start));
    Ok(tag_keys::commonest_tag_key(data, own)?)
}

/// The cost of rows whose tags cannot be read as tags.
pub fn broken_tags_money(data: &Dataset) -> Result<Vec<Money>, OpsError> {
    Ok(broken_tags::money(data)?)
}
