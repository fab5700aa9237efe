//! Proxies and certificates: what the network needs, and what local work does not need.

use crate::support::azure::Azure;
use crate::support::hostile::Answer;
use crate::support::sign_in::{az, azure, scopes, token};
use crate::support::{document, run, stderr};
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread")]
async fn az_signs_in_through_a_proxy_with_a_private_ca() {
    let azure = Azure::start(azure).await;
    azure.install("az", &az(&token("someone@contoso.example")));
    let (output, bearers) = scopes(&azure, &[], &[]).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(document(&output)["scopes"][0]["name"], "prod");
    assert!(
        bearers
            .iter()
            .all(|b| *b == format!("Bearer {}", token("someone@contoso.example")))
    );
    assert!(
        azure
            .connects()
            .contains(&"management.azure.com:443".to_owned())
    );
    // Without the CA the certificate is not trusted, and the error says what to do.
    let data = TempDir::new().unwrap();
    let mut command = crate::support::program();
    command
        .env("HTTPS_PROXY", &azure.proxy)
        .env("PATH", azure.folder.path().join("bin"))
        .env("SSL_CERT_FILE", azure.folder.path().join("none.pem"))
        .arg("--data-dir")
        .arg(data.path())
        .args(["scopes"]);
    let untrusted = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    assert_ne!(untrusted.status.code(), Some(0));
    assert!(
        stderr(&untrusted).contains("--ca-file"),
        "{}",
        stderr(&untrusted)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_is_not_there_is_named() {
    let azure = Azure::start(azure).await;
    azure.install("az", &az(&token("x")));
    let (output, _) = scopes(&azure, &[], &[("HTTPS_PROXY", "http://127.0.0.1:1")]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("HTTPS_PROXY"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn missing_ca_file_fails_only_network_commands() {
    let folder = TempDir::new().unwrap();
    let missing = folder.path().join("missing.pem");
    let bundle = missing.display().to_string();
    let local = run(folder.path(), &["--ca-file", &bundle, "ledger", "list"]);
    assert_eq!(local.status.code(), Some(0), "{}", stderr(&local));
    let remote = run(folder.path(), &["--ca-file", &bundle, "scopes"]);
    assert!(!remote.status.success());
    assert!(
        stderr(&remote).contains("missing.pem"),
        "{}",
        stderr(&remote)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn proxy_password_is_never_printed() {
    let azure = Azure::start(|_, _| Answer::new(404)).await;
    azure.install(
        "az",
        "echo '{\"accessToken\":\"x\",\"expires_on\":4102444800}'",
    );
    let data = TempDir::new().unwrap();
    let mut command = azure.program(data.path());
    command
        .args(["doctor"])
        .env("HTTPS_PROXY", "http://someone:pr0xyW0rd@127.0.0.1:1");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        stderr(&output)
    );
    assert!(
        said.contains("HTTPS_PROXY") && !said.contains("pr0xyW0rd"),
        "{said}"
    );
}
