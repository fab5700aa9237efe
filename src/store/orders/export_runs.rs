//! Records runs of exports that are being followed, so that no run is started twice.
//!
//! A note is written before a run is started and removed when the run has ended. The answer to the start does not name the
//! run, so the note also has the runs that were there before. One process at a time holds the lock of a note, and removes its
//! file when there is no note. A file keeps the newest watches that have ended.

use super::check_note;
use crate::domain::export::history::PastRun;
use crate::domain::export::watch::Watch;
use crate::domain::report::request::export_note;
use crate::domain::scope::ScopeId;
use crate::store::checksum::sum_of_text;
use crate::store::error::StoreError;
use crate::store::folder::{Folder, ItemKind};
use crate::store::lock::Lock;
use crate::store::removable_lock;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The folder of the notes.
pub(in crate::store) const FOLDER: &str = "export-runs";
/// The version of a note.
const SCHEMA: u32 = 1;
/// The file of the watches that have ended; no note has this name.
const PAST: &str = "ended.json";
const PAST_LOCK: &str = "ended.lock";
/// The end of the names of locks.
const LOCK: &str = ".lock";
/// How many of them are kept.
const MOST_PAST: usize = 300;
/// The size limit of a note.
const LARGEST: u64 = 4 << 20;

/// How long the note of an unwatched run is kept. A run that was started before that has ended: none takes longer
/// than a few hours.
const UNWATCHED: TimeDelta = TimeDelta::days(2);

/// A run that is followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunNote {
    /// The cloud or endpoint, as ledger keys begin.
    pub origin: String,
    pub scope: ScopeId,
    pub export: String,
    /// The source that opens the files of the export.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The word of its dataset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    pub watch: Watch,
}

impl RunNote {
    /// The name of the note: the id of the job.
    pub fn name(&self) -> String {
        let days = (self.watch.days, self.watch.is_to_date);
        export_note(&self.origin, &self.scope, &self.export, days)
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

fn note_name(name: &str) -> String {
    format!("{name}.json")
}

fn lock_name(name: &str) -> String {
    format!("{name}{LOCK}")
}

/// A note, and whether another process follows the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotedRun {
    pub note: RunNote,
    pub held: bool,
}

/// The watches that have ended, the oldest first.
#[derive(Debug, Default, Serialize, Deserialize)]
struct PastFile {
    schema: u32,
    runs: Vec<PastRun>,
    /// The checksum of the runs.
    check: String,
}

impl PastFile {
    fn sum(&self) -> serde_json::Result<String> {
        Ok(sum_of_text(&serde_json::to_vec(&self.runs)?))
    }
}

/// The notes under a data folder.
#[derive(Debug, Clone)]
pub struct ExportRuns {
    data: Folder,
}

/// The lock on one run, released when dropped. The note stays until it is cleared; without it, the file of the lock goes, too.
#[derive(Debug)]
pub struct RunClaim {
    _lock: Lock,
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
        let lock = removable_lock::try_lock(&root, &lock_name(name))?;
        Ok(lock.map(|lock| RunClaim {
            _lock: lock,
            root,
            name: name.to_owned(),
        }))
    }

    /// Lists every note by name, and the errors of unreadable ones. Reading creates no folder.
    pub fn list(&self) -> Result<(Vec<NotedRun>, Vec<StoreError>), StoreError> {
        let (mut noted, mut damaged) = (Vec::new(), Vec::new());
        let Some(root) = self.data.existing(FOLDER)? else {
            return Ok((noted, damaged));
        };
        for (file, _) in root.items()? {
            let name = file.strip_suffix(".json");
            let Some(name) = name.filter(|name| !name.starts_with('.') && file != PAST) else {
                continue;
            };
            let note = StoreError::keep_apart(read(&root, name), &mut damaged)?;
            if let Some(note) = note {
                let held = root.is_locked(&lock_name(name))?;
                noted.push(NotedRun { note, held });
            }
        }
        noted.sort_by_key(|noted| (noted.note.watch.started_at, noted.note.name()));
        Ok((noted, damaged))
    }

    /// Adds a watch that has ended. A file that is damaged stays as it is.
    pub fn add(&self, ended: &PastRun) -> Result<(), StoreError> {
        let root = self.data.child(FOLDER)?;
        let _lock = root.lock(PAST_LOCK)?;
        let mut file = past(&root)?;
        file.runs.push(ended.clone());
        let many = file.runs.len().saturating_sub(MOST_PAST);
        file.runs.drain(..many);
        file.check = file.sum().unwrap_or_default();
        root.write_json(PAST, &file)
    }

    /// The watches that have ended, the newest first.
    pub fn past(&self) -> Result<Vec<PastRun>, StoreError> {
        let Some(root) = self.data.existing(FOLDER)? else {
            return Ok(Vec::new());
        };
        let mut runs = past(&root)?.runs;
        runs.reverse();
        Ok(runs)
    }
}

