//! Translates the errors of sign-in services into plain words with the next step.
//!
//! Codes: Microsoft Learn, "Microsoft Entra authentication and authorization error codes".

use super::attempt::Attempt;
use crate::domain::text::redaction;
use azure_core::error::ErrorKind;

/// The meaning of each error code and the next step.
const CODES: [(&str, &str); 18] = [
    (
        "AADSTS50076",
        "this sign-in needs a second factor: run `az login` again and confirm it",
    ),
    (
        "AADSTS50079",
        "a second factor must be set up first: run `az login` and follow the steps in the browser",
    ),
    (
        "AADSTS50173",
        "the password has been changed since the last sign-in: run `az login`",
    ),
    (
        "AADSTS50058",
        "the sign-in session has ended: run `az login`",
    ),
    (
        "AADSTS50105",
        "this user is not assigned to the application: ask its owner",
    ),
    ("AADSTS50126", "the user name or password is wrong"),
    (
        "AADSTS500011",
        "the sign-in is for another cloud: `az cloud set --name AzureUSGovernment` (or AzureChinaCloud, AzureCloud), then `az login`",
    ),
    (
        "AADSTS500213",
        "the other tenant's policy does not let this user in: ask its administrator (cross-tenant access)",
    ),
    (
        "AADSTS50020",
        "this user does not belong to that tenant: choose another with --tenant, or ask to be invited",
    ),
    (
        "AADSTS53003",
        "a Conditional Access policy blocks this sign-in; device code is often blocked: use `az login`",
    ),
    (
        "AADSTS65001",
        "consent to this application is missing: ask an administrator",
    ),
    (
        "AADSTS700016",
        "the application is not known in this tenant: check AZURE_CLIENT_ID and the tenant",
    ),
    (
        "AADSTS700027",
        "the certificate is not registered with the application, or has expired: upload it in Entra ID",
    ),
    (
        "AADSTS700082",
        "the sign-in has been unused for too long: run `az login`",
    ),
    (
        "AADSTS7000215",
        "the client secret is wrong: it must be the secret's value, not its id",
    ),
    (
        "AADSTS7000222",
        "the client secret has expired: create a new one in Entra ID and set AZURE_CLIENT_SECRET",
    ),
    (
        "AADSTS7000218",
        "the application is not a public client: allow public client flows in Entra ID",
    ),
    (
        "AADSTS90002",
        "tenant not found: check --tenant, and --cloud (US Gov and China have tenants of their own)",
    ),
];

/// The length limit for the text of a service.
const LONGEST: usize = 400;

/// The message for a source's error: the meaning of its code, or its text without the parts that the SDK adds.
pub(super) fn said(source: &str, error: &azure_core::Error) -> String {
    let text = redaction::words_of_others(&crate::azure::net::words(error));
    let lower = text.to_lowercase();
    if let Some((code, plain)) = known(&text) {
        return format!("{plain} ({code})");
    }
    let is_program = ["az", "azd"].contains(&source);
    if is_program && (lower.contains("not found on path") || lower.contains("command not found")) {
        let name = if source == "az" {
            "the Azure CLI"
        } else {
            "azd"
        };
        return format!("{name} is not installed (`{source}` was not found on PATH)");
    }
    // The SDK's own name and its help link are of no use in a terminal.
    let own = text.split("To troubleshoot").next().unwrap_or_default();
    let words: Vec<&str> = own.split_whitespace().collect();
    let joined = words.join(" ");
    let said = joined
        .split_once("authentication failed. ")
        .map_or(joined.as_str(), |(_, rest)| rest);
    let short: String = said.trim_end_matches('.').chars().take(LONGEST).collect();
    crate::domain::text::printable(&short)
}

/// Whether a sign-in service could not be reached. `az` and `azd` only say so in words.
pub(super) fn is_lost(error: &azure_core::Error) -> bool {
    let mut at: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(inner) = at {
        let own = inner.downcast_ref::<azure_core::Error>();
        if own.is_some_and(|own| matches!(own.kind(), ErrorKind::Connection | ErrorKind::Io)) {
            return true;
        }
        at = inner.source();
    }
    let text = crate::azure::net::words(error).to_lowercase();
    let words = [
        "max retries exceeded",
        "failed to establish a new connection",
        "name resolution",
        "no such host",
        "connection refused",
    ];
    words.iter().any(|word| text.contains(word))
}

/// The first known code in a text. A prefix of a longer code does not match.
fn known(text: &str) -> Option<(&'static str, &'static str)> {
    CODES.into_iter().find(|(code, _)| {
        text.match_indices(code).any(|(at, _)| {
            let after = text
                .get(at + code.len()..)
                .and_then(|rest| rest.chars().next());
            after.is_none_or(|c| !c.is_ascii_digit())
        })
    })
}

/// One sentence for all sources that were tried.
pub(super) fn nothing_worked(failed: &[Attempt], is_auto: bool) -> String {
    let said: Vec<String> = failed
        .iter()
        .map(|attempt| format!("{}: {}", attempt.source, attempt.said))
        .collect();
    let all = said.join("; ");
    let no_program = failed.iter().all(|a| a.said.contains("is not installed"));
    let next = if no_program && is_auto {
        "Install the Azure CLI and run `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"
    } else if is_auto || failed.iter().any(|a| a.source == "az") {
        "Run `az login`"
    } else {
        "See `costscope doctor`"
    };
    format!("{all}. {next}, or try `costscope demo` without an account")
}
