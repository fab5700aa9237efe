//! Commits a finished report to the ledger: parts first, manifest next, one rename last.
//!
//! A crash leaves either nothing or a whole report. Until the rename, everything is in `.work`. A report that is being
//! replaced waits there as `.work/old-KEY` until the new one is in place.

use super::recovery::{lock_name, new_name, old_name};
use super::{Entry, Ledger, part_name};
use crate::domain::report::request::ReportKey;
use crate::store::error::StoreError;
use crate::store::folder::Folder;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

/// A folder being filled. Unless it is finished, dropping it deletes the folder.
#[derive(Debug)]
pub struct ReportCommit {
    ledger: Ledger,
    key: ReportKey,
    folder: Folder,
    finished: bool,
    /// Held while the folder is being filled. The system releases it if the process dies.
    _lock: File,
}

impl ReportCommit {
    /// Starts with an empty folder; the remains of an earlier attempt are removed.
    pub fn begin(ledger: &Ledger, key: &ReportKey) -> Result<Self, StoreError> {
        let (work, name) = (ledger.work()?, new_name(key));
        let lock = loop {
            let lock = work.lock(&lock_name(&name))?;
            // Another start may have taken it for abandoned before it was locked.
            if work.kind(&lock_name(&name)).is_some() {
                break lock;
            }
        };
        work.remove(&name)?;
        Ok(Self {
            ledger: ledger.clone(),
            key: key.clone(),
            folder: work.child(&name)?,
            finished: false,
            _lock: lock,
        })
    }

    /// The path to write a part to.
    pub fn part(&self, index: usize) -> PathBuf {
        self.folder.item(&part_name(index))
    }

    /// Writes a part, and gives its path.
    pub fn write_part(
        &self,
        index: usize,
        write: impl FnOnce(&File) -> io::Result<()>,
    ) -> Result<PathBuf, StoreError> {
        let path = self.part(index);
        let created = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path);
        let written = created.and_then(|file| {
            write(&file)?;
            file.sync_all()
        });
        match written {
            Ok(()) => Ok(path),
            Err(source) => Err(StoreError::Io { path, source }),
        }
    }

    /// The file of a part that an entry lists.
    pub fn part_of(&self, entry: &Entry, at: usize) -> PathBuf {
        let name = entry.parts.get(at).cloned();
        self.folder.item(&name.unwrap_or_else(|| part_name(at)))
    }

    /// Writes the manifest and moves the report into place. Reports that it replaces are removed.
    pub fn finish(mut self, entry: &Entry) -> Result<(), StoreError> {
        self.ledger.write_manifest(&self.folder, entry)?;
        self.folder.sync();
        let _lock = self.ledger.lock_wait()?;
        let (reports, work) = (self.ledger.reports(), self.ledger.work()?);
        let (name, old) = (self.key.as_str(), old_name(&self.key));
        work.remove(&old)?;
        if reports.kind(name).is_some() {
            reports.rename(name, &work, &old)?;
        }
        work.rename(&new_name(&self.key), reports, name)?;
        self.finished = true;
        reports.sync();
        work.remove(&old)?;
        // The ledger may have thousands of reports: only those that this one may replace are read.
        for key in entry.request.replaceable(&self.key) {
            match self.ledger.find(&key) {
                Ok(Some(older)) if entry.request.replaces(&older.request, older.fetched_at) => {
                    self.ledger.remove_locked(&key)?;
                }
                Err(error) if error.is_shortage() => return Err(error),
                // A damaged report is for the user to see.
                Ok(_) | Err(_) => {}
            }
        }
        Ok(())
    }
}

impl Drop for ReportCommit {
    fn drop(&mut self) {
        let Ok(work) = self.ledger.work() else {
            return;
        };
        let name = new_name(&self.key);
        if !self.finished {
            // A folder that cannot be removed now is removed by the next start.
            let _ = work.remove(&name);
        }
        let _ = work.remove_file(&lock_name(&name));
    }
}
