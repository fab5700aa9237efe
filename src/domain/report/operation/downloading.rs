//! Downloads a report blob by blob, with links that may expire meanwhile.

use super::endings::{fail, order_anew, unexpected};
use super::states::{Downloading, Generating, Operation, Renewal, ReplyTime};
use super::waits::patience;
use crate::domain::report::manifest::Manifest;
use crate::domain::report::reply::{Failure, Next, Reply, Wait, WaitReason};
use std::collections::BTreeMap;

impl Downloading {
    pub(super) fn new(
        manifest: Manifest,
        poll_url: Option<String>,
        polls: u32,
        reorders: u32,
    ) -> Self {
        Self {
            manifest,
            blob: 0,
            bytes: 0,
            polls,
            done_bytes: 0,
            poll_url,
            named: None,
            refused: BTreeMap::new(),
            renewals: 0,
            reorders,
        }
    }

    pub(super) fn begin(self) -> (Operation, Next) {
        if self.manifest.blobs.is_empty() {
            let why = "the server finished the report without a file: there is no cost data at this scope for these days".to_owned();
            return (Operation::Empty { why }, Next::Stop);
        }
        (Operation::Downloading(self), Next::Fetch { blob: 0 })
    }

    pub(super) fn advance(mut self, reply: Reply, at: ReplyTime) -> (Operation, Next) {
        match reply {
            Reply::Progress { bytes } => {
                self.bytes = self.done_bytes + bytes;
                let blob = self.blob;
                (Operation::Downloading(self), Next::Fetch { blob })
            }
            Reply::Fetched { bytes } => {
                self.done_bytes += bytes;
                self.bytes = self.done_bytes;
                self.refused.remove(&self.blob);
                self.blob += 1;
                if self.blob >= self.manifest.blobs.len() {
                    return (Operation::Fetched, Next::Commit);
                }
                let blob = self.blob;
                (Operation::Downloading(self), Next::Fetch { blob })
            }
            Reply::LinkExpired => self.renew(at),
            reply => unexpected(&Operation::Downloading(self), &reply),
        }
    }

    /// Asks the poll link for a new link to the same file: at once, or after a pause if it repeats a link that should
    /// still work. If new links are refused again and again, they have not expired: something blocks the storage.
    fn renew(mut self, at: ReplyTime) -> (Operation, Next) {
        if self.renewals >= RENEWALS {
            let message = "the storage refuses new download links: a firewall, a proxy or a wrong clock may be the \
                           cause";
            return fail(Failure::Unreachable {
                message: message.to_owned(),
            });
        }
        let Some(poll_url) = self.poll_url else {
            return order_anew(self.reorders, at);
        };
        let times = self.refused.entry(self.blob).or_default();
        *times = times.saturating_add(1);
        let wait = if *times == 1 {
            Wait {
                since: at.now,
                until: at.now,
                why: WaitReason::RetryAfter,
            }
        } else {
            patience(at)
        };
        let generating = Generating {
            polls: self.polls,
            renewing: Some(Renewal {
                manifest: self.manifest,
                blob: self.blob,
                refused: self.refused,
                renewals: self.renewals,
            }),
            ..Generating::new(poll_url, wait, self.named, self.reorders)
        };
        generating.poll()
    }
}

/// New links to request before failing.
const RENEWALS: u32 = 3;
