//! The errors of the store.

use std::io;
use std::path::PathBuf;

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error(
        "{path} cannot be read: {problem}. Move it away, or order the report again with --refresh"
    )]
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
        "another costscope is fetching this report right now ({path} is locked); wait for it to finish"
    )]
    Busy { path: PathBuf },
}
