//! What `update` wants done in the world. The runner does it and answers with one message, under the same ticket.

use super::message::{JobId, Ticket};
use crate::domain::query::filter::Filter;
use crate::domain::query::saved_view::SavedView;
use crate::domain::query::{GroupKey, Query};
use crate::domain::report::request::{ReportKey, ReportRequest};
use crate::domain::scope::{Agreement, Scope, ScopeId};
use crate::domain::table::{GroupId, Seek};
use crate::ops::Dataset;
use crate::ops::explore::open::Opened;
use crate::ops::orders::report::Order;
use chrono::{NaiveDate, TimeDelta};

/// How an answer is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyForm {
    Tsv,
    Markdown,
    Json,
    /// One column, a value to a line, by its place in the sheet.
    Column(usize),
}

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
        /// For what is dated in the future, and months that are not closed.
        today: NaiveDate,
    },
    /// The other side of local files, by their names.
    FindPartner {
        ticket: Ticket,
        names: Vec<String>,
    },
    Show {
        ticket: Ticket,
        data: Dataset,
        query: Box<Query>,
    },
    /// No longer work on what was asked last.
    StopAsking,
    /// How much a filter would keep.
    Count {
        ticket: Ticket,
        data: Dataset,
        filter: Option<Filter>,
    },
    /// What the reader of a filtered answer with so many rows has to know.
    FilterNotes {
        data: Dataset,
        filter: Filter,
        rows: u64,
    },
    /// The values of a key, the dearest first.
    Values {
        ticket: Ticket,
        data: Dataset,
        query: Box<Query>,
    },
    /// Costs day by day.
    Series {
        ticket: Ticket,
        data: Dataset,
        filter: Option<Filter>,
        group_by: Vec<GroupKey>,
        groups: Vec<GroupId>,
    },
    Seek {
        ticket: Ticket,
        data: Dataset,
        query: Box<Query>,
        seek: Seek,
    },
    /// One row with all of its columns.
    Detail {
        ticket: Ticket,
        data: Dataset,
        query: Box<Query>,
    },
    /// A whole answer as text, to be copied.
    Render {
        opened: Box<Opened>,
        query: Box<Query>,
        form: CopyForm,
    },
    Export {
        opened: Box<Opened>,
        query: Box<Query>,
        path: String,
    },
    /// Answers a statement in SQL.
    AskSql {
        ticket: Ticket,
        data: Dataset,
        statement: String,
    },
    /// Answers a view by both engines.
    Verify {
        opened: Box<Opened>,
        query: Box<Query>,
    },
    /// Answers a statement and writes all of its rows.
    ExportSql {
        opened: Box<Opened>,
        statement: String,
        path: String,
    },
    /// Keeps a text that is too large for the terminal's clipboard.
    SaveCopy(String),
    Compare {
        ticket: Ticket,
        actual: Dataset,
        amortized: Dataset,
        group_by: Vec<GroupKey>,
        filter: Option<Filter>,
    },
    /// The values of a key on both sides.
    PairValues {
        ticket: Ticket,
        actual: Dataset,
        amortized: Dataset,
        key: GroupKey,
        most: usize,
    },
    /// Rows of a pair without a counterpart.
    Explain {
        ticket: Ticket,
        actual: Box<Opened>,
        amortized: Box<Opened>,
        filter: Option<Filter>,
    },
    /// What is to be known of a pair that is open already.
    PairNotes {
        ticket: Ticket,
        actual: Box<Opened>,
        amortized: Box<Opened>,
        today: NaiveDate,
    },
    /// Reservations and savings plans of a pair.
    Commitments {
        ticket: Ticket,
        actual: Box<Opened>,
        amortized: Box<Opened>,
        filter: Option<Filter>,
    },
    ListViews(Ticket),
    /// Keeps a view under a name.
    SaveView {
        name: String,
        view: Box<SavedView>,
    },
    RemoveView(String),
    /// How a scope was looked at for last.
    RememberView {
        scope: String,
        view: Box<SavedView>,
    },
    /// Take the mouse from the terminal, or give it back.
    Mouse(bool),
    Redraw,
    Suspend,
    Quit,
}
