//! The size limit of a download whose length is not announced, since it may never end.

use super::watch::Watch;
use crate::domain::report::reply::Failure;
use crate::domain::text::{bytes, counted};

/// Room for a size that the manifest has wrong.
const SPARE: u64 = 64 << 20;
/// The disk is looked at after this many new bytes.
const LOOK_EVERY: u64 = 1 << 20;

/// The limit of one download.
#[derive(Debug)]
pub(super) struct Growth {
    /// The size in the manifest.
    stated: Option<u64>,
    looked: u64,
}

impl Growth {
    pub(super) fn of(stated: Option<u64>) -> Self {
        Self { stated, looked: 0 }
    }

    /// Whether a file of this many bytes may grow further.
    pub(super) fn check(&mut self, have: u64, watch: &dyn Watch) -> Result<(), Failure> {
        if let Some(stated) = self.stated
            && have > stated.saturating_mul(2).saturating_add(SPARE)
        {
            return Err(endless(
                have,
                &format!(
                    "twice its size in the manifest ({}) and 64 MB more",
                    bytes(stated)
                ),
            ));
        }
        if have.abs_diff(self.looked) < LOOK_EVERY {
            return Ok(());
        }
        self.looked = have;
        if watch.has_room() {
            return Ok(());
        }
        Err(endless(have, "a tenth of the disk is left"))
    }
}

fn endless(have: u64, limit: &str) -> Failure {
    Failure::Damaged {
        message: format!(
            "the download has no announced length and does not end: stopped after {}, at the limit ({limit}). The file is \
             removed",
            counted(have, "byte")
        ),
    }
}
