//! The lifecycle of one report, as a pure state machine: replies and the time go in, the next step comes out.
//!
//! ```text
//!            Accepted            Finished              Fetched (all blobs)
//! Ordered ───────────▶ Generating ────────▶ Downloading ────────▶ Fetched ─▶ Ready
//!    │ ▲ Throttled        │  ▲ Accepted,       │ ▲  LinkExpired: ask the poll link once more,   ▲
//!    │ └ (waits, repeats) └──┘ Throttled       └─┘  then order anew, and say so                 │
//!    │ Unsupported                                                                              │
//!    └───────────▶ Paging ──────────────────────────────────────────────────────────────────────┘
//!                   │ ▲ Paged: the next page; 504: shorter spans
//!                   └─┘
//! ```
//!
//! Any state ends in `Empty`, `Failed` or `Cancelled`. Waits come from the server (`Retry-After` and related headers).
//! A requested wait is never shortened; jitter only adds to it. Sources: azure-rest-api-specs
//! `generatecostdetailsreport.json`, `generatedetailedcostreport.json` and `consumption.json`; RFC 9110, 10.2.3.

pub mod accessors;
#[cfg(test)]
mod accessors_tests;
pub mod downloading;
pub mod endings;
pub mod generating;
pub mod ordered;
pub mod pages;
#[cfg(test)]
mod pages_tests;
pub mod paging;
#[cfg(test)]
mod replies;
pub mod states;
pub mod waits;

use super::reply::{Next, Reply, Span, Wait, WaitReason};
use chrono::{DateTime, TimeDelta, Utc};
use endings::{fail, unexpected};
use pages::Pages;
use states::{Generating, Operation, Ordered, Pacing, Paging, ReplyTime};

impl Operation {
    /// A report about to be ordered.
    pub fn start(now: DateTime<Utc>) -> (Self, Next) {
        let not_before = now;
        (Self::Ordered(Ordered::default()), Next::Send { not_before })
    }

    /// A report whose order was refused in an earlier run, with a wait that is not over yet.
    pub fn start_later(
        not_before: DateTime<Utc>,
        named: Option<TimeDelta>,
        now: DateTime<Utc>,
    ) -> (Self, Next) {
        let wait = Wait {
            since: now,
            until: not_before.max(now),
            why: WaitReason::Throttled { header: None },
        };
        let not_before = wait.until;
        let ordered = Ordered {
            wait: Some(wait),
            pacing: Pacing::after(named),
            ..Ordered::default()
        };
        (Self::Ordered(ordered), Next::Send { not_before })
    }

    /// The same report, with Usage Details as a fallback if the account has no reports.
    #[must_use]
    pub fn or_usage(self, spans: Vec<Span>) -> Self {
        match self {
            Self::Ordered(ordered) => Self::Ordered(Ordered {
                usage: Some(spans),
                ..ordered
            }),
            other => other,
        }
    }

    /// Rows that come page by page from Usage Details, from the start or where an earlier run left off.
    pub fn start_pages(
        pages: Pages,
        not_before: DateTime<Utc>,
        named: Option<TimeDelta>,
        now: DateTime<Utc>,
    ) -> (Self, Next) {
        Paging::begin(pages, not_before, named, now)
    }

    /// A report ordered in an earlier run, to be polled.
    pub fn resume(
        poll_url: String,
        not_before: DateTime<Utc>,
        named: Option<TimeDelta>,
        polls: u32,
        now: DateTime<Utc>,
    ) -> (Self, Next) {
        let until = not_before.max(now);
        let wait = Wait {
            since: now,
            until,
            why: WaitReason::RetryAfter,
        };
        let generating = Generating {
            polls,
            ..Generating::new(poll_url, wait, named, 0)
        };
        generating.poll()
    }

    /// The same state with another wait, for a quota that other jobs have used up.
    #[must_use]
    pub fn held(self, wait: Wait) -> Self {
        let wait = Some(wait);
        match self {
            Self::Ordered(ordered) => Self::Ordered(Ordered { wait, ..ordered }),
            Self::Paging(paging) => Self::Paging(Paging { wait, ..paging }),
            other => other,
        }
    }

    /// The state after a reply, and the next step.
    pub fn advance(self, reply: Reply, at: ReplyTime) -> (Self, Next) {
        match (self, reply) {
            (state, _) if state.is_over() => (state, Next::Stop),
            (_, Reply::Cancelled) => (Self::Cancelled, Next::Stop),
            (_, Reply::Failed(failure)) => fail(failure),
            (Self::Ordered(ordered), reply) => ordered.advance(reply, at),
            (Self::Generating(generating), reply) => generating.advance(reply, at),
            (Self::Downloading(downloading), reply) => downloading.advance(reply, at),
            (Self::Paging(paging), reply) => paging.advance(reply, at),
            (state, reply) => unexpected(&state, &reply),
        }
    }
}

#[cfg(test)]
mod tests;
