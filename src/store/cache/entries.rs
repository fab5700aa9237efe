//! The folders of entries: how they are named, made and removed.

use crate::store::error::StoreError;
use crate::store::folder::{Folder, ItemKind};
use std::fs::File;
use std::io;
use std::time::SystemTime;

/// The file of an entry's record. Its time is when the entry was last used.
pub(super) const RECORD: &str = "entry";
/// The start of the names of entries that are being filled.
pub(super) const NEW: &str = ".new-";
/// The start of the names of entries that are being removed.
pub(super) const GONE: &str = ".gone-";

/// Whether a name is that of an entry.
pub(super) fn is_entry(name: &str, kind: ItemKind) -> bool {
    let is_hash = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    kind == ItemKind::Folder && name.len() == 64 && name.chars().all(is_hash)
}

/// Notes that an entry was used. Where that cannot be written, it only looks older than it is.
pub(super) fn touch(entry: &Folder, now: SystemTime) {
    if let Ok(Some(record)) = entry.open(RECORD) {
        let _ = record.set_modified(now);
    }
}

/// A new entry under an unpredictable name. It is locked until it is complete: one without a lock is abandoned.
pub(super) fn unfinished(cache: &Folder) -> Result<(String, Folder, File), StoreError> {
    /// Another start may take it for abandoned before it is locked.
    const TRIES: usize = 8;
    let mut begun = begin(cache);
    for _ in 1..TRIES {
        if begun.is_ok() {
            break;
        }
        begun = begin(cache);
    }
    begun
}

fn begin(cache: &Folder) -> Result<(String, Folder, File), StoreError> {
    let name = format!("{NEW}{:016x}", fastrand::u64(..));
    let entry = cache.child(&name)?;
    let lock = entry.as_file()?;
    // Some file systems have no locks; there, abandoned entries are recognized by their age.
    let _ = lock.lock();
    if cache.kind(&name).is_some() {
        return Ok((name, entry, lock));
    }
    Err(StoreError::Io {
        path: cache.item(&name),
        source: io::ErrorKind::NotFound.into(),
    })
}

/// Removes an entry; returns whether it was there. Others see it whole or gone.
pub(super) fn drop_entry(cache: &Folder, name: &str) -> Result<bool, StoreError> {
    let gone = format!("{GONE}{:016x}", fastrand::u64(..));
    match cache.rename(name, cache, &gone) {
        Err(StoreError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            return Ok(false);
        }
        moved => moved?,
    }
    // Another process may clean up at the same time; the rest stays for the next start.
    let _ = cache.remove(&gone);
    Ok(true)
}
