//! The ledger: one folder per finished report, its Parquet parts and `report.json`, which is written last.

use super::error::StoreError;
use super::files;
use crate::domain::money::Money;
use crate::domain::request::{Api, ReportKey, ReportRequest};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
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
}

/// The store of finished reports under one folder.
#[derive(Debug, Clone)]
pub struct Ledger {
    root: PathBuf,
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
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(files::at(&path))?,
        };
        let damaged = |problem: String| StoreError::Damaged {
            path: path.clone(),
            problem,
        };
        let entry: Entry =
            serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
        if entry.schema > SCHEMA {
            return Err(damaged(format!(
                "it was written by a newer version (schema {})",
                entry.schema
            )));
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
        let text = serde_json::to_vec_pretty(entry).map_err(|error| StoreError::Damaged {
            path: path.clone(),
            problem: error.to_string(),
        })?;
        files::write_whole(&path, &text)
    }
}
