//! Side effects requested by `update`. The runner carries each one out and answers with one message under the same
//! ticket.

use super::clipboard::Copier;
use super::question::Asked;
use super::ticket::{JobId, Ticket};
use crate::domain::export::create::NewExport;
use crate::domain::period::DateRange;
use crate::domain::query::Query;
use crate::domain::query::saved_view::SavedView;
use crate::domain::report::request::{ReportKey, ReportRequest};
use crate::domain::scope::{Agreement, Scope, ScopeId};
use crate::ops::exports::creating::Draft;
use crate::ops::exports::watched::RunNote;
use crate::ops::orders::order_spec::OrderSpec;
use chrono::{NaiveDate, TimeDelta};

/// A side effect on exports of Cost Management.
#[derive(Debug, Clone)]
pub enum ExportsEffect {
    /// Lists the exports of a scope.
    List(Ticket, Box<Scope>),
    /// Reads one export with its latest runs.
    Show {
        ticket: Ticket,
        scope: ScopeId,
        name: String,
    },
    /// Runs an export now and watches the run.
    Run {
        job: JobId,
        scope: ScopeId,
        name: String,
        /// Without them, the export's own.
        days: Option<DateRange>,
    },
    /// Makes the request of a new export; nothing is sent.
    Draft(Ticket, Box<NewExport>),
    /// Creates an export.
    Create(Box<Draft>),
    /// Goes on with the watch over a run that an earlier start began.
    Watch(JobId, Box<RunNote>),
}

impl From<ExportsEffect> for Effect {
    fn from(effect: ExportsEffect) -> Self {
        Self::Exports(Box::new(effect))
    }
}

/// A side effect.
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
    Exports(Box<ExportsEffect>),
    /// Orders of earlier runs.
    ListNoted,
    /// Extends the time limit of a job.
    Extend {
        key: ReportKey,
        by: TimeDelta,
    },
    /// Sends a text to the terminal's clipboard.
    Copy(String),
    /// Hands a text to a program that copies it.
    CopyWith(Copier, String),
    ListLedger(Ticket),
    /// Fetches one part of an order.
    Fetch {
        job: JobId,
        order: Box<OrderSpec>,
        request: Box<ReportRequest>,
    },
    Cancel(JobId),
    /// Stops following the recorded job of an order that has ended.
    SetAside(ReportKey),
    Open {
        ticket: Ticket,
        sources: Vec<String>,
        /// The groups and the filter of the first numbers.
        first: Box<Query>,
    },
    /// Cancels the current opening of sources.
    StopOpening,
    OpenPair {
        ticket: Ticket,
        actual: Vec<String>,
        amortized: Vec<String>,
        /// The groups and the filter of the first numbers.
        first: Box<Query>,
        /// Used to detect dates in the future and months that are not closed.
        today: NaiveDate,
    },
    /// Completes the path at the end of a text.
    CompletePath(String),
    /// Finds the other side of local files by their names.
    FindPartner {
        ticket: Ticket,
        names: Vec<String>,
    },
    /// Asks a question about open data.
    Ask(Box<Asked>),
    /// Cancels the running queries.
    StopAsking,
    /// Cancels the files that are being written.
    StopWriting,
    /// Saves a text that is too large for the terminal's clipboard.
    SaveCopy(String),
    ListViews(Ticket),
    /// Saves a view under a name.
    SaveView {
        name: String,
        view: Box<SavedView>,
    },
    RemoveView(String),
    /// Remembers the last view of a scope.
    RememberView {
        scope: String,
        view: Box<SavedView>,
    },
    /// Turns mouse capture on or off.
    Mouse(bool),
    Redraw,
    Suspend,
    /// Takes the terminal again after a stop.
    Resume,
    Quit,
}
