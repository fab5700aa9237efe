//! Downloads one blob into a file. Interrupted downloads are resumed, and every byte is checked.
//!
//! A signed link is its own credential: no token is sent with it, no redirect is followed, and no error shows the link.
//! A blob of a storage source has a SAS or a token, and an `ETag` that `If-Match` insists on: Azure documents no
//! `If-Range`. Checks: `Content-Length`, `Content-Range` and `Content-MD5` (RFC 9110; Azure "Get Blob").

use super::access::{Access, BlobAnswer, StorageRefusal};
use super::growth::Growth;
use super::resume;
use super::verify::verify;
use super::watch::{BlobError, Pause, Watch, damaged, local};
use crate::azure::client::Client;
use crate::azure::error::AzureError;
use crate::azure::limits;
use crate::azure::limits::RequestLimits;
use crate::azure::retry;
use crate::domain::report::manifest::PartNote;
use crate::domain::report::operation::waits::{LOST_SECONDS, after_failures};
use crate::domain::report::reply::Failure;
use crate::domain::text::counted;
use base64::Engine;
use chrono::TimeDelta;
use reqwest::header::HeaderMap;
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// How often a body may break off without a new byte, or the file change, before the download fails.
const TRIES: u32 = 5;

/// A completely downloaded file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    pub bytes: u64,
    pub sha256: String,
    /// Whether the file matches a length or checksum that the server announced.
    pub checked: bool,
}

/// The result of one request.
enum Attempt {
    Complete,
    /// The connection ended early, or the server asked to wait.
    Again {
        wait: Option<TimeDelta>,
        why: String,
        /// Fewer bytes arrived than were announced.
        short: bool,
    },
    /// The bytes on disk are unusable: download from the start.
    StartOver,
}

/// The state of one download across its attempts.
struct Download<'a> {
    client: &'a Client,
    access: Access<'a>,
    file: File,
    have: u64,
    total: Option<u64>,
    md5: Option<Vec<u8>>,
    etag: Option<String>,
    /// The checksum of the bytes kept so far.
    running: Sha256,
    /// The number of bytes that the last resume note covers.
    noted: u64,
}

/// After this many new bytes, the file is synced and a resume note is written, so that another run can resume there.
const NOTE_EVERY: u64 = 4 << 20;

/// The name of the request in error messages.
const WHAT: &str = "the download";

/// Downloads a file into `path`. It resumes an interrupted download if the server reports that the file has not changed.
pub async fn download(
    access: Access<'_>,
    path: &Path,
    earlier: Option<PartNote>,
    watch: &mut dyn Watch,
) -> Result<Fetched, BlobError> {
    let mut state = Download::open(access, path, earlier)?;
    state.complete(path, watch).await?;
    state.note_progress(watch);
    let Download {
        file,
        have,
        md5,
        total,
        running,
        ..
    } = state;
    let path = path.to_owned();
    let kept = crate::domain::text::hex(&running.finalize());
    let announced = total.is_some();
    // Reading gigabytes back takes seconds and must not block the async threads.
    let checked = tokio::task::spawn_blocking(move || {
        let checked = announced || md5.is_some();
        let sha256 = verify(file, have, md5, &path)?;
        if sha256 != kept {
            let problem = "the file on disk differs from the download";
            return Err(damaged(problem.to_owned()));
        }
        Ok(Fetched {
            bytes: have,
            sha256,
            checked,
        })
    });
    let broken = |error| {
        let message = format!("checking the downloaded file failed: {error}");
        Err(BlobError::Failed(Failure::Local { message }))
    };
    let checked = checked.await.unwrap_or_else(broken);
    if checked.as_ref().is_err_and(BlobError::is_damage) {
        // A run that resumed from these bytes would find the same.
        watch.begins(None);
    }
    checked
}

impl<'a> Download<'a> {
    /// Opens the file and keeps the bytes that can be resumed from.
    fn open(access: Access<'a>, path: &Path, earlier: Option<PartNote>) -> Result<Self, BlobError> {
        // Bytes of another blob of the same name are of no use.
        let earlier = earlier.filter(|note| access.continues(note));
        // Links are not followed, and opening a pipe must not block.
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        let opened = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(flags.bits().cast_signed())
            .open(path);
        let mut file = opened.map_err(local(path))?;
        let meta = file.metadata().map_err(local(path))?;
        if !meta.is_file() {
            return Err(local(path)(std::io::Error::other("it is not a file")));
        }
        let there = meta.len();
        // The bytes on disk must be those written, or the rest would be appended to something else.
        let start = match &earlier {
            Some(note) => resume::start(&mut file, note, there).map_err(local(path))?,
            None => None,
        };
        let (have, running) = start.unwrap_or_default();
        file.set_len(have)
            .and_then(|()| file.seek(SeekFrom::Start(have)))
            .map_err(local(path))?;
        let earlier = earlier.filter(|_| have > 0);
        Ok(Self {
            client: access.client(),
            access,
            file,
            have,
            total: earlier.as_ref().map(|note| note.total),
            md5: earlier.as_ref().and_then(|note| note.md5.clone()),
            etag: earlier.map(|note| note.etag),
            running,
            noted: have,
        })
    }

