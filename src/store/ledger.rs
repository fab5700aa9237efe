//! The ledger: one folder per finished report, its Parquet parts and `report.json`, which is written last.

use super::error::StoreError;
use super::files;
use crate::domain::money::{Amount, Money};
use crate::domain::request::{Api, ReportKey, ReportRequest};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// The version of `report.json` and of the Parquet columns.
pub const SCHEMA: u32 = 1;
pub(crate) const MANIFEST: &str = "report.json";

/// How often something was mended in a file, and where first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mended {
    pub file: String,
    pub kind: String,
    pub count: u64,
    pub first_line: u64,
    /// More about it, such as days and money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
}

/// One finished report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub schema: u32,
    pub key: ReportKey,
    pub request: ReportRequest,
    pub fetched_at: DateTime<Utc>,
    pub rows: u64,
    /// Bytes as downloaded.
    pub bytes: u64,
    /// SHA-256 of each file as downloaded.
    pub sha256: Vec<String>,
    pub totals: Vec<Money>,
    pub dialect: String,
    pub repairs: Vec<Mended>,
    /// Tells the rows of each part under another name (decimal numbers as text).
    #[serde(default)]
    pub fingerprints: Vec<String>,
    /// Parquet files in the entry's folder.
    pub parts: Vec<String>,
    /// Where the rows came from.
    #[serde(default)]
    pub api: Api,
    /// What binds each part; reports of older versions have none until they are first read.
    #[serde(default)]
    pub seals: Vec<Seal>,
    /// The checksum of everything above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
}

/// What a part of a report holds, and its checksum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    pub part: String,
    pub bytes: u64,
    pub rows: u64,
    pub totals: Vec<Money>,
    pub sum: String,
    /// The checksum of what the file says of itself at its end, which is small enough to be compared every time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
}

impl Entry {
    /// The checksum of this entry without its own member for it.
    fn sum(&self) -> serde_json::Result<String> {
        let bare = Self {
            check: None,
            ..self.clone()
        };
        Ok(super::checksum::sum_of_text(&serde_json::to_vec(&bare)?))
    }

    /// Why its description cannot be right, without looking at its parts.
    fn problem(&self, folder: &str) -> Option<String> {
        if self.key.as_str() != folder {
            return Some(format!("report.json is that of {}", self.key));
        }
        if self.check.is_some() && self.sum().ok() != self.check {
            return Some("report.json was changed: its checksum differs".to_owned());
        }
        if self.parts.is_empty() {
            return Some("report.json lists no part".to_owned());
        }
        let named = |part: &String| {
            let number = part.strip_prefix("part-")?.strip_suffix(".parquet")?;
            number.parse::<u32>().ok()
        };
        if let Some(part) = self.parts.iter().find(|part| named(part).is_none()) {
            return Some(format!(
                "report.json lists `{part}`, which is no part's name"
            ));
        }
        let distinct: BTreeSet<&String> = self.parts.iter().collect();
        if distinct.len() != self.parts.len() {
            return Some("report.json lists a part twice".to_owned());
        }
        if !self.seals.is_empty() && self.check.is_none() {
            return Some("report.json has lost its own checksum".to_owned());
        }
        if self.seals.is_empty() {
            // Only reports of versions that knew no checksums have neither.
            let lost = self.check.is_some();
            return lost.then(|| "report.json has lost the checksums of its parts".to_owned());
        }
        let sealed: Vec<&String> = self.seals.iter().map(|seal| &seal.part).collect();
        if sealed != self.parts.iter().collect::<Vec<_>>() {
            return Some("report.json lists other parts than it has checksums for".to_owned());
        }
        let rows: u64 = self.seals.iter().map(|seal| seal.rows).sum();
        let totals = added(self.seals.iter().flat_map(|seal| &seal.totals));
        let said = added(&self.totals);
        (rows != self.rows || totals.is_none() || totals != said).then(|| {
            format!(
                "report.json says {} rows and its parts have {rows}, or their totals differ",
                self.rows
            )
        })
    }
}

/// Amounts by currency; nothing where they grow too large. Currencies that add up to nothing are none.
pub fn added<'a>(
    money: impl IntoIterator<Item = &'a Money>,
) -> Option<BTreeMap<Option<String>, Amount>> {
    let mut all: BTreeMap<Option<String>, Amount> = BTreeMap::new();
    for money in money {
        let sum = all.entry(money.currency.clone()).or_default();
        *sum = sum.checked_add(money.amount)?;
    }
    all.retain(|_, amount| *amount != Amount::ZERO);
    Some(all)
}

/// The store of finished reports under one folder.
#[derive(Debug, Clone)]
pub struct Ledger {
    root: PathBuf,
}

/// A report that is not as it was stored, with the way to get it again where the request is known.
pub fn broken(key: &ReportKey, problem: String, again: Option<String>) -> StoreError {
    StoreError::Broken {
        key: key.to_string(),
        problem,
        again: again.unwrap_or_else(|| {
            format!("Remove it with `costscope ledger remove {key}` and order the report again")
        }),
    }
}

/// Whether a folder holds parts of a report.
pub(crate) fn has_parts(folder: &Path) -> bool {
    let names = fs::read_dir(folder).into_iter().flatten().flatten();
    names.into_iter().any(|item| {
        let name = item.file_name();
        let name = name.to_string_lossy();
        name.starts_with("part-") && name.ends_with(".parquet")
    })
}

