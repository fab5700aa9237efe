//! Records runs of exports that are being followed, so that no run is started twice.
//!
//! A note is written before a run is started and removed when the run has ended. The answer to the start does not name the
//! run, so the note also has the runs that were there before. One process at a time holds the lock of a note.

use super::check_note;
use crate::domain::export::watch::Watch;
use crate::domain::report::request::export_note;
use crate::domain::scope::ScopeId;
use crate::store::checksum::sum_of_text;
use crate::store::error::StoreError;
use crate::store::folder::Folder;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::Path;

/// The folder of the notes.
pub(in crate::store) const FOLDER: &str = "export-runs";
/// The version of a note.
const SCHEMA: u32 = 1;
/// The size limit of a note.
const LARGEST: u64 = 4 << 20;

/// A run that is followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunNote {
    /// The cloud or endpoint, as ledger keys begin.
    pub origin: String,
    pub scope: ScopeId,
    pub export: String,
    pub watch: Watch,
}

impl RunNote {
    fn name(&self) -> String {
        export_note(&self.origin, &self.scope, &self.export, self.watch.days)
    }
}

/// A note as it is on disk.
#[derive(Debug, Serialize, Deserialize)]
struct Sealed {
    #[serde(flatten)]
    note: RunNote,
    /// The checksum of everything above.
    check: String,
}

fn sum(note: &RunNote) -> serde_json::Result<String> {
    Ok(sum_of_text(&serde_json::to_vec(note)?))
}

/// The notes under a data folder.
#[derive(Debug, Clone)]
pub struct ExportRuns {
    data: Folder,
}

/// The lock on one run, released when dropped. The note stays until it is cleared.
#[derive(Debug)]
pub struct RunClaim {
    _lock: File,
    root: Folder,
    name: String,
}

impl ExportRuns {
    /// The notes of a data folder; their own folder is created with the first one.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        let data = Folder::private(data_dir)?;
        Ok(Self { data })
    }

    /// Claims a run for this process. `None` if another process follows it.
    pub fn claim(&self, name: &str) -> Result<Option<RunClaim>, StoreError> {
        let root = self.data.child(FOLDER)?;
        let lock = root.try_lock(&format!("{name}.lock"))?;
        Ok(lock.map(|lock| RunClaim {
            _lock: lock,
            root,
            name: name.to_owned(),
        }))
    }
}

impl RunClaim {
    fn file(&self) -> String {
        format!("{}.json", self.name)
    }

    /// The note that an earlier run left, if any.
    pub fn read(&self) -> Result<Option<RunNote>, StoreError> {
        let sealed = self
            .root
            .read_note::<Sealed>(&self.file(), (LARGEST, SCHEMA))?;
        let Some(Sealed { note, check }) = sealed else {
            return Ok(None);
        };
        let is_whole = sum(&note).ok().as_ref() == Some(&check);
        let is_named = note.name() == self.name;
        check_note(&self.root, &self.file(), (is_whole, is_named))?;
        Ok(Some(note))
    }

    /// Writes the note atomically.
    pub fn write(&self, note: &RunNote) -> Result<(), StoreError> {
        let sealed = Sealed {
            note: note.clone(),
            check: sum(note).unwrap_or_default(),
        };
        self.root.write_json(&self.file(), &sealed)
    }

    /// Removes the note: the run has ended.
    pub fn clear(&self) -> Result<(), StoreError> {
        self.root.remove_file(&self.file()).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::export::watch::Watch;
    use crate::domain::report::request::export_note;
    use crate::domain::scope::ScopeId;
    use crate::store::error::StoreError;
    use crate::store::orders::export_runs::{ExportRuns, FOLDER, RunNote};
    use chrono::DateTime;
    use tempfile::TempDir;

    #[test]
    fn a_note_is_read_back_and_a_changed_one_is_refused() {
        let folder = TempDir::new().unwrap();
        let runs = ExportRuns::open(folder.path()).unwrap();
        let note = RunNote {
            origin: "public".to_owned(),
            scope: ScopeId::parse("8608480").unwrap(),
            export: "Daily".to_owned(),
            watch: Watch::new(None, &[], DateTime::UNIX_EPOCH),
        };
        let name = export_note("public", &note.scope, "daily", None);
        let claim = runs.claim(&name).unwrap().unwrap();
        assert!(runs.claim(&name).unwrap().is_none(), "it is locked");
        assert_eq!(claim.read().unwrap(), None);
        claim.write(&note).unwrap();
        assert_eq!(claim.read().unwrap(), Some(note));
        let path = folder.path().join(FOLDER).join(format!("{name}.json"));
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("1970", "1971")).unwrap();
        assert!(matches!(claim.read(), Err(StoreError::Journal { .. })));
        claim.clear().unwrap();
        assert_eq!(claim.read().unwrap(), None);
    }
}