/// Removes the notes of unwatched runs that have ended since. One that a process has claimed stays, and a damaged
/// one is for the user to see.
pub(in crate::store) fn put_away_unwatched(
    root: &Folder,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let is_over = |name: &str| {
        let note = read(root, name).ok().flatten();
        note.is_some_and(|note| {
            note.watch.unwatched && now.signed_duration_since(note.watch.started_at) > UNWATCHED
        })
    };
    for (file, _) in root.items()? {
        let name = file.strip_suffix(".json");
        let Some(name) = name.filter(|name| !name.starts_with('.') && file != PAST) else {
            continue;
        };
        if !is_over(name) {
            continue;
        }
        let lock = removable_lock::try_lock(root, &lock_name(name))?;
        // Another process may have started it again in between.
        if lock.is_some() && is_over(name) {
            root.remove_file(&file)?;
            remove_lock(root, name)?;
        }
    }
    Ok(())
}

/// Removes the files of locks without a note that no process holds: they are from killed processes and from older versions.
pub(in crate::store) fn put_away_locks(root: &Folder) -> Result<(), StoreError> {
    for (file, kind) in root.items()? {
        let name = file.strip_suffix(LOCK);
        let Some(name) = name.filter(|name| !name.starts_with('.') && file != PAST_LOCK) else {
            continue;
        };
        if kind != ItemKind::File || root.kind(&note_name(name)).is_some() {
            continue;
        }
        if let Some(_lock) = removable_lock::try_lock(root, &file)? {
            remove_lock(root, name)?;
        }
    }
    Ok(())
}

/// Removes the file of a lock that is held here, unless there is a note.
fn remove_lock(root: &Folder, name: &str) -> Result<(), StoreError> {
    if root.kind(&note_name(name)).is_none() {
        root.remove_file(&lock_name(name))?;
    }
    Ok(())
}

fn past(root: &Folder) -> Result<PastFile, StoreError> {
    let Some(file) = root.read_json::<PastFile>(PAST, (LARGEST, SCHEMA))? else {
        return Ok(PastFile {
            schema: SCHEMA,
            ..PastFile::default()
        });
    };
    if file.sum().ok().as_ref() != Some(&file.check) {
        return Err(StoreError::Journal {
            path: root.item(PAST),
            problem: "its checksum differs".to_owned(),
        });
    }
    Ok(file)
}

/// Reads a note by its name.
fn read(root: &Folder, name: &str) -> Result<Option<RunNote>, StoreError> {
    let file = note_name(name);
    let sealed = root.read_note::<Sealed>(&file, (LARGEST, SCHEMA))?;
    let Some(Sealed { note, check }) = sealed else {
        return Ok(None);
    };
    let is_whole = sum(&note).ok().as_ref() == Some(&check);
    check_note(root, &file, (is_whole, note.name() == name))?;
    Ok(Some(note))
}

impl Drop for RunClaim {
    fn drop(&mut self) {
        // What cannot be removed is put away by a later start.
        let _ = remove_lock(&self.root, &self.name);
    }
}

impl RunClaim {
    /// The note that an earlier run left, if any.
    pub fn read(&self) -> Result<Option<RunNote>, StoreError> {
        read(&self.root, &self.name)
    }

    /// Writes the note atomically.
    pub fn write(&self, note: &RunNote) -> Result<(), StoreError> {
        let sealed = Sealed {
            note: note.clone(),
            check: sum(note).unwrap_or_default(),
        };
        self.root.write_json(&note_name(&self.name), &sealed)
    }

