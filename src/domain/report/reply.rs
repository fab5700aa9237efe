//! The words between the server and the state machine: waits, answers, failures, next steps.

use super::manifest::Manifest;
use super::quota::Bucket;
use crate::domain::period::DateRange;
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt;

/// A wait that a header named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedWait {
    pub wait: TimeDelta,
    pub header: String,
}

/// Why a wait is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaitReason {
    /// The server said when the report may be ready.
    RetryAfter,
    /// A quota is used up; the header that named the longest wait.
    Throttled { header: Option<String> },
    /// A quota that other jobs have used up: nothing was sent.
    Closed { bucket: Bucket },
    /// The server failed with this status.
    ServerError { status: u16 },
    /// The server could not be reached.
    Unreachable,
    /// The storage refuses a link that should still work.
    LinkRefused,
}

/// A wait that the next request must not cut short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    pub since: DateTime<Utc>,
    pub until: DateTime<Utc>,
    pub why: WaitReason,
}

impl Wait {
    /// Whole seconds left, rounded up.
    pub fn seconds_left(&self, now: DateTime<Utc>) -> i64 {
        let left = self
            .until
            .signed_duration_since(now)
            .num_milliseconds()
            .max(0);
        left / 1000 + i64::from(left % 1000 > 0)
    }
}

impl WaitReason {
    /// The bucket that is empty, where the server says so.
    pub fn bucket(&self) -> Option<Bucket> {
        match self {
            Self::Throttled {
                header: Some(header),
            } => Some(Bucket::of_wait(header)),
            Self::Closed { bucket } => Some(bucket.clone()),
            _ => None,
        }
    }
}

/// What to quote to Microsoft's support about the last call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallIds {
    pub request: Option<String>,
    pub correlation: Option<String>,
}

impl CallIds {
    /// The newer ids where there are any, else these.
    #[must_use]
    pub fn or(self, older: Self) -> Self {
        if self == Self::default() { older } else { self }
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for CallIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = [
            ("request id", &self.request),
            ("correlation id", &self.correlation),
        ];
        let words = known
            .iter()
            .filter_map(|(name, id)| id.as_ref().map(|id| format!("{name} {id}")));
        f.write_str(&words.collect::<Vec<_>>().join(", "))
    }
}

/// Why a report could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// 401 after one new token, or 403: sign-in or rights.
    NotAllowed { message: String },
    /// The offer has no cost reports (422 and its older spellings).
    Unsupported { message: String },
    /// The server made no report, or refused the request.
    Rejected { message: String },
    /// The answer was not what the API describes.
    Unreadable { message: String },
    /// A link or redirect that would take the token elsewhere.
    ForeignLink { message: String },
    /// An earlier order whose answer was never read: only the user can say whether to order again.
    Undecided { message: String },
    /// The server no longer knows an operation it accepted: nothing failed, and ordering anew is safe.
    Gone { message: String },
    /// Nobody answered.
    Unreachable { message: String },
    /// The longest wait allowed is over.
    GaveUp { message: String },
    /// A downloaded file did not hold what its headers promised.
    Damaged { message: String },
    /// The disk or the ledger refused.
    Local { message: String },
}

impl Failure {
    /// The text for people.
    pub fn message(&self) -> &str {
        match self {
            Self::NotAllowed { message }
            | Self::Unsupported { message }
            | Self::Rejected { message }
            | Self::Unreadable { message }
            | Self::ForeignLink { message }
            | Self::Undecided { message }
            | Self::Gone { message }
            | Self::Unreachable { message }
            | Self::GaveUp { message }
            | Self::Damaged { message }
            | Self::Local { message } => message,
        }
    }

    /// Whether the server itself has said that there will be no report: nothing is left to ask about.
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Rejected { .. } | Self::Unsupported { .. } | Self::Gone { .. }
        )
    }

    /// The exit code of the contract, section 4.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NotAllowed { .. } => 4,
            Self::GaveUp { .. } => 5,
            Self::Damaged { .. } => 6,
            _ => 1,
        }
    }
}

/// What the server (or the disk) answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// 202, or 200 with a status that says "still running".
    Accepted {
        location: Option<String>,
        wait: Option<TimeDelta>,
    },
    /// 429.
    Throttled {
        wait: Option<TimeDelta>,
        header: Option<String>,
    },
    /// 408 or 5xx: worth repeating.
    Unavailable {
        wait: Option<TimeDelta>,
        status: u16,
    },
    /// 404 on a poll link.
    NotFound,
    /// The account type has no reports (422 and its older spellings).
    Unsupported {
        message: String,
    },
    /// The same words as [`Self::Unsupported`], for an offer that has been refused by mistake before.
    Doubtful {
        message: String,
    },
    /// A page of Usage Details.
    Paged {
        next: Option<String>,
        rows: u64,
    },
    /// The request got no answer.
    Unreachable {
        message: String,
    },
    Finished(Manifest),
    /// 204, `NoDataFound`, or no link: and why that may be.
    NoData {
        why: String,
    },
    /// Bytes of the current blob so far.
    Progress {
        bytes: u64,
    },
    /// The current blob is complete.
    Fetched {
        bytes: u64,
    },
    /// The current blob's link no longer works.
    LinkExpired,
    Failed(Failure),
    Cancelled,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    Send {
        not_before: DateTime<Utc>,
    },
    Poll {
        url: String,
        not_before: DateTime<Utc>,
    },
    /// Fetch the blob with this index.
    Fetch {
        blob: usize,
    },
    /// Ask for a page of Usage Details: a link, or the first page of a span.
    Page {
        span: Span,
        link: Option<String>,
        not_before: DateTime<Utc>,
    },
    /// All blobs are here: check them and put them into the ledger.
    Deposit,
    Stop,
}

/// What one chain of pages covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Span {
    Days(DateRange),
    /// The billing period in the path.
    Period,
}