    /// Syncs the file and writes the resume note.
    fn note_progress(&mut self, watch: &mut dyn Watch) {
        if self.file.sync_data().is_ok() {
            self.noted = self.have;
            watch.begins(self.note());
        }
    }

    /// Tries until the file is complete. A storage that cannot be reached, or that asks to wait, is waited for as long
    /// as `watch` allows; a body that always breaks off at the same place is not.
    async fn complete(&mut self, path: &Path, watch: &mut dyn Watch) -> Result<(), BlobError> {
        let (mut failures, mut cuts, mut restarts) = (0, 0, 0);
        // A server that ignores ranges sends the old bytes again: only those after them are new.
        let mut furthest = self.have;
        loop {
            let attempt = self.attempt(path, watch).await;
            if attempt.as_ref().is_err_and(BlobError::is_damage) {
                watch.begins(None);
            }
            match attempt? {
                Attempt::Complete => return Ok(()),
                Attempt::StartOver => {
                    self.restart(path)?;
                    furthest = 0;
                    restarts += 1;
                    if restarts >= TRIES {
                        watch.begins(None);
                        let problem = "the server sends a different file on every try";
                        return Err(damaged(problem.to_owned()));
                    }
                }
                Attempt::Again { wait, why, short } => {
                    self.note_progress(watch);
                    let is_idle = self.have <= furthest;
                    if !is_idle {
                        (furthest, failures, cuts) = (self.have, 0, 0);
                    }
                    failures += 1;
                    cuts += u32::from(short && is_idle);
                    if cuts >= TRIES {
                        return Err(damaged(format!(
                            "the download stopped {TRIES} times without a new byte: {why}"
                        )));
                    }
                    let first = TimeDelta::seconds(LOST_SECONDS);
                    let length = after_failures(wait, first, failures);
                    let pause = Pause {
                        wait: length.checked_add(&self.client.jitter()).unwrap_or(length),
                        named: wait.is_some(),
                    };
                    let wait = watch.may_wait(pause, &why).map_err(BlobError::Failed)?;
                    self.client.pause(wait).await;
                }
            }
        }
    }

    async fn attempt(&mut self, path: &Path, watch: &mut dyn Watch) -> Result<Attempt, BlobError> {
        let mut limits = self.client.limits(limits::DOWNLOAD);
        let asked = self
            .access
            .ask(self.have, self.etag.as_deref(), &mut limits);
        let response = match asked.await? {
            BlobAnswer::Answer(response) => response,
            BlobAnswer::Lost(error) => {
                let why = error.to_string();
                return Ok(Attempt::Again {
                    wait: None,
                    why,
                    short: false,
                });
            }
        };
        let headers = response.headers().clone();
        let mut end = None;
        match response.status().as_u16() {
            200 => {
                let length = response.content_length();
                watch
                    .fits(length.unwrap_or_default())
                    .map_err(BlobError::Failed)?;
                self.begin_whole(path, &headers, length)?;
                watch.begins(self.note());
            }
            206 if self.have > 0 => match self.continues(&headers)? {
                Some(last) => end = Some(last + 1),
                None => return Ok(Attempt::StartOver),
            },
            status => {
                if let Some(problem) = self.access.refused(response, &mut limits).await {
                    return match problem {
                        StorageRefusal::Busy(why) => Ok(Attempt::Again {
                            wait: retry::named_wait(&headers, self.client.now())
                                .map(|named| named.wait),
                            why,
                            short: false,
                        }),
                        StorageRefusal::Final(error) => Err(error),
                    };
                }
                return self.no_file(status, &headers);
            }
        }
        self.read_body(path, (response, limits), end, watch).await
    }

