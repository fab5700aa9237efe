//! A closed handle over loaded cost data: one table, however many files it came from.

use super::error::DataError;
use super::ingest::{self, Ingested, Repair};
use super::keys::{self, KeyColumn, TagIndex};
use super::layout::Layout;
use super::{COST, DATE, parquet, source};
use crate::domain::columns::{Dialect, Role, plain};
use crate::domain::metric::Metric;
use crate::domain::money::{Amount, Money};
use crate::domain::query::GroupKey;
use chrono::NaiveDate;
use polars::prelude::{
    Column, DataFrame, DataType, IntoColumn, IntoLazy, NULL, StringChunked, col, lit,
};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

/// Where a part of the data came from and what reading it showed.
#[derive(Debug, Clone)]
pub struct Source {
    pub name: String,
    pub metric: Option<Metric>,
    /// Tells the same rows under another name; see [`Ingested::fingerprint`].
    pub fingerprint: Option<u128>,
    pub dialect: Dialect,
    pub rows: u64,
    pub bytes: u64,
    pub columns: usize,
    pub bom: bool,
    pub repairs: Vec<Repair>,
    pub days: Option<(NaiveDate, NaiveDate)>,
}

/// Loaded cost data. Cheap to clone; the table itself never leaves this room.
#[derive(Clone)]
pub struct Dataset {
    inner: Arc<Inner>,
}

struct Inner {
    frame: DataFrame,
    headers: Vec<String>,
    sources: Vec<Source>,
    tags: OnceLock<TagIndex>,
    keys: Mutex<HashMap<GroupKey, KeyColumn>>,
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
    frame: DataFrame,
    layout: Layout,
    source: Source,
}

impl Part {
    /// Reads a CSV file, plain or gzipped, into memory and checks that the table holds what the text said.
    pub fn from_csv(path: &Path, name: &str) -> Result<Self, DataError> {
        let file = source::open(path).map_err(|source| DataError::Io {
            file: name.to_owned(),
            source,
        })?;
        let mut frames = Vec::new();
        let ingested = ingest::read_csv(name, file, |_, frame| {
            frames.push(frame);
            Ok(())
        })?;
        let frame = stack(frames)?;
        check_totals(name, &frame, &ingested)?;
        let source = source_of(name, &ingested);
        Self::new(frame, ingested.layout, source)
    }

    /// Opens one stored part of a report.
    pub fn from_parquet(
        path: &Path,
        name: &str,
        metric: Metric,
        fingerprint: Option<u128>,
    ) -> Result<Self, DataError> {
        let (frame, bytes) = parquet::read(path, name)?;
        let headers: Vec<String> = frame
            .get_column_names()
            .into_iter()
            .map(ToString::to_string)
            .filter(|header| header != COST && header != DATE)
            .collect();
        let layout = Layout::read(name, &headers)?;
        let source = Source {
            name: name.to_owned(),
            metric: Some(metric),
            fingerprint,
            dialect: layout.dialect,
            rows: frame.height() as u64,
            bytes,
            columns: headers.len(),
            bom: false,
            repairs: Vec::new(),
            days: None,
        };
        Self::new(frame, layout, source)
    }

    fn new(mut frame: DataFrame, layout: Layout, source: Source) -> Result<Self, DataError> {
        for role in Role::ALL {
            if let Some(header) = layout.role_header(role) {
                let mut column = frame.column(header)?.clone();
                if role == Role::Currency {
                    column = keys::trimmed(column.str()?).into_column();
                }
                column.rename(role_name(role).into());
                frame.with_column(column)?;
            }
        }
        Ok(Self {
            frame,
            layout,
            source,
        })
    }
}

/// What one pass over a file says about it as a source.
fn source_of(name: &str, ingested: &Ingested) -> Source {
    Source {
        name: name.to_owned(),
        metric: ingested.metric,
        fingerprint: Some(ingested.fingerprint),
        dialect: ingested.layout.dialect,
        rows: ingested.rows,
        bytes: ingested.bytes,
        columns: ingested.layout.headers.len(),
        bom: ingested.bom,
        repairs: ingested.repairs.clone(),
        days: ingested.days,
    }
}

impl Dataset {
    /// Joins parts into one table, columns by name.
    pub fn join(parts: Vec<Part>) -> Result<Self, DataError> {
        let mut headers: Vec<String> = Vec::new();
        let mut known: HashSet<String> = HashSet::new();
        for header in parts.iter().flat_map(|part| &part.layout.headers) {
            if known.insert(plain(header)) {
                headers.push(header.clone());
            }
        }
        let mut columns: Vec<(String, DataType)> = headers
            .iter()
            .map(|h| (h.clone(), DataType::String))
            .collect();
        columns.extend(
            Role::ALL
                .iter()
                .map(|role| (role_name(*role), DataType::String)),
        );
        columns.push((COST.to_owned(), DataType::Decimal(38, 18)));
        columns.push((DATE.to_owned(), DataType::Date));
        let (mut frames, mut sources) = (Vec::new(), Vec::new());
        for part in parts {
            frames.push(aligned(&part.frame, &columns)?);
            sources.push(part.source);
        }
        Ok(Self::of(stack(frames)?, headers, sources))
    }

