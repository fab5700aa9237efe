//! The life of one report on the server, as a pure state machine: answers and the time go in, the next step comes out.
//!
//! ```text
//!            Accepted            Finished              Fetched (all blobs)
//! Ordered ───────────▶ Generating ────────▶ Downloading ────────▶ Ready
//!    │ ▲ Throttled        │  ▲ Accepted,       │ ▲  LinkExpired: ask the poll link once more,
//!    └─┘ (waits, repeats) └──┘ Throttled       └─┘  then order anew, and say so
//! ```
//!
//! Any state ends in `Empty`, `Failed` or `Cancelled`. Waits come from the server (`Retry-After` and its kin); a
//! named wait is never shortened, the given jitter only adds. Sources: azure-rest-api-specs
//! `generatecostdetailsreport.json` and `generatedetailedcostreport.json`; RFC 9110, 10.2.3.

use super::manifest::Manifest;
use super::reply::{Failure, Next, Reply, Wait, WaitReason};
use chrono::{DateTime, TimeDelta, Utc};

/// Wait after a 202 that names none and follows none that did.
pub const DEFAULT_POLL_SECONDS: i64 = 20;
/// Wait after a 429 or 5xx that names none.
pub const DEFAULT_BACKOFF_SECONDS: i64 = 30;
/// A poll link may answer 404 for a moment after it was handed out.
const NOT_FOUND_TRIES: u32 = 3;
/// Polls that never reached the server, in a row, before giving up.
const UNREACHABLE_TRIES: u32 = 5;
/// Reports ordered anew because their links expired, before giving up.
const REORDERS: u32 = 2;

/// Where the report stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    Ordered {
        wait: Option<Wait>,
        reorders: u32,
    },
    Generating(Generating),
    Downloading(Downloading),
    /// Every blob is on disk; the deposit is under way.
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

/// A report being made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generating {
    pub poll_url: String,
    pub polls: u32,
    pub wait: Wait,
    /// The last wait that the server named for a running report.
    named: Option<TimeDelta>,
    not_found: u32,
    unreachable: u32,
    renewing: Option<Manifest>,
    resumed: bool,
    reorders: u32,
}

/// A report being downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloading {
    pub manifest: Manifest,
    /// Index of the blob under way.
    pub blob: usize,
    /// Bytes of finished blobs and of the one under way.
    pub bytes: u64,
    /// Polls it took to get here.
    pub polls: u32,
    done_bytes: u64,
    poll_url: Option<String>,
    reorders: u32,
}

/// The time of an answer and the random addition to a throttled wait.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    pub now: DateTime<Utc>,
    pub jitter: TimeDelta,
}

impl Operation {
    /// A report about to be ordered.
    pub fn start(now: DateTime<Utc>) -> (Self, Next) {
        (
            Self::Ordered {
                wait: None,
                reorders: 0,
            },
            Next::Send { not_before: now },
        )
    }

    /// A report ordered in an earlier run, to be asked about.
    pub fn resume(poll_url: String, not_before: DateTime<Utc>, now: DateTime<Utc>) -> (Self, Next) {
        let until = not_before.max(now);
        let wait = Wait {
            since: now,
            until,
            why: WaitReason::RetryAfter,
        };
        let generating = Generating {
            resumed: true,
            ..Generating::new(poll_url, wait, None, 0)
        };
        let next = generating.next();
        (Self::Generating(generating), next)
    }

    /// The wait that is being kept, if one is.
    pub fn wait(&self) -> Option<&Wait> {
        match self {
            Self::Ordered { wait, .. } => wait.as_ref(),
            Self::Generating(generating) => Some(&generating.wait),
            _ => None,
        }
    }

    /// Whether nothing more will happen.
    pub fn is_over(&self) -> bool {
        matches!(
            self,
            Self::Ready { .. } | Self::Empty { .. } | Self::Failed(_) | Self::Cancelled
        )
    }

    /// Whether a report was ordered again because its links had expired.
    pub fn was_reordered(&self) -> bool {
        match self {
            Self::Ordered { reorders, .. } => *reorders > 0,
            Self::Generating(generating) => generating.reorders > 0,
            Self::Downloading(downloading) => downloading.reorders > 0,
            _ => false,
        }
    }

