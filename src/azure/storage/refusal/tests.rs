//! Each refusal of blob storage and its next step.

use crate::azure::storage::refusal::Refused;
use crate::azure::storage::sas::Sas;
use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

/// The credential of a request: a SAS, or none for a token.
type Sent<'a> = Option<&'a str>;

const TOKEN: Sent<'_> = None;
const SAS: Sent<'_> = Some("se=2026-12-01&sr=c&sp=rl&sig=ab");

fn said(status: u16, code: &str, sent: Sent<'_>, headers: &[(&str, &str)]) -> (String, u8) {
    said_of("az://costacct/exports", (status, code), sent, headers)
}

fn said_of(
    place: &str,
    (status, code): (u16, &str),
    sent: Sent<'_>,
    headers: &[(&str, &str)],
) -> (String, u8) {
    let mut all = HeaderMap::new();
    for (name, value) in headers {
        let name: HeaderName = name.parse().unwrap();
        all.insert(name, HeaderValue::from_str(value).unwrap());
    }
    let body = format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>text</Message></Error>"
    );
    let now: DateTime<Utc> = "2026-11-22T10:00:00Z".parse().unwrap();
    let sas = sent.and_then(Sas::read);
    let refused = Refused {
        status,
        headers: &all,
        body: body.as_bytes(),
        sas: sas.as_ref(),
        place,
        now,
    };
    let error = refused.error();
    (error.to_string(), error.failure().exit_code())
}

const ONE_BLOB: Sent<'_> = Some("se=2026-12-01&sr=b&sp=r&sig=ab");
const EXPIRED: Sent<'_> = Some("se=2026-11-22T09:59:00Z&sr=c&sp=rl&sig=ab");

#[test]
fn every_refusal_has_its_next_step() {
    let cases = [
        (
            403,
            "AuthorizationPermissionMismatch",
            TOKEN,
            "Storage Blob Data Reader",
            4,
        ),
        (403, "AuthorizationPermissionMismatch", SAS, "sp=rl", 4),
        (403, "AuthorizationFailure", TOKEN, "firewall", 4),
        (403, "AuthorizationFailure", SAS, "firewall", 4),
        (403, "AuthorizationFailure", SAS, "another place", 4),
        (403, "AuthorizationFailure", ONE_BLOB, "(sr=b)", 4),
        (403, "AuthenticationFailed", ONE_BLOB, "(sr=b)", 4),
        (403, "AuthorizationFailure", EXPIRED, "has expired", 4),
        (403, "AuthenticationFailed", EXPIRED, "has expired", 4),
        (
            403,
            "AuthorizationSourceIPMismatch",
            EXPIRED,
            "other addresses",
            4,
        ),
        (
            403,
            "AuthorizationSourceIPMismatch",
            SAS,
            "other addresses",
            4,
        ),
        (403, "AuthenticationFailed", SAS, "expired", 4),
        (403, "AuthenticationFailed", TOKEN, "sign in again", 4),
        (403, "AuthorizationResourceTypeMismatch", SAS, "srt=co", 4),
        (403, "AuthorizationServiceMismatch", SAS, "srt=co", 4),
        (403, "AuthorizationProtocolMismatch", SAS, "https only", 4),
        (403, "SomethingNew", TOKEN, "firewall", 4),
        (403, "AuthenticationFailed", TOKEN, "clock", 4),
        (401, "AuthenticationFailed", SAS, "ask for a new one", 4),
        (
            403,
            "KeyBasedAuthenticationNotPermitted",
            SAS,
            "user delegation",
            4,
        ),
        (409, "PublicAccessNotPermitted", TOKEN, "no credential", 4),
        (
            401,
            "NoAuthenticationInformation",
            TOKEN,
            "no credential",
            4,
        ),
        (
            401,
            "InvalidAuthenticationInfo",
            TOKEN,
            "tenant of the storage account",
            4,
        ),
        (
            404,
            "ContainerNotFound",
            TOKEN,
            "the first name is the account",
            1,
        ),
        (404, "ResourceNotFound", SAS, "--cloud", 1),
        (400, "InvalidUri", TOKEN, "Check the spelling", 1),
        (404, "BlobNotFound", TOKEN, "rewritten or deleted", 6),
        (412, "ConditionNotMet", TOKEN, "rewritten or deleted", 6),
        (416, "InvalidRange", TOKEN, "rewritten or deleted", 6),
        (500, "InternalError", TOKEN, "try again later", 5),
        (503, "ServerBusy", TOKEN, "try again later", 5),
        (429, "TooManyRequests", SAS, "try again later", 5),
        (408, "OperationTimedOut", TOKEN, "try again later", 5),
        (409, "BlobArchived", TOKEN, "folders of the other months", 1),
        (409, "BlobBeingRehydrated", SAS, "hours", 1),
    ];
    for (status, code, sent, next, exit) in cases {
        let (text, ended) = said(status, code, sent, &[]);
        assert!(text.starts_with("az://costacct/exports: "), "{text}");
        assert!(text.contains(code) && text.contains(next), "{code}: {text}");
        assert_eq!(ended, exit, "{code}: {text}");
    }
}

#[test]
fn a_server_on_this_machine_needs_a_signature() {
    for (place, sent, is_told) in [
        ("http://127.0.0.1:10000/acct/exports", TOKEN, true),
        ("http://127.0.0.1:10000/acct/exports", SAS, false),
        ("az://costacct/exports", TOKEN, false),
    ] {
        let (text, _) = said_of(place, (403, "AuthorizationFailure"), sent, &[]);
        assert_eq!(
            text.contains("Over http no token is sent"),
            is_told,
            "{text}"
        );
    }
}

#[test]
fn the_clock_of_the_server_says_whether_a_signature_has_expired() {
    let at = |date: &str| said(403, "AuthorizationFailure", SAS, &[("date", date)]).0;
    assert!(at("Tue, 01 Dec 2026 00:01:00 GMT").contains("The SAS has expired"));
    assert!(!at("Mon, 30 Nov 2026 23:59:00 GMT").contains("The SAS has expired"));
}

#[test]
fn headers_name_the_code_the_tenant_and_the_clock() {
    let challenge = "Bearer authorization_uri=https://login.microsoftonline.com/9a3d2c10-0000-4000-8000-000000000001/oauth2/authorize resource_id=https://storage.azure.com";
    let headers = [("www-authenticate", challenge), ("x-ms-request-id", "e5b4")];
    let (text, _) = said(401, "InvalidAuthenticationInfo", TOKEN, &headers);
    assert!(
        text.contains("--tenant 9a3d2c10-0000-4000-8000-000000000001"),
        "{text}"
    );
    assert!(text.contains("request id e5b4"), "{text}");
    let late = [
        ("date", "Sun, 22 Nov 2026 09:40:00 GMT"),
        ("x-ms-error-code", "AuthenticationFailed"),
    ];
    let (text, _) = said(403, "", SAS, &late);
    assert!(
        text.contains("AuthenticationFailed") && text.contains("20 min ahead"),
        "{text}"
    );
    let right = [("date", "Sun, 22 Nov 2026 09:58:00 GMT")];
    let (text, _) = said(403, "AuthenticationFailed", SAS, &right);
    assert!(!text.contains("clock of this machine is"), "{text}");
}
