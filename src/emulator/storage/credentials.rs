//! The credential of a storage request: a bearer token made for storage, or a SAS.

use super::account::SIGNATURE;
use crate::emulator::api::answers;
use crate::emulator::api::answers::Answer;
use crate::emulator::api::blobs;
use crate::emulator::state::Shared;
use axum::http::HeaderMap;
use chrono::DateTime;
use std::collections::HashMap;

/// The token that the program sends to ARM on loopback. Storage must never see it.
const ARM_TOKEN: &str = "costscope-loopback";

/// The earliest version of the storage API that takes bearer tokens.
const FIRST_WITH_TOKENS: &str = "2017-11-09";

/// The right that a request needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    Read,
    List,
}

impl Right {
    fn letter(self) -> char {
        match self {
            Self::Read => 'r',
            Self::List => 'l',
        }
    }
}

/// The answer that refuses a request, if its credential does not allow it.
pub fn refused(
    shared: &Shared,
    headers: &HeaderMap,
    query: &HashMap<String, String>,
    right: Right,
) -> Option<Answer> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if query.contains_key("sig") {
        if headers.contains_key("authorization") {
            let words = "Only one authentication scheme is allowed.";
            return Some(blobs::refused(400, "InvalidAuthenticationInfo", words));
        }
        return refused_signature(shared, query, right);
    }
    let Some(bearer) = text("authorization") else {
        let words = "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.";
        let answer = blobs::refused(401, "NoAuthenticationInformation", words);
        let challenge = "Bearer authorization_uri=https://login.microsoftonline.com/9a3d2c10-0000-4000-8000-000000000001/oauth2/authorize resource_id=https://storage.azure.com";
        return Some(answers::header(answer, "www-authenticate", challenge));
    };
    let token = bearer.strip_prefix("Bearer ").unwrap_or_default();
    if token == ARM_TOKEN {
        shared.state().record.leaked_tokens += 1;
    }
    let version = text("x-ms-version").unwrap_or_default();
    if token.is_empty() || token == ARM_TOKEN || version < FIRST_WITH_TOKENS {
        let words = "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.";
        return Some(blobs::refused(403, "AuthenticationFailed", words));
    }
    None
}

/// A SAS is checked like Azure does: signature and time first, then rights.
fn refused_signature(
    shared: &Shared,
    query: &HashMap<String, String>,
    right: Right,
) -> Option<Answer> {
    let field = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    let end = DateTime::parse_from_rfc3339(field("se"));
    if field("sig") != SIGNATURE || !end.is_ok_and(|end| end > shared.time()) {
        let words = "Server failed to authenticate the request. Signature did not match or not valid in the specified time frame.";
        return Some(blobs::refused(403, "AuthenticationFailed", words));
    }
    let of_account = query.contains_key("srt");
    let needed = if right == Right::List { 'c' } else { 'o' };
    if of_account && !field("srt").contains(needed) {
        let words =
            "This request is not authorized to perform this operation using this resource type.";
        return Some(blobs::refused(
            403,
            "AuthorizationResourceTypeMismatch",
            words,
        ));
    }
    if !field("sp").contains(right.letter()) || (right == Right::List && field("sr") == "b") {
        let words =
            "This request is not authorized to perform this operation using this permission.";
        return Some(blobs::refused(
            403,
            "AuthorizationPermissionMismatch",
            words,
        ));
    }
    None
}
