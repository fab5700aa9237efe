//! Reports of the ledger, checked when they are read.

use super::error::OpsError;
use super::explore::Desk;
use crate::data::convert::Options;
use crate::data::read::Part;
use crate::store::ledger::Entry;
use std::path::PathBuf;

/// Opens the parts of a report.
pub(super) fn open_entry(desk: &Desk<'_>, entry: &Entry) -> Result<Vec<Part>, OpsError> {
    let paths: Vec<PathBuf> = desk
        .ledger
        .map(|ledger| ledger.parts(entry))
        .unwrap_or_default();
    let options = Options::new(desk.progress);
    let (name, metric) = (entry.key.as_str(), entry.request.metric);
    let mut parts = Vec::with_capacity(paths.len());
    for path in &paths {
        parts.extend(Part::from_ledger(
            path,
            name,
            metric,
            desk.scratch,
            &options,
        )?);
    }
    Ok(parts)
}
