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
    Ordered(Ordered),
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

/// A report about to be ordered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ordered {
    pub wait: Option<Wait>,
    /// Why it is ordered again, if it is.
    pub anew: Option<Anew>,
    /// The last wait that the server named for this report.
    named: Option<TimeDelta>,
    reorders: u32,
}

/// Why a report is ordered a second time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anew {
    /// Its links expired, and asking again gave no better ones.
    LinksExpired,
    /// The server no longer knows the operation of an earlier run.
    Forgotten,
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
    /// The links were renewed once already.
    renewed: bool,
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
        let not_before = now;
        (Self::Ordered(Ordered::default()), Next::Send { not_before })
    }

    /// A report whose order was refused in an earlier run, with a wait that still counts.
    pub fn start_later(not_before: DateTime<Utc>, now: DateTime<Utc>) -> (Self, Next) {
        let wait = Wait {
            since: now,
            until: not_before.max(now),
            why: WaitReason::Throttled { header: None },
        };
        let not_before = wait.until;
        let ordered = Ordered {
            wait: Some(wait),
            ..Ordered::default()
        };
        (Self::Ordered(ordered), Next::Send { not_before })
    }

    /// A report ordered in an earlier run, to be asked about.
    pub fn resume(
        poll_url: String,
        not_before: DateTime<Utc>,
        named: Option<TimeDelta>,
        now: DateTime<Utc>,
    ) -> (Self, Next) {
        let until = not_before.max(now);
        let wait = Wait {
            since: now,
            until,
            why: WaitReason::RetryAfter,
        };
        let generating = Generating {
            resumed: true,
            ..Generating::new(poll_url, wait, named, 0)
        };
        let next = generating.next();
        (Self::Generating(generating), next)
    }

    /// The wait that is being kept, if one is.
    pub fn wait(&self) -> Option<&Wait> {
        match self {
            Self::Ordered(ordered) => ordered.wait.as_ref(),
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

    /// How often the report was ordered again.
    pub fn reorders(&self) -> u32 {
        match self {
            Self::Ordered(ordered) => ordered.reorders,
            Self::Generating(generating) => generating.reorders,
            Self::Downloading(downloading) => downloading.reorders,
            _ => 0,
        }
    }

    /// The last wait that the server named, to be kept across runs.
    pub fn named_wait(&self) -> Option<TimeDelta> {
        match self {
            Self::Ordered(ordered) => ordered.named,
            Self::Generating(generating) => generating.named,
            _ => None,
        }
    }

    /// The state after an answer, and the step to take.
    pub fn advance(self, reply: Reply, at: Moment) -> (Self, Next) {
        match (self, reply) {
            (state, _) if state.is_over() => (state, Next::Stop),
            (_, Reply::Cancelled) => (Self::Cancelled, Next::Stop),
            (_, Reply::Failed(failure)) => fail(failure),
            (Self::Ordered(ordered), reply) => ordered.advance(reply, at),
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
        Operation::Ordered(_) => "while the report was ordered",
        _ => "while the report was fetched",
    };
    fail(Failure::Unreadable {
        message: format!("the server gave {kind} {when}"),
    })
}

/// The end of a wait: named by the server or the default, plus the jitter where many may wait for the same moment.
fn wait_for(seconds: i64, named: Option<TimeDelta>, at: Moment, why: WaitReason) -> Wait {
    let jitter = if why == WaitReason::RetryAfter {
        TimeDelta::zero()
    } else {
        at.jitter
    };
    // A server that names no time at all is still given a second.
    let least = TimeDelta::seconds(1);
    let length = named
        .unwrap_or_else(|| TimeDelta::seconds(seconds))
        .max(least);
    let until = at
        .now
        .checked_add_signed(length + jitter.max(TimeDelta::zero()));
    Wait {
        since: at.now,
        until: until.unwrap_or(DateTime::<Utc>::MAX_UTC),
        why,
    }
}

/// Throttling and server failures: the same rule for the order and for a poll. Without a header the last named wait
/// holds.
fn repeat_wait(reply: &Reply, last: Option<TimeDelta>, at: Moment) -> Option<Wait> {
    let (wait, why) = match reply {
        Reply::Throttled { wait, header } => {
            let header = header.clone();
            (*wait, WaitReason::Throttled { header })
        }
        Reply::Unavailable { wait, status } => (*wait, WaitReason::ServerError { status: *status }),
        _ => return None,
    };
    Some(wait_for(DEFAULT_BACKOFF_SECONDS, wait.or(last), at, why))
}

impl Ordered {
    fn advance(self, reply: Reply, at: Moment) -> (Operation, Next) {
        if let Some(wait) = repeat_wait(&reply, self.named, at) {
            let not_before = wait.until;
            let named = Some(wait.until - wait.since);
            let state = Self {
                wait: Some(wait),
                named,
                ..self
            };
            return (Operation::Ordered(state), Next::Send { not_before });
        }
        match reply {
            Reply::Accepted {
                location: Some(url),
                wait,
            } => {
                let named = wait.or(self.named);
                let wait = wait_for(DEFAULT_POLL_SECONDS, wait, at, WaitReason::RetryAfter);
                let generating = Generating::new(url, wait, named, self.reorders);
                let next = generating.next();
                (Operation::Generating(generating), next)
            }
            Reply::Accepted { location: None, .. } => {
                let message = "the server accepted the order but named no polling link (Location)";
                fail(Failure::Unreadable {
                    message: message.to_owned(),
                })
            }
            Reply::Finished(manifest) => {
                let start = Downloading::new(manifest, None, 0, self.reorders);
                start.begin()
            }
            Reply::NoData { why } => (Operation::Empty { why }, Next::Stop),
            // The order may have reached the server: repeating it could order twice.
            Reply::Unreachable { message } => fail(Failure::Unreachable { message }),
            reply => unexpected(&Operation::Ordered(self), &reply),
        }
    }
}

fn order_anew(why: Anew, reorders: u32, at: Moment) -> (Operation, Next) {
    if reorders >= REORDERS {
        let message = "the download links expired again and again before the file could be read; try again later";
        return fail(Failure::Rejected {
            message: message.to_owned(),
        });
    }
    let state = Ordered {
        anew: Some(why),
        reorders: reorders + 1,
        ..Ordered::default()
    };
    (Operation::Ordered(state), Next::Send { not_before: at.now })
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
        if let Some(wait) = repeat_wait(&reply, self.named, at) {
            self.unreachable = 0;
            return self.waiting(wait);
        }
        match reply {
            Reply::Accepted { location, wait } => self.still_running(location, wait, at),
            Reply::Finished(manifest) => self.finished(manifest, at),
            Reply::NoData { why } => (Operation::Empty { why }, Next::Stop),
            Reply::NotFound => self.not_found(at),
            Reply::Unreachable { message } => self.unreachable(message, at),
            reply => unexpected(&Operation::Generating(self), &reply),
        }
    }

    fn finished(self, manifest: Manifest, at: Moment) -> (Operation, Next) {
        if self
            .renewing
            .as_ref()
            .is_some_and(|old| old.blobs == manifest.blobs)
        {
            return order_anew(Anew::LinksExpired, self.reorders, at);
        }
        let renewed = self.renewing.is_some();
        let start = Downloading::new(manifest, Some(self.poll_url), self.polls, self.reorders);
        Downloading { renewed, ..start }.begin()
    }

    fn still_running(
        mut self,
        location: Option<String>,
        wait: Option<TimeDelta>,
        at: Moment,
    ) -> (Operation, Next) {
        self.named = wait.or(self.named);
        (self.not_found, self.unreachable, self.resumed) = (0, 0, false);
        if let Some(url) = location {
            self.poll_url = url;
        }
        let wait = wait_for(DEFAULT_POLL_SECONDS, self.named, at, WaitReason::RetryAfter);
        self.waiting(wait)
    }

    fn not_found(mut self, at: Moment) -> (Operation, Next) {
        if self.renewing.is_some() {
            return order_anew(Anew::LinksExpired, self.reorders, at);
        }
        self.not_found += 1;
        if self.not_found > NOT_FOUND_TRIES {
            if self.resumed {
                return order_anew(Anew::Forgotten, self.reorders, at);
            }
            let message = "404: the server no longer knows the report it accepted; order it again";
            return fail(Failure::Rejected {
                message: message.to_owned(),
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
        let wait = wait_for(
            DEFAULT_BACKOFF_SECONDS,
            self.named,
            at,
            WaitReason::Unreachable,
        );
        self.waiting(wait)
    }
}

impl Downloading {
    fn new(manifest: Manifest, poll_url: Option<String>, polls: u32, reorders: u32) -> Self {
        Self {
            manifest,
            blob: 0,
            bytes: 0,
            polls,
            done_bytes: 0,
            poll_url,
            renewed: false,
            reorders,
        }
    }

    fn begin(self) -> (Operation, Next) {
        if self.manifest.blobs.is_empty() {
            let why = "the server finished the report without a file: there is no cost data at this scope for these days";
            return (
                Operation::Empty {
                    why: why.to_owned(),
                },
                Next::Stop,
            );
        }
        (Operation::Downloading(self), Next::Fetch { blob: 0 })
    }

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
            reply => unexpected(&Operation::Downloading(self), &reply),
        }
    }

    /// The poll link may hand out a new link for the same file; asked once. New links that are refused, too, have not
    /// expired: something stands between us and the storage.
    fn renew(self, at: Moment) -> (Operation, Next) {
        if self.renewed {
            let message = "the storage refuses download links that were only just made: a firewall, a proxy or a wrong \
                           clock may stand in the way";
            return fail(Failure::Unreachable {
                message: message.to_owned(),
            });
        }
        let Some(poll_url) = self.poll_url else {
            return order_anew(Anew::LinksExpired, self.reorders, at);
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
