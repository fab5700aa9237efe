//! The refusals of blob storage, each with its next step: one table, matched by status and error code.
//!
//! Azure, "Blob Storage error codes" and "Common REST API error codes"; threads of real cases.

use crate::azure::error::AzureError;
use crate::azure::retry;
use crate::azure::storage::sas::Sas;
use crate::domain::text::redaction;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::HeaderMap;
use serde::Deserialize;

/// The kind of credential that a row of the table is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Credential {
    Sas,
    /// A SAS for one blob only.
    BlobSas,
    /// A SAS whose time is over.
    ExpiredSas,
    Token,
}

/// A refused request.
#[derive(Debug, Clone, Copy)]
pub struct Refused<'a> {
    pub status: u16,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
    /// The SAS that was sent; `None` if a token was.
    pub sas: Option<&'a Sas>,
    /// The blob or container, without a SAS.
    pub place: &'a str,
    pub now: DateTime<Utc>,
}

/// The kind of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RefusalKind {
    SignIn,
    NotAllowed,
    /// The blob was written again or deleted since it was listed.
    Changed,
    /// The server asks to wait.
    Busy,
    Refused,
}

/// A row of the table. The first match wins.
struct Rule {
    status: &'static [u16],
    codes: &'static [&'static str],
    /// The credentials that it is for; empty for all.
    credentials: &'static [Credential],
    kind: RefusalKind,
    next: &'static str,
}

const fn rule(
    status: &'static [u16],
    codes: &'static [&'static str],
    credentials: &'static [Credential],
    kind: RefusalKind,
    next: &'static str,
) -> Rule {
    Rule {
        status,
        codes,
        credentials,
        kind,
        next,
    }
}

const READER: &str = "Ask for the role Storage Blob Data Reader on the container: Owner and Contributor do not read \
    data. A new role works after some minutes";
const RIGHTS: &str = "The SAS needs the rights read and list (sp=rl); ask for another one";
const NETWORK: &str = "The account's firewall or a private endpoint refuses this network: run costscope from an allowed \
    network, or have this address allowed";
const ADDRESSES: &str =
    "The SAS names other addresses (sip=): run costscope from one of them, or ask for another SAS";
const NETWORK_OR_SAS: &str = "The account's firewall or a private endpoint refuses this network, or the SAS is for another \
    place: run costscope from an allowed network, or ask for a SAS of this container";
const ONE_BLOB: &str = "The SAS is for one blob (sr=b): give the address of that blob, or ask for a SAS of the container \
    (sr=c, sp=rl). If it is for this blob, the account's firewall may refuse this network";
const EXPIRED: &str = "The SAS has expired: ask for a new one";
const STALE: &str = "The SAS has expired or does not fit this place: ask for a new one";
const TOKEN: &str = "The storage refuses the token: sign in again (`az login`, or the method of --auth), and check the \
    clock of this machine";
const TYPES: &str =
    "The account SAS needs the resource types container and object (srt=co); ask for another one";
const HTTPS: &str = "The SAS is for https only: write the address with https://";
const NO_KEYS: &str = "Keys are switched off for this account, and so is this SAS: leave it out and sign in, or ask for \
    a user delegation SAS";
const NO_CREDENTIAL: &str =
    "The request had no credential: sign in, or give a SAS in AZURE_STORAGE_SAS_TOKEN";
const SIGN_IN: &str = "Sign in to the tenant of the storage account (--tenant)";
const SPELLING: &str = "Check the spelling, and the order: in az://ACCOUNT/CONTAINER the first name is the account. Check \
    --cloud, too. A deleted container looks the same";
const AGAIN: &str = "It was rewritten or deleted while it was read: run the command again";
const LATER: &str = "The storage is busy: try again later";
const COLD: &str = "Rehydrate it to Hot or Cool, which takes hours (az storage blob set-tier), or give the folders of the \
    other months as sources";

