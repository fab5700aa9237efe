//! The result of a finished operation: signed links to one or more CSV files.

use crate::domain::text::secret::Secret;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One file of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// A signed link. Anyone with the link can read the file, so it is never shown.
    pub link: Secret,
    /// The size in the manifest. Microsoft's own sample has it wrong, so it only feeds the progress bar.
    pub bytes: Option<u64>,
}

/// The files of a finished report, for every kind of operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    pub blobs: Vec<Blob>,
    pub times: ServerTimes,
}

/// The server's times: when it worked, and how long its links are valid.
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
    /// The times, if the server sent any.
    pub fn known(self) -> Option<Self> {
        (self != Self::default()).then_some(self)
    }

    /// The time the server took: `4 min 12 s`.
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
    /// The sum of the sizes, if all of them are known.
    pub fn bytes(&self) -> Option<u64> {
        // A manifest may state sizes that no disk has.
        let mut blobs = self.blobs.iter();
        blobs.try_fold(0_u64, |sum, blob| Some(sum.saturating_add(blob.bytes?)))
    }
}

/// The state of a download, kept next to the file so that another run can resume it. It contains no link.
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

#[cfg(test)]
mod tests {
    use crate::domain::report::manifest::{Blob, Manifest, ServerTimes};
    use crate::domain::text::secret::Secret;
    use chrono::{DateTime, TimeDelta};

    #[test]
    fn the_size_is_known_where_that_of_each_file_is() {
        for (sizes, expected) in [
            (vec![], Some(0)),
            (vec![Some(3)], Some(3)),
            (vec![Some(3), Some(4), Some(5)], Some(12)),
            (vec![Some(3), None], None),
            (vec![Some(u64::MAX), Some(1)], Some(u64::MAX)),
        ] {
            let blob = |bytes: &Option<u64>| Blob {
                link: Secret::new("a"),
                bytes: *bytes,
            };
            let manifest = Manifest {
                blobs: sizes.iter().map(blob).collect(),
                times: ServerTimes::default(),
            };
            assert_eq!(manifest.bytes(), expected, "{sizes:?}");
        }
    }

    #[test]
    fn the_time_that_the_server_took_is_in_minutes_and_seconds() {
        for (seconds, expected) in [
            (0, Some("0 s")),
            (59, Some("59 s")),
            (60, Some("1 min 0 s")),
            (252, Some("4 min 12 s")),
            (-1, None),
        ] {
            let times = ServerTimes {
                valid_till: None,
                started_at: Some(DateTime::UNIX_EPOCH),
                ended_at: Some(DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)),
            };
            assert_eq!(times.took().as_deref(), expected);
            assert_eq!(times.known(), Some(times));
        }
        assert_eq!(ServerTimes::default().took(), None);
        assert_eq!(ServerTimes::default().known(), None);
    }
}
