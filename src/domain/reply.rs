//! The words between the server and the state machine: waits, answers, failures, next steps.

use super::manifest::Manifest;
use chrono::{DateTime, TimeDelta, Utc};

/// Why a wait is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaitReason {
    /// The server said when the report may be ready.
    RetryAfter,
    /// A quota is used up; the header that named the longest wait.
    Throttled { header: Option<String> },
    /// The server failed with this status.
    ServerError { status: u16 },
    /// The server could not be reached.
    Unreachable,
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
            | Self::Unreachable { message }
            | Self::GaveUp { message }
            | Self::Damaged { message }
            | Self::Local { message } => message,
        }
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
    /// All blobs are here: check them and put them into the ledger.
    Deposit,
    Stop,
}