    /// Writes the body to disk until it ends or breaks off. `end` is where a resumed part must stop.
    async fn read_body(
        &mut self,
        path: &Path,
        (mut response, mut limits): (reqwest::Response, RequestLimits<'_>),
        end: Option<u64>,
        watch: &mut dyn Watch,
    ) -> Result<Attempt, BlobError> {
        let again = |why: String, short| {
            Ok(Attempt::Again {
                wait: None,
                why,
                short,
            })
        };
        let mut growth = Growth::of(self.access.bytes());
        loop {
            match limits.hold(response.chunk(), WHAT).await {
                Ok(Some(chunk)) => {
                    self.keep(path, &chunk)?;
                    if self.total.is_none() {
                        growth.check(self.have, watch).map_err(BlobError::Failed)?;
                    }
                    if self.have - self.noted >= NOTE_EVERY {
                        self.note_progress(watch);
                    }
                }
                Ok(None) => break,
                Err(error) => {
                    // Silence is not an end.
                    let short = !matches!(error, AzureError::TimedOut(_));
                    return again(error.to_string(), short);
                }
            }
            watch.progress(self.have);
        }
        if let Some(end) = end.filter(|end| *end != self.have) {
            let message = format!(
                "the server announced bytes up to {end} but sent them up to {}",
                self.have
            );
            return Err(damaged(message));
        }
        match self.total {
            Some(total) if self.have < total => {
                let bytes = counted(total, "byte");
                again(format!("{} of {bytes} received", self.have), true)
            }
            Some(total) if self.have > total => {
                let came = counted(self.have, "byte");
                let message = format!("{came} received but {total} announced");
                Err(damaged(message))
            }
            _ => Ok(Attempt::Complete),
        }
    }

    /// The note that another run needs to resume; `None` if it could not tell whether the file has changed.
    fn note(&self) -> Option<PartNote> {
        let etag = self.etag.clone().filter(|etag| !etag.starts_with("W/"))?;
        Some(PartNote {
            total: self.total?,
            etag,
            md5: self.md5.clone(),
            have: Some(self.have),
            sha256: Some(crate::domain::text::hex(&self.running.clone().finalize())),
        })
    }

    /// A 200 sends the whole file, whatever range was requested.
    fn begin_whole(
        &mut self,
        path: &Path,
        headers: &HeaderMap,
        length: Option<u64>,
    ) -> Result<(), BlobError> {
        if self.have > 0 {
            self.restart(path)?;
        }
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        self.total = length;
        self.etag = text("etag").map(ToOwned::to_owned);
        if !self.access.is_it(self.etag.as_deref()) {
            // A server between here and the storage ignores `If-Match`.
            let problem =
                "the server sent another version of the file than the one that was listed";
            return Err(damaged(problem.to_owned()));
        }
        let md5 = text("content-md5").or_else(|| text("x-ms-blob-content-md5"));
        let decode = |sum: &str| base64::engine::general_purpose::STANDARD.decode(sum.trim());
        let unreadable =
            |_| damaged("the announced checksum (Content-MD5) cannot be read".to_owned());
        self.md5 = md5.map(decode).transpose().map_err(unreadable)?;
        Ok(())
    }

    /// The last byte that a 206 sends, if it resumes the same file at the right place.
    fn continues(&mut self, headers: &HeaderMap) -> Result<Option<u64>, BlobError> {
        let text = headers
            .get("content-range")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let parsed = text.strip_prefix("bytes ").and_then(|rest| {
            let (span, total) = rest.split_once('/')?;
            let (first, last) = span.split_once('-')?;
            Some((
                first.parse::<u64>().ok()?,
                last.parse::<u64>().ok()?,
                total.parse::<u64>().ok(),
            ))
        });
        let Some((first, last, total)) = parsed else {
            return Err(damaged(format!(
                "the server sent an unexpected range for a resumed download: `{text}`"
            )));
        };
        if first != self.have || last < first {
            return Err(damaged(format!(
                "the download should resume at byte {} but the server sent {first}-{last}",
                self.have
            )));
        }
        let etag = headers.get("etag").and_then(|value| value.to_str().ok());
        let same_file = etag.is_none() || self.etag.is_none() || etag == self.etag.as_deref();
        let same = same_file && (total.is_none() || self.total.is_none() || total == self.total);
        self.total = self.total.or(total);
        Ok(same.then_some(last))
    }

    fn no_file(&self, status: u16, headers: &HeaderMap) -> Result<Attempt, BlobError> {
        let named = retry::named_wait(headers, self.client.now());
        match status {
            403 | 404 | 410 => Err(BlobError::Expired),
            206 | 416 => Ok(Attempt::StartOver),
            408 | 429 | 500..=599 => Ok(Attempt::Again {
                wait: named.map(|named| named.wait),
                why: format!("the storage answered {status}"),
                short: false,
            }),
            300..=399 => {
                let message = format!("the download link returned {status}, a redirect: refused");
                Err(BlobError::Failed(Failure::ForeignLink { message }))
            }
            // The report exists all the same: only the storage refuses access.
            _ => Err(BlobError::Failed(Failure::Unreachable {
                message: format!(
                    "the storage returned {status} for the download: a firewall or proxy may block it. The order \
                     is kept"
                ),
            })),
        }
    }

    fn keep(&mut self, path: &Path, chunk: &[u8]) -> Result<(), BlobError> {
        self.file.write_all(chunk).map_err(local(path))?;
        self.running.update(chunk);
        self.have += chunk.len() as u64;
        Ok(())
    }

    fn restart(&mut self, path: &Path) -> Result<(), BlobError> {
        self.file
            .set_len(0)
            .and_then(|()| self.file.seek(SeekFrom::Start(0)))
            .map_err(local(path))?;
        (self.have, self.total, self.md5, self.etag) = (0, None, None, None);
        (self.running, self.noted) = (Sha256::new(), 0);
        Ok(())
    }
}
