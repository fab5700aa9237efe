//! Downloads one signed link into a file: resumed after a cut, checked byte for byte.
//!
//! The link is its own credential: no token goes along, no redirect is followed, and no error shows the link.
//! Checks: `Content-Length`, `Content-Range` and `Content-MD5` (RFC 9110; Azure "Get Blob").

use super::client::Client;
use super::error::{AzureError, transport};
use super::{resume, retry};
use crate::domain::report::manifest::PartNote;
use crate::domain::report::reply::Failure;
use crate::domain::text::counted;
use crate::domain::text::secret::Secret;
use base64::Engine;
use chrono::TimeDelta;
use md5::Md5;
use reqwest::header::HeaderMap;
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Tries without a single new byte before giving up.
const TRIES: u32 = 5;

/// A file that arrived whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    pub bytes: u64,
    pub sha256: String,
    /// Whether the server announced a length or a checksum that held.
    pub checked: bool,
}

/// Why a file did not arrive.
#[derive(Debug)]
pub enum BlobError {
    /// The link no longer works; a new one may.
    Expired,
    Failed(Failure),
}

/// What one request brought.
enum Attempt {
    Complete,
    /// The connection ended early, or the server asked for patience.
    Again {
        wait: Option<TimeDelta>,
        why: String,
        /// Fewer bytes came than were announced.
        short: bool,
    },
    /// What is on disk is of no use: from the start, please.
    StartOver,
}

/// The state of one download across its attempts.
struct Download<'a> {
    client: &'a Client,
    link: &'a Secret,
    file: File,
    have: u64,
    total: Option<u64>,
    md5: Option<Vec<u8>>,
    etag: Option<String>,
    /// The checksum of what was kept so far.
    running: Sha256,
    /// Bytes that the last note for another run speaks of.
    noted: u64,
}

/// So many new bytes are synced and noted at a time, so that another run goes on behind them.
const NOTE_EVERY: u64 = 16 << 20;

fn damaged(message: String) -> BlobError {
    BlobError::Failed(Failure::Damaged { message })
}

fn local(path: &Path, error: &std::io::Error) -> BlobError {
    let hint = if error.kind() == std::io::ErrorKind::StorageFull {
        "; make room, or choose another --data-dir"
    } else {
        ""
    };
    BlobError::Failed(Failure::Local {
        message: format!("writing {}: {error}{hint}", path.display()),
    })
}

/// What a download asks and tells on its way.
pub trait Watch: Send {
    /// So many bytes are on disk.
    fn progress(&mut self, bytes: u64);
    /// Whether the disk has room for a file of this size.
    fn fits(&self, bytes: u64) -> Result<(), Failure>;
    /// Whether there is time for a wait before the next try, and why it is kept.
    fn may_wait(&mut self, wait: TimeDelta, why: &str) -> Result<(), Failure>;
    /// A whole file begins: what another run needs to go on with it, where it can.
    fn begins(&mut self, note: Option<PartNote>);
}

/// Downloads a link into `path`: anew, or behind what an earlier run left, if the server says that the file is still
/// the same.
pub async fn download(
    client: &Client,
    link: &Secret,
    path: &Path,
    earlier: Option<PartNote>,
    watch: &mut dyn Watch,
) -> Result<Fetched, BlobError> {
    let mut state = Download::open(client, link, path, earlier)?;
    let mut idle = 0;
    loop {
        let before = state.have;
        match state.attempt(path, watch).await? {
            Attempt::Complete => break,
            Attempt::StartOver => {
                state.restart(path)?;
                idle += 1;
                if idle >= TRIES {
                    let message =
                        "the server sends a different file at every try; order the report again";
                    return Err(damaged(message.to_owned()));
                }
            }
            Attempt::Again { wait, why, short } => {
                state.note_progress(watch);
                idle = if state.have > before { 0 } else { idle + 1 };
                if idle >= TRIES {
                    return Err(stopped(&why, short));
                }
                let wait = wait.unwrap_or_else(|| TimeDelta::seconds(1 << idle.min(5)));
                watch.may_wait(wait, &why).map_err(BlobError::Failed)?;
                client.pause(wait).await;
            }
        }
    }
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
    let kept = crate::domain::report::request::hex(&running.finalize());
    let announced = total.is_some();
    // Reading gigabytes back takes seconds, which no timer may wait for.
    let checked = tokio::task::spawn_blocking(move || {
        let checked = announced || md5.is_some();
        let fetched = verify(file, have, md5, &path)?;
        if fetched.sha256 != kept {
            let problem = "the file on disk is not what was downloaded; order the report again";
            return Err(damaged(problem.to_owned()));
        }
        Ok(Fetched { checked, ..fetched })
    });
    let broken = |error| {
        let message = format!("checking the downloaded file failed: {error}");
        Err(BlobError::Failed(Failure::Local { message }))
    };
    checked.await.unwrap_or_else(broken)
}

