//! Private files and folders, free space, and writes that are whole or not there.

use super::error::StoreError;
use crate::domain::text::bytes;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// An error at a path.
pub(crate) fn at(path: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io { path, source }
}

/// Creates a folder and its parents, readable by the owner only.
pub fn private_folder(path: &Path) -> Result<(), StoreError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(at(path))
}

/// Opens a file that is there to be locked; made where it is missing.
pub fn lock_file(path: &Path) -> Result<File, StoreError> {
    let open = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path);
    open.map_err(at(path))
}

/// Writes a small file so that a crash leaves the old one or the new one.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(at(folder))?;
    file.write_all(bytes).map_err(at(path))?;
    file.as_file().sync_all().map_err(at(path))?;
    file.persist(path).map_err(|error| StoreError::Io {
        path: path.to_owned(),
        source: error.error,
    })?;
    sync_folder(folder);
    Ok(())
}

/// Makes renames in a folder last. Some file systems refuse to sync folders; the rename itself still holds.
pub(crate) fn sync_folder(folder: &Path) {
    if let Ok(handle) = File::open(folder) {
        let _ = handle.sync_all();
    }
}

/// A little is left over so that logs and the manifest still fit.
const RESERVE: u64 = 4 << 20;

/// Refuses work that would not fit the disk, while there is still room to say so.
pub fn check_space(folder: &Path, needed: u64) -> Result<(), StoreError> {
    let Ok(space) = rustix::fs::statvfs(folder) else {
        return Ok(());
    };
    let free = space.f_bavail.saturating_mul(space.f_frsize);
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

/// Removes a folder if it is there.
pub fn remove_folder(path: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(at(path)(error)),
        _ => Ok(()),
    }
}
