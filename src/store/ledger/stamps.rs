//! Records when each part of a report was last compared with its checksum. A file that has not changed since need not
//! be read whole again. A missing or wrong stamp only costs time.

use super::{Ledger, Seal};
use crate::domain::report::request::ReportKey;
use std::fs::File;
use std::os::unix::fs::MetadataExt;

/// A stamp is one line.
const LARGEST: u64 = 4096;

fn stamp_name(seal: &Seal) -> String {
    format!(".{}.checked", seal.part)
}

impl Ledger {
    /// Whether a file is the one that was compared and has not changed since.
    pub fn is_stamped(&self, key: &ReportKey, seal: &Seal, file: &File) -> bool {
        let folder = self.stored(key).ok().flatten();
        let known = folder.and_then(|folder| folder.read(&stamp_name(seal), LARGEST).ok()?);
        let now = stamp_of(seal, file).map(String::into_bytes);
        now.is_some() && known == now
    }

    /// Records that a file was compared with its checksum. `before` is its stamp from before the comparison.
    pub fn stamp(&self, key: &ReportKey, seal: &Seal, before: Option<&str>) {
        if let (Some(text), Ok(Some(folder)), Ok(work)) = (before, self.stored(key), self.work()) {
            let _ = folder.write_by(&work, &stamp_name(seal), text.as_bytes());
        }
    }
}

/// The file's metadata together with the checksum it was compared with.
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
