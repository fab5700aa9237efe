//! Reads the list of stored reports.

use crate::ops::LedgerEntry;
use crate::ops::error::OpsError;
use crate::ops::session::Session;
use crate::tui::message::StoredReports;
use crate::tui::ticket::Problem;

/// The stored reports, the newest period first.
pub(super) fn stored(session: &Session) -> Result<StoredReports, Problem> {
    let listing = session
        .ledger()
        .list()
        .map_err(|error| Problem::of(&OpsError::from(error)))?;
    let mut entries: Vec<LedgerEntry> = listing.entries.into_values().collect();
    entries.sort_by(|a, b| {
        let from = |entry: &LedgerEntry| entry.request.range().map(|range| range.from);
        from(b).cmp(&from(a)).then_with(|| a.key.cmp(&b.key))
    });
    let damaged = listing.damaged.into_iter();
    Ok(StoredReports {
        entries,
        unreadable: damaged.map(|error| error.to_string()).collect(),
    })
}