    fn of(frame: DataFrame, headers: Vec<String>, sources: Vec<Source>) -> Self {
        let inner = Inner {
            frame,
            headers,
            sources,
            tags: OnceLock::new(),
            keys: Mutex::new(HashMap::new()),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Two datasets as one table, and how many rows are the first one's; spellings are then chosen over both.
    pub(crate) fn beside(&self, other: &Self) -> Result<(Self, usize), DataError> {
        let part = |set: &Self| -> Result<Part, DataError> {
            let frame = set.inner.frame.clone();
            let layout = Layout::read("", &set.inner.headers)?;
            let source = set
                .inner
                .sources
                .first()
                .cloned()
                .unwrap_or_else(|| Source {
                    name: String::new(),
                    metric: None,
                    fingerprint: None,
                    dialect: layout.dialect,
                    rows: 0,
                    bytes: 0,
                    columns: 0,
                    bom: false,
                    repairs: Vec::new(),
                    days: None,
                });
            Ok(Part {
                frame,
                layout,
                source,
            })
        };
        let joined = Self::join(vec![part(self)?, part(other)?])?;
        Ok((joined, self.inner.frame.height()))
    }

    /// How many rows there are.
    pub fn rows(&self) -> u64 {
        self.inner.frame.height() as u64
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
        let mut metrics = self.inner.sources.iter().map(|source| source.metric);
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
        Ok(self.tags()?.keys())
    }

    /// Rows whose tags could not be read as tags; their text is kept in the Tags column.
    pub fn broken_tags(&self) -> Result<u64, DataError> {
        Ok(self.tags()?.broken)
    }

    fn tags(&self) -> Result<&TagIndex, DataError> {
        if let Some(index) = self.inner.tags.get() {
            return Ok(index);
        }
        let index = TagIndex::build(&role_column(&self.inner.frame, Role::Tags)?);
        Ok(self.inner.tags.get_or_init(|| index))
    }

    pub(crate) fn frame(&self) -> &DataFrame {
        &self.inner.frame
    }

    /// The values of a key, worked out once and kept.
    pub(crate) fn key(&self, key: &GroupKey) -> Result<KeyColumn, DataError> {
        let known = self
            .inner
            .keys
            .lock()
            .map_or(None, |keys| keys.get(key).cloned());
        if let Some(column) = known {
            return Ok(column);
        }
        // Only a question about tags has them read.
        let tags = || self.tags();
        let column = keys::derive(&self.inner.frame, &self.inner.headers, tags, key)?;
        if let Ok(mut keys) = self.inner.keys.lock() {
            keys.insert(key.clone(), column.clone());
        }
        Ok(column)
    }
}

/// The column under which a role's values stand in every table.
pub(crate) fn role_name(role: Role) -> String {
    format!("costscope.role.{role:?}")
}

/// The values of a role; all absent where no file has such a column.
pub(crate) fn role_column(frame: &DataFrame, role: Role) -> Result<StringChunked, DataError> {
    match frame.column(&role_name(role)) {
        Ok(column) => Ok(column.str()?.clone()),
        Err(_) => Ok(
            Column::full_null("key".into(), frame.height(), &DataType::String)
                .str()?
                .clone(),
        ),
    }
}

/// The frame with exactly these columns, absent ones filled with nothing.
fn aligned(frame: &DataFrame, columns: &[(String, DataType)]) -> Result<DataFrame, DataError> {
    let names: Vec<String> = frame
        .get_column_names()
        .into_iter()
        .map(ToString::to_string)
        .collect();
    let mut out = Vec::with_capacity(columns.len());
    for (name, kind) in columns {
        // One column under the spellings of several files: `MeterCategory`, `Meter Category (MeterCategory)`.
        let wanted = plain(name);
        let exact = names.iter().find(|known| *known == name);
        let found = exact.or_else(|| names.iter().find(|known| plain(known) == wanted));
        let column = match found {
            Some(known) => {
                let mut column = frame.column(known)?.clone();
                column.rename(name.as_str().into());
                column
            }
            None => Column::full_null(name.as_str().into(), frame.height(), kind),
        };
        out.push(column.as_materialized_series().clone().into_column());
    }
    Ok(DataFrame::new(frame.height(), out)?)
}

/// Frames of the same columns, one under the other.
fn stack(frames: Vec<DataFrame>) -> Result<DataFrame, DataError> {
    let mut frames = frames.into_iter();
    let mut all = frames.next().unwrap_or_else(DataFrame::empty);
    for frame in frames {
        all.vstack_mut(&frame)?;
    }
    all.align_chunks_par();
    Ok(all)
}

/// The second count: what the loaded table adds up to must be what the text said, per currency.
pub fn check_totals(name: &str, frame: &DataFrame, ingested: &Ingested) -> Result<(), DataError> {
    if frame.width() == 0 {
        return Ok(());
    }
    let mut by = Vec::new();
    if let Some(header) = ingested.layout.role_header(Role::Currency) {
        by.push(col(header).alias("currency"));
    } else {
        by.push(lit(NULL).cast(DataType::String).alias("currency"));
    }
    let sums = frame
        .clone()
        .lazy()
        .group_by(by)
        .agg([col(COST).sum()])
        .collect()?;
    let (codes, costs) = (
        sums.column("currency")?.str()?.clone(),
        sums.column(COST)?.decimal()?,
    );
    let mut loaded: BTreeMap<Option<String>, Amount> = BTreeMap::new();
    for (code, sum) in codes.iter().zip(costs.physical().iter()) {
        let total = loaded
            .entry(code.map(|code| code.trim().to_owned()))
            .or_default();
        let overflow = || DataError::Overflow {
            what: name.to_owned(),
        };
        *total = total
            .checked_add(Amount::from_units(sum.unwrap_or_default()))
            .ok_or_else(overflow)?;
    }
    for Money { currency, amount } in &ingested.totals {
        let have = loaded.get(currency).copied().unwrap_or_default();
        if have != *amount {
            return Err(DataError::SumMismatch {
                file: name.to_owned(),
                currency: currency.clone().unwrap_or_else(|| "no currency".to_owned()),
                rows: amount.to_string(),
                loaded: have.to_string(),
            });
        }
    }
    Ok(())
}
