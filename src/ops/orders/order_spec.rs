//! The description of an order, and when to reuse or resume one.

use crate::domain::metric::{Metric, MetricChoice};
use crate::domain::period::Period;
use crate::domain::report::request::{Api, ReportRequest, Subset};
use crate::domain::scope::{Agreement, ScopeId};
use std::path::PathBuf;
use std::time::Duration;

/// An order of the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderSpec {
    pub scope: ScopeId,
    pub metric: MetricChoice,
    pub period: Period,
    /// The filter and row limit, if only a part is ordered.
    pub subset: Subset,
    /// The API to use; `None` picks the one that works.
    pub api: Option<Api>,
    /// The scope's agreement, if the caller knows it.
    pub agreement: Option<Agreement>,
    /// Order even if the ledger has the report.
    pub refresh: bool,
    /// How to treat an order that is already recorded.
    pub resume: Resume,
    pub max_wait: Duration,
    /// Also copy the files as received to this folder.
    pub out: Option<PathBuf>,
}

/// How an order relates to one recorded by an earlier run or an earlier try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Resume {
    /// Use the ledger first; otherwise resume a recorded order, or send a new one.
    #[default]
    AsUsual,
    /// Resume a recorded order first: it is newer than the ledger.
    First,
    /// Resume a recorded order, and never send a new one.
    Only,
}

impl OrderSpec {
    /// The report of one metric and period of this order.
    pub fn request(&self, period: Period, metric: Metric) -> ReportRequest {
        ReportRequest {
            export: None,
            scope: self.scope.clone(),
            metric,
            period,
            subset: self.subset.clone(),
        }
    }
}

/// The longest time that a job started in the UI waits. It can be cancelled at any time.
pub const MAX_WAIT: Duration = Duration::from_secs(60 * 60);