/// Reads the file back: its checksum must be the announced one.
fn verify(
    mut file: File,
    have: u64,
    announced: Option<Vec<u8>>,
    path: &Path,
) -> Result<Fetched, BlobError> {
    file.sync_all().map_err(|error| local(path, &error))?;
    file.seek(SeekFrom::Start(0))
        .map_err(|error| local(path, &error))?;
    let (mut md5, mut sha256, mut bytes) = (Md5::new(), Sha256::new(), 0_u64);
    let mut buffer = vec![0_u8; 1 << 20];
    loop {
        let count = file
            .read(&mut buffer)
            .map_err(|error| local(path, &error))?;
        let Some(read) = buffer.get(..count).filter(|read| !read.is_empty()) else {
            break;
        };
        md5.update(read);
        sha256.update(read);
        bytes += count as u64;
    }
    if bytes == 0 {
        let problem = "the downloaded file has no bytes, not even a header; order the report again";
        return Err(damaged(problem.to_owned()));
    }
    if bytes != have {
        return Err(damaged(format!(
            "{} on disk where {have} came",
            counted(bytes, "byte")
        )));
    }
    if announced.is_some_and(|announced| announced != md5.finalize().to_vec()) {
        return Err(damaged("the downloaded file does not have the checksum the server announced (Content-MD5); order it again with --refresh".to_owned()));
    }
    let sha256 = crate::domain::report::request::hex(&sha256.finalize());
    Ok(Fetched {
        bytes,
        sha256,
        checked: false,
    })
}

/// A file that never gets longer is not the one announced; a server that never answers is only away.
fn stopped(why: &str, short: bool) -> BlobError {
    let message = format!("the download stopped {TRIES} times without a new byte: {why}");
    if short {
        damaged(message)
    } else {
        BlobError::Failed(Failure::Unreachable { message })
    }
}

impl<'a> Download<'a> {
    /// Opens the file and keeps of it what can be gone on with.
    fn open(
        client: &'a Client,
        link: &'a Secret,
        path: &Path,
        earlier: Option<PartNote>,
    ) -> Result<Self, BlobError> {
        // Never through a link, and without waiting for the other end of a pipe.
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        let opened = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(flags.bits().cast_signed())
            .open(path);
        let failed = |error| local(path, &error);
        let mut file = opened.map_err(failed)?;
        let meta = file.metadata().map_err(failed)?;
        if !meta.is_file() {
            return Err(local(path, &std::io::Error::other("it is not a file")));
        }
        let there = meta.len();
        // What is there must be what was written, or the rest would be put behind something else.
        let start = match &earlier {
            Some(note) => resume::start(&mut file, note, there).map_err(failed)?,
            None => None,
        };
        let (have, running) = start.unwrap_or_default();
        file.set_len(have)
            .and_then(|()| file.seek(SeekFrom::Start(have)))
            .map_err(failed)?;
        let earlier = earlier.filter(|_| have > 0);
        Ok(Self {
            client,
            link,
            file,
            have,
            total: earlier.as_ref().map(|note| note.total),
            md5: earlier.as_ref().and_then(|note| note.md5.clone()),
            etag: earlier.map(|note| note.etag),
            running,
            noted: have,
        })
    }

    /// Syncs what is there and tells another run about it.
    fn note_progress(&mut self, watch: &mut dyn Watch) {
        if self.file.sync_data().is_ok() {
            self.noted = self.have;
            watch.begins(self.note());
        }
    }

