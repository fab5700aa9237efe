//! Commits a finished report to the ledger: parts first, manifest next, one rename last.
//!
//! A crash leaves either nothing or a whole report. Until the rename, everything is in `.work`. A report that is being
//! replaced waits there as `.work/old-KEY` until the new one is in place.

use super::recovery::{lock_name, new_name, old_name};
use super::{Ledger, LedgerEntry, part_name};
use crate::domain::report::request::ReportKey;
use crate::store::error::StoreError;
use crate::store::folder::Folder;
use crate::store::lock::Lock;
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
    _lock: Lock,
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
    pub fn part_of(&self, entry: &LedgerEntry, at: usize) -> PathBuf {
        let name = entry.parts.get(at).cloned();
        self.folder.item(&name.unwrap_or_else(|| part_name(at)))
    }

    /// Writes the manifest and moves the report into place. Reports that it replaces are removed.
    pub fn finish(mut self, entry: &LedgerEntry) -> Result<(), StoreError> {
        self.ledger.write_manifest(&self.folder, entry)?;
        self.folder.sync();
        let _lock = self.ledger.lock_wait()?;
        let (reports, work) = (self.ledger.reports(), self.ledger.work()?);
        let (name, old) = (self.key.as_str(), old_name(&self.key));
        put_in_place((&work, &new_name(&self.key)), (reports, name), &old)?;
        self.finished = true;
        reports.sync();
        work.remove(&old)?;
        // The ledger may have thousands of reports: only those that this one may replace are read.
        for key in entry.request.replaceable(&self.key) {
            match self.ledger.find(&key) {
                Ok(Some(older)) if entry.replaces(&older) => {
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

/// Moves a new report into place. One that it replaces waits as `old` meanwhile, and moves back if the new one cannot. An
/// `old` that is there already may be the only copy of the report: it stays until there is another.
fn put_in_place(
    (work, new): (&Folder, &str),
    (reports, name): (&Folder, &str),
    old: &str,
) -> Result<(), StoreError> {
    let replaces = reports.kind(name).is_some();
    if replaces {
        work.remove(old)?;
        reports.rename(name, work, old)?;
    }
    let moved = work.rename(new, reports, name);
    // If it cannot move back either, the next start moves it.
    if moved.is_err()
        && replaces
        && let Err(error) = work.rename(old, reports, name)
    {
        tracing::warn!(%error, "a stored report could not be moved back");
    }
    moved
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

#[cfg(test)]
mod tests {
    use crate::store::folder::Folder;
    use crate::store::ledger::commit::put_in_place;
    use std::fs;

    #[test]
    fn a_report_that_cannot_be_replaced_is_not_lost() {
        let place = tempfile::tempdir().unwrap();
        let reports = Folder::private(place.path()).unwrap();
        let work = reports.child(".work").unwrap();
        let report = |folder: &Folder, name: &str| {
            let found = folder.existing(name).unwrap();
            found.map(|found| fs::read_to_string(found.item("text")).unwrap())
        };
        let put = |folder: &Folder, name: &str| {
            let folder = folder.child(name).unwrap();
            folder.write("text", name.as_bytes()).unwrap();
        };
        let replace = || put_in_place((&work, "new"), (&reports, "key"), "old");
        put(&reports, "key");
        // There is no new one.
        assert!(replace().is_err());
        assert_eq!(report(&reports, "key").as_deref(), Some("key"));
        assert_eq!(report(&work, "old"), None);
        // The only copy was left aside.
        reports.rename("key", &work, "old").unwrap();
        assert!(replace().is_err());
        assert_eq!(report(&work, "old").as_deref(), Some("key"));
        put(&work, "new");
        replace().unwrap();
        assert_eq!(report(&reports, "key").as_deref(), Some("new"));
        assert_eq!(report(&work, "old").as_deref(), Some("key"));
        put(&work, "new");
        replace().unwrap();
        assert_eq!(report(&work, "old").as_deref(), Some("new"));
    }
}
