//! An opaque handle to cost data: one table, regardless of how many files it came from. The rows stay where they are
//! stored; the handle only knows where to find them.

pub mod convert;
pub(crate) mod description;
pub mod downloads;
pub mod early;
mod input_rows;
pub(crate) mod joined_types;
pub mod kept;
pub(crate) mod money_column;
pub(crate) mod open_table;
mod places;
pub mod read;
#[cfg(test)]
mod repairs_tests;
mod row_groups;
pub(crate) mod row_marks;
pub(crate) mod second_count;
pub mod server;
pub(crate) mod source;
pub mod wanted;

use super::columns::dates::DateOrder;
use super::table::stored::Stored;
use crate::domain::sql::statement::StatementAnswer;
use source::{RunMark, Source};

use super::columns::column_types::ColumnKind;
use super::error::DataError;
use super::ingest::checksums::row_checksums::RowChecksums;
use super::sources::content::usable;
use crate::domain::metric::Metric;
use crate::domain::period::DateRange;
use crate::domain::query::columns::{Role, plain};
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::money_column::MoneyColumn;
use crate::domain::table::text_table::Holds;
use open_table::PartData;
use row_marks::RowMarks;

use server::layout::ServerLayout;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Loaded cost data. Cheap to clone; the table itself never leaves this layer.
#[derive(Clone)]
pub struct Dataset {
    inner: Arc<DatasetInner>,
    cost: Role,
    money: MoneyColumn,
    /// Set to stop running queries.
    stop: Option<Arc<AtomicBool>>,
    /// The engine that answers instead of the built-in one.
    engine: Option<Arc<dyn SqlEngine>>,
    /// The folder for lines that do not fit the memory; `None` means the system's.
    scratch: Option<Arc<Path>>,
}

struct DatasetInner {
    parts: Vec<PartData>,
    headers: Vec<String>,
    /// The type of each column, by its plain name.
    holds: HashMap<String, Holds>,
    sources: Vec<Source>,
    threads: usize,
    /// The column layout of a table on a server. Such data has no parts.
    server: Option<ServerLayout>,
}

impl std::fmt::Debug for Dataset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dataset")
            .field("rows", &self.rows())
            .finish_non_exhaustive()
    }
}

impl Dataset {
    /// Joins parts into one table, columns by name.
    pub fn join(parts: Vec<DataPart>) -> Self {
        let mut headers: Vec<String> = Vec::new();
        let mut known: HashSet<(String, usize)> = HashSet::new();
        let mut holds: HashMap<String, Holds> = HashMap::new();
        for part in &parts {
            let mut here: HashMap<String, usize> = HashMap::new();
            for header in &part.stored.layout.headers {
                // Headers of one file that differ only in case or blanks are separate columns.
                let name = plain(header);
                let place = here.entry(name.clone()).or_default();
                *place += 1;
                if *place == 1 {
                    joined_types::agree(&mut holds, &name, part.stored.kind(header));
                }
                if known.insert((name, *place)) {
                    headers.push(header.clone());
                }
            }
        }
        let (parts, sources) = parts
            .into_iter()
            .map(|part| (PartData::new(part.stored, part.marks), part.source))
            .unzip();
        let inner = DatasetInner {
            parts,
            headers,
            holds,
            sources,
            threads: super::threads::threads(),
            server: None,
        };
        Self {
            inner: Arc::new(inner),
            cost: Role::Cost,
            money: MoneyColumn::Billing,
            stop: None,
            engine: None,
            scratch: None,
        }
    }

