//! Routes requests to answers. Scopes contain slashes, so paths are split here.

use super::answers;
use super::answers::Answer;
use super::operations;
use super::operations::{Generation, Operation};
use super::{blobs, discovery, usage};
use crate::emulator::bills::accounts;
use crate::emulator::bills::accounts::{Access, VisibleCosts};
use crate::emulator::exports;
use crate::emulator::scenario::{OperationEnding, RequestTarget};
use crate::emulator::state::Shared;
use crate::emulator::storage::requests;
use axum::body::Body;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, Request};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

/// An order has a few hundred bytes.
const LARGEST_BODY: usize = 64 << 10;

/// The credential that the program sends to storage on loopback. ARM must never see it.
const STORAGE_TOKEN: &str = "Bearer costscope-loopback-storage";

/// A parsed request.
struct Call {
    method: Method,
    /// Decoded, without outer and doubled slashes.
    path: String,
    /// Account, container and name in blob storage; names may have doubled slashes.
    blob: Option<[String; 3]>,
    query: HashMap<String, String>,
    headers: HeaderMap,
    body: Vec<u8>,
    origin: String,
}

/// Answers every request.
pub async fn answer(State(shared): State<Arc<Shared>>, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST_BODY).await else {
        return answers::error(413, "RequestTooLarge", "The request body is too large.");
    };
    let Some(host) = loopback_host(&parts) else {
        let text =
            "This server answers only requests to this machine: localhost, 127.0.0.1 or [::1].";
        return answers::error(421, "MisdirectedRequest", text);
    };
    let url = url::Url::parse(&format!("http://{host}{}", parts.uri));
    let query = url
        .map(|url| url.query_pairs().into_owned().collect())
        .unwrap_or_default();
    let call = Call {
        method: parts.method,
        path: decode(parts.uri.path()),
        blob: in_storage(&shared, parts.uri.path()),
        query,
        headers: parts.headers,
        body: body.to_vec(),
        origin: format!("http://{host}"),
    };
    let id = shared.request(&format!("{} /{}", call.method, call.path));
    let answer = route(&shared, &call);
    if call.method == Method::POST {
        tokio::time::sleep(Duration::from_millis(shared.script.order_pause)).await;
    }
    answers::header(answer, "x-ms-request-id", &id)
}

/// The host that a request names, if it is a name of this machine. A page in a browser can point a name of its own
/// here, and links are built from the name.
fn loopback_host(parts: &Parts) -> Option<String> {
    let mut named = parts.headers.get_all("host").iter();
    let host = match named.next() {
        Some(host) => host.to_str().ok()?,
        // HTTP/1.0 has no `Host` header.
        None => "127.0.0.1",
    };
    let is_ours = |authority: &str| {
        let (name, port) = match authority.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, port),
            _ => (authority, ""),
        };
        let address = name.parse::<Ipv4Addr>();
        let is_here = name.eq_ignore_ascii_case("localhost")
            || name == "[::1]"
            || address.is_ok_and(|address| address.is_loopback());
        is_here && port.bytes().all(|digit| digit.is_ascii_digit())
    };
    let target = parts.uri.authority().map(Authority::as_str);
    let all_ours = named.next().is_none() && is_ours(host) && target.is_none_or(is_ours);
    all_ours.then(|| host.to_owned())
}

/// Account, container and name, if the path leads to an account of blob storage.
fn in_storage(shared: &Shared, path: &str) -> Option<[String; 3]> {
    let mut pieces = path.strip_prefix('/')?.splitn(3, '/');
    let account = pieces.next()?.to_owned();
    exports::deliver(shared, &account);
    if !shared.state().storage.has(&account) {
        return None;
    }
    let mut next = || unescaped(pieces.next().unwrap_or_default());
    Some([account, next(), next()])
}

/// Percent signs decoded, and nothing else.
fn unescaped(text: &str) -> String {
    // Doubled slashes are part of a name, so each piece between slashes is decoded by itself.
    let pieces: Vec<String> = text.split('/').map(decode).collect();
    pieces.join("/")
}

