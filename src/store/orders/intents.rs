//! Records orders that may be running on the server, so that no report is ordered twice.
//!
//! An intent is written before the POST and gets the polling link once a 202 was read. It is removed when the report is
//! in the ledger, is empty, or has failed on the server. One process at a time holds an order's lock.

use super::check_note;
use crate::domain::report::manifest::ServerTimes;
use crate::domain::report::operation::pages::Pages;
use crate::domain::report::request::{Api, ReportKey, ReportRequest};
use crate::domain::scope::Agreement;
use crate::store::checksum::sum_of_text;
use crate::store::error::StoreError;
use crate::store::folder::Folder;
use crate::store::lock::Lock;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::fs::TryLockError;
use std::path::Path;
use std::time::Duration;

/// How often a lock is tried that another process may hold only to test it, and the pause in between.
const CLAIM_TRIES: u32 = 3;
const CLAIM_PAUSE: Duration = Duration::from_millis(10);

/// The version of an order's file. The first version does not say it.
const SCHEMA: u32 = 1;

/// An order that was sent, or was about to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    pub request: ReportRequest,
    pub ordered_at: DateTime<Utc>,
    /// The polling link, once the server has sent it. It holds no secret.
    pub poll_url: Option<String>,
    /// No poll, and no other order, before this time.
    pub not_before: Option<DateTime<Utc>>,
    /// The last wait in seconds that the server named.
    #[serde(default)]
    pub named_wait: Option<i64>,
    /// Whether the order was refused with a wait: nothing runs on the server.
    #[serde(default)]
    pub refused: bool,
    #[serde(default)]
    pub polls: u32,
    #[serde(default)]
    pub api: Api,
    /// Whether Usage Details may be used if the account has no reports.
    #[serde(default)]
    pub fallback: bool,
    /// The agreement, if known: Usage Details is queried differently for each.
    #[serde(default)]
    pub agreement: Option<Agreement>,
    /// The user has stopped following it. Ordering the same report again still resumes it.
    #[serde(default)]
    pub set_aside: bool,
    /// For reports that arrive page by page: the pages on disk and the pages left.
    #[serde(default)]
    pub pages: Option<Pages>,
    /// The checksum of each page on disk, in order.
    #[serde(default)]
    pub page_sums: Vec<String>,
    /// The server's times, once the files have arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<ServerTimes>,
    /// The checksum of everything above; intents of older versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
}

impl Intent {
    /// An intent for an order that has not been sent yet.
    pub fn new(request: &ReportRequest, now: DateTime<Utc>, api: Api) -> Self {
        Self {
            request: request.clone(),
            ordered_at: now,
            poll_url: None,
            not_before: None,
            named_wait: None,
            refused: false,
            polls: 0,
            api,
            fallback: false,
            agreement: None,
            set_aside: false,
            pages: None,
            page_sums: Vec::new(),
            times: None,
            check: None,
        }
    }

    /// The checksum of this intent without its `check` member.
    fn sum(&self) -> serde_json::Result<String> {
        let bare = Self {
            check: None,
            ..self.clone()
        };
        Ok(sum_of_text(&serde_json::to_vec(&bare)?))
    }

    /// Whether it was set aside so long ago that the server has deleted its result.
    pub fn is_stale(&self, now: DateTime<Utc>) -> bool {
        self.set_aside && now.signed_duration_since(self.ordered_at) > TimeDelta::hours(24)
    }
}

/// A recorded order, and whether a process is working on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotedIntent {
    pub key: ReportKey,
    pub intent: Intent,
    pub held: bool,
}

/// The folder of intents.
#[derive(Debug, Clone)]
pub struct Intents {
    root: Folder,
}

/// The lock on one order, released when dropped.
#[derive(Debug)]
pub struct Claim {
    _lock: Lock,
    root: Folder,
    key: ReportKey,
}

/// The size limit of an intent, which holds links and checksums of pages.
const LARGEST: u64 = 16 << 20;

fn note_name(key: &ReportKey) -> String {
    format!("{key}.json")
}

fn lock_name(key: &ReportKey) -> String {
    format!("{key}.lock")
}

impl Intents {
    /// Opens the folder of intents under a data folder.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        let root = Folder::private(data_dir)?.child("jobs")?;
        Ok(Self { root })
    }

    /// Lists every recorded order by key, and the errors of unreadable ones. A shortage of this machine is an error.
    pub fn list(&self) -> Result<(Vec<NotedIntent>, Vec<StoreError>), StoreError> {
        let (mut noted, mut damaged) = (Vec::new(), Vec::new());
        for key in self.keys()? {
            if let Some(intent) = StoreError::keep_apart(self.read(&key), &mut damaged)? {
                let held = self.root.is_locked(&lock_name(&key))?;
                noted.push(NotedIntent { key, intent, held });
            }
        }
        noted.sort_by(|a, b| a.key.cmp(&b.key));
        Ok((noted, damaged))
    }

    /// The keys of every recorded order, readable or not.
    pub(in crate::store) fn keys(&self) -> Result<Vec<ReportKey>, StoreError> {
        let names = self.root.items()?.into_iter().filter_map(|(name, _)| {
            let key = name.strip_suffix(".json")?;
            (!key.starts_with('.')).then(|| ReportKey::from_text(key))
        });
        Ok(names.collect())
    }

    /// Reads the intent of one order.
    pub fn read(&self, key: &ReportKey) -> Result<Option<Intent>, StoreError> {
        read(&self.root, key)
    }

    /// Claims the order of one report for this process.
    pub fn claim(&self, key: &ReportKey) -> Result<Claim, StoreError> {
        let lock = self.root.lock_file(&lock_name(key))?;
        // Some file systems (network homes) do not support locks at all; then there is nothing to wait for.
        let mut tries = 0;
        while let Err(TryLockError::WouldBlock) = lock.try_lock() {
            tries += 1;
            if tries >= CLAIM_TRIES {
                return Err(StoreError::Busy {
                    path: self.root.item(&lock_name(key)),
                });
            }
            // A process that only tests the lock releases it at once.
            std::thread::sleep(CLAIM_PAUSE);
        }
        Ok(Claim {
            _lock: Lock::held(lock),
            root: self.root.clone(),
            key: key.clone(),
        })
    }
}

impl Claim {
    /// The intent that an earlier run left, if any.
    pub fn read(&self) -> Result<Option<Intent>, StoreError> {
        read(&self.root, &self.key)
    }

    /// Writes the intent atomically.
    pub fn write(&self, intent: &Intent) -> Result<(), StoreError> {
        let sealed = Intent {
            check: intent.sum().ok(),
            ..intent.clone()
        };
        self.root.write_json(&note_name(&self.key), &sealed)
    }

    /// Removes the intent: the order is done.
    pub fn clear(&self) -> Result<(), StoreError> {
        self.root.remove_file(&note_name(&self.key)).map(|_| ())
    }
}

fn read(root: &Folder, key: &ReportKey) -> Result<Option<Intent>, StoreError> {
    let name = note_name(key);
    let Some(intent) = root.read_note::<Intent>(&name, (LARGEST, SCHEMA))? else {
        return Ok(None);
    };
    let is_whole = intent.check.is_none() || intent.sum().ok() == intent.check;
    check_note(root, &name, (is_whole, intent.request.is_called(key)))?;
    // Intents are compared with the next one to write, which has its own checksum.
    Ok(Some(Intent {
        check: None,
        ..intent
    }))
}
