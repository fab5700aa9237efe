//! The record of an entry: what it was made from, and its tables.

use super::entries::{RECORD, touch};
use super::file_key::FileKey;
use crate::store::checksum::sum_of_text;
use crate::store::error::{StoreError, at};
use crate::store::folder::Folder;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::time::SystemTime;

/// The size limit of a record. A file with many tables has a few hundred bytes for each.
const LARGEST: u64 = 4 << 20;

/// The origin of an entry, and its tables.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct CacheRecord {
    pub(super) rules: String,
    /// The path of the file, for lists.
    pub(super) source: String,
    pub(super) member: String,
    /// The name that the file was given by.
    pub(super) name: String,
    pub(super) key: FileKey,
    pub(super) rows: u64,
    pub(super) converted_at: DateTime<Utc>,
    pub(super) tables: Vec<Table>,
}

/// A table of an entry.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Table {
    pub(super) bytes: u64,
    pub(super) sum: String,
    /// The facts that the table itself does not hold.
    pub(super) facts: serde_json::Value,
}

impl CacheRecord {
    /// Reads the record of an entry. Its first line is the checksum of the rest.
    pub(super) fn read(entry: &Folder) -> Result<Self, StoreError> {
        let damaged = |problem: &str| StoreError::Damaged {
            path: entry.item(RECORD),
            problem: problem.to_owned(),
        };
        let text = entry.read(RECORD, LARGEST)?;
        let text = text.ok_or_else(|| damaged("it is missing"))?;
        let end = memchr::memchr(b'\n', &text).unwrap_or(text.len());
        let (sum, rest) = text.split_at(end);
        let rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        if sum_of_text(rest).as_bytes() != sum {
            return Err(damaged("it is not as it was written"));
        }
        serde_json::from_slice(rest).map_err(|error| damaged(&error.to_string()))
    }

    /// The record without the hash of all bytes of the file.
    pub(super) fn without_whole(&self) -> Self {
        let mut other = self.clone();
        other.key.whole = None;
        other
    }

    fn text(&self, entry: &Folder) -> Result<Vec<u8>, StoreError> {
        let body = serde_json::to_vec(self).map_err(|error| StoreError::Damaged {
            path: entry.item(RECORD),
            problem: error.to_string(),
        })?;
        Ok([sum_of_text(&body).as_bytes(), b"\n", &body].concat())
    }

    /// Writes the record into an entry that is being filled. The time of the file is when the entry was last used.
    pub(super) fn write(&self, entry: &Folder, now: SystemTime) -> Result<(), StoreError> {
        let mut file = entry.append(RECORD)?;
        let written = file.write_all(&self.text(entry)?);
        written
            .and_then(|()| file.set_modified(now))
            .map_err(at(&entry.item(RECORD)))
    }

    /// Replaces the record of an entry.
    pub(super) fn replace_in(&self, entry: &Folder, now: SystemTime) -> Result<(), StoreError> {
        entry.write(RECORD, &self.text(entry)?)?;
        touch(entry, now);
        Ok(())
    }
}