const NO_TOKEN: &str =
    "Over http no token is sent: give a SAS after the address, or in AZURE_STORAGE_SAS_TOKEN";
/// The start of an address that no token is made for.
const PLAIN: &str = "http://";

/// Every SAS.
const ALL_SAS: &[Credential] = &[Credential::Sas, Credential::BlobSas, Credential::ExpiredSas];

// One row per error.
#[rustfmt::skip]
const RULES: &[Rule] = &[
    rule(&[401, 403], &["authorizationfailure", "authenticationfailed"], &[Credential::ExpiredSas], RefusalKind::SignIn, EXPIRED),
    rule(&[403], &["authorizationpermissionmismatch"], &[Credential::Token], RefusalKind::NotAllowed, READER),
    rule(&[403], &["authorizationpermissionmismatch"], ALL_SAS, RefusalKind::NotAllowed, RIGHTS),
    rule(&[403], &["authorizationsourceipmismatch"], &[], RefusalKind::NotAllowed, ADDRESSES),
    rule(&[403], &["authorizationresourcetypemismatch", "authorizationservicemismatch"], &[], RefusalKind::NotAllowed, TYPES),
    rule(&[403], &["authorizationprotocolmismatch"], &[], RefusalKind::NotAllowed, HTTPS),
    rule(&[403], &["keybasedauthenticationnotpermitted"], &[], RefusalKind::NotAllowed, NO_KEYS),
    rule(&[403], &["authorizationfailure", "authenticationfailed"], &[Credential::BlobSas], RefusalKind::SignIn, ONE_BLOB),
    rule(&[403], &["authorizationfailure"], &[Credential::Sas], RefusalKind::NotAllowed, NETWORK_OR_SAS),
    rule(&[403], &["authorizationfailure"], &[Credential::Token], RefusalKind::NotAllowed, NETWORK),
    rule(&[401, 403], &["authenticationfailed"], ALL_SAS, RefusalKind::SignIn, STALE),
    rule(&[401, 403], &["authenticationfailed"], &[Credential::Token], RefusalKind::SignIn, TOKEN),
    rule(&[409], &["publicaccessnotpermitted"], &[], RefusalKind::SignIn, NO_CREDENTIAL),
    rule(&[401], &["noauthenticationinformation"], &[], RefusalKind::SignIn, NO_CREDENTIAL),
    rule(&[401], &[], &[], RefusalKind::SignIn, SIGN_IN),
    rule(&[404], &["blobnotfound"], &[], RefusalKind::Changed, AGAIN),
    rule(&[412, 416], &[], &[], RefusalKind::Changed, AGAIN),
    rule(&[400, 404], &[], &[], RefusalKind::Refused, SPELLING),
    rule(&[409], &["blobarchived", "blobbeingrehydrated"], &[], RefusalKind::Refused, COLD),
    rule(&[408, 429, 500, 502, 503, 504], &[], &[], RefusalKind::Busy, LATER),
    rule(&[403], &[], &[], RefusalKind::NotAllowed, NETWORK),
];

/// The error in the body of a refusal.
#[derive(Debug, Default, Deserialize)]
struct ErrorBody {
    #[serde(rename = "Code")]
    code: Option<String>,
}

