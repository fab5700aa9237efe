//! Fetches blobs, four at a time, into the folder of their container.

use super::consent;
use super::part_watch::{PartTotals, PartWatch};
use super::remote::RemoteSources;
use super::source::{RemoteSource, stopped};
use crate::azure::reports::access::Access;
use crate::azure::reports::blobs;
use crate::azure::reports::watch::BlobError;
use crate::azure::storage::client::{BlobRequest, StorageClient};
use crate::domain::report::reply::Failure;
use crate::ops::error::OpsError;
use crate::store::fetched::BlobEntry;
use futures_util::{StreamExt, stream};
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

/// Parts that are fetched at the same time.
const AT_ONCE: usize = 4;

/// The reason a part was not fetched.
enum NotFetched {
    /// It was rewritten or deleted since it was listed.
    Changed(Failure),
    Failed(OpsError),
}

impl NotFetched {
    /// Whether the other parts on their way may be fetched to their ends.
    fn lets_others_end(&self) -> bool {
        match self {
            Self::Changed(_) => true,
            Self::Failed(error) => matches!(error, OpsError::NeedsSas { .. }),
        }
    }
}

/// Files on this machine by the names of their blobs.
type Local = HashMap<String, PathBuf>;

/// Fetches the blobs of one source.
pub(super) struct Fetching<'a> {
    remote: &'a RemoteSources,
    source: &'a RemoteSource<'a>,
    parts: u64,
    size: u64,
    unchanged: u64,
    /// The months of the next parts, in words.
    months: Option<String>,
    /// The rows of parts by the names of their blobs, as far as manifests say.
    rows: BTreeMap<String, u64>,
}

impl<'a> Fetching<'a> {
    pub(super) fn new(remote: &'a RemoteSources, source: &'a RemoteSource<'a>) -> Self {
        Self {
            remote,
            source,
            parts: 0,
            size: 0,
            unchanged: 0,
            months: None,
            rows: BTreeMap::new(),
        }
    }

    /// Number and size of the parts that were fetched.
    pub(super) fn fetched(&self) -> (u64, u64) {
        (self.parts, self.size)
    }

    /// Number of parts that were here already.
    pub(super) fn unchanged(&self) -> u64 {
        self.unchanged
    }

    /// The months that the next parts belong to, and their rows by the names of their blobs.
    pub(super) fn describe(&mut self, months: Option<String>, rows: BTreeMap<String, u64>) {
        (self.months, self.rows) = (months, rows);
    }

    /// Counts parts whose rows are in the ledger.
    pub(super) fn count_stored(&mut self, parts: usize) {
        self.unchanged += parts as u64;
    }

    /// The files of all these blobs; those that are not here are fetched. The inner error says that a blob was rewritten or
    /// deleted since it was listed.
    pub(super) fn all(&mut self, blobs: &[&BlobEntry]) -> Result<Result<Local, Failure>, OpsError> {
        let (mut local, mut missing) = (Local::new(), Vec::new());
        for blob in blobs {
            stopped(self.source.progress)?;
            match self.source.kept.find(blob)? {
                Some(path) => {
                    local.insert(blob.name.clone(), path);
                }
                None => missing.push(*blob),
            }
        }
        self.unchanged += local.len() as u64;
        if missing.is_empty() {
            return Ok(Ok(local));
        }
        let Some(client) = &self.source.client else {
            let first = missing.first().map_or("", |blob| blob.name.as_str());
            return Err(OpsError::Failed(format!(
                "--offline: {} is not on this machine; open the source once without --offline",
                self.source.address.source_of(first)
            )));
        };
        let size = missing.iter().map(|blob| blob.bytes).sum();
        let folder = self.source.kept.folder().path();
        let shown = &self.source.address.shown;
        consent::check(shown, folder, size, self.remote.fetches.agree.as_ref())?;
        let begun = self.remote.clock.steady();
        let months = self.months.take();
        let is_told = months.is_some();
        let totals = PartTotals::new(missing.len() as u64, size, begun, months);
        let words = totals.words(begun);
        if is_told {
            self.source.progress.tell(words.clone());
        }
        self.source.say(words);
        self.source.progress.begin_fetching();
        let work = self.parts(client, &missing, &totals);
        let done = self
            .source
            .runtime
            .block_on(RemoteSources::heard(self.source, work));
        stopped(self.source.progress)?;
        match done {
            Ok(done) => local.extend(done),
            Err(NotFetched::Changed(failure)) => return Ok(Err(failure)),
            Err(NotFetched::Failed(error)) => return Err(error),
        }
        self.parts += missing.len() as u64;
        self.size += size;
        Ok(Ok(local))
    }

