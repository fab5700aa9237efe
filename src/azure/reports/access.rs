//! How a blob is asked for: by a signed link, or from a storage source with a SAS or a token.

use super::watch::BlobError;
use crate::azure::client::Client;
use crate::azure::error::AzureError;
use crate::azure::limits::RequestLimits;
use crate::azure::storage::client::{BlobRequest, StorageClient};
use crate::azure::storage::refusal::Refused;
use crate::domain::report::manifest::{Blob, PartNote};
use reqwest::{Method, Response};

/// The name of the request in error messages.
const WHAT: &str = "the download";

/// A refusal of storage has a few hundred bytes.
const LARGEST_REFUSAL: usize = 64 << 10;

/// A blob and its credential.
#[derive(Debug, Clone, Copy)]
pub enum Access<'a> {
    /// A signed link of a report.
    Link(&'a Client, &'a Blob),
    /// A blob of a storage source.
    Stored(&'a StorageClient, &'a BlobRequest),
}

/// The result of a request.
pub(super) enum BlobAnswer {
    Answer(Response),
    /// The connection broke.
    Lost(AzureError),
}

/// The meaning of a refusal by the storage.
pub(super) enum StorageRefusal {
    /// Try again.
    Busy(String),
    Final(BlobError),
}

impl<'a> Access<'a> {
    /// The client with the clock and the limits.
    pub(super) fn client(&self) -> &'a Client {
        match self {
            Self::Link(client, _) => client,
            Self::Stored(storage, _) => storage.client(),
        }
    }

    /// The size that a manifest or a list says.
    pub(super) fn bytes(&self) -> Option<u64> {
        match self {
            Self::Link(_, blob) => blob.bytes,
            Self::Stored(_, blob) => Some(blob.bytes),
        }
    }

    /// Whether an earlier download was of the same blob, as far as that is known.
    pub(super) fn continues(&self, note: &PartNote) -> bool {
        match self {
            Self::Link(..) => true,
            Self::Stored(_, blob) => note.etag.trim_matches('"') == blob.etag,
        }
    }

    /// Whether a whole file that is sent is the one that was asked for, as far as that is known.
    pub(super) fn is_it(&self, etag: Option<&str>) -> bool {
        match self {
            Self::Link(..) => true,
            Self::Stored(_, blob) => etag.is_none_or(|etag| etag.trim_matches('"') == blob.etag),
        }
    }

    /// Asks for the bytes from `have` on.
    pub(super) async fn ask(
        &self,
        have: u64,
        etag: Option<&str>,
        limits: &mut RequestLimits<'_>,
    ) -> Result<BlobAnswer, BlobError> {
        let failed = |error: AzureError| BlobError::Failed(error.failure());
        let range = (have > 0).then(|| format!("bytes={have}-"));
        match self {
            Self::Link(client, blob) => {
                let url = client.target().download_link(blob.link.expose());
                let mut request = client.blobs().get(url.map_err(failed)?);
                if let Some(range) = range {
                    request = request.header("range", range);
                    if let Some(etag) = etag {
                        request = request.header("if-range", etag);
                    }
                }
                let sent = limits.answer_of_link(request, WHAT).await;
                Ok(sent.map_or_else(BlobAnswer::Lost, BlobAnswer::Answer))
            }
            Self::Stored(storage, blob) => {
                let wanted = format!("\"{}\"", blob.etag);
                let mut rejected = None;
                loop {
                    let (url, sas) = (blob.url.clone(), blob.sas.as_ref());
                    let asked = storage.request(Method::GET, url, sas, rejected.as_ref());
                    let (mut request, token) = asked.await.map_err(failed)?;
                    if let Some(range) = &range {
                        request = request.header("range", range);
                    }
                    request = request.header("if-match", &wanted);
                    match limits.answer(request, WHAT).await {
                        Err(error) => return Ok(BlobAnswer::Lost(error)),
                        // The token may have expired meanwhile.
                        Ok(response)
                            if response.status() == 401
                                && token.is_some()
                                && rejected.is_none() =>
                        {
                            rejected = token;
                        }
                        Ok(response) => return Ok(BlobAnswer::Answer(response)),
                    }
                }
            }
        }
    }

    /// The meaning of a refusal by a storage source; `None` for a signed link, whose refusals the report knows.
    pub(super) async fn refused(
        &self,
        mut response: Response,
        limits: &mut RequestLimits<'_>,
    ) -> Option<StorageRefusal> {
        let Self::Stored(storage, blob) = self else {
            return None;
        };
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        while let Ok(Some(chunk)) = limits.hold(response.chunk(), WHAT).await {
            if body.len() + chunk.len() > LARGEST_REFUSAL {
                break;
            }
            body.extend_from_slice(&chunk);
        }
        let refused = Refused {
            status,
            headers: &headers,
            body: &body,
            sas: blob.sas.as_ref(),
            place: &blob.place,
            now: storage.client().now(),
        };
        let error = refused.error();
        Some(if refused.is_changed() {
            StorageRefusal::Final(BlobError::Changed(error.failure()))
        } else if refused.is_of_signature() {
            StorageRefusal::Final(BlobError::Signature(error.failure()))
        } else if refused.is_busy() {
            StorageRefusal::Busy(format!("the storage answered {status}"))
        } else {
            StorageRefusal::Final(BlobError::Failed(error.failure()))
        })
    }
}
