//! Orders that may be running on the server, so that no report is ordered twice.
//!
//! An intent is written before the POST and gets the polling link once a 202 was read; it goes away when the report
//! is in the ledger, is empty, or has failed on the server. One process at a time holds an order's lock.

use super::error::StoreError;
use super::files;
use crate::domain::request::{ReportKey, ReportRequest};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// An order that was sent, or was about to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    pub request: ReportRequest,
    pub ordered_at: DateTime<Utc>,
    /// Where to ask, once the server has said so. A poll link holds no secret.
    pub poll_url: Option<String>,
    /// No poll, and no other order, before this time.
    pub not_before: Option<DateTime<Utc>>,
    /// The last wait in seconds that the server named.
    #[serde(default)]
    pub named_wait: Option<i64>,
    /// The order was refused with a wait: nothing runs on the server.
    #[serde(default)]
    pub refused: bool,
}

/// The folder of intents.
#[derive(Debug, Clone)]
pub struct Pending {
    root: PathBuf,
}

/// The right to work on one order; given back when dropped.
#[derive(Debug)]
pub struct Claim {
    _lock: File,
    path: PathBuf,
}

impl Pending {
    /// The intents under a data folder.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        let root = data_dir.join("jobs");
        files::private_folder(&root)?;
        Ok(Self { root })
    }

    /// Takes the order of one report for this process.
    pub fn claim(&self, key: &ReportKey) -> Result<Claim, StoreError> {
        let lock_path = self.root.join(format!("{key}.lock"));
        let open = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&lock_path);
        let lock = open.map_err(files::at(&lock_path))?;
        // Where locks do not work at all (some network homes) there is nothing to wait for.
        if let Err(TryLockError::WouldBlock) = lock.try_lock() {
            return Err(StoreError::Busy { path: lock_path });
        }
        Ok(Claim {
            _lock: lock,
            path: self.root.join(format!("{key}.json")),
        })
    }
}

impl Claim {
    /// What an earlier run left, if anything.
    pub fn read(&self) -> Result<Option<Intent>, StoreError> {
        let text = match fs::read(&self.path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(files::at(&self.path))?,
        };
        let damaged = |error: serde_json::Error| StoreError::Damaged {
            path: self.path.clone(),
            problem: error.to_string(),
        };
        serde_json::from_slice(&text).map(Some).map_err(damaged)
    }

    /// Keeps the intent, whole or not at all.
    pub fn write(&self, intent: &Intent) -> Result<(), StoreError> {
        let text = serde_json::to_vec_pretty(intent).map_err(|error| StoreError::Damaged {
            path: self.path.clone(),
            problem: error.to_string(),
        })?;
        files::write_whole(&self.path, &text)
    }

    /// Forgets the intent: the order is over.
    pub fn clear(&self) -> Result<(), StoreError> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(files::at(&self.path)(error))
            }
            _ => Ok(()),
        }
    }
}
