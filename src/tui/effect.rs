//! Side effects requested by `update`. The runner carries each one out and answers with one message under the same
//! ticket.

use super::message::{JobId, Ticket};
use crate::domain::query::Query;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::saved_view::SavedView;
use crate::domain::report::request::{ReportKey, ReportRequest};
use crate::domain::scope::{Agreement, Scope, ScopeId};
use crate::domain::table::Seek;
use crate::domain::table::group::GroupId;
use crate::ops::Dataset;
use crate::ops::context::Opened;
use crate::ops::orders::order_spec::Order;
use chrono::{NaiveDate, TimeDelta};

/// The format in which a result is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyForm {
    Tsv,
    Markdown,
    Json,
    /// One column, one value per line, by its index in the sheet.
    Column(usize),
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
    /// Orders of earlier runs.
    ListNoted,
    /// Extends the time limit of a job.
    Extend {
        key: ReportKey,
        by: TimeDelta,
    },
    Copy(String),
    ListLedger(Ticket),
    /// Fetches one part of an order.
    Fetch {
        job: JobId,
        order: Box<Order>,
        request: Box<ReportRequest>,
    },
    Cancel(JobId),
    /// Stops following the recorded job of an order that has ended.
    SetAside(ReportKey),
    Open {
        ticket: Ticket,
        sources: Vec<String>,
    },
    /// Cancels the current opening of sources.
    StopOpening,
    OpenPair {
        ticket: Ticket,
        actual: Vec<String>,
        amortized: Vec<String>,
        /// Used to detect dates in the future and months that are not closed.
        today: NaiveDate,
    },
    /// Finds the other side of local files by their names.
    FindPartner {
        ticket: Ticket,
        names: Vec<String>,
    },
    Show {
        ticket: Ticket,
        data: Dataset,
        query: Box<Query>,
    },
    /// Cancels the running queries.
    StopAsking,
    /// Counts the rows and totals that a filter would keep.
    Count {
        ticket: Ticket,
        data: Dataset,
        filter: Option<Filter>,
    },
    /// Collects the notes on a filtered result with this many rows.
    FilterNotes {
        data: Dataset,
        filter: Filter,
        rows: u64,
    },
    /// The values of a key, most expensive first.
    Values {
        ticket: Ticket,
        data: Dataset,
        query: Box<Query>,
    },
    /// Costs per day.
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
    /// Renders a whole result as text for copying.
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
    /// Runs an SQL statement.
    AskSql {
        ticket: Ticket,
        data: Dataset,
        statement: String,
    },
    /// Runs a view on both engines and compares the results.
    Verify {
        opened: Box<Opened>,
        query: Box<Query>,
    },
    /// Runs a statement and writes all of its rows to a file.
    ExportSql {
        opened: Box<Opened>,
        statement: String,
        path: String,
    },
    /// Saves a text that is too large for the terminal's clipboard.
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
    /// Collects the notes on a pair that is already open.
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
    Quit,
}
