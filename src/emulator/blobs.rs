//! Downloads by signed link: whole or from a byte on, cut off or expired where the scenario says so.

use super::answers::{self, Answer};
use super::operations::{self, Operation};
use super::script::Script;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Response};
use base64::Engine;
use chrono::{DateTime, Utc};
use md5::{Digest, Md5};
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

const PIECE: usize = 64 << 10;

/// What a download asks for.
pub struct Asked<'a> {
    pub file: usize,
    pub query: &'a HashMap<String, String>,
    pub headers: &'a HeaderMap,
}

/// Blob storage's error shape.
pub fn refused(status: u16, code: &str, message: &str) -> Answer {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    answers::header(
        answers::text(status, "application/xml", body),
        "x-ms-error-code",
        if status == 404 {
            "BlobNotFound"
        } else {
            "AuthenticationFailed"
        },
    )
}

/// Answers a download.
pub fn answer(
    operation: &mut Operation,
    script: &Script,
    asked: &Asked<'_>,
    now: DateTime<Utc>,
) -> Answer {
    let turn: u32 = asked
        .query
        .get("turn")
        .and_then(|turn| turn.parse().ok())
        .unwrap_or(u32::MAX);
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
    let start = match asked
        .headers
        .get("range")
        .and_then(|value| value.to_str().ok())
    {
        Some(range) => match range
            .strip_prefix("bytes=")
            .and_then(|rest| rest.strip_suffix('-'))
            .and_then(|n| n.parse::<usize>().ok())
        {
            Some(start) if start < file.len() => Some(start),
            _ => return answers::bare(416),
        },
        None => None,
    };
    let cut = operation.cuts < script.cut_downloads;
    operation.cuts += u32::from(cut);
    let mut sum = Md5::digest(file.as_slice()).to_vec();
    if operation.bad_sums < script.wrong_md5 {
        operation.bad_sums += 1;
        sum.reverse();
    }
    send(&file, start, cut, &sum, script.download_pause)
}

fn send(file: &Arc<Vec<u8>>, start: Option<usize>, cut: bool, sum: &[u8], pause: u64) -> Answer {
    let from = start.unwrap_or_default();
    let rest = file.len() - from;
    let sent = if cut { rest / 2 } else { rest };
    let body = Bytes::from(file.get(from..from + sent).unwrap_or_default().to_vec());
    let pieces = futures_util::stream::unfold((body, cut), move |(mut left, broken)| async move {
        if pause > 0 {
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        if left.is_empty() {
            let end = io::Error::new(
                io::ErrorKind::ConnectionReset,
                "the scenario cuts this download",
            );
            return broken.then_some((Err(end), (left, false)));
        }
        let piece = left.split_to(left.len().min(PIECE));
        Some((Ok::<Bytes, io::Error>(piece), (left, broken)))
    });
    let mut answer = Response::new(Body::from_stream(pieces));
    if let Some(from) = start {
        *answer.status_mut() = axum::http::StatusCode::PARTIAL_CONTENT;
        answer = answers::header(
            answer,
            "content-range",
            &format!(
                "bytes {from}-{}/{}",
                file.len().saturating_sub(1),
                file.len()
            ),
        );
    }
    let sum = base64::engine::general_purpose::STANDARD.encode(sum);
    let whole = if start.is_some() {
        "x-ms-blob-content-md5"
    } else {
        "content-md5"
    };
    answer = answers::header(answer, whole, &sum);
    answer = answers::header(answer, "etag", &format!("\"0x{}\"", sum.len() + file.len()));
    answer = answers::header(answer, "accept-ranges", "bytes");
    answer = answers::header(answer, "content-type", "application/octet-stream");
    answers::header(answer, "content-length", &rest.to_string())
}
