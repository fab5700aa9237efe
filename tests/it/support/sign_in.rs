//! Tokens, a stand-in for Azure that serves them, and runs of `scopes` against it.

use crate::support::azure::Azure;
use crate::support::hostile::{Answer, Seen};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::process::Output;
use tempfile::TempDir;

pub(crate) const TENANT: &str = "5c0ffee0-1234-4abc-9def-00c05750ca1e";

/// A token in the format of Entra ID, with the claims that the program reads.
pub(crate) fn token(who: &str) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let claims = format!("{{\"tid\":\"{TENANT}\",\"upn\":\"{who}\"}}");
    format!(
        "{}.{}.c2lnbmF0dXJl",
        part("{\"alg\":\"RS256\"}"),
        part(&claims)
    )
}

/// Serves lists of subscriptions only, and tokens to every request at the login host.
pub(crate) fn azure(host: &str, seen: &Seen) -> Answer {
    let json = |text: String| {
        Answer::new(200)
            .header("content-type", "application/json")
            .body(text)
    };
    if host.starts_with("login.") {
        let token = token("application");
        return json(format!(
            "{{\"token_type\":\"Bearer\",\"expires_in\":3600,\"ext_expires_in\":3600,\"access_token\":\"{token}\"}}"
        ));
    }
    if seen.line.starts_with("GET /subscriptions?") {
        return json(
            "{\"value\":[{\"id\":\"/subscriptions/3f1c2b7e-0001-4e5a-9d10-6b2f4c8a9a02\",\"displayName\":\"prod\"}]}".to_owned(),
        );
    }
    json("{\"value\":[]}".to_owned())
}

pub(crate) fn az(token: &str) -> String {
    format!(
        "echo '{{\"accessToken\":\"{token}\",\"expiresOn\":\"2099-01-01 00:00:00.000000\",\"expires_on\":4070908800,\"tenant\":\"{TENANT}\",\"tokenType\":\"Bearer\"}}'"
    )
}

/// Runs `scopes`; returns its output and the `Authorization` headers that ARM received.
pub(crate) async fn scopes(
    azure: &Azure,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> (Output, Vec<String>) {
    let data = TempDir::new().unwrap();
    let mut command = azure.program(data.path());
    command.args(arguments).args(["scopes", "--format", "json"]);
    command.envs(variables.iter().copied());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let bearers = azure
        .seen()
        .into_iter()
        .filter(|(host, _)| host == "management.azure.com");
    let bearers = bearers
        .flat_map(|(_, seen)| seen.headers)
        .filter(|(name, _)| name == "authorization")
        .map(|(_, value)| value);
    (output, bearers.collect())
}
