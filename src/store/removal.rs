//! Takes a report out of the ledger: one rename first, so that a crash leaves it whole or gone.

use super::error::StoreError;
use super::ledger::Ledger;
use crate::domain::report::request::ReportKey;

/// The beginning of the names of folders that are only waiting to be deleted.
pub(crate) const GONE: &str = "gone-";

impl Ledger {
    /// Removes a report, readable or damaged; `false` where there is none under this key. Of a link only the link goes.
    pub fn remove(&self, key: &ReportKey) -> Result<bool, StoreError> {
        if !self.holds(key) {
            return Ok(false);
        }
        let _lock = self.lock_wait()?;
        let gone = format!("{GONE}{key}");
        self.work().remove(&gone)?;
        match self.reports().rename(key.as_str(), self.work(), &gone) {
            // Another process was faster.
            Err(StoreError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                return Ok(false);
            }
            other => other?,
        }
        self.reports().sync();
        self.work().remove(&gone)?;
        Ok(true)
    }
}
