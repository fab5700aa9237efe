//! Serves downloads by signed link: whole or from an offset, cut off or expired if the scenario says so.

use super::answers;
use super::answers::Answer;
use super::answers::number;
use super::operations;
use super::operations::Operation;
use crate::emulator::scenario::Script;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Response};
use base64::Engine;
use chrono::{DateTime, Utc};
use futures_util::Stream;
use md5::{Digest, Md5};
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

const PIECE: usize = 64 << 10;

/// The request for a download.
pub struct DownloadRequest<'a> {
    pub file: usize,
    pub query: &'a HashMap<String, String>,
    pub headers: &'a HeaderMap,
}

/// An error in the format of Blob Storage.
pub fn refused(status: u16, code: &str, message: &str) -> Answer {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    let answer = answers::text(status, "application/xml", body);
    answers::header(answer, "x-ms-error-code", code)
}

/// Answers a download.
pub fn answer(
    operation: &mut Operation,
    script: &Script,
    asked: &DownloadRequest<'_>,
    now: DateTime<Utc>,
) -> Answer {
    let turn: u32 = number(asked.query, "turn").unwrap_or(u32::MAX);
    let signed = asked.query.get("sig").map(|sig| sig.replace('=', "%3D"))
        == Some(operations::signature(&operation.id, asked.file, turn));
    let live = asked
        .query
        .get("se")
        .and_then(|end| DateTime::parse_from_rfc3339(end).ok())
        .is_some_and(|end| end > now);
    if !signed || !live || turn <= script.dead_links {
        return refused(
            403,
            "AuthenticationFailed",
            "Server failed to authenticate the request. Signature not valid in the specified time frame",
        );
    }
    let Some(file) = operation
        .files
        .as_ref()
        .and_then(|files| files.get(asked.file))
        .cloned()
    else {
        return refused(404, "BlobNotFound", "The specified blob does not exist.");
    };
    let range = asked
        .headers
        .get("range")
        .and_then(|value| value.to_str().ok());
    let span = match range.map(|text| read_range(text, file.len())) {
        None => None,
        Some(Some(span)) => Some(span),
        Some(None) => {
            return answers::header(
                answers::bare(416),
                "content-range",
                &format!("bytes */{}", file.len()),
            );
        }
    };
    let cut = operation.cuts < script.cut_downloads;
    operation.cuts += u32::from(cut);
    let mut sum = checksum(&file);
    if operation.bad_sums < script.wrong_md5 {
        operation.bad_sums += 1;
        sum.reverse();
    }
    send(&Sending {
        file: &file,
        span,
        break_off: cut.then_some(BreakOff::Cut),
        sum: Some(&sum),
        etag: &format!("\"0x{:X}\"", file.len()),
        pause: script.download_pause,
    })
}

/// The MD5 of a file, as `Content-MD5` announces it.
pub(crate) fn checksum(bytes: &[u8]) -> Vec<u8> {
    Md5::digest(bytes).to_vec()
}

/// How a body ends halfway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BreakOff {
    /// The connection breaks.
    Cut,
    /// The connection stays open, and nothing more is sent.
    Stall,
}

/// A file, and how it is sent.
pub(crate) struct Sending<'a> {
    pub(crate) file: &'a Arc<Vec<u8>>,
    /// The part that was asked for.
    pub(crate) span: Option<(usize, usize)>,
    /// How it ends halfway, if it does.
    pub(crate) break_off: Option<BreakOff>,
    pub(crate) sum: Option<&'a [u8]>,
    /// In quotes.
    pub(crate) etag: &'a str,
    /// Milliseconds between pieces.
    pub(crate) pause: u64,
}

/// First byte and the one after the last: `bytes=5-`, `bytes=0-9` or `bytes=-10` (RFC 9110, 14.1.2).
pub(crate) fn read_range(text: &str, length: usize) -> Option<(usize, usize)> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let span = match (first, last) {
        ("", last) => (length.saturating_sub(last.parse().ok()?), length),
        (first, "") => (first.parse().ok()?, length),
        (first, last) => (
            first.parse().ok()?,
            last.parse::<usize>().ok()?.saturating_add(1).min(length),
        ),
    };
    (span.0 < span.1).then_some(span)
}

/// Sends a file or a part of it.
pub(crate) fn send(sending: &Sending<'_>) -> Answer {
    let Sending {
        file,
        span,
        break_off,
        sum,
        etag,
        pause,
    } = *sending;
    let (from, to) = span.unwrap_or((0, file.len()));
    let rest = to - from;
    let sent = if break_off.is_some() { rest / 2 } else { rest };
    let body = Bytes::from(file.get(from..from + sent).unwrap_or_default().to_vec());
    let mut answer = Response::new(Body::from_stream(pieces(body, break_off, pause)));
    if span.is_some() {
        *answer.status_mut() = axum::http::StatusCode::PARTIAL_CONTENT;
        let shown = format!("bytes {from}-{}/{}", to.saturating_sub(1), file.len());
        answer = answers::header(answer, "content-range", &shown);
    }
    let whole = if span.is_some() {
        "x-ms-blob-content-md5"
    } else {
        "content-md5"
    };
    if let Some(sum) = sum {
        let sum = base64::engine::general_purpose::STANDARD.encode(sum);
        answer = answers::header(answer, whole, &sum);
    }
    answer = answers::header(answer, "etag", etag);
    answer = answers::header(answer, "accept-ranges", "bytes");
    answer = answers::header(answer, "content-type", "application/octet-stream");
    answers::header(answer, "content-length", &rest.to_string())
}

/// Long enough for the bytes before a cut to leave.
const FLUSH: Duration = Duration::from_millis(10);

/// A body in pieces, with a pause before each; a cut body ends in a broken connection, a stalled one never.
fn pieces(
    body: Bytes,
    break_off: Option<BreakOff>,
    pause: u64,
) -> impl Stream<Item = io::Result<Bytes>> {
    futures_util::stream::unfold((body, break_off), move |(mut left, ending)| async move {
        if pause > 0 {
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        if left.is_empty() {
            match ending {
                Some(BreakOff::Stall) => std::future::pending::<()>().await,
                // What was sent so far arrives before the connection breaks.
                Some(BreakOff::Cut) => tokio::time::sleep(FLUSH).await,
                None => {}
            }
            let text = "the scenario cuts this download";
            let end = io::Error::new(io::ErrorKind::ConnectionReset, text);
            return ending.map(|_| (Err(end), (left, None)));
        }
        let piece = left.split_to(left.len().min(PIECE));
        Some((Ok(piece), (left, ending)))
    })
}