    /// The same data, queried on the calling thread, while other threads have work of their own.
    #[must_use]
    pub fn on_one_thread(mut self) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            inner.threads = 1;
        }
        self
    }

    /// Data whose rows are stored at its engine.
    pub(super) fn of_engine(
        server: ServerLayout,
        holds: HashMap<String, Holds>,
        source: Source,
        engine: Arc<dyn SqlEngine>,
    ) -> Self {
        let inner = DatasetInner {
            parts: Vec::new(),
            headers: server.headers().to_vec(),
            holds,
            sources: vec![source],
            threads: 1,
            server: Some(server),
        };
        Self {
            inner: Arc::new(inner),
            cost: Role::Cost,
            money: MoneyColumn::Billing,
            stop: None,
            engine: Some(engine),
            scratch: None,
        }
    }

    /// The column layout of a table on a server; `None` if the rows are local.
    pub fn server(&self) -> Option<&ServerLayout> {
        self.inner.server.as_ref()
    }

    /// The same data, queried by another engine; `None` means the built-in one. Data on a server is always queried
    /// there.
    #[must_use]
    pub fn answered_by(&self, engine: Option<Arc<dyn SqlEngine>>) -> Self {
        Self {
            engine: match &self.inner.server {
                Some(_) => self.engine.clone(),
                None => engine,
            },
            ..self.clone()
        }
    }

    /// The engine that answers instead of the built-in one.
    pub fn engine(&self) -> Option<&dyn SqlEngine> {
        self.engine.as_deref()
    }

    /// The same data, with queries that end with [`DataError::Cancelled`] once `stop` is set.
    #[must_use]
    pub fn stopped_by(&self, stop: &Arc<AtomicBool>) -> Self {
        Self {
            stop: Some(Arc::clone(stop)),
            ..self.clone()
        }
    }

    /// The same data, with a folder for the lines of answers that do not fit the memory.
    #[must_use]
    pub fn spilling_to(&self, folder: &Path) -> Self {
        Self {
            scratch: Some(folder.into()),
            ..self.clone()
        }
    }

    /// The folder for lines that do not fit the memory.
    pub(crate) fn scratch(&self) -> PathBuf {
        let folder = self.scratch.as_deref().map(usable);
        folder.unwrap_or_else(std::env::temp_dir)
    }

    /// Fails if the query was cancelled.
    pub(crate) fn check_wanted(&self) -> Result<(), DataError> {
        let stopped = |stop: &Arc<AtomicBool>| stop.load(Ordering::Relaxed);
        if self.stop.as_ref().is_some_and(stopped) {
            return Err(DataError::Cancelled);
        }
        Ok(())
    }

    /// The same rows with their amortized costs, if the data has both.
    pub fn amortized_side(&self) -> Option<Self> {
        let both = |source: &Source| source.both;
        let all = !self.inner.sources.is_empty() && self.inner.sources.iter().all(both);
        all.then(|| Self {
            cost: Role::EffectiveCost,
            ..self.clone()
        })
    }

    /// Whether some columns of its sources were not read.
    pub fn is_projected(&self) -> bool {
        let mut parts = self.inner.parts.iter();
        parts.any(|part| part.stored.info.headers.is_some())
    }

    /// Number of rows.
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

    /// The common metric of all sources, if it is known.
    pub fn metric(&self) -> Option<Metric> {
        if self.inner.sources.iter().any(|source| source.both) {
            return Some(Metric::Actual);
        }
        // A source without rows fits any metric.
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

    /// Number of rows with invalid tags. Their text is kept in the Tags column.
    pub fn broken_tags(&self) -> u64 {
        let repairs = self.sources().iter().flat_map(|source| &source.repairs);
        let broken = repairs.filter(|repair| repair.kind == "broken-tags");
        broken.map(|repair| repair.count).sum()
    }

    /// The type of a column, by its plain name; `None` if no source has it.
    pub(super) fn held(&self, plain: &str) -> Option<Holds> {
        self.inner.holds.get(plain).copied()
    }

    /// The checksums of all rows, if they were computed when the files were read. They are of the billed costs.
    pub(super) fn checksums(&self) -> Option<RowChecksums> {
        if self.money != MoneyColumn::Billing {
            return None;
        }
        let mut parts = self.inner.parts.iter();
        parts.try_fold(RowChecksums::default(), |all, part| {
            Some(all.plus(part.checksums()?))
        })
    }

    /// The type of the quantity column; `None` if no source has one.
    pub fn quantity_holds(&self) -> Option<Holds> {
        if let Some(server) = self.server() {
            let header = server.role(Role::Quantity)?;
            return self.held(&plain(header));
        }
        let kinds = self.parts().iter().filter_map(|part| {
            let header = part.stored.layout.role_header(Role::Quantity)?;
            Some(part.stored.kind(header))
        });
        let numbers = kinds.map(|kind| matches!(kind, ColumnKind::Amount { .. }));
        let all = numbers.reduce(|all, number| all && number)?;
        Some(if all { Holds::Number } else { Holds::Text })
    }

    /// The type of a column of the rows, by header or key name.
    pub fn holds(&self, name: &str) -> Holds {
        let mut headers = self.headers().iter();
        if headers.any(|header| header.eq_ignore_ascii_case(name)) {
            return self.held(&plain(name)).unwrap_or(Holds::Text);
        }
        match GroupKey::parse(name) {
            Some(GroupKey::Role(Role::Cost)) => Holds::Number,
            Some(GroupKey::Role(Role::Date)) => Holds::Day,
            _ => Holds::Text,
        }
    }

    pub(crate) fn parts(&self) -> &[PartData] {
        &self.inner.parts
    }

    /// The role of the amount that counts as cost.
    pub fn cost_role(&self) -> Role {
        self.cost
    }

    pub(crate) fn threads(&self) -> usize {
        self.inner.threads
    }
}

