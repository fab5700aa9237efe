//! Answers List Blobs and Get Blob of `/ACCOUNT/CONTAINER/NAME`, with the faults of the scenario.

use super::account::{BlobPlace, StoredBlob};
use super::credentials;
use super::credentials::Right;
use super::listing;
use crate::emulator::api::answers;
use crate::emulator::api::answers::Answer;
use crate::emulator::api::blobs;
use crate::emulator::scenario::StorageFault;
use crate::emulator::state::Shared;
use axum::http::{HeaderMap, Method};
use std::collections::HashMap;

/// A storage request.
pub struct StorageRequest<'a> {
    pub method: &'a Method,
    pub account: &'a str,
    pub container: &'a str,
    /// Decoded; empty for the container itself.
    pub name: &'a str,
    pub query: &'a HashMap<String, String>,
    pub headers: &'a HeaderMap,
}

/// Answers a storage request.
pub fn answer(shared: &Shared, asked: &StorageRequest<'_>) -> Answer {
    let lists = asked.name.is_empty() && asked.query.get("comp").is_some_and(|word| word == "list");
    let right = if lists { Right::List } else { Right::Read };
    if let Some(answer) = credentials::refused(shared, asked.headers, asked.query, right) {
        return answer;
    }
    if ![Method::GET, Method::HEAD].contains(asked.method) {
        let words = "The resource doesn't support specified Http Verb.";
        return blobs::refused(405, "UnsupportedHttpVerb", words);
    }
    let fault = shared.storage_fault(asked.name, lists);
    if let Some(answer) = fault.and_then(refusal_of) {
        return answer;
    }
    if lists {
        return list(shared, asked, fault);
    }
    get(shared, asked, fault)
}

/// The answer of a fault that refuses whatever is asked.
fn refusal_of(fault: StorageFault) -> Option<Answer> {
    let (status, code, words) = match fault {
        StorageFault::NoRole => (
            403,
            "AuthorizationPermissionMismatch",
            "This request is not authorized to perform this operation using this permission.",
        ),
        StorageFault::Firewall => (
            403,
            "AuthorizationFailure",
            "This request is not authorized to perform this operation.",
        ),
        StorageFault::ExpiredSas => (
            403,
            "AuthenticationFailed",
            "Server failed to authenticate the request. Signature not valid in the specified time frame.",
        ),
        StorageFault::Busy => (503, "ServerBusy", "The server is busy."),
        StorageFault::Archived
        | StorageFault::Cut
        | StorageFault::Deleted
        | StorageFault::EmptyPage
        | StorageFault::Missing
        | StorageFault::NoRanges
        | StorageFault::Overwritten
        | StorageFault::PendingCopy
        | StorageFault::Stall => return None,
    };
    Some(blobs::refused(status, code, words))
}

fn list(shared: &Shared, asked: &StorageRequest<'_>, fault: Option<StorageFault>) -> Answer {
    let state = shared.state();
    let Some(container) = state.storage.container(asked.account, asked.container) else {
        let words = "The specified container does not exist.";
        return blobs::refused(404, "ContainerNotFound", words);
    };
    let mut seen = container.clone();
    drop(state);
    seen.retain(|name, _| !shared.lasts(StorageFault::Missing, name));
    for (name, blob) in &mut seen {
        if shared.lasts(StorageFault::Archived, name) {
            blob.tier = "Archive";
        }
        if shared.lasts(StorageFault::PendingCopy, name) {
            blob.copy = Some("pending");
        }
    }
    let is_empty = fault == Some(StorageFault::EmptyPage);
    listing::page(&seen, asked.query, (shared.script.storage_page, is_empty))
}

fn get(shared: &Shared, asked: &StorageRequest<'_>, fault: Option<StorageFault>) -> Answer {
    let place = BlobPlace {
        account: asked.account,
        container: asked.container,
        name: asked.name,
    };
    let now = shared.time();
    let mut state = shared.state();
    if fault == Some(StorageFault::Overwritten) {
        state.storage.touch(place, now);
    } else if fault == Some(StorageFault::Deleted) {
        state.storage.remove(place);
    }
    let blob = state.storage.blob_mut(place).cloned();
    drop(state);
    let Some(blob) = blob.filter(|_| !shared.lasts(StorageFault::Missing, asked.name)) else {
        return blobs::refused(404, "BlobNotFound", "The specified blob does not exist.");
    };
    if blob.tier == "Archive" || shared.lasts(StorageFault::Archived, asked.name) {
        let words = "This operation is not permitted on an archived blob.";
        return blobs::refused(409, "BlobArchived", words);
    }
    sent(shared, asked, &blob, fault)
}

fn sent(
    shared: &Shared,
    asked: &StorageRequest<'_>,
    blob: &StoredBlob,
    fault: Option<StorageFault>,
) -> Answer {
    let text = |name: &str| {
        asked
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let etag = format!("\"{}\"", blob.etag);
    if text("if-match").is_some_and(|wanted| wanted != etag && wanted != "*") {
        let words = "The condition specified using HTTP conditional header(s) is not met.";
        return blobs::refused(412, "ConditionNotMet", words);
    }
    if text("if-none-match").is_some_and(|known| known == etag) {
        return answers::header(answers::bare(304), "etag", &etag);
    }
    let length = blob.bytes.len();
    let range = text("range").filter(|_| !shared.lasts(StorageFault::NoRanges, asked.name));
    let span = match range.map(|text| blobs::read_range(text, length)) {
        None => None,
        Some(Some(span)) => Some(span),
        Some(None) => {
            let words = "The range specified is invalid for the current size of the resource.";
            return blobs::refused(416, "InvalidRange", words);
        }
    };
    let sending = blobs::Sending {
        file: &blob.bytes,
        span,
        break_off: fault.and_then(break_of),
        sum: blob.md5.as_deref(),
        etag: &etag,
        pause: shared.script.download_pause,
    };
    let answer = blobs::send(&sending);
    answers::header(answer, "last-modified", &answers::http_date(blob.modified))
}

/// How a fault ends a body.
fn break_of(fault: StorageFault) -> Option<blobs::BreakOff> {
    if fault == StorageFault::Cut {
        return Some(blobs::BreakOff::Cut);
    }
    (fault == StorageFault::Stall).then_some(blobs::BreakOff::Stall)
}
