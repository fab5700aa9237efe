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

#[cfg(test)]
mod tests {
    use crate::domain::report::quota::Bucket;
    use crate::domain::report::reply::{CallIds, Failure, Wait, WaitReason, is_unusual};
    use chrono::{DateTime, TimeDelta};

    fn wait(length: TimeDelta) -> Wait {
        Wait {
            since: DateTime::UNIX_EPOCH,
            until: DateTime::UNIX_EPOCH + length,
            why: WaitReason::RetryAfter,
        }
    }

    #[test]
    fn the_seconds_left_are_rounded_up_and_never_negative() {
        let wait = wait(TimeDelta::seconds(10));
        for (passed, left) in [
            (0, 10),
            (1, 10),
            (999, 10),
            (1000, 9),
            (9000, 1),
            (9999, 1),
            (10_000, 0),
            (10_001, 0),
            (99_000, 0),
        ] {
            let now = DateTime::UNIX_EPOCH + TimeDelta::milliseconds(passed);
            assert_eq!(wait.seconds_left(now), left, "after {passed} ms");
        }
    }

    #[test]
    fn a_wait_of_more_than_a_day_is_told_with_its_end() {
        let day = TimeDelta::days(1);
        assert!(!is_unusual(day));
        assert_eq!(wait(day).unusual(), "");
        let longer = day + TimeDelta::seconds(1);
        assert!(is_unusual(longer));
        let said = wait(longer).unusual();
        assert_eq!(said, " (unusually long: until 1970-01-02 00:00 UTC)");
    }

    #[test]
    fn throttled_and_closed_waits_name_their_bucket() {
        let header = |name: &str| WaitReason::Throttled {
            header: Some(name.to_owned()),
        };
        let bucket = Bucket::Tenant;
        for (why, expected) in [
            (header("Retry-After"), Some(Bucket::Unnamed)),
            (WaitReason::Throttled { header: None }, None),
            (WaitReason::Closed { bucket }, Some(Bucket::Tenant)),
            (WaitReason::RetryAfter, None),
            (WaitReason::ServerError { status: 503 }, None),
        ] {
            assert_eq!(why.bucket(), expected, "{why:?}");
        }
    }

    #[test]
    fn the_ids_of_the_last_call_that_had_some_are_kept() {
        let ids = |request: Option<&str>, correlation: Option<&str>| CallIds {
            request: request.map(ToOwned::to_owned),
            correlation: correlation.map(ToOwned::to_owned),
        };
        let (none, one, both) = (
            ids(None, None),
            ids(None, Some("c")),
            ids(Some("r"), Some("d")),
        );
        assert!(none.is_empty() && !one.is_empty());
        assert_eq!(none.clone().or(one.clone()), one);
        assert_eq!(both.clone().or(one.clone()), both);
        assert_eq!(none.to_string(), "");
        assert_eq!(one.to_string(), "correlation id c");
        assert_eq!(both.to_string(), "request id r, correlation id d");
    }

    #[test]
    fn each_failure_has_its_exit_code_and_some_end_the_polls() {
        type Of = fn(String) -> Failure;
        let all: [(Of, u8, bool); 11] = [
            (|message| Failure::NotAllowed { message }, 4, false),
            (|message| Failure::Unsupported { message }, 1, true),
            (|message| Failure::Rejected { message }, 1, true),
            (|message| Failure::Unreadable { message }, 1, false),
            (|message| Failure::ForeignLink { message }, 1, false),
            (|message| Failure::Undecided { message }, 1, false),
            (|message| Failure::Gone { message }, 1, true),
            (|message| Failure::Unreachable { message }, 1, false),
            (|message| Failure::GaveUp { message }, 5, false),
            (|message| Failure::Damaged { message }, 6, false),
            (|message| Failure::Local { message }, 1, false),
        ];
        for (of, code, is_final) in all {
            let failure = of("why".to_owned());
            assert_eq!(failure.message(), "why");
            assert_eq!(failure.exit_code(), code, "{failure:?}");
            assert_eq!(failure.is_final(), is_final, "{failure:?}");
        }
    }
}
