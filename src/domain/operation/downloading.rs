//! A report being downloaded: its blobs one after the other, and links that expire on the way.

use super::generating::Generating;
use super::ordered::order_anew;
use super::{Moment, Operation, fail, unexpected};
use crate::domain::manifest::Manifest;
use crate::domain::reply::{Failure, Next, Reply, Wait, WaitReason};

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
    pub(super) done_bytes: u64,
    pub(super) poll_url: Option<String>,
    /// The links were renewed once already.
    pub(super) renewed: bool,
    pub(super) reorders: u32,
}

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
            renewed: false,
            reorders,
        }
    }

    pub(super) fn begin(self) -> (Operation, Next) {
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

    pub(super) fn advance(mut self, reply: Reply, at: Moment) -> (Operation, Next) {
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
