//! What a finished operation hands out: signed links to one or more CSV files.

use crate::domain::text::secret::Secret;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

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
    pub times: ServerTimes,
}

/// What the server says about when it worked, and for how long its links do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ServerTimes {
    /// When the links stop working.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_till: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
}

impl ServerTimes {
    /// The times, where the server has named any.
    pub fn known(self) -> Option<Self> {
        (self != Self::default()).then_some(self)
    }

    /// How long the server worked: `4 min 12 s`.
    pub fn took(&self) -> Option<String> {
        let length = self.ended_at?.signed_duration_since(self.started_at?);
        let seconds = length.num_seconds();
        (seconds >= 0).then(|| match (seconds / 60, seconds % 60) {
            (0, seconds) => format!("{seconds} s"),
            (minutes, seconds) => format!("{minutes} min {seconds} s"),
        })
    }
}

impl Manifest {
    /// The sum of the sizes, when every one is named.
    pub fn bytes(&self) -> Option<u64> {
        self.blobs.iter().map(|blob| blob.bytes).sum()
    }
}

/// What is known about a file that is being downloaded, kept beside it so that another run can go on with it. It holds
/// no link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartNote {
    /// The size of the whole file.
    pub total: u64,
    /// Tells whether the file on the server is still the same one.
    pub etag: String,
    /// The announced checksum, if there is one.
    pub md5: Option<Vec<u8>>,
    /// Bytes that were written and synced, and their checksum.
    #[serde(default)]
    pub have: Option<u64>,
    #[serde(default)]
    pub sha256: Option<String>,
}
