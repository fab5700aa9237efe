//! Opens cost data and answers questions about it. Everything here may take long and runs off the draw thread.

use super::error::OpsError;
use crate::data::dataset::{Dataset, Part};
use crate::data::{compare, query};
use crate::domain::comparison::Comparison;
use crate::domain::filter::Filter;
use crate::domain::metric::Metric;
use crate::domain::period::DateRange;
use crate::domain::query::{GroupKey, Query};
use crate::domain::request::ReportKey;
use crate::domain::scope::ScopeId;
use crate::domain::table::Table;
use crate::store::ledger::{Entry, Ledger};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Opened data and what it was opened from.
#[derive(Debug, Clone)]
pub struct Opened {
    pub data: Dataset,
    /// File names or ledger keys, in the order given.
    pub names: Vec<String>,
    /// Ledger entries among them.
    pub entries: Vec<Entry>,
}

/// Opens files and ledger keys as one table. Mixed metrics and the same data twice are refused.
pub fn open(ledger: Option<&Ledger>, sources: &[String]) -> Result<Opened, OpsError> {
    if sources.is_empty() {
        return Err(OpsError::Usage(
            "no source was given; name a CSV file or a ledger key (`costscope ledger list`)"
                .to_owned(),
        ));
    }
    let (mut parts, mut entries) = (Vec::new(), Vec::new());
    for name in sources {
        let path = Path::new(name);
        if path.is_file() {
            parts.push(open_file(path, name)?);
            continue;
        }
        let entry = find_entry(ledger, name)?;
        parts.extend(open_entry(ledger, &entry)?);
        entries.push(entry);
    }
    check_overlaps(&entries)?;
    let data = Dataset::join(parts)?;
    check_twice(&data)?;
    check_metrics(&data)?;
    Ok(Opened {
        data,
        names: sources.to_vec(),
        entries,
    })
}

/// The same rows under two names would count twice, whatever the line ends or the order of the rows.
fn check_twice(data: &Dataset) -> Result<(), OpsError> {
    let mut seen: HashMap<u128, &str> = HashMap::new();
    for source in data.sources().iter().filter(|source| source.rows > 0) {
        let Some(fingerprint) = source.fingerprint else {
            continue;
        };
        if let Some(first) = seen.insert(fingerprint, &source.name) {
            return Err(OpsError::Failed(format!(
                "{} holds the same rows as {first}: adding both would count everything twice",
                source.name
            )));
        }
    }
    Ok(())
}

fn open_file(path: &Path, name: &str) -> Result<Part, OpsError> {
    let ending = path
        .extension()
        .map(|e| e.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    if ["parquet", "zip", "xlsx", "xls", "json"].contains(&ending.as_str()) {
        return Err(OpsError::Failed(format!(
            "{name}: .{ending} files cannot be read yet; give the CSV file (unpacked) or a ledger key"
        )));
    }
    Ok(Part::from_csv(path, name)?)
}

fn find_entry(ledger: Option<&Ledger>, name: &str) -> Result<Entry, OpsError> {
    let found = match ledger {
        Some(ledger) => ledger.find(&ReportKey::from_text(name))?,
        None => None,
    };
    found.ok_or_else(|| {
        let kind = if Path::new(name).is_dir() {
            "a folder"
        } else {
            "neither a file nor a ledger key"
        };
        OpsError::Failed(format!(
            "{name} is {kind}; give a CSV file, or a key from `costscope ledger list`"
        ))
    })
}

fn open_entry(ledger: Option<&Ledger>, entry: &Entry) -> Result<Vec<Part>, OpsError> {
    let paths: Vec<PathBuf> = ledger.map(|ledger| ledger.parts(entry)).unwrap_or_default();
    let mut parts = Vec::with_capacity(paths.len());
    for (index, path) in paths.iter().enumerate() {
        let fingerprint = entry
            .fingerprints
            .get(index)
            .and_then(|text| text.parse().ok());
        let name = entry.key.as_str();
        parts.push(Part::from_parquet(
            path,
            name,
            entry.request.metric,
            fingerprint,
        )?);
    }
    Ok(parts)
}

fn check_overlaps(entries: &[Entry]) -> Result<(), OpsError> {
    for (index, entry) in entries.iter().enumerate() {
        for other in entries.iter().take(index) {
            let same = entry.request.scope == other.request.scope
                && entry.request.metric == other.request.metric;
            let twice = entry.key == other.key || entry.request.may_overlap(&other.request);
            if same && twice {
                return Err(OpsError::Failed(format!(
                    "{} and {} cover the same days of the same scope: adding both would count them twice",
                    other.key, entry.key
                )));
            }
        }
    }
    Ok(())
}

fn check_metrics(data: &Dataset) -> Result<(), OpsError> {
    let mut known = data
        .sources()
        .iter()
        .filter_map(|source| source.metric.map(|metric| (metric, &source.name)));
    let Some((first, name)) = known.next() else {
        return Ok(());
    };
    match known.find(|(metric, _)| *metric != first) {
        Some((other, other_name)) => Err(OpsError::Failed(format!(
            "{name} is {first} cost and {other_name} {other}: they are never added up. Use `costscope compare`"
        ))),
        None => Ok(()),
    }
}

/// Answers one query.
pub fn show(data: &Dataset, query: &Query) -> Result<Table, OpsError> {
    Ok(query::run(data, query)?)
}

/// Actual beside amortized, and the bridge between them.
pub fn compare(
    actual: &Dataset,
    amortized: &Dataset,
    group_by: &[GroupKey],
    filter: Option<&Filter>,
    limit: Option<usize>,
) -> Result<Comparison, OpsError> {
    if actual.has_metric(Metric::Amortized) || amortized.has_metric(Metric::Actual) {
        return Err(OpsError::Failed(
            "the actual side comes first and the amortized side second; these two are the other way round".to_owned(),
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

/// The tag keys found in the data, in their commonest spelling.
pub fn tag_keys(data: &Dataset) -> Result<Vec<String>, OpsError> {
    Ok(data.tag_keys()?)
}

/// Rows whose tags cannot be read as tags.
pub fn broken_tags(data: &Dataset) -> Result<u64, OpsError> {
    Ok(data.broken_tags()?)
}
