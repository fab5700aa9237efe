//! Takes a report out of the ledger: one rename first, so that a crash leaves it whole or gone.

use super::error::StoreError;
use super::files;
use super::ledger::{Ledger, MANIFEST, has_parts};
use crate::domain::request::ReportKey;
use std::fs;
use std::path::PathBuf;

/// The beginning of the names of folders that are only waiting to be deleted.
pub(crate) const GONE: &str = "gone-";

impl Ledger {
    /// Removes a report, readable or damaged; `false` where there is none under this key.
    pub fn remove(&self, key: &ReportKey) -> Result<bool, StoreError> {
        let Some(folder) = self.stored(key) else {
            return Ok(false);
        };
        let _lock = self.lock_wait()?;
        let gone = self.work_folder().join(format!("{GONE}{key}"));
        files::remove_folder(&gone)?;
        match fs::rename(&folder, &gone) {
            // Another process was faster.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            other => other.map_err(files::at(&folder))?,
        }
        files::sync_folder(self.root());
        files::remove_folder(&gone)?;
        Ok(true)
    }

    /// The folder of a report that is there, whether or not it can be read.
    pub fn stored(&self, key: &ReportKey) -> Option<PathBuf> {
        // A key is one folder name: anything else would look outside the ledger.
        let name = key.as_str();
        let inside = !name.is_empty() && !name.contains('/') && !name.starts_with('.');
        let folder = self.folder(key);
        // Whatever else somebody has put there is none of ours, and neither is where a link leads.
        let own = fs::symlink_metadata(&folder).is_ok_and(|data| data.is_dir());
        // Parts without a description are what is left of a report.
        let ours = inside && own && (folder.join(MANIFEST).exists() || has_parts(&folder));
        ours.then_some(folder)
    }
}
