//! Records the reports that wait for their turn, so that neither quitting nor a crash drops them.
//!
//! A note is written when a report is ordered, before anything is sent, and removed when the order ends. An order that was
//! sent has an intent as well. One process at a time holds the lock of a note.

use super::check_note;
use crate::domain::report::request::{Api, ReportKey, ReportRequest};
use crate::domain::scope::Agreement;
use crate::store::checksum::sum_of_text;
use crate::store::error::StoreError;
use crate::store::folder::Folder;
use crate::store::lock::Lock;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The folder of the notes.
const FOLDER: &str = "queue";
/// The version of a note.
const SCHEMA: u32 = 1;
/// The size limit of a note.
const LARGEST: u64 = 1 << 20;

/// A report that waits for its turn, and how it was ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queued {
    pub request: ReportRequest,
    pub queued_at: DateTime<Utc>,
    /// The API that the user chose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<Api>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<Agreement>,
    /// Whether it is ordered even if the ledger has it.
    #[serde(default)]
    pub refresh: bool,
}

/// A note as it is on disk.
#[derive(Debug, Serialize, Deserialize)]
struct Sealed {
    #[serde(flatten)]
    queued: Queued,
    /// The checksum of everything above; notes of older versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    check: Option<String>,
}

fn sum(queued: &Queued) -> serde_json::Result<String> {
    Ok(sum_of_text(&serde_json::to_vec(queued)?))
}

/// A note, and whether a process works on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueItem {
    pub key: ReportKey,
    pub queued: Queued,
    pub held: bool,
}

/// The notes under a data folder.
#[derive(Debug, Clone)]
pub struct Queue {
    data: Folder,
}

/// The note of a report in the queue. Its lock is released when it is dropped; the note stays until it is cleared.
#[derive(Debug)]
pub struct QueueNote {
    _lock: Lock,
    root: Folder,
    key: ReportKey,
}

fn note_name(key: &ReportKey) -> String {
    format!("{key}.json")
}

fn lock_name(key: &ReportKey) -> String {
    format!("{key}.lock")
}

impl Queue {
    /// The queue of a data folder; its own folder is created with the first note.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        let data = Folder::private(data_dir)?;
        Ok(Self { data })
    }

    /// Notes a report. `None` if it is already in the queue of this or another process.
    pub fn note(&self, key: &ReportKey, queued: &Queued) -> Result<Option<QueueNote>, StoreError> {
        let root = self.data.child(FOLDER)?;
        let Some(lock) = root.try_lock(&lock_name(key))? else {
            return Ok(None);
        };
        let sealed = Sealed {
            queued: queued.clone(),
            check: sum(queued).ok(),
        };
        root.write_json(&note_name(key), &sealed)?;
        Ok(Some(QueueNote {
            _lock: lock,
            root,
            key: key.clone(),
        }))
    }

    /// Lists every note, the oldest first, and the errors of unreadable ones. A shortage of this machine is an error.
    pub fn list(&self) -> Result<(Vec<QueueItem>, Vec<StoreError>), StoreError> {
        let (mut noted, mut damaged) = (Vec::new(), Vec::new());
        let Some(root) = self.data.existing(FOLDER)? else {
            return Ok((noted, damaged));
        };
        for (name, _) in root.items()? {
            let Some(key) = name
                .strip_suffix(".json")
                .filter(|key| !key.starts_with('.'))
            else {
                continue;
            };
            let key = ReportKey::from_text(key);
            if let Some(queued) = StoreError::keep_apart(read(&root, &key), &mut damaged)? {
                let held = root.is_locked(&lock_name(&key))?;
                noted.push(QueueItem { key, queued, held });
            }
        }
        noted.sort_by(|a, b| (a.queued.queued_at, &a.key).cmp(&(b.queued.queued_at, &b.key)));
        Ok((noted, damaged))
    }
}

impl QueueNote {
    /// Removes the note: the wait of the report is over.
    pub fn clear(&self) -> Result<(), StoreError> {
        self.root.remove_file(&note_name(&self.key)).map(|_| ())
    }
}

fn read(root: &Folder, key: &ReportKey) -> Result<Option<Queued>, StoreError> {
    let name = note_name(key);
    let Some(Sealed { queued, check }) = root.read_note::<Sealed>(&name, (LARGEST, SCHEMA))? else {
        return Ok(None);
    };
    let is_whole = check.is_none() || sum(&queued).ok() == check;
    check_note(root, &name, (is_whole, queued.request.is_called(key)))?;
    Ok(Some(queued))
}
