//! The ids of dismissed findings and the days they were dismissed on, in one small file.

use super::error::StoreError;
use super::folder::Folder;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The file of dismissed findings.
#[derive(Debug, Clone)]
pub struct Dismissals {
    data_dir: PathBuf,
}

const FILE: &str = "dismissed.json";
const LOCK: &str = "dismissed.lock";
/// The size limit of the file: room for far more than a few thousand findings.
const LARGEST: u64 = 4 << 20;
const SCHEMA: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DismissalsFile {
    schema: u32,
    dismissed: BTreeMap<String, NaiveDate>,
}

impl Default for DismissalsFile {
    fn default() -> Self {
        Self {
            schema: SCHEMA,
            dismissed: BTreeMap::new(),
        }
    }
}

impl Dismissals {
    /// The file under a data folder.
    pub fn new(data_dir: &Path) -> Self {
        Self {
            data_dir: data_dir.to_owned(),
        }
    }

    /// The ids of all dismissed findings. Reading creates no folder.
    pub fn read(&self) -> Result<BTreeSet<String>, StoreError> {
        if !self.data_dir.is_dir() {
            return Ok(BTreeSet::new());
        }
        let noted = read(&Folder::private(&self.data_dir)?)?;
        Ok(noted.dismissed.into_keys().collect())
    }

    /// Adds ids; those that are known keep their day.
    pub fn add(&self, ids: &[String], day: NaiveDate) -> Result<(), StoreError> {
        self.change(|dismissed| {
            for id in ids {
                dismissed.entry(id.clone()).or_insert(day);
            }
        })
    }

    /// Removes ids; returns those that were not there.
    pub fn remove(&self, ids: &[String]) -> Result<Vec<String>, StoreError> {
        let mut unknown = Vec::new();
        self.change(|dismissed| {
            for id in ids {
                if dismissed.remove(id).is_none() {
                    unknown.push(id.clone());
                }
            }
        })?;
        Ok(unknown)
    }

    fn change(
        &self,
        change: impl FnOnce(&mut BTreeMap<String, NaiveDate>),
    ) -> Result<(), StoreError> {
        let folder = Folder::private(&self.data_dir)?;
        // Two processes may dismiss at the same time.
        let _lock = folder.lock(LOCK)?;
        // An unreadable file is not overwritten: it may be repaired by hand.
        let mut noted = read(&folder)?;
        change(&mut noted.dismissed);
        folder.write_json(FILE, &noted)
    }
}

fn read(folder: &Folder) -> Result<DismissalsFile, StoreError> {
    let noted = folder.read_json(FILE, (LARGEST, SCHEMA))?;
    Ok(noted.unwrap_or_default())
}
