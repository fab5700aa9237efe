//! Writes files that the user asked for, and checks free space.

use super::error::StoreError;
use super::leftovers::abandoned::{END, START, remove_abandoned};
use super::leftovers::place_notes;
use super::leftovers::place_notes::PlaceNote;
use crate::domain::text::bytes;
use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tempfile::NamedTempFile;

/// The paths of files being written, for when the program has to end at once.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes partly written files. Called when the program ends without finishing them.
pub fn abandon() {
    for path in unfinished().drain(..) {
        // The program is ending: there is nowhere left to report it.
        let _ = std::fs::remove_file(path);
    }
}

/// A file that the user asked for, written under an unpredictable temporary name. It gets its final name when it is
/// complete. An existing file is then replaced, and a link in its place is never followed. The temporary file is locked
/// while this process writes it, so that one without a lock is known to be abandoned.
#[derive(Debug)]
pub struct NewFile {
    file: NamedTempFile,
    target: PathBuf,
    _noted: Option<PlaceNote>,
}

impl NewFile {
    /// Creates the temporary file in the folder of the target, and removes those that killed runs left there.
    pub fn create(target: &Path) -> io::Result<Self> {
        let folder = folder_of(target);
        if leads_to_a_device(target) {
            let problem = "this is a device, not a file; name a file";
            return Err(io::Error::other(problem));
        }
        if target.symlink_metadata().is_ok_and(|meta| meta.is_dir()) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        remove_abandoned(folder, None);
        // Before the file, so that a run that is killed in between leaves a note without a file, not a file without a note.
        let early = place_notes::note(folder);
        let file = locked_in(folder)?;
        unfinished().push(file.path().to_owned());
        // Another start may have removed the note before there was a file.
        let noted = early
            .filter(PlaceNote::is_there)
            .or_else(|| place_notes::note(folder));
        Ok(Self {
            file,
            target: target.to_owned(),
            _noted: noted,
        })
    }

    /// The file to write to.
    pub fn file(&self) -> &File {
        self.file.as_file()
    }

    /// The folder that the file is in.
    pub fn folder(&self) -> &Path {
        folder_of(&self.target)
    }

    /// Renames the file to its final name and returns its size.
    pub fn finish(self) -> io::Result<u64> {
        let own = self.file.path().to_owned();
        self.file.as_file().sync_all()?;
        let size = self.file.as_file().metadata()?.len();
        self.file
            .persist(&self.target)
            .map_err(|error| error.error)?;
        unfinished().retain(|path| *path != own);
        // Some file systems refuse to sync folders; the rename itself still holds.
        if let Ok(folder) = File::open(folder_of(&self.target)) {
            let _ = folder.sync_all();
        }
        Ok(size)
    }
}

/// A new temporary file with a lock.
fn locked_in(folder: &Path) -> io::Result<NamedTempFile> {
    loop {
        // This is a user's file, not an internal one: the umask decides who may read it.
        let file = tempfile::Builder::new()
            .prefix(START)
            .suffix(END)
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder)?;
        // Some file systems have no locks; there, abandoned files are recognized by their age.
        let _ = file.as_file().lock();
        // Another start may have taken it for abandoned before it was locked.
        if file.path().exists() {
            return Ok(file);
        }
    }
}

fn folder_of(target: &Path) -> &Path {
    let parent = target.parent();
    parent
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Whether the path is a device, which must not be replaced by a file.
fn leads_to_a_device(target: &Path) -> bool {
    let folder = folder_of(target).canonicalize().unwrap_or_default();
    let of_system = folder == Path::new("/dev")
        || folder.starts_with("/dev/fd")
        || folder.starts_with("/proc")
        || folder.starts_with("/sys");
    let is_device = target
        .symlink_metadata()
        .is_ok_and(|meta| meta.file_type().is_char_device() || meta.file_type().is_block_device());
    of_system || is_device
}

/// Space left free so that logs and the manifest still fit.
const RESERVE: u64 = 4 << 20;

/// The free bytes and the size of the disk that a folder is on, if the system tells.
pub fn space(folder: &Path) -> Option<(u64, u64)> {
    let space = rustix::fs::statvfs(folder).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(space.f_frsize);
    Some((bytes(space.f_bavail), bytes(space.f_blocks)))
}

/// The space that must stay free where the size of a file is unknown: a tenth of the disk, or half of the free space if
/// that is less.
pub fn least_room(folder: &Path) -> u64 {
    space(folder).map_or(0, |(free, size)| (size / 10).min(free / 2))
}

/// Fails early if the disk has no room for the needed bytes.
pub fn check_space(folder: &Path, needed: u64) -> Result<(), StoreError> {
    let Some((free, _)) = space(folder) else {
        return Ok(());
    };
    let needed = needed.saturating_add(RESERVE);
    if free < needed {
        return Err(StoreError::DiskFull {
            path: folder.to_owned(),
            free: bytes(free),
            needed: bytes(needed),
        });
    }
    Ok(())
}
