//! Tells the unfinished files of killed processes from those that are being written: the latter are locked.

use rustix::fs::OFlags;
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// The start and the end of the names of unfinished files in the user's folders.
pub(in crate::store) const START: &str = ".costscope-";
pub(in crate::store) const END: &str = ".tmp";

/// Removes the unfinished files of killed runs from a folder; returns whether a living process has one there. Errors are
/// ignored: the next run tries again.
pub(in crate::store) fn remove_abandoned(folder: &Path, now: Option<SystemTime>) -> bool {
    let mut living = false;
    let items = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for item in items {
        let name = item.file_name();
        let name = name.to_string_lossy();
        let is_file = item.file_type().is_ok_and(|kind| kind.is_file());
        if !is_file || !name.starts_with(START) || !name.ends_with(END) {
            continue;
        }
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let opened = OpenOptions::new()
            .read(true)
            .custom_flags(flags.bits().cast_signed())
            .open(item.path());
        let Some(file) = opened.ok().filter(is_ours) else {
            continue;
        };
        if takes_lock(&file, now) {
            // It is removed while it is locked here, so that its writer cannot lock it in between.
            let _ = std::fs::remove_file(item.path());
        } else {
            living = true;
        }
    }
    living
}

/// Whether the process that wrote a file is gone. Takes the lock of the file if so.
pub(in crate::store) fn is_abandoned(file: &File, now: SystemTime) -> bool {
    is_ours(file) && takes_lock(file, Some(now))
}

/// Whether the process that was filling a folder is gone. Takes the lock of the folder if so.
pub(in crate::store) fn is_abandoned_folder(folder: &File, now: SystemTime) -> bool {
    takes_lock(folder, Some(now))
}

fn is_ours(file: &File) -> bool {
    let us = rustix::process::geteuid().as_raw();
    file.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.uid() == us)
}

/// Takes the lock of a file if it is free. Where there are no locks, a file without writes for a day counts as free.
fn takes_lock(file: &File, now: Option<SystemTime>) -> bool {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    let age = || {
        let written = file.metadata().ok()?.modified().ok()?;
        now?.duration_since(written).ok()
    };
    match file.try_lock() {
        Ok(()) => true,
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(_)) => age().is_some_and(|age| age > DAY),
    }
}
