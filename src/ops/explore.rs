//! Opens cost data and answers questions about it. Everything here may take long and runs off the draw thread.

use super::error::OpsError;
use crate::data::dataset::{Dataset, Part};
use crate::data::{compare, query};
use crate::domain::comparison::Comparison;
use crate::domain::filter::Filter;
use crate::domain::metric::Metric;
use crate::domain::period::DateRange;
use crate::domain::query::{GroupKey, Query};
use crate::domain::request::{ReportKey, hex};
use crate::domain::scope::ScopeId;
use crate::domain::table::Table;
use crate::store::ledger::{Entry, Ledger};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
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
    let mut seen: HashMap<String, String> = HashMap::new();
    for name in sources {
        let path = Path::new(name);
        if path.is_file() {
            if let Some(first) = seen.insert(fingerprint(path)?, name.clone()) {
                return Err(OpsError::Failed(format!(
                    "{name} holds the same bytes as {first}: adding both would count everything twice"
                )));
            }
            parts.push(open_file(path, name)?);
            continue;
        }
        let entry = find_entry(ledger, name)?;
        parts.extend(open_entry(ledger, &entry)?);
        entries.push(entry);
    }
    check_overlaps(&entries)?;
    let data = Dataset::join(parts)?;
    check_metrics(&data)?;
    Ok(Opened {
        data,
        names: sources.to_vec(),
        entries,
    })
}

fn open_file(path: &Path, name: &str) -> Result<Part, OpsError> {
    let ending = path
        .extension()
        .map(|e| e.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    if ["parquet", "gz", "zip", "xlsx", "xls", "json"].contains(&ending.as_str()) {
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
    for path in paths {
        parts.push(Part::from_parquet(
            &path,
            entry.key.as_str(),
            entry.request.metric,
        )?);
    }
    Ok(parts)
}

/// SHA-256 of a file, so that the same data under two names is noticed.
fn fingerprint(path: &Path) -> Result<String, OpsError> {
    let io = |error: std::io::Error| OpsError::Failed(format!("{}: {error}", path.display()));
    let mut file = File::open(path).map_err(io)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0_u8; 1 << 20];
    loop {
        let count = file.read(&mut buffer).map_err(io)?;
        if count == 0 {
            break;
        }
        hash.update(buffer.get(..count).unwrap_or_default());
    }
    Ok(hex(&hash.finalize()))
}

fn check_overlaps(entries: &[Entry]) -> Result<(), OpsError> {
    for (index, entry) in entries.iter().enumerate() {
        for other in entries.iter().take(index) {
            let same = entry.request.scope == other.request.scope
                && entry.request.metric == other.request.metric;
            let days = entry
                .request
                .range()
                .zip(other.request.range())
                .is_some_and(|(a, b)| a.overlaps(b));
            if same && (days || entry.key == other.key) {
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
    let named = |metric| {
        data.sources()
            .iter()
            .find(|source| source.metric == Some(metric))
            .map(|source| source.name.clone())
    };
    if let (Some(actual), Some(amortized)) = (named(Metric::Actual), named(Metric::Amortized)) {
        return Err(OpsError::Failed(format!(
            "{actual} is actual cost and {amortized} amortized: they are never added up. Use `costscope compare`"
        )));
    }
    Ok(())
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
    if actual.metric() == Some(Metric::Amortized) || amortized.metric() == Some(Metric::Actual) {
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
