//! Orders a report: the POST, its refusals, and the states that follow.

use super::downloading::Downloading;
use super::generating::Generating;
use super::paging::{Pages, Paging};
use super::waits::{DEFAULT_POLL_SECONDS, repeat_wait, wait_for};
use super::{Moment, Operation, fail, unexpected};
use crate::domain::report::reply::{Failure, Next, Reply, Span, Wait, WaitReason};
use chrono::TimeDelta;

/// Pause before a refusal that may be a mistake is retried; no quota is used up.
const DOUBT_SECONDS: i64 = 2;
/// How often a report is ordered again because its links expired, before failing.
const REORDERS: u32 = 2;

/// A report about to be ordered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ordered {
    pub wait: Option<Wait>,
    /// The order is a repeat: the links expired, and polling again gave no better ones.
    pub anew: bool,
    /// The spans to request from Usage Details if the account has no reports; `None` without that fallback.
    pub(super) usage: Option<Vec<Span>>,
    /// The last wait that the server requested for this report.
    pub(super) named: Option<TimeDelta>,
    pub(super) reorders: u32,
    pub(super) tries: u32,
    /// The offer was refused once with a message that has been wrong before.
    pub(super) doubted: bool,
}

impl Ordered {
    pub(super) fn advance(mut self, reply: Reply, at: Moment) -> (Operation, Next) {
        if let Some(wait) = repeat_wait(&reply, &mut self.named, at) {
            return self.again(wait);
        }
        match reply {
            Reply::Accepted {
                location: Some(url),
                wait,
            } => {
                let named = wait.or(self.named);
                let wait = wait_for(DEFAULT_POLL_SECONDS, named, at, WaitReason::RetryAfter);
                let generating = Generating::new(url, wait, named, self.reorders);
                let next = generating.next();
                (Operation::Generating(generating), next)
            }
            Reply::Accepted { location: None, .. } => {
                let message = "the server accepted the order but gave no polling link (Location)";
                fail(Failure::Unreadable {
                    message: message.to_owned(),
                })
            }
            Reply::Finished(manifest) => {
                let start = Downloading::new(manifest, None, 0, self.reorders);
                start.begin()
            }
            Reply::NoData { why } => (Operation::Empty { why }, Next::Stop),
            Reply::Doubtful { .. } if !self.doubted => {
                self.doubted = true;
                let why = WaitReason::ServerError { status: 400 };
                let wait = wait_for(DOUBT_SECONDS, self.named, at, why);
                self.again(wait)
            }
            Reply::Unsupported { message } | Reply::Doubtful { message } => match self.usage {
                Some(spans) => Paging::begin(Pages::new(spans), at.now, self.named, at.now),
                None => fail(Failure::Unsupported { message }),
            },
            // The order may have reached the server, so a retry could order twice.
            Reply::Unreachable { message } => fail(Failure::Unreachable { message }),
            reply => unexpected(&Operation::Ordered(self), &reply),
        }
    }

    fn again(mut self, wait: Wait) -> (Operation, Next) {
        let not_before = wait.until;
        self.tries += 1;
        self.wait = Some(wait);
        (Operation::Ordered(self), Next::Send { not_before })
    }
}

/// Orders a report again because its links have expired.
pub(super) fn order_anew(reorders: u32, at: Moment) -> (Operation, Next) {
    if reorders >= REORDERS {
        let message =
            "the download links kept expiring before the file could be read; try again later";
        return fail(Failure::Rejected {
            message: message.to_owned(),
        });
    }
    let state = Ordered {
        anew: true,
        reorders: reorders + 1,
        ..Ordered::default()
    };
    (Operation::Ordered(state), Next::Send { not_before: at.now })
}