impl Refused<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The error code: from its header, else from the body.
    fn code(&self) -> String {
        let text = std::str::from_utf8(self.body).unwrap_or_default();
        let text = text.trim_start_matches('\u{feff}');
        let in_body = || quick_xml::de::from_str::<ErrorBody>(text).ok()?.code;
        let code = self.header("x-ms-error-code").map(ToOwned::to_owned);
        redaction::words_of_others(code.or_else(in_body).unwrap_or_default().trim())
    }

    /// The kind of credential. The time of a SAS is over if the server's clock says so.
    fn credential(&self) -> Credential {
        let now = retry::server_time(self.headers).unwrap_or(self.now);
        match self.sas {
            None => Credential::Token,
            Some(sas) if sas.has_expired(now) => Credential::ExpiredSas,
            Some(sas) if sas.is_for_one_blob() => Credential::BlobSas,
            Some(_) => Credential::Sas,
        }
    }

    fn rule(&self, code: &str) -> Option<&'static Rule> {
        let code = code.to_ascii_lowercase();
        let credential = self.credential();
        RULES.iter().find(|rule| {
            rule.status.contains(&self.status)
                && (rule.codes.is_empty() || rule.codes.contains(&code.as_str()))
                && (rule.credentials.is_empty() || rule.credentials.contains(&credential))
        })
    }

    pub(super) fn kind(&self) -> RefusalKind {
        self.rule(&self.code())
            .map_or(RefusalKind::Refused, |rule| rule.kind)
    }

    /// Whether the blob has changed since it was listed.
    pub(crate) fn is_changed(&self) -> bool {
        self.kind() == RefusalKind::Changed
    }

    /// Whether the SAS has expired or does not fit.
    pub(crate) fn is_of_signature(&self) -> bool {
        self.sas.is_some() && self.kind() == RefusalKind::SignIn
    }

    /// Whether the server asks to try again later.
    pub(crate) fn is_busy(&self) -> bool {
        self.kind() == RefusalKind::Busy
    }

    /// The error: what was refused, and the next step.
    pub(crate) fn error(&self) -> AzureError {
        let code = self.code();
        let mut text = format!("{}: the storage answered {}", self.place, self.status);
        if !code.is_empty() {
            text = format!("{text} {code}");
        }
        if let Some(id) = self.header("x-ms-request-id") {
            text = format!("{text} (request id {})", redaction::foreign(id));
        }
        let rule = self.rule(&code);
        if let Some(rule) = rule {
            text = format!("{text}. {}", rule.next);
        }
        if self.status == 401
            && let Some(tenant) = self.tenant()
        {
            text = format!("{text}: --tenant {tenant}");
        }
        if self.sas.is_none() && [401, 403].contains(&self.status) && self.place.starts_with(PLAIN)
        {
            text = format!("{text}. {NO_TOKEN}");
        }
        if let Some(words) = self.clock_words() {
            text = format!("{text}. {words}");
        }
        match rule.map_or(RefusalKind::Refused, |rule| rule.kind) {
            RefusalKind::SignIn => AzureError::Unauthorized(text),
            RefusalKind::NotAllowed => AzureError::Forbidden(text),
            RefusalKind::Changed => AzureError::Mismatch(text),
            RefusalKind::Busy => AzureError::Throttled(text),
            RefusalKind::Refused => AzureError::Service(text),
        }
    }

    /// The tenant that the server wants a token of:
    /// `Bearer authorization_uri=https://login.microsoftonline.com/TENANT/oauth2/authorize`.
    fn tenant(&self) -> Option<String> {
        let challenge = self.header("www-authenticate")?;
        let (_, uri) = challenge.split_once("authorization_uri=")?;
        let path = uri.trim_start_matches('"').strip_prefix("https://")?;
        let tenant = path.split('/').nth(1)?;
        let is_id = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
        (!tenant.is_empty() && tenant.chars().all(is_id)).then(|| redaction::foreign(tenant))
    }

    /// A wrong clock makes signatures and tokens invalid.
    fn clock_words(&self) -> Option<String> {
        const MOST: TimeDelta = TimeDelta::minutes(5);
        if ![401, 403].contains(&self.status) {
            return None;
        }
        let server = retry::server_time(self.headers)?;
        let off = self.now.signed_duration_since(server);
        (off.abs() > MOST).then(|| {
            let word = if off > TimeDelta::zero() {
                "ahead of"
            } else {
                "behind"
            };
            format!(
                "The clock of this machine is {} min {word} the server's: set it",
                off.num_minutes().abs()
            )
        })
    }
}

#[cfg(test)]
mod tests;
