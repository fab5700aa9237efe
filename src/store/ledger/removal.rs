//! Removes a report from the ledger, starting with one rename, so that a crash leaves it whole or gone.

use super::Ledger;
use super::recovery::gone_name;
use crate::domain::report::request::ReportKey;
use crate::store::error::StoreError;

impl Ledger {
    /// Removes a report, readable or damaged; returns `false` if there is none under this key. A link is removed, but
    /// not its target.
    pub fn remove(&self, key: &ReportKey) -> Result<bool, StoreError> {
        if !self.holds(key) {
            return Ok(false);
        }
        let _lock = self.lock_wait()?;
        self.remove_locked(key)
    }

    /// Like [`Ledger::remove`], for a caller that has the lock for moving reports. No reader sees half a report.
    pub(super) fn remove_locked(&self, key: &ReportKey) -> Result<bool, StoreError> {
        let gone = gone_name(key);
        let work = self.work()?;
        work.remove(&gone)?;
        match self.reports().rename(key.as_str(), &work, &gone) {
            // Another process removed it first.
            Err(StoreError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                return Ok(false);
            }
            other => other?,
        }
        self.reports().sync();
        work.remove(&gone)?;
        Ok(true)
    }
}
