//! Names of working folders, and the recovery from a crash that left some behind.

use crate::domain::report::request::ReportKey;
use crate::store::error::StoreError;
use crate::store::folder::{Folder, ItemKind};

/// The name prefix of folders that are being filled.
const NEW: &str = "new-";
/// The name prefix of reports that are being replaced.
const OLD: &str = "old-";
/// The name prefix of folders that are waiting to be deleted.
const GONE: &str = "gone-";
/// The name suffix of the locks of folders that are being filled.
const LOCK_END: &str = ".lock";

pub(super) fn new_name(key: &ReportKey) -> String {
    format!("{NEW}{key}")
}

pub(super) fn old_name(key: &ReportKey) -> String {
    format!("{OLD}{key}")
}

pub(super) fn gone_name(key: &ReportKey) -> String {
    format!("{GONE}{key}")
}

pub(super) fn lock_name(folder: &str) -> String {
    format!("{folder}{LOCK_END}")
}

/// Restores reports that were moved aside for others that never arrived, and removes other remains of a crash. No other
/// process may move reports meanwhile.
pub(super) fn recover(reports: &Folder, work: &Folder) -> Result<(), StoreError> {
    for (name, kind) in work.items()? {
        // A leftover that cannot be cleaned up does no harm.
        if let Err(error) = settle(reports, work, &name, kind) {
            tracing::warn!(%error, "a leftover in the ledger could not be removed");
        }
    }
    Ok(())
}

fn settle(reports: &Folder, work: &Folder, name: &str, kind: ItemKind) -> Result<(), StoreError> {
    if let Some(key) = name.strip_prefix(OLD) {
        let is_report = kind == ItemKind::Folder && !key.is_empty() && !key.starts_with('.');
        if is_report && reports.kind(key).is_none() {
            work.rename(name, reports, key)
        } else {
            work.remove(name)
        }
    } else if name.starts_with(GONE) {
        work.remove(name)
    } else if name.starts_with(NEW) && kind == ItemKind::Folder {
        abandoned(work, name)
    } else if let Some(folder) = name.strip_suffix(LOCK_END)
        && folder.starts_with(NEW)
        && kind == ItemKind::File
        && work.kind(folder).is_none()
    {
        // The lock of a folder that is gone.
        abandoned(work, folder)
    } else {
        Ok(())
    }
}

/// Removes a folder whose writing process is gone.
fn abandoned(work: &Folder, name: &str) -> Result<(), StoreError> {
    if let Some(_lock) = work.try_lock(&lock_name(name))? {
        work.remove(name)?;
        let _ = work.remove_file(&lock_name(name));
    }
    Ok(())
}
