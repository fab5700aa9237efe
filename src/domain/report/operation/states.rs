//! The states of a report and the data of each state.

use super::pages::Pages;
use crate::domain::report::manifest::Manifest;
use crate::domain::report::reply::{Failure, Span, Wait};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// Requests in a row that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Failures {
    pub(crate) all: u32,
    /// Those since the server last requested a wait.
    pub(crate) unnamed: u32,
    /// Those whose answer was empty or cut off.
    pub(crate) incomplete: u32,
}

impl Failures {
    pub(crate) fn count(&mut self, named: bool, incomplete: bool) {
        self.all = self.all.saturating_add(1);
        self.unnamed = if named {
            0
        } else {
            self.unnamed.saturating_add(1)
        };
        self.incomplete = if incomplete { self.incomplete + 1 } else { 0 };
    }
}

/// The waits and failures so far, on which the next wait depends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Pacing {
    /// The last wait that the server requested for this report.
    pub(crate) named: Option<TimeDelta>,
    pub(crate) failures: Failures,
}

impl Pacing {
    /// No failure yet, and the last wait that the server requested.
    pub(crate) fn after(named: Option<TimeDelta>) -> Self {
        Self {
            named,
            failures: Failures::default(),
        }
    }
}

/// A report about to be ordered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ordered {
    pub wait: Option<Wait>,
    /// The order is a repeat: the links expired, and polling again gave no better ones.
    pub anew: bool,
    /// The spans to request from Usage Details if the account has no reports; `None` without that fallback.
    pub(crate) usage: Option<Vec<Span>>,
    pub(crate) reorders: u32,
    pub(crate) pacing: Pacing,
    /// The offer was refused once with a message that has been wrong before.
    pub(crate) doubted: bool,
}

/// A report being generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generating {
    pub poll_url: String,
    pub polls: u32,
    pub wait: Wait,
    pub(crate) not_found: u32,
    pub(crate) renewing: Option<Renewal>,
    pub(crate) reorders: u32,
    pub(crate) pacing: Pacing,
}

/// A report being downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloading {
    pub manifest: Manifest,
    /// Index of the current blob.
    pub blob: usize,
    /// Bytes of finished blobs and of the current one.
    pub bytes: u64,
    /// Polls before the download.
    pub polls: u32,
    pub(crate) done_bytes: u64,
    pub(crate) poll_url: Option<String>,
    /// The last wait that the server requested, for the polls that a refused link makes necessary.
    pub(crate) named: Option<TimeDelta>,
    /// How often in a row the link of each file was refused.
    pub(crate) refused: BTreeMap<usize, u32>,
    /// How often the server gave a new link.
    pub(crate) renewals: u32,
    pub(crate) reorders: u32,
}

/// A refused link, and the attempts so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Renewal {
    pub(crate) manifest: Manifest,
    /// Index of the file whose link was refused.
    pub(crate) blob: usize,
    /// How often in a row the link of each file was refused.
    pub(crate) refused: BTreeMap<usize, u32>,
    pub(crate) renewals: u32,
}

/// Rows being read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Paging {
    pub pages: Pages,
    pub wait: Option<Wait>,
    pub(crate) pacing: Pacing,
    /// Whether the current wait is followed by shorter spans.
    pub halved: bool,
    pub(crate) timeouts: u32,
    pub(crate) restarts: u32,
}

/// The state of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    Ordered(Ordered),
    Generating(Generating),
    Downloading(Downloading),
    Paging(Paging),
    /// Every blob or page is on disk and is being put into the ledger.
    Fetched,
    Ready {
        rows: u64,
    },
    Empty {
        why: String,
    },
    Failed(Failure),
    Cancelled,
}

/// The time of a reply, and the jitter for a throttled wait.
#[derive(Debug, Clone, Copy)]
pub struct ReplyTime {
    pub now: DateTime<Utc>,
    pub jitter: TimeDelta,
}
