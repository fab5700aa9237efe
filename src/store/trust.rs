//! Reads what decides whom we trust, and never what others could have written.

use super::error::StoreError;
use crate::domain::trust;
use crate::domain::trust::{Others, Refusal};
use std::fs::{Metadata, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Settings are small; anything larger is something else.
const LARGEST: u64 = 1 << 20;

fn us() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn refused(path: &Path, refusal: Refusal) -> StoreError {
    StoreError::NotOurs {
        path: path.to_owned(),
        problem: refusal.problem,
        mend: refusal.mend,
    }
}

/// Refuses what another user owns or can write to.
pub(super) fn check(path: &Path, meta: &Metadata) -> Result<(), StoreError> {
    trust::check(path, meta, us(), Others::MayRead).map_err(|refusal| refused(path, refusal))
}

/// Refuses a folder that another user owns or can write to; one that is not there yet is made later.
pub fn check_folder(path: &Path) -> Result<(), StoreError> {
    check_link(path)?;
    match path.metadata() {
        Ok(meta) => check(path, &meta),
        Err(_) => Ok(()),
    }
}

/// Refuses a link that another user has made: it leads where he likes.
pub(super) fn check_link(path: &Path) -> Result<(), StoreError> {
    let meta = path.symlink_metadata().ok().filter(Metadata::is_symlink);
    let Some(owner) = meta.map(|meta| meta.uid()) else {
        return Ok(());
    };
    if trust::is_ours(owner, us()) {
        return Ok(());
    }
    let refusal = Refusal {
        problem: format!("it is a link that another user (id {owner}) has made"),
        mend: "Name the folder itself".to_owned(),
    };
    Err(refused(path, refusal))
}

/// The text of a settings file.
pub fn read_settings(path: &Path) -> Result<String, StoreError> {
    let at = |source| StoreError::Io {
        path: path.to_owned(),
        source,
    };
    // A pipe in its place is not waited for.
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(path);
    let file = opened.map_err(at)?;
    let meta = file.metadata().map_err(at)?;
    check(path, &meta)?;
    let mut text = String::new();
    if meta.is_file() {
        file.take(LARGEST + 1)
            .read_to_string(&mut text)
            .map_err(at)?;
    }
    if !meta.is_file() || text.len() as u64 > LARGEST {
        let problem = "it is no settings file".to_owned();
        return Err(StoreError::Damaged {
            path: path.to_owned(),
            problem,
        });
    }
    Ok(text)
}
