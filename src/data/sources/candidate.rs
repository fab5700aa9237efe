//! A file that may be read, and what is known about it before it is opened.

use super::manifest::ExportManifest;
use chrono::DateTime;
use chrono::Utc;
use std::sync::Arc;

/// Something that was given, in a folder, an archive or by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// As it is shown; a path inside an archive goes on behind the archive's name.
    pub path: String,
    /// Which of the sources that were named it belongs to.
    pub origin: usize,
    pub bytes: u64,
    pub modified: Option<DateTime<Utc>>,
    pub kind: CandidateKind,
}

/// What a candidate is, as far as its start and its name tell.
#[derive(Debug, Clone, PartialEq)]
pub enum CandidateKind {
    /// Rows of costs.
    Costs,
    Manifest(Arc<ExportManifest>),
    /// Anything else, in words that follow its name.
    Other(String),
}
