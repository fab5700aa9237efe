//! What `update` wants done in the world. The runner does it and answers with one message, under the same ticket.

use super::message::{JobId, Ticket};
use crate::domain::filter::Filter;
use crate::domain::query::{GroupKey, Query};
use crate::domain::request::{ReportKey, ReportRequest};
use crate::domain::scope::{Agreement, Scope, ScopeId};
use crate::ops::Dataset;
use crate::ops::report::Order;
use chrono::TimeDelta;

/// Something to do.
#[derive(Debug, Clone)]
pub enum Effect {
    ListScopes(Ticket),
    ListBranch {
        ticket: Ticket,
        scope: ScopeId,
        agreement: Option<Agreement>,
    },
    AskAgreements(Vec<ScopeId>),
    ReadMarks,
    TogglePin(Box<Scope>),
    Remember(Box<Scope>),
    /// Orders of earlier runs.
    ListNoted,
    /// More time for a job.
    Extend {
        key: ReportKey,
        by: TimeDelta,
    },
    Copy(String),
    ListLedger(Ticket),
    /// Fetch one part of an order.
    Fetch {
        job: JobId,
        order: Box<Order>,
        request: Box<ReportRequest>,
    },
    Cancel(JobId),
    /// No longer follow what an order that is over has left.
    SetAside(ReportKey),
    Open {
        ticket: Ticket,
        sources: Vec<String>,
    },
    /// No longer open what is being opened.
    StopOpening,
    OpenPair {
        ticket: Ticket,
        actual: Vec<String>,
        amortized: Vec<String>,
    },
    Show {
        ticket: Ticket,
        data: Dataset,
        query: Box<Query>,
    },
    Compare {
        ticket: Ticket,
        actual: Dataset,
        amortized: Dataset,
        group_by: Vec<GroupKey>,
        filter: Option<Filter>,
    },
    Redraw,
    Suspend,
    Quit,
}
