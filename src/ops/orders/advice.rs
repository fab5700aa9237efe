//! Microsoft's advice on orders: one order at the top instead of many below it, and no more than one a day.
//!
//! Microsoft Learn, "Get small usage datasets on demand": request schedule, top-level scopes.

use super::order_spec::OrderSpec;
use crate::domain::report::request::ReportRequest;
use crate::domain::scope::{Agreement, ScopeId, ScopeKind};
use crate::domain::text::{age, counted};
use crate::ops::session::Session;
use crate::store::ledger::LedgerEntry;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;

/// The context of an order.
#[derive(Debug)]
pub struct OrderContext<'a> {
    /// Reports of this cloud or endpoint that are already stored.
    pub entries: Vec<&'a LedgerEntry>,
    /// Scopes that are pinned or were ordered in this run.
    pub scopes: Vec<(&'a ScopeId, Option<Agreement>)>,
    pub now: DateTime<Utc>,
}

/// The advice for an order, one sentence each.
pub fn of(order: &OrderSpec, beside: &OrderContext<'_>) -> Vec<String> {
    // The data of an export was not ordered.
    let is_recent = |entry: &&&LedgerEntry| {
        let age = beside.now.signed_duration_since(entry.fetched_at);
        entry.request.export.is_none() && age < TimeDelta::hours(24)
    };
    let recent: Vec<&LedgerEntry> = beside.entries.iter().filter(is_recent).copied().collect();
    let again = again(order, &recent, beside.now);
    top_level(order, &recent, beside)
        .into_iter()
        .chain(again)
        .chain(large(order, beside))
        .collect()
}

/// Reports end at 2 GB, roughly two million rows (Microsoft Learn, "Get small usage datasets on demand").
const MANY_ROWS: u64 = 1_000_000;

/// The rows of the largest stored report of the scope, if the next one may be too large.
pub fn many_rows(order: &OrderSpec, beside: &OrderContext<'_>) -> Option<u64> {
    let stored = beside.entries.iter();
    let stored = stored.filter(|entry| entry.request.scope == order.scope);
    let most = stored.map(|entry| entry.rows).max()?;
    (most >= MANY_ROWS).then_some(most)
}

/// Advice to use an export where reports come near their limit.
fn large(order: &OrderSpec, beside: &OrderContext<'_>) -> Option<String> {
    let rows = counted(many_rows(order, beside)?, "row");
    Some(format!(
        "a report of this scope had {rows}: reports end at 2 GB, roughly two million rows, and exports do not \
         (`costscope help exports`)"
    ))
}

/// The advice for an order given on the command line.
pub fn in_session(session: &Session, order: &OrderSpec) -> Vec<String> {
    let listing = session.ledger.list().unwrap_or_default();
    let here = format!("{}@", ReportRequest::origin_words(&session.origin));
    let entries = listing.entries.values();
    let marks = session.marks.read(&session.origin).unwrap_or_default();
    let beside = OrderContext {
        entries: entries
            .filter(|entry| entry.key.as_str().starts_with(&here))
            .collect(),
        scopes: marks
            .pinned
            .iter()
            .map(|mark| (&mark.scope, mark.agreement))
            .collect(),
        now: session.clock.now(),
    };
    of(order, &beside)
}

/// Advice against ordering subscriptions one by one when a single order may cover them all.
fn top_level(
    order: &OrderSpec,
    recent: &[&LedgerEntry],
    beside: &OrderContext<'_>,
) -> Option<String> {
    let one = order.agreement;
    if order.scope.kind() != ScopeKind::Subscription || one == Some(Agreement::Payg) {
        return None;
    }
    let stored = recent.iter().map(|entry| (&entry.request.scope, None));
    let others = beside.scopes.iter().copied().chain(stored);
    // No single order covers accounts of different kinds.
    let alike = others.filter(|(_, other)| match (one, other) {
        (_, Some(Agreement::Payg)) => false,
        (Some(one), Some(other)) => one == *other,
        _ => true,
    });
    let subscriptions: BTreeSet<&ScopeId> = alike
        .map(|(scope, _)| scope)
        .chain([&order.scope])
        .filter(|scope| scope.kind() == ScopeKind::Subscription)
        .collect();
    (subscriptions.len() > 1).then(|| {
        format!(
            "{} are ordered one by one or pinned: if they belong to one billing account or profile, a single order there \
             covers all of them, with their purchases",
            counted(subscriptions.len() as u64, "subscription")
        )
    })
}

/// Advice against ordering again within a day.
fn again(order: &OrderSpec, recent: &[&LedgerEntry], now: DateTime<Utc>) -> Option<String> {
    let mut same = recent.iter().filter(|entry| {
        entry.request.scope == order.scope && order.refresh && {
            let (stored, ordered) = (entry.request.range(), order.period.range());
            entry.request.period == order.period
                || stored
                    .zip(ordered)
                    .is_some_and(|(stored, ordered)| stored.overlaps(ordered))
        }
    });
    let entry = same.next()?;
    let seconds = now.signed_duration_since(entry.fetched_at).num_seconds();
    Some(format!(
        "the ledger already has these days ({}): costs change a few times a day, and Azure asks for no more than one order per \
         day and scope",
        age(seconds)
    ))
}
