//! When each part of a report was last compared with its checksum: a file that nobody touched since need not be read whole
//! again. A stamp that is missing or wrong costs time and nothing else.

use super::ledger::{Ledger, Seal};
use crate::domain::request::ReportKey;
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

impl Ledger {
    fn stamp_path(&self, key: &ReportKey, seal: &Seal) -> PathBuf {
        self.folder(key).join(format!(".{}.checked", seal.part))
    }

    /// Whether a file is the one that was compared, and was not touched since.
    pub fn is_stamped(&self, key: &ReportKey, seal: &Seal, file: &File) -> bool {
        let known = std::fs::read_to_string(self.stamp_path(key, seal));
        let now = stamp_of(seal, file);
        now.is_some() && known.ok() == now
    }

    /// Notes that a file was compared with its checksum; `before` is what the system said of it when that began.
    pub fn stamp(&self, key: &ReportKey, seal: &Seal, before: Option<&str>) {
        if let Some(text) = before {
            let _ = super::files::write_whole(&self.stamp_path(key, seal), text.as_bytes());
        }
    }
}

/// What the system says of a file, beside the checksum that it was compared with.
pub fn stamp_of(seal: &Seal, file: &File) -> Option<String> {
    let meta = file.metadata().ok()?;
    Some(format!(
        "{} {} {} {}.{:09} {}.{:09} {}",
        seal.sum,
        meta.dev(),
        meta.ino(),
        meta.mtime(),
        meta.mtime_nsec(),
        meta.ctime(),
        meta.ctime_nsec(),
        meta.len()
    ))
}
