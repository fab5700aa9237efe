//! The callbacks and the errors of a download.

use crate::domain::report::manifest::PartNote;
use crate::domain::report::reply::Failure;
use chrono::TimeDelta;
use std::path::Path;

/// The reason a download failed.
#[derive(Debug)]
pub enum BlobError {
    /// The link has expired or was refused; a new one may work.
    Expired,
    /// The SAS has expired or does not fit; the bytes that arrived stay.
    Signature(Failure),
    /// The blob has changed since it was listed: list it again.
    Changed(Failure),
    Failed(Failure),
}

impl BlobError {
    /// Whether what arrived does not match what the server announced.
    pub(super) fn is_damage(&self) -> bool {
        matches!(self, Self::Failed(Failure::Damaged { .. }))
    }
}

/// A download that does not match what the server announced.
pub(super) fn damaged(message: String) -> BlobError {
    BlobError::Failed(Failure::Damaged { message })
}

/// A file that cannot be written or read.
pub(super) fn local(path: &Path) -> impl Fn(std::io::Error) -> BlobError {
    move |error| {
        let hint = if error.kind() == std::io::ErrorKind::StorageFull {
            "; make room, or choose another --data-dir"
        } else {
            ""
        };
        BlobError::Failed(Failure::Local {
            message: format!("writing {}: {error}{hint}", path.display()),
        })
    }
}

/// The callbacks of a download.
pub trait Watch: Send {
    /// Reports the number of bytes on disk.
    fn progress(&mut self, bytes: u64);
    /// Whether the disk has room for a file of this size.
    fn fits(&self, bytes: u64) -> Result<(), Failure>;
    /// Whether a tenth of the disk is free, for a file of unknown size.
    fn has_room(&self) -> bool;
    /// The time to wait before the next try, if there is time for it, and the reason. A wait that the server did not
    /// name may become shorter.
    fn may_wait(&mut self, pause: Pause, why: &str) -> Result<TimeDelta, Failure>;
    /// A download from the start begins; `note` lets another run resume it, if possible. Without one, nothing resumes.
    fn begins(&mut self, note: Option<PartNote>);
}

/// A pause before the next try.
#[derive(Debug, Clone, Copy)]
pub struct Pause {
    pub wait: TimeDelta,
    /// Whether the server named it.
    pub named: bool,
}