/// One source before it is joined with others. Cloning it does not copy its rows.
#[derive(Clone)]
pub struct DataPart {
    pub(crate) stored: Stored,
    pub(crate) source: Source,
    pub(crate) dates: DateOrder,
    pub(crate) unclear_line: u64,
    /// Whether its table was made from a text, just now or earlier.
    pub(crate) converted: bool,
    /// The marks of its rows, if only some columns of one of several sources were read.
    pub(crate) marks: Option<Arc<RowMarks>>,
}

impl DataPart {
    /// Sets the index of the named source that it belongs to.
    pub fn set_origin(&mut self, origin: usize) {
        self.source.origin = origin;
    }

    /// Sets the run it is part of.
    pub fn set_run(&mut self, run: RunMark) {
        self.source.run = run;
    }

    /// Its origin and the findings from reading it.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The columns of its text.
    pub fn headers(&self) -> &[String] {
        &self.stored.layout.headers
    }

    /// Sets the metric that its manifest says, unless the rows prove one.
    pub fn set_metric(&mut self, metric: Option<Metric>) {
        self.source.metric = self.source.metric.or(metric);
    }

    /// Number of rows.
    pub fn rows(&self) -> u64 {
        self.source.rows
    }

    pub(crate) fn of(stored: Stored, name: &str) -> Self {
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
            bom: info.bom,
            repairs: info.repairs(),
            days: info.days,
            totals: info.totals.clone(),
            unread: info.unread.clone(),
            by_row: info.by_row,
            ..Source::of(layout)
        };
        Self {
            stored,
            source,
            dates: DateOrder::Clear,
            unclear_line: 1,
            converted: false,
            marks: None,
        }
    }

    /// The first line with a date that could be read either way round.
    pub fn unclear_line(&self) -> u64 {
        self.unclear_line
    }

    /// The order of day and month that its dates prove.
    pub fn dates(&self) -> DateOrder {
        self.dates
    }
}

/// An engine that is queried in SQL. Its table is `costs`: the keys of the contract, all headers, and the tags that a
/// statement names.
pub trait SqlEngine: Send + Sync {
    /// The name shown to users.
    fn name(&self) -> &'static str;
    fn dialect(&self) -> crate::domain::sql::dialect::SqlDialect;
    fn answer(&self, data: &Dataset, statement: &str) -> Result<StatementAnswer, DataError>;
    /// The answer to a statement that the user typed, with at most `most` rows; `None` if the engine has no special
    /// handling for those.
    fn typed(
        &self,
        _data: &Dataset,
        _statement: &str,
        _most: Option<usize>,
    ) -> Option<Result<StatementAnswer, DataError>> {
        None
    }
    /// The definition of the cost table for a statement, under this name; `None` if the engine has the table already.
    fn view(&self, _data: &Dataset, _name: &str, _statement: &str) -> Option<String> {
        None
    }
    /// A summary of the work done so far; `None` if there is nothing to report.
    fn work(&self) -> Option<String> {
        None
    }
}
