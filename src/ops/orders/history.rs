//! The orders that have ended: recorded when they end, listed by `jobs list --all` and in Jobs.

use crate::domain::report::history::{CallLog, OrderEnding, PastOrder};
use crate::domain::report::request::{Api, ReportRequest};
use crate::domain::text::redaction::without_secrets;
use crate::ops::error::OpsError;
use crate::ops::orders::outcome::PartOutcome;
use crate::ops::session::Session;
use chrono::{DateTime, Utc};

/// The facts of an order besides its outcome.
pub(crate) struct Followed<'a> {
    pub(crate) request: &'a ReportRequest,
    pub(crate) api: Api,
    pub(crate) ordered_at: DateTime<Utc>,
    /// When the order was sent that this one takes the place of.
    pub(crate) replaces: Option<DateTime<Utc>>,
    /// Whether an earlier run had sent it.
    pub(crate) resumed: bool,
    pub(crate) log: &'a CallLog,
}

/// Records an order that has ended. One that asked the server nothing leaves no trace. A history that cannot be written
/// is told in the log only: the report itself is what counts.
pub(crate) fn record(session: &Session, followed: &Followed<'_>, outcome: &PartOutcome) {
    if followed.log.is_empty() {
        return;
    }
    let ended = PastOrder {
        key: followed.request.key(&session.origin),
        request: followed.request.clone(),
        api: followed.api,
        ordered_at: followed.ordered_at,
        ended_at: session.clock.now(),
        ending: match outcome {
            PartOutcome::Ready { .. } => OrderEnding::Ready,
            PartOutcome::Empty { .. } => OrderEnding::Empty,
            PartOutcome::Failed(_) => OrderEnding::Failed,
            PartOutcome::Cancelled => OrderEnding::Cancelled,
        },
        why: match outcome {
            PartOutcome::Empty { why } => Some(without_secrets(why)),
            PartOutcome::Failed(failure) => Some(without_secrets(failure.message())),
            PartOutcome::Ready { .. } | PartOutcome::Cancelled => None,
        },
        rows: outcome.entry().map(|entry| entry.rows),
        resumed: followed.resumed,
        log: followed.log.clone(),
    };
    if let Err(error) = session.history.add(&ended, followed.replaces) {
        tracing::warn!(%error, "an order that has ended could not be kept in the history");
    }
}

/// Lists the orders of this cloud or endpoint that have ended, the newest first, and the errors of unreadable files. An
/// order that goes on is left out: it is listed as a job.
pub fn list(session: &Session) -> Result<(Vec<PastOrder>, Vec<OpsError>), OpsError> {
    let (orders, damaged) = session.history.list()?;
    let mine = format!("{}@", ReportRequest::origin_words(&session.origin));
    let goes_on = |order: &PastOrder| {
        let intent = session.pending.read(&order.key);
        let same = |at: DateTime<Utc>| at == order.ordered_at;
        intent.is_ok_and(|intent| {
            intent.is_some_and(|intent| !intent.set_aside && same(intent.ordered_at))
        })
    };
    let orders = orders.into_iter();
    let orders = orders.filter(|order| order.key.as_str().starts_with(&mine) && !goes_on(order));
    let damaged = damaged.into_iter().map(OpsError::from);
    Ok((orders.collect(), damaged.collect()))
}
