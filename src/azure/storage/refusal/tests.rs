//! Each refusal of blob storage and its next step.

use crate::azure::storage::refusal::{Credential, Refused};
use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

fn said(status: u16, code: &str, credential: Credential, headers: &[(&str, &str)]) -> (String, u8) {
    let mut all = HeaderMap::new();
    for (name, value) in headers {
        let name: HeaderName = name.parse().unwrap();
        all.insert(name, HeaderValue::from_str(value).unwrap());
    }
    let body = format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>text</Message></Error>"
    );
    let now: DateTime<Utc> = "2026-11-22T10:00:00Z".parse().unwrap();
    let refused = Refused {
        status,
        headers: &all,
        body: body.as_bytes(),
        credential,
        place: "az://costacct/exports",
        now,
    };
    let error = refused.error();
    (error.to_string(), error.failure().exit_code())
}

#[test]
fn every_refusal_has_its_next_step() {
    use Credential::{Sas, Token};
    let cases = [
        (
            403,
            "AuthorizationPermissionMismatch",
            Token,
            "Storage Blob Data Reader",
            4,
        ),
        (403, "AuthorizationPermissionMismatch", Sas, "sp=rl", 4),
        (403, "AuthorizationFailure", Token, "firewall", 4),
        (403, "AuthorizationFailure", Sas, "firewall", 4),
        (
            403,
            "AuthorizationSourceIPMismatch",
            Sas,
            "other addresses",
            4,
        ),
        (403, "AuthenticationFailed", Sas, "expired", 4),
        (403, "AuthenticationFailed", Token, "sign in again", 4),
        (403, "AuthorizationResourceTypeMismatch", Sas, "srt=co", 4),
        (403, "AuthorizationServiceMismatch", Sas, "srt=co", 4),
        (403, "AuthorizationProtocolMismatch", Sas, "https only", 4),
        (403, "SomethingNew", Token, "firewall", 4),
        (403, "AuthenticationFailed", Token, "clock", 4),
        (401, "AuthenticationFailed", Sas, "ask for a new one", 4),
        (
            403,
            "KeyBasedAuthenticationNotPermitted",
            Sas,
            "user delegation",
            4,
        ),
        (409, "PublicAccessNotPermitted", Token, "no credential", 4),
        (
            401,
            "NoAuthenticationInformation",
            Token,
            "no credential",
            4,
        ),
        (
            401,
            "InvalidAuthenticationInfo",
            Token,
            "tenant of the storage account",
            4,
        ),
        (
            404,
            "ContainerNotFound",
            Token,
            "the first name is the account",
            1,
        ),
        (404, "ResourceNotFound", Sas, "--cloud", 1),
        (404, "BlobNotFound", Token, "rewritten or deleted", 6),
        (412, "ConditionNotMet", Token, "rewritten or deleted", 6),
        (416, "InvalidRange", Token, "rewritten or deleted", 6),
        (500, "InternalError", Token, "try again later", 5),
        (503, "ServerBusy", Token, "try again later", 5),
        (429, "TooManyRequests", Sas, "try again later", 5),
        (408, "OperationTimedOut", Token, "try again later", 5),
        (409, "BlobArchived", Token, "folders of the other months", 1),
        (409, "BlobBeingRehydrated", Sas, "hours", 1),
    ];
    for (status, code, credential, next, exit) in cases {
        let (text, ended) = said(status, code, credential, &[]);
        assert!(text.starts_with("az://costacct/exports: "), "{text}");
        assert!(text.contains(code) && text.contains(next), "{code}: {text}");
        assert_eq!(ended, exit, "{code}: {text}");
    }
}

#[test]
fn headers_name_the_code_the_tenant_and_the_clock() {
    let challenge = "Bearer authorization_uri=https://login.microsoftonline.com/9a3d2c10-0000-4000-8000-000000000001/oauth2/authorize resource_id=https://storage.azure.com";
    let headers = [("www-authenticate", challenge), ("x-ms-request-id", "e5b4")];
    let (text, _) = said(
        401,
        "InvalidAuthenticationInfo",
        Credential::Token,
        &headers,
    );
    assert!(
        text.contains("--tenant 9a3d2c10-0000-4000-8000-000000000001"),
        "{text}"
    );
    assert!(text.contains("request id e5b4"), "{text}");
    let late = [
        ("date", "Sun, 22 Nov 2026 09:40:00 GMT"),
        ("x-ms-error-code", "AuthenticationFailed"),
    ];
    let (text, _) = said(403, "", Credential::Sas, &late);
    assert!(
        text.contains("AuthenticationFailed") && text.contains("20 min ahead"),
        "{text}"
    );
    let right = [("date", "Sun, 22 Nov 2026 09:58:00 GMT")];
    let (text, _) = said(403, "AuthenticationFailed", Credential::Sas, &right);
    assert!(!text.contains("clock of this machine is"), "{text}");
}