    /// The state after an answer, and the step to take.
    pub fn advance(self, reply: Reply, at: Moment) -> (Self, Next) {
        match (self, reply) {
            (state, _) if state.is_over() => (state, Next::Stop),
            (_, Reply::Cancelled) => (Self::Cancelled, Next::Stop),
            (_, Reply::Failed(failure)) => fail(failure),
            (Self::Ordered { reorders, .. }, reply) => ordered(reorders, reply, at),
            (Self::Generating(generating), reply) => generating.advance(reply, at),
            (Self::Downloading(downloading), reply) => downloading.advance(reply, at),
            (state, reply) => unexpected(&state, &reply),
        }
    }
}

fn fail(failure: Failure) -> (Operation, Next) {
    (Operation::Failed(failure), Next::Stop)
}

fn unexpected(state: &Operation, reply: &Reply) -> (Operation, Next) {
    let kind = match reply {
        Reply::NotFound => "404 not found",
        Reply::LinkExpired => "an expired link",
        _ => "an answer out of turn",
    };
    let when = match state {
        Operation::Ordered { .. } => "while the report was ordered",
        _ => "while the report was fetched",
    };
    fail(Failure::Unreadable {
        message: format!("the server gave {kind} {when}"),
    })
}

/// The end of a wait: named by the server or the default, plus the jitter.
fn wait_for(seconds: i64, named: Option<TimeDelta>, at: Moment, why: WaitReason) -> Wait {
    let jitter = if matches!(why, WaitReason::RetryAfter) {
        TimeDelta::zero()
    } else {
        at.jitter.max(TimeDelta::zero())
    };
    let length = named
        .unwrap_or_else(|| TimeDelta::seconds(seconds))
        .max(TimeDelta::zero());
    let until = at
        .now
        .checked_add_signed(length + jitter)
        .unwrap_or(DateTime::<Utc>::MAX_UTC);
    Wait {
        since: at.now,
        until,
        why,
    }
}

/// Throttling and server failures: the same rule for the order and for a poll.
fn repeat_wait(reply: &Reply, at: Moment) -> Option<Wait> {
    match reply {
        Reply::Throttled { wait, header } => {
            let why = WaitReason::Throttled {
                header: header.clone(),
            };
            Some(wait_for(DEFAULT_BACKOFF_SECONDS, *wait, at, why))
        }
        Reply::Unavailable { wait, status } => Some(wait_for(
            DEFAULT_BACKOFF_SECONDS,
            *wait,
            at,
            WaitReason::ServerError { status: *status },
        )),
        _ => None,
    }
}

fn ordered(reorders: u32, reply: Reply, at: Moment) -> (Operation, Next) {
    if let Some(wait) = repeat_wait(&reply, at) {
        let not_before = wait.until;
        return (
            Operation::Ordered {
                wait: Some(wait),
                reorders,
            },
            Next::Send { not_before },
        );
    }
    match reply {
        Reply::Accepted { location: Some(url), wait } => {
            let named = wait;
            let wait = wait_for(DEFAULT_POLL_SECONDS, named, at, WaitReason::RetryAfter);
            let generating = Generating::new(url, wait, named, reorders);
            let next = generating.next();
            (Operation::Generating(generating), next)
        }
        Reply::Accepted { location: None, .. } => fail(Failure::Unreadable {
            message: "the server accepted the order but named no polling link (Location)".to_owned(),
        }),
        Reply::Finished(manifest) => download(manifest, None, 0, reorders),
        Reply::NoData { why } => (Operation::Empty { why }, Next::Stop),
        Reply::NotFound => fail(Failure::Rejected {
            message: "404: the scope was not found; check the id and the tenant (a new subscription needs up to 48 h)".to_owned(),
        }),
        // The order may have reached the server: repeating it could order twice.
        Reply::Unreachable { message } => fail(Failure::Unreachable { message }),
        reply => unexpected(&Operation::Ordered { wait: None, reorders }, &reply),
    }
}

fn download(
    manifest: Manifest,
    poll_url: Option<String>,
    polls: u32,
    reorders: u32,
) -> (Operation, Next) {
    if manifest.blobs.is_empty() {
        let why = "the server finished the report without a file: there is no cost data at this scope for these days".to_owned();
        return (Operation::Empty { why }, Next::Stop);
    }
    let downloading = Downloading {
        manifest,
        blob: 0,
        bytes: 0,
        polls,
        done_bytes: 0,
        poll_url,
        reorders,
    };
    (Operation::Downloading(downloading), Next::Fetch { blob: 0 })
}

fn order_anew(reorders: u32, at: Moment) -> (Operation, Next) {
    if reorders >= REORDERS {
        return fail(Failure::Rejected {
            message: "the download links expired again and again before the file could be read; try again later".to_owned(),
        });
    }
    (
        Operation::Ordered {
            wait: None,
            reorders: reorders + 1,
        },
        Next::Send { not_before: at.now },
    )
}

