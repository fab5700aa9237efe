//! A file that may be read, and what is known about it before it is opened.

use super::manifest::ExportManifest;
use chrono::{DateTime, Utc};
use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A given item, in a folder, in an archive or by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The path in messages. A path inside an archive follows the archive's name.
    pub path: String,
    /// Which of the sources that were named it belongs to.
    pub origin: usize,
    pub bytes: u64,
    pub modified: Option<DateTime<Utc>>,
    pub kind: CandidateKind,
}

/// The kind of a candidate, as far as its start and its name show.
#[derive(Debug, Clone, PartialEq)]
pub enum CandidateKind {
    /// Rows of costs.
    Costs,
    Manifest(Arc<ExportManifest>),
    /// Anything else, described by a text that follows its name.
    Other(String),
}

/// The archive on disk that a candidate is in, at any depth.
pub struct Holder {
    pub path: PathBuf,
    /// The archive as it was opened. Its members are read from this file, even if another one takes its place.
    pub file: Arc<File>,
    /// Its metadata from before it was listed.
    pub seen: Metadata,
    /// Tells the candidates of one archive apart.
    pub member: String,
}

/// The place on disk that a candidate is read from.
pub enum OnDisk<'a> {
    File(&'a Path),
    Member(&'a Holder),
}