    async fn attempt(&mut self, path: &Path, watch: &mut dyn Watch) -> Result<Attempt, BlobError> {
        let failed = |error: AzureError| BlobError::Failed(error.failure());
        let target = self.client.target();
        let url = target.download_link(self.link.expose()).map_err(failed)?;
        let mut request = self.client.blobs().get(url);
        if self.have > 0 {
            request = request.header("range", format!("bytes={}-", self.have));
            if let Some(etag) = &self.etag {
                request = request.header("if-range", etag);
            }
        }
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => {
                let why = transport(error, "the download").to_string();
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
            status => return self.no_file(status, &headers),
        }
        self.read_body(path, response, end, watch).await
    }

    /// Keeps what comes until the body ends, one way or the other. `end` is where a resumed part must stop.
    async fn read_body(
        &mut self,
        path: &Path,
        mut response: reqwest::Response,
        end: Option<u64>,
        watch: &mut dyn Watch,
    ) -> Result<Attempt, BlobError> {
        let short = |why: String| {
            Ok(Attempt::Again {
                wait: None,
                why,
                short: true,
            })
        };
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    self.keep(path, &chunk)?;
                    if self.have - self.noted >= NOTE_EVERY {
                        self.note_progress(watch);
                    }
                }
                Ok(None) => break,
                Err(error) => return short(transport(error, "the download").to_string()),
            }
            watch.progress(self.have);
        }
        if let Some(end) = end.filter(|end| *end != self.have) {
            let message = format!(
                "the server announced bytes up to {end} and sent them up to {}",
                self.have
            );
            return Err(damaged(message));
        }
        match self.total {
            Some(total) if self.have < total => {
                short(format!("{} of {} came", self.have, counted(total, "byte")))
            }
            Some(total) if self.have > total => {
                let came = counted(self.have, "byte");
                let message = format!("{came} came where {total} had been announced");
                Err(damaged(message))
            }
            _ => Ok(Attempt::Complete),
        }
    }

    /// What another run needs to go on; nothing where it could not tell whether the file is still the same.
    fn note(&self) -> Option<PartNote> {
        let etag = self.etag.clone().filter(|etag| !etag.starts_with("W/"))?;
        Some(PartNote {
            total: self.total?,
            etag,
            md5: self.md5.clone(),
            have: Some(self.have),
            sha256: Some(crate::domain::report::request::hex(
                &self.running.clone().finalize(),
            )),
        })
    }

    /// A 200 brings the whole file, whatever was asked for.
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
        let md5 = text("content-md5").or_else(|| text("x-ms-blob-content-md5"));
        let decode = |sum: &str| base64::engine::general_purpose::STANDARD.decode(sum.trim());
        let unreadable =
            |_| damaged("the announced checksum (Content-MD5) cannot be read".to_owned());
        self.md5 = md5.map(decode).transpose().map_err(unreadable)?;
        Ok(())
    }

    /// The last byte that a 206 brings, if it goes on where we are in the same file.
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
                "the server answered a resumed download with the range `{text}`"
            )));
        };
        if first != self.have || last < first {
            return Err(damaged(format!(
                "the download should go on at byte {} but the server sent {first}-{last}",
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
                let message = format!("the download link answered {status}, a redirect: refused");
                Err(BlobError::Failed(Failure::ForeignLink { message }))
            }
            // The report is made all the same: only the storage does not give it away.
            _ => Err(BlobError::Failed(Failure::Unreachable {
                message: format!(
                    "the storage answered {status} to the download: a firewall or proxy may stand in the way. The order \
                     stays noted"
                ),
            })),
        }
    }

    fn keep(&mut self, path: &Path, chunk: &[u8]) -> Result<(), BlobError> {
        self.file
            .write_all(chunk)
            .map_err(|error| local(path, &error))?;
        self.running.update(chunk);
        self.have += chunk.len() as u64;
        Ok(())
    }

    fn restart(&mut self, path: &Path) -> Result<(), BlobError> {
        self.file
            .set_len(0)
            .and_then(|()| self.file.seek(SeekFrom::Start(0)))
            .map_err(|error| local(path, &error))?;
        (self.have, self.total, self.md5, self.etag) = (0, None, None, None);
        (self.running, self.noted) = (Sha256::new(), 0);
        Ok(())
    }
}
