//! Requests from one screen to another. The application carries them out right after the update.

use crate::domain::export::definition::Export;
use crate::domain::period::DateRange;
use crate::domain::query::Query;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::report::request::ReportRequest;
use crate::domain::scope::Scope;
use crate::ops::orders::order_spec::OrderSpec;
use crate::tui::action::{Action, View};
use crate::tui::message::Loaded;
use crate::tui::said::Masked;

/// The filter and groups that a comparison begins with.
pub type PairView = (Option<Filter>, Vec<GroupKey>);

/// A request to another screen.
#[derive(Debug)]
pub enum Request {
    /// Show a screen and fetch what it needs.
    Show(View),
    /// Open sources as one table.
    OpenTable {
        sources: Vec<String>,
        name: Masked,
        wanted: Option<DateRange>,
    },
    /// Show the answer to a query in the table.
    Explore {
        loaded: Box<Loaded>,
        title: Masked,
        query: Box<Query>,
    },
    /// Open a side of a comparison as a table, with the answer to a query.
    OpenSide(Box<(Loaded, Masked, Query)>),
    /// Open both sides of a comparison.
    OpenPair {
        actual: Vec<String>,
        amortized: Vec<String>,
        title: Masked,
        view: Option<PairView>,
    },
    /// Compare data that has both costs with itself.
    ComparePair {
        sides: Box<(Loaded, Loaded)>,
        title: Masked,
        view: PairView,
    },
    /// Read the ledger again.
    ReadLedger,
    /// Fill in the order form for one or several scopes and, if it is named, a billing period.
    BeginOrder {
        scopes: Vec<Scope>,
        billing_period: Option<String>,
    },
    /// Send the parts of an order and show its jobs.
    Send {
        order: Box<OrderSpec>,
        name: Masked,
        parts: Vec<ReportRequest>,
    },
    /// List the exports of a scope.
    ListExports(Box<Scope>),
    /// Run an export now, for some days or its own, and show its job.
    RunExport {
        scope: Box<Scope>,
        export: Box<Export>,
        days: Option<DateRange>,
    },
    /// Run an action on the screen that is shown by then.
    Act(Action),
    /// Show this on the status line, replacing the messages of earlier requests.
    Say(String),
}
