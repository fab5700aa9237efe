//! Reads trusted files, such as settings, and refuses those that other users could have written.

use super::error::{StoreError, at};
use crate::domain::trust;
use crate::domain::trust::{OtherUsers, TrustRefusal};
use std::fs::{Metadata, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// The size limit of a settings file.
const LARGEST: u64 = 1 << 20;

fn us() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn refused(path: &Path, refusal: TrustRefusal) -> StoreError {
    StoreError::NotOurs {
        path: path.to_owned(),
        problem: refusal.problem,
        fix: refusal.fix,
    }
}

/// Refuses a file or folder that another user owns or can write to.
pub(super) fn check(path: &Path, meta: &Metadata) -> Result<(), StoreError> {
    trust::check(path, meta, us(), OtherUsers::MayRead).map_err(|refusal| refused(path, refusal))
}

/// Refuses a folder that another user owns or can write to. A missing one is accepted: it is created later.
pub fn check_folder(path: &Path) -> Result<(), StoreError> {
    check_link(path)?;
    match path.metadata() {
        Ok(meta) => check(path, &meta),
        Err(_) => Ok(()),
    }
}

/// Refuses a link that another user has created: its owner decides where it leads.
pub(super) fn check_link(path: &Path) -> Result<(), StoreError> {
    let meta = path.symlink_metadata().ok().filter(Metadata::is_symlink);
    let Some(owner) = meta.map(|meta| meta.uid()) else {
        return Ok(());
    };
    if trust::is_ours(owner, us()) {
        return Ok(());
    }
    let refusal = TrustRefusal {
        problem: format!("it is a link created by another user (id {owner})"),
        fix: "Give the folder itself".to_owned(),
    };
    Err(refused(path, refusal))
}

/// Reads a settings file.
pub fn read_settings(path: &Path) -> Result<Vec<u8>, StoreError> {
    // Opening a pipe in its place must not block.
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(path);
    let file = opened.map_err(at(path))?;
    let meta = file.metadata().map_err(at(path))?;
    check(path, &meta)?;
    let mut text = Vec::new();
    if meta.is_file() {
        file.take(LARGEST + 1)
            .read_to_end(&mut text)
            .map_err(at(path))?;
    }
    if !meta.is_file() || text.len() as u64 > LARGEST {
        return Err(StoreError::NotOurs {
            path: path.to_owned(),
            problem: "it is not a settings file".to_owned(),
            fix: "Move it away".to_owned(),
        });
    }
    Ok(text)
}