impl Generating {
    fn new(poll_url: String, wait: Wait, named: Option<TimeDelta>, reorders: u32) -> Self {
        Self {
            poll_url,
            polls: 0,
            wait,
            named,
            not_found: 0,
            unreachable: 0,
            renewing: None,
            resumed: false,
            reorders,
        }
    }

    fn next(&self) -> Next {
        Next::Poll {
            url: self.poll_url.clone(),
            not_before: self.wait.until,
        }
    }

    fn waiting(self, wait: Wait) -> (Operation, Next) {
        let state = Self { wait, ..self };
        let next = state.next();
        (Operation::Generating(state), next)
    }

    fn advance(mut self, reply: Reply, at: Moment) -> (Operation, Next) {
        self.polls += 1;
        if let Some(wait) = repeat_wait(&reply, at) {
            self.unreachable = 0;
            return self.waiting(wait);
        }
        match reply {
            Reply::Accepted { location, wait } => self.still_running(location, wait, at),
            Reply::Finished(manifest)
                if self
                    .renewing
                    .as_ref()
                    .is_some_and(|old| old.blobs == manifest.blobs) =>
            {
                order_anew(self.reorders, at)
            }
            Reply::Finished(manifest) => {
                download(manifest, Some(self.poll_url), self.polls, self.reorders)
            }
            Reply::NoData { why } => (Operation::Empty { why }, Next::Stop),
            Reply::NotFound => self.not_found(at),
            Reply::Unreachable { message } => self.unreachable(message, at),
            reply => unexpected(&Operation::Generating(self), &reply),
        }
    }

    fn still_running(
        mut self,
        location: Option<String>,
        wait: Option<TimeDelta>,
        at: Moment,
    ) -> (Operation, Next) {
        self.named = wait.or(self.named);
        (self.not_found, self.unreachable) = (0, 0);
        if let Some(url) = location {
            self.poll_url = url;
        }
        let wait = wait_for(DEFAULT_POLL_SECONDS, self.named, at, WaitReason::RetryAfter);
        self.waiting(wait)
    }

    fn not_found(mut self, at: Moment) -> (Operation, Next) {
        if self.resumed || self.renewing.is_some() {
            return order_anew(self.reorders, at);
        }
        self.not_found += 1;
        if self.not_found > NOT_FOUND_TRIES {
            return fail(Failure::Rejected {
                message: "404: the server no longer knows the report it accepted; order it again"
                    .to_owned(),
            });
        }
        let wait = wait_for(DEFAULT_POLL_SECONDS, self.named, at, WaitReason::RetryAfter);
        self.waiting(wait)
    }

    fn unreachable(mut self, message: String, at: Moment) -> (Operation, Next) {
        self.unreachable += 1;
        if self.unreachable > UNREACHABLE_TRIES {
            return fail(Failure::Unreachable { message });
        }
        let wait = wait_for(DEFAULT_BACKOFF_SECONDS, None, at, WaitReason::Unreachable);
        self.waiting(wait)
    }
}

impl Downloading {
    fn advance(mut self, reply: Reply, at: Moment) -> (Operation, Next) {
        match reply {
            Reply::Progress { bytes } => {
                self.bytes = self.done_bytes + bytes;
                let blob = self.blob;
                (Operation::Downloading(self), Next::Fetch { blob })
            }
            Reply::Fetched { bytes } => {
                self.done_bytes += bytes;
                self.bytes = self.done_bytes;
                self.blob += 1;
                if self.blob >= self.manifest.blobs.len() {
                    return (Operation::Fetched, Next::Deposit);
                }
                let blob = self.blob;
                (Operation::Downloading(self), Next::Fetch { blob })
            }
            Reply::LinkExpired => self.renew(at),
            Reply::Unreachable { message } => fail(Failure::Unreachable { message }),
            reply => unexpected(&Operation::Downloading(self), &reply),
        }
    }

    /// The poll link may hand out a new link for the same file; asked once.
    fn renew(self, at: Moment) -> (Operation, Next) {
        let Some(poll_url) = self.poll_url else {
            return order_anew(self.reorders, at);
        };
        let wait = Wait {
            since: at.now,
            until: at.now,
            why: WaitReason::RetryAfter,
        };
        let base = Generating::new(poll_url, wait, None, self.reorders);
        let generating = Generating {
            polls: self.polls,
            renewing: Some(self.manifest),
            ..base
        };
        let next = generating.next();
        (Operation::Generating(generating), next)
    }
}
