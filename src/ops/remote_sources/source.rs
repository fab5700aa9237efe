//! One source in blob storage while it is prepared.

use super::waits::Waits;
use crate::azure::storage::address::Address;
use crate::azure::storage::client::StorageClient;
use crate::data::error::DataError;
use crate::data::progress::Progress;
use crate::data::sources::gather::Gatherer;
use crate::domain::report::reply::Failure;
use crate::ops::error::OpsError;
use crate::store::fetched::{BlobEntry, FetchedBlobs};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::path::Path;
use tokio::runtime::Handle;

/// One source while it is prepared.
pub(super) struct RemoteSource<'a> {
    pub(super) address: Address,
    /// The start of the keys of its reports.
    pub(super) origin: String,
    pub(super) kept: FetchedBlobs,
    pub(super) client: Option<StorageClient>,
    pub(super) scratch: &'a Path,
    pub(super) progress: &'a Progress,
    pub(super) runtime: Handle,
    pub(super) waits: Waits,
}

impl RemoteSource<'_> {
    /// Says how far the work is.
    pub(super) fn say(&self, words: String) {
        self.waits.say(self.progress, words);
    }

    /// The error of a SAS that the storage refuses.
    pub(super) fn needs_sas(&self, why: &str) -> OpsError {
        needs_sas(&self.address.shown, why)
    }

    /// How old the list is, if it was kept from an earlier time.
    pub(super) fn age(&self, listed_at: DateTime<Utc>) -> Option<String> {
        let time = listed_at.format("%Y-%m-%d %H:%M UTC");
        let is_kept = self.client.is_none();
        is_kept.then(|| format!("as listed on {time}"))
    }
}

/// The error of a SAS that is of no use.
pub(super) fn needs_sas(shown: &str, why: &str) -> OpsError {
    OpsError::NeedsSas {
        place: shown.to_owned(),
        text: format!(
            "{why}. With a new SAS in AZURE_STORAGE_SAS_TOKEN, or after the address, the same command goes on: what was \
             fetched before is not fetched again"
        ),
    }
}

/// A source as it is listed.
pub(super) struct ListedSource<'a> {
    pub(super) blobs: Vec<BlobEntry>,
    /// When it was listed.
    pub(super) as_of: DateTime<Utc>,
    pub(super) gatherer: Gatherer<'a>,
}

/// The result of one look at the source.
pub(super) enum SourceLook<T> {
    Ready(T),
    /// A blob was rewritten or deleted after it was listed.
    Changed(Failure),
}

/// Blobs by their paths in messages.
pub(super) fn by_path<'a>(
    source: &RemoteSource<'_>,
    blobs: &'a [BlobEntry],
) -> HashMap<String, &'a BlobEntry> {
    let named = blobs
        .iter()
        .map(|blob| (source.address.source_of(&blob.name), blob));
    named.collect()
}

/// Stops at once when the user stops the work.
pub(super) fn stopped(progress: &Progress) -> Result<(), OpsError> {
    if progress.is_cancelled() {
        return Err(OpsError::Data(DataError::Cancelled));
    }
    Ok(())
}