/// Percent signs decoded, outer and doubled slashes removed: clients write scopes with slashes at their ends, too.
fn decode(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.trim_matches('/').as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail
            .get(..2)
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (first, hex) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            (b'/', _) if tail.first() == Some(&b'/') => rest = tail,
            (byte, _) => {
                bytes.push(*byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The answer to a request without a token or a version.
fn refused(shared: &Shared, call: &Call) -> Option<Answer> {
    let token = call.headers.get("authorization");
    if token.is_some_and(|token| token == STORAGE_TOKEN) {
        shared.state().record.leaked_tokens += 1;
    }
    let bearer = call
        .headers
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    if !bearer.is_some_and(|value| {
        value.len() > 7
            && value
                .get(..7)
                .is_some_and(|word| word.eq_ignore_ascii_case("bearer "))
    }) {
        let text = "Authentication failed. The 'Authorization' header is missing: send `Authorization: Bearer` with any token.";
        let answer = answers::error(401, "AuthenticationFailed", text);
        return Some(answers::header(answer, "www-authenticate", "Bearer"));
    }
    if !call.query.contains_key("api-version") {
        let text = "The api-version query parameter (?api-version=) is required for all requests.";
        return Some(answers::error(400, "MissingApiVersionParameter", text));
    }
    None
}

fn route(shared: &Shared, call: &Call) -> Answer {
    if let Some(name) = call.path.strip_prefix("armreports/") {
        return download(shared, call, name);
    }
    if let Some([account, container, name]) = &call.blob {
        let asked = requests::StorageRequest {
            method: &call.method,
            account,
            container,
            name,
            query: &call.query,
            headers: &call.headers,
        };
        return requests::answer(shared, &asked);
    }
    if let Some(answer) = refused(shared, call) {
        return answer;
    }
    if let Some((scope, action)) = around(&call.path, "microsoft.consumption")
        && action.eq_ignore_ascii_case("usagedetails")
        && call.method == Method::GET
    {
        if let Some(disturbance) = shared.disturbance(RequestTarget::Usage, scope) {
            return answers::disturbed(&disturbance, shared.time());
        }
        let asked = usage::UsageRequest {
            scope,
            query: &call.query,
            origin: &call.origin,
        };
        return usage::answer(shared, &asked);
    }
    let Some((scope, action)) = around(&call.path, "microsoft.costmanagement") else {
        let asked = discovery::DiscoveryRequest {
            path: &call.path,
            query: &call.query,
            origin: &call.origin,
            is_head: call.method == Method::HEAD,
        };
        return discovery::answer(shared, &asked);
    };
    cost_management(shared, call, (scope, action))
}

/// Answers a request to Cost Management.
fn cost_management(shared: &Shared, call: &Call, (scope, action): (&str, &str)) -> Answer {
    let lower = action.to_lowercase();
    let parts: Vec<&str> = action.split('/').collect();
    if let Some((first, below)) = parts.split_first()
        && first.eq_ignore_ascii_case("exports")
    {
        let asked = exports::requests::ExportsRequest {
            method: &call.method,
            scope,
            below,
            query: &call.query,
            body: &call.body,
        };
        return exports::requests::answer(shared, &asked);
    }
    match (
        call.method.as_str(),
        lower.split('/').collect::<Vec<_>>().as_slice(),
    ) {
        ("POST", ["generatecostdetailsreport"]) => order(shared, call, scope, Generation::Details),
        ("POST", ["generatedetailedcostreport"]) => {
            order(shared, call, scope, Generation::Detailed)
        }
        ("GET", ["costdetailsoperationresults" | "operationresults", id]) => {
            poll(shared, call, scope, id, false)
        }
        ("GET", ["operationstatus", id]) => poll(shared, call, scope, id, true),
        _ => answers::error(404, "NotFound", "The resource was not found."),
    }
}

/// Scope and action around a provider; ARM paths ignore case.
fn around<'a>(path: &'a str, provider: &str) -> Option<(&'a str, &'a str)> {
    let word = format!("/providers/{provider}/");
    let at = path.to_ascii_lowercase().rfind(&word)?;
    Some((path.get(..at)?, path.get(at + word.len()..)?))
}

fn order(shared: &Shared, call: &Call, scope: &str, generation: Generation) -> Answer {
    let Ok(body) = serde_json::from_slice::<Value>(&call.body) else {
        return answers::error(
            400,
            "BadRequest",
            "Invalid Request Payload. The body is not JSON.",
        );
    };
    if !body.is_object() {
        return answers::error(
            400,
            "BadRequest",
            "Invalid Request Payload. The body is not a JSON object.",
        );
    }
    let view = match permitted(scope) {
        Ok(view) => view,
        Err(answer) => return *answer,
    };
    let wanted = match operations::read_order(&body, &view, shared.today()) {
        Ok(wanted) => wanted,
        Err(answer) => return *answer,
    };
    if let Some(disturbance) = shared.disturbance(RequestTarget::Order, &format!("{scope} {body}"))
    {
        return answers::disturbed(&disturbance, shared.time());
    }
    let now = shared.time();
    let mut state = shared.state();
    let id = shared.new_id(state.ordered);
    state.ordered += 1;
    state.forget_the_oldest();
    let wait = TimeDelta::seconds(i64::from(shared.script.retry_after));
    let operation = Operation {
        id: id.clone(),
        scope: scope.to_owned(),
        generation,
        view,
        metric: wanted.metric,
        from: wanted.from,
        to: wanted.to,
        asked: body,
        api_version: call.query.get("api-version").cloned().unwrap_or_default(),
        accepted: now,
        not_before: now + wait,
        polls: 0,
        links: 0,
        cuts: 0,
        bad_sums: 0,
        files: None,
    };
    let accepted = accepted(shared, call, &operation);
    state.operations.insert(id, operation);
    accepted
}

/// The view of a scope, or the answer that refuses it.
fn permitted(scope: &str) -> Result<VisibleCosts, Box<Answer>> {
    let (status, code, text) = match accounts::access(scope) {
        Access::Report(view) => return Ok(view),
        Access::PayAsYouGo => (
            422,
            "422",
            "Unsupported request. offer type: WebDirect for get detailed report request is not supported.".to_owned(),
        ),
        Access::Refused => (
            403,
            "RBACAccessDenied",
            "The client does not have authorization to perform action \
             'Microsoft.CostManagement/generateCostDetailsReport/action'."
                .to_owned(),
        ),
        Access::NoReports(text) => (400, "BadRequest", text.to_owned()),
        Access::NotFound => (404, "NotFound", format!("The scope /{scope} was not found.")),
    };
    Err(Box::new(answers::error(status, code, &text)))
}

/// A 202 with the links of its generation.
fn accepted(shared: &Shared, call: &Call, operation: &Operation) -> Answer {
    let version = &operation.api_version;
    let link = |kind: &str| {
        let scope = operation.scope.replace(' ', "%20");
        format!(
            "{}/{scope}/providers/Microsoft.CostManagement/{kind}/{}?api-version={version}",
            call.origin, operation.id
        )
    };
    let answer = answers::retry_after(answers::bare(202), &shared.script, shared.time());
    // The real service reports its quotas with each 202.
    let entity = "x-ms-ratelimit-remaining-microsoft.costmanagement-entity-requests";
    let answer = answers::header(answer, entity, "DefaultQuota:3");
    let tenant = "x-ms-ratelimit-remaining-microsoft.costmanagement-tenant-requests";
    let answer = answers::header(answer, tenant, "DefaultQuota:17");
    match operation.generation {
        Generation::Details => {
            answers::header(answer, "location", &link("costDetailsOperationResults"))
        }
        Generation::Detailed => {
            let status = link("operationStatus");
            let answer = answers::header(answer, "location", &link("operationResults"));
            let answer = answers::header(answer, "azure-consumption-asyncoperation", &status);
            if operation.is_of_2021() {
                answers::header(answer, "azure-asyncoperation", &status)
            } else {
                answer
            }
        }
    }
}

fn poll(shared: &Shared, call: &Call, scope: &str, id: &str, by_status: bool) -> Answer {
    let now = shared.time();
    {
        let mut state = shared.state();
        let known = state
            .operations
            .get(id)
            .filter(|operation| operation.scope.eq_ignore_ascii_case(scope));
        let Some(not_before) = known.map(|operation| operation.not_before) else {
            return answers::error(404, "NotFound", "The operation was not found.");
        };
        state.record.early_polls += u32::from(now < not_before);
    }
    if let Some(disturbance) = shared.disturbance(RequestTarget::Poll, id) {
        return answers::disturbed(&disturbance, shared.time());
    }
    let today = shared.today();
    let mut state = shared.state();
    let Some(operation) = state.operations.get_mut(id) else {
        return answers::error(404, "NotFound", "The operation was not found.");
    };
    operation.polls += 1;
    if operation.polls <= shared.script.polls {
        operation.not_before = now + TimeDelta::seconds(i64::from(shared.script.retry_after));
        if by_status {
            let word = if operation.polls == 1 {
                "Queued"
            } else {
                "InProgress"
            };
            let body = operation.detailed_body(word, None, true, &shared.script, now);
            return answers::retry_after(answers::json(200, &body), &shared.script, now);
        }
        return accepted(shared, call, operation);
    }
    operation.links += 1;
    ended(shared, call, operation, by_status, today)
}

fn ended(
    shared: &Shared,
    call: &Call,
    operation: &mut Operation,
    by_status: bool,
    today: chrono::NaiveDate,
) -> Answer {
    let (script, now) = (&shared.script, shared.time());
    let body = match (script.ending, operation.generation) {
        (OperationEnding::NoContent, _) => return answers::bare(204),
        (OperationEnding::NoDataFound, Generation::Details) => {
            json!({ "name": operation.id, "status": "NoDataFound", "manifest": null })
        }
        (OperationEnding::NoDataFound, Generation::Detailed) => {
            operation.detailed_body("NoDataFound", None, by_status, script, now)
        }
        (OperationEnding::Failed, Generation::Details) => {
            let error = json!({ "code": "500", "message": operations::FAILED });
            json!({ "name": operation.id, "status": "Failed", "error": error })
        }
        // The results have no status: they say with an error that there are none.
        (OperationEnding::Failed, Generation::Detailed) if !by_status => {
            return answers::error(400, "BadRequest", operations::FAILED);
        }
        (OperationEnding::Failed, Generation::Detailed) => {
            operation.detailed_body("Failed", None, by_status, script, now)
        }
        (OperationEnding::Completed | OperationEnding::HeaderOnly, Generation::Details) => {
            let files = operation.files(script, today);
            operation.details_body(&call.origin, &files, script, now)
        }
        (OperationEnding::Completed | OperationEnding::HeaderOnly, Generation::Detailed) => {
            let files = operation.files(script, today);
            // The first generation hands out one file.
            operation.files = Some(vec![joined(&files)]);
            let link = operation.link(&call.origin, 0, script, now);
            operation.detailed_body("Completed", Some(&link), by_status, script, now)
        }
    };
    answers::json(200, &body)
}

/// Concatenates files, the later ones without their header row.
fn joined(files: &[Arc<Vec<u8>>]) -> Arc<Vec<u8>> {
    let mut all = Vec::new();
    for (at, file) in files.iter().enumerate() {
        let header = file.iter().position(|byte| *byte == b'\n');
        let body = header.filter(|_| at > 0).map_or(0, |end| end + 1);
        all.extend_from_slice(file.get(body..).unwrap_or_default());
    }
    Arc::new(all)
}

fn download(shared: &Shared, call: &Call, name: &str) -> Answer {
    let file_name = name.rsplit('/').next().unwrap_or_default();
    if call.headers.contains_key("authorization") {
        shared.state().record.leaked_tokens += 1;
        return blobs::refused(
            403,
            "AuthenticationFailed",
            "The storage does not take this token.",
        );
    }
    if let Some(disturbance) = shared.disturbance(RequestTarget::Download, file_name) {
        return answers::disturbed(&disturbance, shared.time());
    }
    let Some((id, file)) = file_name
        .rsplit_once('-')
        .and_then(|(id, file)| Some((id, file.parse::<usize>().ok()?)))
    else {
        return blobs::refused(404, "BlobNotFound", "The specified blob does not exist.");
    };
    let now = shared.time();
    let mut state = shared.state();
    let Some(operation) = state.operations.get_mut(id) else {
        return blobs::refused(404, "BlobNotFound", "The specified blob does not exist.");
    };
    let asked = blobs::DownloadRequest {
        file,
        query: &call.query,
        headers: &call.headers,
    };
    blobs::answer(operation, &shared.script, &asked, now)
}
