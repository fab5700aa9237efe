//! What an order becomes: one report per calendar month and metric, from the ledger where it still holds.

use super::error::OpsError;
use super::order;
use super::session::Session;
use crate::domain::metric::MetricChoice;
use crate::domain::money::Money;
use crate::domain::operation::Operation;
use crate::domain::period::Period;
use crate::domain::reply::Failure;
use crate::domain::request::{Api, ReportKey, ReportRequest};
use crate::domain::scope::ScopeId;
use crate::store::ledger::Entry;
use chrono::{DateTime, NaiveDate, Utc};
use std::path::PathBuf;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What the user orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub scope: ScopeId,
    pub metric: MetricChoice,
    pub period: Period,
    pub api: Api,
    /// Order even what the ledger has.
    pub refresh: bool,
    pub max_wait: Duration,
    /// Also keep the files as received here.
    pub out: Option<PathBuf>,
}

/// What is ordered, part by part, and what was changed on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// By date, actual first.
    pub parts: Vec<ReportRequest>,
    pub notes: Vec<String>,
}

/// How one part ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Ready {
        entry: Box<Entry>,
        from_ledger: bool,
    },
    Empty {
        why: String,
    },
    Failed(Failure),
    Cancelled,
}

/// News about a part under way.
#[derive(Debug, Clone)]
pub struct Progress {
    pub operation: Operation,
    pub now: DateTime<Utc>,
    pub request_id: Option<String>,
    /// Something the user should be told once.
    pub note: Option<String>,
}

/// Splits an order by calendar month and checks its limits. A usage error names what is wrong.
pub fn plan(order: &Order, today: NaiveDate) -> Result<Plan, OpsError> {
    if let Some(why) = order.scope.kind().why_no_reports() {
        return Err(OpsError::Usage(format!("{}: {why}", order.scope)));
    }
    let mut notes = Vec::new();
    let periods = match &order.period {
        Period::Invoice(id) => {
            check_invoice_scope(&order.scope)?;
            vec![Period::Invoice(id.clone())]
        }
        Period::Dates(range) => {
            let orderable = range
                .orderable(today)
                .map_err(|error| OpsError::Usage(error.to_string()))?;
            if let Some(to) = orderable.moved_from {
                notes.push(format!(
                    "{to} is in the future: the order ends today, {today} (UTC)"
                ));
            }
            orderable
                .range
                .by_month()
                .into_iter()
                .map(Period::Dates)
                .collect()
        }
    };
    if let Some(text) = order.scope.kind().leaves_out() {
        notes.push(text.to_owned());
    }
    let metrics = order.metric.metrics();
    let part = |period: &Period, metric| ReportRequest {
        scope: order.scope.clone(),
        metric,
        period: period.clone(),
    };
    let parts = periods
        .iter()
        .flat_map(|period| metrics.iter().map(move |metric| part(period, *metric)))
        .collect();
    Ok(Plan { parts, notes })
}

fn check_invoice_scope(scope: &ScopeId) -> Result<(), OpsError> {
    if scope.kind().has_invoices() {
        return Ok(());
    }
    Err(OpsError::Usage(format!(
        "an invoice is ordered at a billing profile or customer; {scope} is a {}",
        scope.kind()
    )))
}

/// The ledger's entry for a part, where it may be used instead of ordering: still fresh, whole, and neither a new
/// report nor its files as received were asked for.
pub(super) fn reusable(
    session: &Session,
    order: &Order,
    request: &ReportRequest,
) -> Result<Option<Entry>, OpsError> {
    if order.refresh || order.out.is_some() {
        return Ok(None);
    }
    let now = session.clock.now();
    let entry = session.ledger.find(&request.key(&session.origin))?;
    Ok(entry
        .filter(|entry| request.is_fresh(entry.fetched_at, now) && session.ledger.is_whole(entry)))
}

/// Fetches one part: from the ledger, or ordered, polled, downloaded, checked and stored.
pub async fn fetch(
    session: &Session,
    order: &Order,
    request: &ReportRequest,
    stop: &CancellationToken,
    progress: impl FnMut(Progress) + Send,
) -> Outcome {
    match reusable(session, order, request) {
        Ok(Some(entry)) => Outcome::Ready {
            entry: Box::new(entry),
            from_ledger: true,
        },
        Ok(None) => order::drive(session, order, request, stop, progress).await,
        Err(error) => Outcome::Failed(Failure::Local {
            message: error.to_string(),
        }),
    }
}

impl Outcome {
    /// The word of the JSON contract.
    pub fn status(&self) -> &'static str {
        match self {
            Self::Ready { .. } => "ready",
            Self::Empty { .. } => "empty",
            Self::Failed(_) | Self::Cancelled => "failed",
        }
    }

    /// Why there is no report, if there is none.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Ready { .. } => None,
            Self::Empty { why } => Some(why),
            Self::Failed(failure) => Some(failure.message()),
            Self::Cancelled => Some("no longer followed"),
        }
    }

    /// The stored report, if there is one.
    pub fn entry(&self) -> Option<&Entry> {
        match self {
            Self::Ready { entry, .. } => Some(entry),
            _ => None,
        }
    }

    /// The key, once the report is in the ledger.
    pub fn key(&self) -> Option<&ReportKey> {
        self.entry().map(|entry| &entry.key)
    }

    /// Totals per currency; none unless ready.
    pub fn totals(&self) -> &[Money] {
        self.entry().map_or(&[], |entry| &entry.totals)
    }
}

/// The exit code of all parts together: 0 if any is ready and none failed, 3 if all are empty, else the first
/// failure's.
pub fn exit_code(outcomes: &[Outcome]) -> u8 {
    let failure = outcomes.iter().find_map(|outcome| match outcome {
        Outcome::Failed(failure) => Some(failure.exit_code()),
        Outcome::Cancelled => Some(130),
        _ => None,
    });
    let all_empty = outcomes
        .iter()
        .all(|outcome| matches!(outcome, Outcome::Empty { .. }));
    failure.unwrap_or(if all_empty { 3 } else { 0 })
}