    /// Removes the note: the run has ended.
    pub fn clear(&self) -> Result<(), StoreError> {
        self.root.remove_file(&note_name(&self.name)).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::export::history::{PastRun, RunEnding};
    use crate::domain::export::watch::Watch;
    use crate::domain::report::request::export_note;
    use crate::domain::scope::ScopeId;
    use crate::store::error::StoreError;
    use crate::store::folder::Folder;
    use crate::store::orders::export_runs::{
        ExportRuns, FOLDER, LOCK, MOST_PAST, NotedRun, PAST, PAST_LOCK, RunNote, put_away_locks,
        put_away_unwatched,
    };
    use chrono::{DateTime, TimeDelta};
    use std::collections::BTreeSet;
    use tempfile::TempDir;

    #[test]
    fn old_notes_of_unwatched_runs_are_put_away() {
        let folder = TempDir::new().unwrap();
        let runs = ExportRuns::open(folder.path()).unwrap();
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(100);
        let mut held = Vec::new();
        for (export, age, unwatched, is_held) in [
            ("gone", 49, true, false),
            ("young", 47, true, false),
            ("watched", 49, false, false),
            ("held", 49, true, true),
            ("future", -49, true, false),
        ] {
            let watch = Watch::new(None, &[], now - TimeDelta::hours(age));
            let note = RunNote {
                origin: "public".to_owned(),
                scope: ScopeId::parse("8608480").unwrap(),
                export: export.to_owned(),
                source: None,
                dataset: None,
                watch: Watch { unwatched, ..watch },
            };
            let claim = runs.claim(&note.name()).unwrap().unwrap();
            claim.write(&note).unwrap();
            held.extend(is_held.then_some(claim));
        }
        let root = Folder::private(folder.path()).unwrap();
        let root = root.child(FOLDER).unwrap();
        for _ in 0..2 {
            put_away_unwatched(&root, now).unwrap();
            let left = runs.list().unwrap().0.into_iter();
            let left: BTreeSet<String> = left.map(|noted| noted.note.export).collect();
            let left: Vec<&str> = left.iter().map(String::as_str).collect();
            assert_eq!(left, ["future", "held", "watched", "young"]);
        }
        assert_eq!(locks(&root).len(), 4, "the lock goes with its note");
    }

    /// The files of locks in a folder.
    fn locks(root: &Folder) -> Vec<String> {
        let names = root.items().unwrap().into_iter().map(|(name, _)| name);
        names.filter(|name| name.ends_with(LOCK)).collect()
    }

    #[test]
    fn locks_without_a_note_go_unless_a_process_holds_them() {
        let folder = TempDir::new().unwrap();
        let runs = ExportRuns::open(folder.path()).unwrap();
        let data = Folder::private(folder.path()).unwrap();
        let root = data.child(FOLDER).unwrap();
        for file in [
            "killed.lock",
            "noted.lock",
            "noted.json",
            PAST_LOCK,
            "other",
        ] {
            root.write(file, b"").unwrap();
        }
        let held = runs.claim("held").unwrap().unwrap();
        put_away_locks(&root).unwrap();
        assert_eq!(locks(&root), [PAST_LOCK, "held.lock", "noted.lock"]);
        assert!(runs.claim("held").unwrap().is_none(), "it is still held");
        // A claim without a note leaves nothing behind, and one with a note keeps its lock.
        drop(held);
        drop(runs.claim("noted").unwrap().unwrap());
        assert_eq!(locks(&root), [PAST_LOCK, "noted.lock"]);
        assert!(runs.claim("held").unwrap().is_some());
    }

    #[test]
    fn a_note_is_read_back_and_a_changed_one_is_refused() {
        let folder = TempDir::new().unwrap();
        let runs = ExportRuns::open(folder.path()).unwrap();
        let note = RunNote {
            origin: "public".to_owned(),
            scope: ScopeId::parse("8608480").unwrap(),
            export: "Daily".to_owned(),
            source: None,
            dataset: None,
            watch: Watch::new(None, &[], DateTime::UNIX_EPOCH),
        };
        let name = export_note("public", &note.scope, "daily", (None, false));
        let claim = runs.claim(&name).unwrap().unwrap();
        assert!(runs.claim(&name).unwrap().is_none(), "it is locked");
        assert_eq!(claim.read().unwrap(), None);
        claim.write(&note).unwrap();
        assert_eq!(claim.read().unwrap(), Some(note.clone()));
        let (noted, damaged) = runs.list().unwrap();
        assert_eq!(noted, [NotedRun { note, held: true }]);
        assert!(damaged.is_empty());
        let path = folder.path().join(FOLDER).join(format!("{name}.json"));
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("1970", "1971")).unwrap();
        assert!(matches!(claim.read(), Err(StoreError::Journal { .. })));
        assert_eq!(runs.list().unwrap().1.len(), 1);
        claim.clear().unwrap();
        assert_eq!(claim.read().unwrap(), None);
    }
    #[test]
    fn the_newest_watches_that_ended_are_kept() {
        let folder = TempDir::new().unwrap();
        let runs = ExportRuns::open(folder.path()).unwrap();
        assert_eq!(runs.past().unwrap(), []);
        let ended = |minute: usize| {
            let at = DateTime::UNIX_EPOCH + TimeDelta::minutes(i64::try_from(minute).unwrap());
            PastRun {
                origin: "public".to_owned(),
                scope: ScopeId::parse("8608480").unwrap(),
                export: "Daily".to_owned(),
                dataset: None,
                days: None,
                source: None,
                run: None,
                started_at: at,
                ended_at: at,
                looks: 1,
                ending: RunEnding::Completed,
                why: None,
            }
        };
        for minute in 0..=MOST_PAST {
            runs.add(&ended(minute)).unwrap();
        }
        let past = runs.past().unwrap();
        assert_eq!(past.len(), MOST_PAST);
        assert_eq!(
            (&past[0], past.last()),
            (&ended(MOST_PAST), Some(&ended(1)))
        );
        assert_eq!(runs.list().unwrap().0, [], "the file is no note");
        let path = folder.path().join(FOLDER).join(PAST);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("Daily", "Other")).unwrap();
        assert!(matches!(runs.past(), Err(StoreError::Journal { .. })));
        assert!(runs.add(&ended(1)).is_err(), "a damaged file stays");
    }
}