/// What a ledger holds, and what in it could not be read.
#[derive(Debug, Default)]
pub struct Listing {
    pub entries: BTreeMap<ReportKey, Entry>,
    pub damaged: Vec<StoreError>,
}

impl Ledger {
    /// The ledger under a data folder; creates its folders and finishes what a crash left half-renamed.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        let ledger = Self {
            root: data_dir.join("ledger"),
        };
        files::private_folder(&ledger.root)?;
        files::private_folder(&ledger.work_folder())?;
        super::deposit::recover(&ledger)?;
        Ok(ledger)
    }

    /// The folder that holds the reports.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where deposits are prepared; on the same disk, so that the last step is a rename.
    pub(crate) fn work_folder(&self) -> PathBuf {
        self.root.join(".work")
    }

    /// A folder for working data, on the same disk.
    pub fn scratch(&self) -> PathBuf {
        self.work_folder()
    }

    /// The folder of one report.
    pub fn folder(&self, key: &ReportKey) -> PathBuf {
        self.root.join(key.as_str())
    }

    /// One report, if it is there.
    pub fn find(&self, key: &ReportKey) -> Result<Option<Entry>, StoreError> {
        let Some(folder) = self.stored(key) else {
            return Ok(None);
        };
        let path = folder.join(MANIFEST);
        let text = match fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                // The description is written before the folder gets its name: parts alone are what is left of a report.
                return if has_parts(&folder) {
                    Err(broken(key, "report.json is missing".to_owned(), None))
                } else {
                    Ok(None)
                };
            }
            other => other.map_err(files::at(&path))?,
        };
        let entry: Entry = serde_json::from_slice(&text)
            .map_err(|error| broken(key, format!("report.json cannot be read ({error})"), None))?;
        if entry.schema > SCHEMA {
            let as_ours = Entry {
                schema: SCHEMA,
                ..entry.clone()
            };
            if as_ours.check.is_some() && as_ours.sum().ok() == as_ours.check {
                let problem = "report.json was changed: its version was another".to_owned();
                return Err(broken(key, problem, None));
            }
            return Err(StoreError::Damaged {
                path: path.clone(),
                problem: format!(
                    "it was written by a newer version (schema {})",
                    entry.schema
                ),
            });
        }
        if let Some(problem) = entry.problem(key.as_str()) {
            return Err(broken(key, problem, None));
        }
        Ok(Some(entry))
    }

    /// Every report; what cannot be read is named and leaves the rest usable.
    pub fn list(&self) -> Result<Listing, StoreError> {
        let mut listing = Listing::default();
        for item in fs::read_dir(&self.root).map_err(files::at(&self.root))? {
            let item = item.map_err(files::at(&self.root))?;
            let name = item.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') || !item.path().is_dir() {
                continue;
            }
            match self.find(&ReportKey::from_text(&name)) {
                Ok(Some(entry)) => {
                    listing.entries.insert(entry.key.clone(), entry);
                }
                Ok(None) => {}
                Err(error) => listing.damaged.push(error),
            }
        }
        Ok(listing)
    }

    fn lock_file(&self) -> Result<File, StoreError> {
        files::lock_file(&self.work_folder().join("lock"))
    }

    /// The right to move reports about; waits for whoever has it. Where locks do not work, nobody waits.
    pub(crate) fn lock_wait(&self) -> Result<File, StoreError> {
        let file = self.lock_file()?;
        let _ = file.lock();
        Ok(file)
    }

    /// The same, unless somebody has it.
    pub(crate) fn try_lock(&self) -> Result<Option<File>, StoreError> {
        let file = self.lock_file()?;
        let busy = matches!(file.try_lock(), Err(TryLockError::WouldBlock));
        Ok((!busy).then_some(file))
    }

    /// Whether every part of an entry is on disk.
    pub fn is_whole(&self, entry: &Entry) -> bool {
        self.parts(entry).iter().all(|part| part.is_file())
    }

    /// The Parquet files of an entry.
    pub fn parts(&self, entry: &Entry) -> Vec<PathBuf> {
        entry
            .parts
            .iter()
            .map(|part| self.folder(&entry.key).join(part))
            .collect()
    }

    /// Writes the manifest into a prepared folder.
    pub(crate) fn write_manifest(folder: &Path, entry: &Entry) -> Result<(), StoreError> {
        let path = folder.join(MANIFEST);
        let written = entry.sum().and_then(|sum| {
            let sealed = Entry {
                check: Some(sum),
                ..entry.clone()
            };
            serde_json::to_vec_pretty(&sealed)
        });
        let text = written.map_err(|error| StoreError::Damaged {
            path: path.clone(),
            problem: error.to_string(),
        })?;
        files::write_whole(&path, &text)
    }

    /// Adds checksums to a report that an older version wrote, unless it was replaced meanwhile.
    pub fn seal(&self, entry: &Entry, seals: Vec<Seal>) -> Result<(), StoreError> {
        let _lock = self.lock_wait()?;
        if self.find(&entry.key)?.as_ref() != Some(entry) {
            return Ok(());
        }
        let sealed = Entry {
            seals,
            ..entry.clone()
        };
        Self::write_manifest(&self.folder(&entry.key), &sealed)
    }
}
