//! Puts a finished report into the ledger: parts first, manifest next, one rename last.
//!
//! A crash leaves either nothing or a whole report: until the rename, everything is in `.work`; a report that is
//! replaced waits beside it as `.work/old-KEY` until the new one stands.

use super::error::StoreError;
use super::files;
use super::ledger::{Entry, Ledger};
use super::removal::GONE;
use crate::domain::request::ReportKey;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// A folder being filled; gone with everything in it unless it is finished.
#[derive(Debug)]
pub struct Deposit {
    ledger: Ledger,
    key: ReportKey,
    folder: PathBuf,
    finished: bool,
    /// Held as long as the folder is being filled, by a process that may end at any time.
    _lock: File,
}

impl Deposit {
    /// Starts anew: what an earlier attempt left is removed.
    pub fn begin(ledger: &Ledger, key: &ReportKey) -> Result<Self, StoreError> {
        let folder = ledger.work_folder().join(format!("new-{key}"));
        let lock = files::lock_file(&lock_path(&folder))?;
        // Where locks do not work, nobody waits.
        let _ = lock.lock();
        files::remove_folder(&folder)?;
        files::private_folder(&folder)?;
        Ok(Self {
            ledger: ledger.clone(),
            key: key.clone(),
            folder,
            finished: false,
            _lock: lock,
        })
    }

    /// Where a part is written.
    pub fn part(&self, index: usize) -> PathBuf {
        self.folder.join(part_name(index))
    }

    /// The file of a part that an entry lists.
    pub fn part_of(&self, entry: &Entry, at: usize) -> PathBuf {
        let name = entry.parts.get(at);
        self.folder
            .join(name.map_or_else(|| part_name(at), Clone::clone))
    }

    /// Writes the manifest and moves the whole report into its place; reports it replaces are removed.
    pub fn finish(mut self, entry: &Entry) -> Result<(), StoreError> {
        Ledger::write_manifest(&self.folder, entry)?;
        files::sync_folder(&self.folder);
        let _lock = self.ledger.lock_wait()?;
        let target = self.ledger.folder(&self.key);
        let old = old_folder(&self.ledger, self.key.as_str());
        files::remove_folder(&old)?;
        if target.exists() {
            fs::rename(&target, &old).map_err(files::at(&target))?;
        }
        fs::rename(&self.folder, &target).map_err(files::at(&target))?;
        self.finished = true;
        files::sync_folder(self.ledger.root());
        files::remove_folder(&old)?;
        for (key, other) in self.ledger.list()?.entries {
            if key != self.key
                && same_origin(&key, &self.key)
                && entry.request.replaces(&other.request, other.fetched_at)
            {
                files::remove_folder(&self.ledger.folder(&key))?;
            }
        }
        Ok(())
    }
}

impl Drop for Deposit {
    fn drop(&mut self) {
        if !self.finished {
            // Nothing more can be done about a folder that cannot be removed; the next start removes it.
            let _ = files::remove_folder(&self.folder);
        }
        let _ = fs::remove_file(lock_path(&self.folder));
    }
}

fn lock_path(folder: &Path) -> PathBuf {
    let mut name = folder.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

/// The file name of a part.
pub fn part_name(index: usize) -> String {
    format!("part-{index}.parquet")
}

fn same_origin(a: &ReportKey, b: &ReportKey) -> bool {
    a.as_str().split('@').next() == b.as_str().split('@').next()
}

fn old_folder(ledger: &Ledger, key: &str) -> PathBuf {
    ledger.work_folder().join(format!("old-{key}"))
}

/// Puts back a report that was moved aside for one that never arrived, and removes what is left over.
pub(crate) fn recover(ledger: &Ledger) -> Result<(), StoreError> {
    // While another process moves reports about, nothing is left over.
    let Some(_lock) = ledger.try_lock()? else {
        return Ok(());
    };
    let work = ledger.work_folder();
    for item in fs::read_dir(&work).map_err(files::at(&work))? {
        let item = item.map_err(files::at(&work))?;
        let name = item.file_name().to_string_lossy().into_owned();
        if let Some(key) = name.strip_prefix("old-") {
            restore(ledger, key, &item.path())?;
        }
        if name.starts_with(GONE) {
            files::remove_folder(&item.path())?;
        }
        if name.starts_with("new-") && item.path().is_dir() {
            abandoned(&item.path())?;
        }
    }
    Ok(())
}

/// Removes what a process was filling that is no longer there.
fn abandoned(folder: &Path) -> Result<(), StoreError> {
    let lock = files::lock_file(&lock_path(folder))?;
    if matches!(lock.try_lock(), Err(TryLockError::WouldBlock)) {
        return Ok(());
    }
    files::remove_folder(folder)?;
    let _ = fs::remove_file(lock_path(folder));
    Ok(())
}

fn restore(ledger: &Ledger, key: &str, old: &Path) -> Result<(), StoreError> {
    let target = ledger.folder(&ReportKey::from_text(key));
    if target.exists() {
        return files::remove_folder(old);
    }
    fs::rename(old, &target).map_err(files::at(&target))
}
