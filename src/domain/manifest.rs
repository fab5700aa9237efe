//! What a finished operation hands out: signed links to one or more CSV files.

use super::secret::Secret;
use chrono::{DateTime, Utc};

/// One file of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// A signed link: whoever has it can read the file, so it is never shown.
    pub link: Secret,
    /// The size the manifest names; Microsoft's own sample is wrong about it, so it only feeds the progress bar.
    pub bytes: Option<u64>,
}

/// The files of a finished report, whichever operation made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    pub blobs: Vec<Blob>,
    /// When the links stop working.
    pub valid_till: Option<DateTime<Utc>>,
}

impl Manifest {
    /// The sum of the sizes, when every one is named.
    pub fn bytes(&self) -> Option<u64> {
        self.blobs.iter().map(|blob| blob.bytes).sum()
    }
}
