//! Notes about folders outside of the data folder that have an unfinished file, so that the next start finds it there.

use super::abandoned::remove_abandoned;
use crate::store::folder::{Folder, ItemKind};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// The folder of the notes.
const PLACES: &str = "unfinished";
/// The size limit of a note, which holds a path.
const LARGEST: u64 = 64 << 10;

/// The data folder of this process.
static DATA: Mutex<Option<Folder>> = Mutex::new(None);

/// Keeps the notes of this process in a data folder.
pub(in crate::store) fn keep_in(data: &Folder) {
    *DATA.lock().unwrap_or_else(PoisonError::into_inner) = Some(data.clone());
}

/// A note about one folder. Removed when dropped.
#[derive(Debug)]
pub(in crate::store) struct PlaceNote {
    notes: Folder,
    name: String,
}

impl PlaceNote {
    /// Whether no start has removed it.
    pub(in crate::store) fn is_there(&self) -> bool {
        self.notes.kind(&self.name).is_some()
    }
}

impl Drop for PlaceNote {
    fn drop(&mut self) {
        let _ = self.notes.remove_file(&self.name);
    }
}

/// Notes a folder. Without the note, an unfinished file is found by the next run that writes to the same folder.
pub(in crate::store) fn note(folder: &Path) -> Option<PlaceNote> {
    let data = DATA.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let notes = data?.child(PLACES).ok()?;
    let place = folder.canonicalize().ok()?;
    let name = format!("{:016x}", fastrand::u64(..));
    notes.write(&name, place.as_os_str().as_bytes()).ok()?;
    Some(PlaceNote { notes, name })
}

/// Removes the unfinished files in the noted folders. A note does not name the file, and only files with the name and the
/// owner of an unfinished file are removed, so a planted note does no harm.
pub(in crate::store) fn visit(data: &Folder, now: SystemTime) {
    let Ok(Some(notes)) = data.existing(PLACES) else {
        return;
    };
    notes.remove_unfinished(now);
    for (name, kind) in notes.items().unwrap_or_default() {
        // Names with a dot are notes that are being written.
        if kind != ItemKind::File || name.starts_with('.') {
            continue;
        }
        if let Ok(Some(place)) = notes.read(&name, LARGEST)
            && remove_abandoned(Path::new(OsStr::from_bytes(&place)), Some(now))
        {
            // A living process still writes there.
            continue;
        }
        let _ = notes.remove_file(&name);
    }
}
