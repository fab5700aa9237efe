//! Finds the other side of reports in the ledger.

use crate::domain::metric::Metric;
use crate::ops::LedgerEntry;

/// The report of the other metric for the same days of the same scope.
pub fn partner<'a>(
    entries: impl IntoIterator<Item = &'a LedgerEntry>,
    entry: &LedgerEntry,
) -> Option<&'a LedgerEntry> {
    let other = match entry.request.metric {
        Metric::Actual => Metric::Amortized,
        Metric::Amortized => Metric::Actual,
        Metric::Usage => return None,
    };
    let fits = |candidate: &&LedgerEntry| {
        let request = &candidate.request;
        origin(candidate) == origin(entry)
            && request.metric == other
            && request.scope == entry.request.scope
            && request.period == entry.request.period
            && request.subset == entry.request.subset
    };
    // Exports of several folders may have the same days: the newest one of the same kind counts.
    let rank = |other: &&LedgerEntry| {
        let is_alike = other.source.is_some() == entry.source.is_some();
        (is_alike, other.fetched_at)
    };
    entries.into_iter().filter(fits).max_by_key(rank)
}

/// The cloud or endpoint of a report, as its key begins.
pub fn origin(entry: &LedgerEntry) -> Option<&str> {
    let key = entry.key.as_str();
    key.split_once('@').map(|(origin, _)| origin)
}
