//! Messages between the server and the state machine: waits, replies, failures, next steps.

use super::manifest::Manifest;
use super::quota::Bucket;
use crate::domain::period::DateRange;
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt;

/// A wait requested by a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedWait {
    pub wait: TimeDelta,
    pub header: String,
}

/// The reason for a wait.
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
    /// The answer was empty or cut off.
    Incomplete,
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

/// The longest wait that a server can mean. No quota of the API lasts as long, and a longer wait would keep a report from
/// being ordered for as long as it is on record.
pub const LONGEST_NAMED: TimeDelta = TimeDelta::days(7);

/// Longer waits are possible, but the API documents none.
const LONGEST_USUAL: TimeDelta = TimeDelta::days(1);

/// Whether a wait is longer than the waits that the API documents.
pub fn is_unusual(wait: TimeDelta) -> bool {
    wait > LONGEST_USUAL
}

impl Wait {
    /// The end of an unusually long wait in words; empty for a usual one.
    pub fn unusual(&self) -> String {
        if is_unusual(self.until.signed_duration_since(self.since)) {
            let until = self.until.format("%Y-%m-%d %H:%M");
            format!(" (unusually long: until {until} UTC)")
        } else {
            String::new()
        }
    }

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
    /// The bucket that is empty, if the server names it.
    pub fn bucket(&self) -> Option<Bucket> {
        match self {
            Self::Throttled {
                header: Some(header),
            } => Some(Bucket::of_wait(header)),
            Self::Closed { bucket } => Some(bucket.clone()),
            Self::RetryAfter
            | Self::Throttled { .. }
            | Self::ServerError { .. }
            | Self::Unreachable
            | Self::Incomplete
            | Self::LinkRefused => None,
        }
    }
}

/// Ids of the last call, to quote to Microsoft support.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallIds {
    pub request: Option<String>,
    pub correlation: Option<String>,
}

impl CallIds {
    /// These ids, or the older ones if these are empty.
    #[must_use]
    pub fn or(self, older: Self) -> Self {
        if self == Self::default() { older } else { self }
    }

    /// Whether no id is known.
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

/// The reason a report failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// 401 after one new token, or 403: sign-in or permissions.
    NotAllowed { message: String },
    /// The offer has no cost reports (422 and its older spellings).
    Unsupported { message: String },
    /// The server did not generate the report, or rejected the request.
    Rejected { message: String },
    /// The response does not match the API documentation.
    Unreadable { message: String },
    /// A link or redirect that would take the token elsewhere.
    ForeignLink { message: String },
    /// The response to an earlier order was never read: only the user can decide whether to order again.
    Undecided { message: String },
    /// The server has forgotten an operation it accepted. Nothing failed, and ordering again is safe.
    Gone { message: String },
    /// There was no response.
    Unreachable { message: String },
    /// The maximum wait is over.
    GaveUp { message: String },
    /// A downloaded file does not match its headers.
    Damaged { message: String },
    /// The disk or the ledger failed.
    Local { message: String },
}

impl Failure {
    /// The message to show.
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

    /// Whether the server itself has said that there will be no report, so that polling is pointless.
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Rejected { .. } | Self::Unsupported { .. } | Self::Gone { .. }
        )
    }

    /// The exit code of the command.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NotAllowed { .. } => 4,
            Self::GaveUp { .. } => 5,
            Self::Damaged { .. } => 6,
            Self::Unsupported { .. }
            | Self::Rejected { .. }
            | Self::Unreadable { .. }
            | Self::ForeignLink { .. }
            | Self::Undecided { .. }
            | Self::Gone { .. }
            | Self::Unreachable { .. }
            | Self::Local { .. } => 1,
        }
    }
}

/// A reply from the server (or the disk).
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
    /// The same message as [`Self::Unsupported`], for an offer that has been refused by mistake before.
    Doubtful {
        message: String,
    },
    /// A page of Usage Details.
    Paged {
        next: Option<String>,
        rows: u64,
    },
    /// The request got no response. It may have arrived.
    Unreachable {
        message: String,
    },
    /// There was no connection: nothing was sent.
    NotSent {
        message: String,
    },
    /// The answer was empty or cut off.
    Incomplete {
        message: String,
    },
    Finished(Manifest),
    /// 204, `NoDataFound`, or no link, with a possible reason.
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
    /// The link of the current blob has expired.
    LinkExpired,
    Failed(Failure),
    Cancelled,
}

/// The next step.
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
    /// Request a page of Usage Details: a link, or the first page of a span.
    Page {
        span: Span,
        link: Option<String>,
        not_before: DateTime<Utc>,
    },
    /// All blobs are downloaded: check them and put them into the ledger.
    Commit,
    Stop,
}

/// The days or the period covered by one chain of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Span {
    Days(DateRange),
    /// The billing period in the path.
    Period,
}