    /// Fetches blobs. If one has changed, or the SAS is refused, those on their way are fetched to their ends: the next look
    /// need not fetch them.
    async fn parts(
        &self,
        client: &StorageClient,
        missing: &[&BlobEntry],
        totals: &PartTotals,
    ) -> Result<Vec<(String, PathBuf)>, NotFetched> {
        let stops = &AtomicBool::new(false);
        let parts = missing.iter().map(|blob| async move {
            if stops.load(Ordering::Relaxed) {
                return None;
            }
            let part = self.part(client, blob, totals).await;
            if part.as_ref().is_err_and(NotFetched::lets_others_end) {
                stops.store(true, Ordering::Relaxed);
            }
            Some(part)
        });
        let mut parts = stream::iter(parts).buffered(AT_ONCE);
        let (mut done, mut first) = (Vec::new(), None);
        while let Some(part) = parts.next().await {
            match part {
                None => {}
                Some(Ok(part)) => done.push(part),
                Some(Err(error)) if error.lets_others_end() => {
                    first = first.or(Some(error));
                }
                Some(Err(error)) => return Err(first.unwrap_or(error)),
            }
        }
        first.map_or(Ok(done), Err)
    }

    /// Fetches one blob.
    async fn part(
        &self,
        client: &StorageClient,
        blob: &BlobEntry,
        totals: &PartTotals,
    ) -> Result<(String, PathBuf), NotFetched> {
        let address = &self.source.address;
        let failed = |message: String| NotFetched::Failed(OpsError::Failed(message));
        let place = address.source_of(&blob.name);
        let request = BlobRequest {
            url: address.blob_url(&blob.name).map_err(failed)?,
            etag: blob.etag.clone(),
            bytes: blob.bytes,
            sas: address.sas.clone(),
            place: place.clone(),
        };
        let (path, earlier) = self.source.kept.part(blob);
        let mut watch = PartWatch::new(self.source, blob, totals, self.remote.clock.as_ref());
        let access = Access::Stored(client, &request);
        let fetched = match blobs::download(access, &path, earlier, &mut watch).await {
            Ok(fetched) => fetched,
            Err(BlobError::Changed(failure)) => return Err(NotFetched::Changed(failure)),
            Err(BlobError::Signature(failure)) => {
                return Err(NotFetched::Failed(self.source.needs_sas(failure.message())));
            }
            Err(BlobError::Failed(failure)) => {
                return Err(self.failed(blob, failure));
            }
            Err(BlobError::Expired) => {
                return Err(failed(format!("{place}: the storage refuses the download")));
            }
        };
        if fetched.bytes != blob.bytes {
            self.source.kept.note(blob, None);
            let message = format!(
                "{} bytes were listed and {} received",
                blob.bytes, fetched.bytes
            );
            return Err(self.failed(blob, Failure::Damaged { message }));
        }
        let rows = self.rows.get(&blob.name).copied();
        watch.done(fetched.bytes, rows.unwrap_or_default());
        let kept = self.source.kept.finish(blob, &fetched.sha256);
        let path = kept.map_err(|error| NotFetched::Failed(error.into()))?;
        Ok((blob.name.clone(), path))
    }

    /// The error of a download that failed. Bytes that no run can resume from are removed: the next one starts over.
    fn failed(&self, blob: &BlobEntry, failure: Failure) -> NotFetched {
        let Failure::Damaged { message } = failure else {
            return NotFetched::Failed(OpsError::Report(failure));
        };
        let kept = &self.source.kept;
        let (_, resumable) = kept.part(blob);
        if resumable.is_none()
            && let Err(error) = kept.remove(std::slice::from_ref(blob))
        {
            return NotFetched::Failed(error.into());
        }
        let place = self.source.address.source_of(&blob.name);
        let message = format!("{place}: {message}; run the command again");
        NotFetched::Failed(OpsError::Report(Failure::Damaged { message }))
    }
}

impl From<OpsError> for NotFetched {
    fn from(error: OpsError) -> Self {
        Self::Failed(error)
    }
}
