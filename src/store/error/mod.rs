//! The errors of the store.

use crate::domain::text::io_words::{io_words, is_shortage};
use serde::Deserialize;
use std::io;
use std::path::{Path, PathBuf};

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{path}: {}", io_words(source))]
    Io { path: PathBuf, source: io::Error },
    /// It does not exist and cannot be made.
    #[error("{path} cannot be made: {source}; choose another folder with --data-dir")]
    Unwritable { path: PathBuf, source: io::Error },
    #[error("{path} cannot be read: {problem}. Repair it, or move it away")]
    Damaged { path: PathBuf, problem: String },
    /// Another user owns it or can write to it, or it is not the expected kind of file.
    #[error("{path} is not used: {problem}. {fix}")]
    NotOurs {
        path: PathBuf,
        problem: String,
        /// How to fix it.
        fix: String,
    },
    /// The record of an order is not as it was written.
    #[error(
        "{path} is damaged: {problem}. Order the report again with --refresh, or move the file away"
    )]
    Journal { path: PathBuf, problem: String },
    /// A stored report has changed since it was stored.
    #[error("the stored report {key} is damaged: {problem}. {again}")]
    Broken {
        key: String,
        problem: String,
        /// How to get it again.
        again: String,
    },
    #[error(
        "the disk has {free} free at {path}, this needs about {needed}; make room or choose another --data-dir"
    )]
    DiskFull {
        path: PathBuf,
        free: String,
        needed: String,
    },
    #[error(
        "{path} was written by a newer version of costscope (schema {schema}): use that version, or another --data-dir"
    )]
    Newer { path: PathBuf, schema: u64 },
    #[error(
        "another costscope is fetching this report right now ({path} is locked); wait for it to finish"
    )]
    Busy { path: PathBuf },
}

impl StoreError {
    /// Whether the error is of this machine, such as too many open files: it says nothing about what is stored.
    pub fn is_shortage(&self) -> bool {
        matches!(self, Self::Io { source, .. } if is_shortage(source))
    }

    /// One item of a list, as it was read. Its error is kept beside the list, except a shortage: the list would be shorter
    /// than its folder.
    pub(super) fn keep_apart<T>(
        read: Result<Option<T>, Self>,
        damaged: &mut Vec<Self>,
    ) -> Result<Option<T>, Self> {
        match read {
            Err(error) if !error.is_shortage() => {
                damaged.push(error);
                Ok(None)
            }
            read => read,
        }
    }
}

/// The version of a stored file, whatever else is in it.
#[derive(Deserialize)]
pub(super) struct Version {
    #[serde(default)]
    schema: u64,
}

impl Version {
    /// The version of a JSON text, if it is newer than ours.
    pub(super) fn newer(text: &[u8], ours: u32) -> Option<u64> {
        let version: Self = serde_json::from_slice(text).ok()?;
        (version.schema > u64::from(ours)).then_some(version.schema)
    }
}

/// Attaches a path to an I/O error.
pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io { path, source }
}

pub(super) fn newer_than_ours(path: PathBuf, schema: u64) -> StoreError {
    StoreError::Newer { path, schema }
}

#[cfg(test)]
mod tests;
