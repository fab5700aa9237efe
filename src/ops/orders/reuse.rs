//! Reports in the ledger that answer an order.

use super::order_spec::OrderSpec;
use crate::domain::report::request::ReportRequest;
use crate::ops::error::OpsError;
use crate::ops::explore::stored_reports;
use crate::ops::session::Session;
use crate::store::ledger::LedgerEntry;

/// The ledger's answer for a part.
#[derive(Debug)]
pub(crate) enum Reuse {
    Ready(Box<LedgerEntry>),
    Nothing,
    /// Its report is damaged, with the reason.
    Damaged(String),
}

/// The ledger's entry for a part, if it can be used instead of an order. It must be fresh and intact, and neither a new
/// report nor the files as received may be requested.
pub(crate) fn reusable(
    session: &Session,
    order: &OrderSpec,
    request: &ReportRequest,
) -> Result<Reuse, OpsError> {
    if order.refresh || order.out.is_some() {
        return Ok(Reuse::Nothing);
    }
    let now = session.clock.now();
    // Another API may return other rows.
    let fits = |entry: &LedgerEntry| {
        order.api.is_none_or(|api| api == entry.api) && request.is_fresh(entry.fetched_at, now)
    };
    let found = session.ledger.find(&request.key(&session.origin));
    let checked = match found.map(|found| found.filter(fits)) {
        Ok(None) => return Ok(Reuse::Nothing),
        Ok(Some(entry)) => stored_reports::check(&session.ledger, &entry).map(|()| entry),
        Err(error) => Err(error.into()),
    };
    match checked {
        Ok(entry) => Ok(Reuse::Ready(Box::new(entry))),
        // A damaged report is ordered again, if orders are possible.
        Err(error) if error.exit_code() == 6 && session.client().is_ok() => {
            tracing::warn!(%error, "a stored report is damaged and is ordered again");
            Ok(Reuse::Damaged(format!(
                "the stored report is damaged and is ordered again ({error})"
            )))
        }
        Err(error) => Err(error),
    }
}
