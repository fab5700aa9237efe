//! Starts one operation: uses the ledger, resumes an earlier run, or sends a new order through the chosen API.

use super::follow::driver::Driver;
use super::follow::order_journal::{Beginning, OrderJournal, not_before};
use super::follow::time_limit::TimeLimit;
use super::order_spec::{OrderSpec, Resume};
use super::outcome::{PartOutcome, Progress, failure_of};
use super::reuse;
use super::reuse::Reuse;
use super::{api_choice, ingest};
use crate::domain::report::reply::{CallIds, Failure};
use crate::domain::report::request::ReportRequest;
use crate::ops::clock::Deadline;
use crate::ops::error::OpsError;
use crate::ops::session::Session;
use crate::store::ledger::LedgerEntry;
use crate::store::orders::intents::{Claim, Intent};
use chrono::TimeDelta;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Fetches one report from the server into the ledger.
pub(crate) async fn drive(
    session: &Session,
    order: &OrderSpec,
    request: &ReportRequest,
    stop: &CancellationToken,
    progress: impl FnMut(Progress) + Send,
) -> PartOutcome {
    let slot = tokio::select! {
        slot = session.throttle.slot() => slot.ok(),
        () = stop.cancelled() => None,
    };
    let Some(_slot) = slot else {
        return PartOutcome::Cancelled;
    };
    let key = request.key(&session.origin);
    let wait = TimeDelta::from_std(order.max_wait).unwrap_or(TimeDelta::MAX);
    let deadline = Deadline::after(wait, session.clock.as_ref());
    let limit = TimeLimit {
        session,
        key: &key,
        max_wait: order.max_wait,
    };
    let started = match claim(session, order, request) {
        Ok(Claimed::Stored(entry)) => {
            return PartOutcome::Ready {
                entry,
                from_ledger: true,
            };
        }
        Ok(Claimed::Mine(claim)) => {
            session.throttle.set_limit(&key, deadline);
            tokio::select! {
                started = start(session, order, request, claim) => started,
                () = stop.cancelled() => return PartOutcome::Cancelled,
                () = limit.reached() => return not_ordered(&limit),
            }
        }
        Err(error) => Err(error),
    };
    let opened = started.and_then(|started| Ok((started, session.downloads(&key)?)));
    let ((following, beginning), downloads) = match opened {
        Ok(opened) => opened,
        Err(error) => return PartOutcome::Failed(failure_of(&error)),
    };
    let mut driver = Driver {
        session,
        order,
        request,
        stop,
        progress,
        downloads,
        key,
        following,
        state: beginning.0,
        next: beginning.1,
        fetched: Vec::new(),
        times: None,
        ids: CallIds::default(),
        remainders: Vec::new(),
        log: Arc::default(),
        words: None,
    };
    driver.run().await
}

fn not_ordered(limit: &TimeLimit<'_>) -> PartOutcome {
    let then = "Nothing was ordered: order again later";
    PartOutcome::Failed(limit.missed("the agreement was asked for", then))
}

enum Claimed {
    /// Another process stored it while this one waited for its turn.
    Stored(Box<LedgerEntry>),
    Mine(Claim),
}

fn claim(
    session: &Session,
    order: &OrderSpec,
    request: &ReportRequest,
) -> Result<Claimed, OpsError> {
    session.client()?;
    if let Some(out) = &order.out {
        ingest::check_out(out)?;
    }
    let claim = session.pending.claim(&request.key(&session.origin))?;
    // An order that was sent although the ledger has the report is still wanted.
    if order.resume != Resume::AsUsual && claim.read()?.is_some() {
        return Ok(Claimed::Mine(claim));
    }
    if let Reuse::Ready(entry) = reuse::reusable(session, order, request)? {
        return Ok(Claimed::Stored(entry));
    }
    Ok(Claimed::Mine(claim))
}

/// Puts away the order of a stored report: a run that was killed right after storing it left its note and downloads. A
/// report is as old as its order.
pub(crate) fn put_away(session: &Session, entry: &LedgerEntry, request: &ReportRequest) {
    let key = request.key(&session.origin);
    if !matches!(session.pending.read(&key), Ok(Some(_))) {
        return;
    }
    // Another process may still work on it.
    let Ok(claim) = session.pending.claim(&key) else {
        return;
    };
    let is_its = |intent: &Intent| intent.ordered_at == entry.fetched_at;
    if claim.read().ok().flatten().as_ref().is_some_and(is_its) {
        // The next run removes the rest, as long as the note is there.
        let _ = session.drop_downloads(&key).and_then(|()| claim.clear());
    }
}

async fn start(
    session: &Session,
    order: &OrderSpec,
    request: &ReportRequest,
    claim: Claim,
) -> Result<(OrderJournal, Beginning), OpsError> {
    let noted = match claim.read() {
        // An explicit new order replaces any earlier one, even if its record is unreadable.
        Err(_) if order.refresh => None,
        read => read?,
    };
    // An order that was set aside and is long deleted on the server is not resumed.
    let now = session.clock.now();
    let noted = noted.filter(|noted| !noted.is_stale(now));
    // If nothing runs on the server, the requested API is used; the wait stays.
    let other_way = |noted: &Intent| {
        let idle = noted.refused || noted.pages.is_some();
        idle && order.api.is_some_and(|api| api != noted.api)
    };
    let (following, beginning) = match noted {
        Some(noted) if other_way(&noted) => {
            let not_before = not_before(&noted, now);
            let way = api_choice::choose(session, order, request).await;
            OrderJournal::anew(request, claim, &way, (now, not_before))
        }
        // A refused order is sent again in any case, once its wait is over.
        Some(noted) if order.refresh && !noted.refused => {
            let way = api_choice::choose(session, order, request).await;
            let (following, beginning) = OrderJournal::anew(request, claim, &way, (now, now));
            (following.instead_of(noted), beginning)
        }
        Some(noted) => OrderJournal::resume(session, claim, noted)?,
        None if order.resume == Resume::Only => {
            let message = "this order has no record left: order it again".to_owned();
            return Err(OpsError::Report(Failure::Gone { message }));
        }
        None => {
            let way = api_choice::choose(session, order, request).await;
            let now = session.clock.now();
            OrderJournal::anew(request, claim, &way, (now, now))
        }
    };
    if !following.resumed {
        // Remaining downloads belong to another operation.
        session.drop_downloads(&request.key(&session.origin))?;
    }
    Ok((following, beginning))
}
