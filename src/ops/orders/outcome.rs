//! Progress and outcome of an order.

use crate::domain::money::Money;
use crate::domain::report::history::CallLog;
use crate::domain::report::operation::states::Operation;
use crate::domain::report::quota::Remainder;
use crate::domain::report::reply::{CallIds, Failure};
use crate::domain::report::request::ReportKey;
use crate::ops::error::OpsError;
use crate::store::ledger::LedgerEntry;
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// The outcome of one part.
#[derive(Debug, Clone, PartialEq)]
pub enum PartOutcome {
    Ready {
        entry: Box<LedgerEntry>,
        from_ledger: bool,
    },
    Empty {
        why: String,
    },
    Failed(Failure),
    Cancelled,
}

/// The progress of a running part.
#[derive(Debug, Clone)]
pub struct Progress {
    pub operation: Operation,
    pub now: DateTime<Utc>,
    pub ids: CallIds,
    /// The remaining quotas, as the server reports them.
    pub remainders: Vec<Remainder>,
    /// The calls to the server in this run.
    pub log: Arc<CallLog>,
    /// The time limit of the job.
    pub limit: DateTime<Utc>,
    /// A message to show once.
    pub note: Option<String>,
}

impl PartOutcome {
    /// The word of the JSON contract.
    pub fn status(&self) -> &'static str {
        match self {
            Self::Ready { .. } => "ready",
            Self::Empty { .. } => "empty",
            Self::Failed(_) | Self::Cancelled => "failed",
        }
    }

    /// The reason that there is no report, if there is none.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Ready { .. } => None,
            Self::Empty { why } => Some(why),
            Self::Failed(failure) => Some(failure.message()),
            Self::Cancelled => Some("stopped following"),
        }
    }

    /// The stored report, if there is one.
    pub fn entry(&self) -> Option<&LedgerEntry> {
        match self {
            Self::Ready { entry, .. } => Some(entry),
            Self::Empty { .. } | Self::Failed(_) | Self::Cancelled => None,
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
pub fn exit_code(outcomes: &[PartOutcome]) -> u8 {
    let failure = outcomes.iter().find_map(|outcome| match outcome {
        PartOutcome::Failed(failure) => Some(failure.exit_code()),
        PartOutcome::Cancelled => Some(130),
        PartOutcome::Ready { .. } | PartOutcome::Empty { .. } => None,
    });
    let all_empty = outcomes
        .iter()
        .all(|outcome| matches!(outcome, PartOutcome::Empty { .. }));
    failure.unwrap_or(if all_empty { 3 } else { 0 })
}

/// Converts an error into the failure of a report.
pub(crate) fn failure_of(error: &OpsError) -> Failure {
    let message = error.to_string();
    match error {
        OpsError::Azure(error) => error.failure(),
        OpsError::Report(failure) => failure.clone(),
        _ if error.exit_code() == 6 => Failure::Damaged { message },
        OpsError::Usage(_)
        | OpsError::Data(_)
        | OpsError::Store(_)
        | OpsError::Failed(_)
        | OpsError::TwoMetrics { .. }
        | OpsError::Twice(_)
        | OpsError::NeedsSas { .. }
        | OpsError::Differs(_)
        | OpsError::Interrupted => Failure::Local { message },
    }
}
