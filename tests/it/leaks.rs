//! Secrets that servers and programs echo reach neither a screen nor the disk; nor do secrets stay in files left
//! behind.

use crate::support::azure::Azure;
use crate::support::hostile::{Answer, Seen};
use crate::support::pty::Pty;
use crate::support::{program, stderr, stdout};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

const TOKEN: &str = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0aWQiOiI3NyIsInVwbiI6ImEifQ.bGVha3ktc2lnbmF0dXJlLW9mLWEtdG9rZW4";

const CLIENT_SECRET: &str = "s3cret+with/odd=signs&more%20of%them";

const FEDERATED: &str = "federated-token-of-a-workload-0123456789";

const REFRESH: &str = "0.AXoAkT9vR2xQ7mZpLw4sDfGhJkQwErTyUiOpAsDfGhJkL";

const TENANT: &str = "0f3a1b2c-1111-2222-3333-444455556666";

const CLIENT: &str = "11111111-2222-4333-8444-555555555555";

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

fn escaped(text: &str) -> String {
    text.chars()
        .map(|c| format!("\\\\u{:04x}", u32::from(c)))
        .collect()
}

/// Echoes everything in every form that fits into JSON.
fn echo(sent: &str) -> String {
    format!(
        "you sent {sent} or {} or {} or {}",
        percent(sent),
        escaped(sent),
        STANDARD.encode(sent)
    )
}

/// Signs in (or not), and refuses everything, echoing the request.
fn azure(host: &str, seen: &Seen, signs_in: bool) -> Answer {
    let json = |status: u16, text: String| {
        Answer::new(status)
            .header("content-type", "application/json")
            .header("x-ms-request-id", TOKEN)
            .body(text)
    };
    if host.starts_with("login.") {
        let form = serde_json::to_string(&echo(&seen.body)).unwrap();
        let plain = serde_json::to_string(&echo(CLIENT_SECRET)).unwrap();
        return if signs_in {
            json(
                200,
                format!(
                    "{{\"token_type\":\"Bearer\",\"expires_in\":3600,\"ext_expires_in\":3600,\"access_token\":\"{TOKEN}\"}}"
                ),
            )
        } else {
            json(
                400,
                format!(
                    "{{\"error\":\"invalid_client\",\"error_description\":{form},\"error_codes\":[{plain}],\"claims\":{plain}}}"
                ),
            )
        };
    }
    let said = echo(TOKEN);
    json(
        403,
        format!(
            "{{\"error\":{{\"code\":\"{TOKEN}\",\"message\":\"The token {said} is not allowed\",\"details\":[{{\"code\":\"x\",\"message\":\"{said}\"}}]}}}}"
        ),
    )
}

fn files(folder: &Path, out: &mut String) {
    for item in fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            files(&path, out);
        } else {
            out.push_str(&String::from_utf8_lossy(&fs::read(&path).unwrap()));
        }
    }
}

/// Parts of every secret that appear in a text, in every form that a server has echoed.
fn leaks(text: &str) -> Vec<String> {
    let parts = [
        "bGVha3ktc2lnbmF0dXJl",
        "s3cret+with/odd",
        "federated-token-of",
        REFRESH,
    ];
    let mut forms = Vec::new();
    for part in parts {
        forms.extend([
            part.to_owned(),
            percent(part),
            percent(part).to_uppercase(),
            escaped(part).replace("\\\\", "\\"),
        ]);
        // In Base64, at any alignment.
        for before in ["", "x", "xy"] {
            let coded = STANDARD.encode(format!("{before}{part}"));
            forms.push(coded[4..coded.len() - 4].to_owned());
        }
    }
    forms.retain(|form| text.contains(form.as_str()));
    forms
}

#[tokio::test(flavor = "multi_thread")]
async fn echoed_secrets_reach_no_output() {
    use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let certificate = CertificateParams::new(vec!["app.example".to_owned()]).unwrap();
    let certificate = certificate.self_signed(&key).unwrap();
    let print = format!(
        "echo '{{\"accessToken\":\"{TOKEN}\",\"expires_on\":4070908800,\"expiresOn\":\"2099-01-01 00:00:00.000000\",\"tokenType\":\"Bearer\"}}'"
    );
    let fail = format!("echo 'ERROR: the grant {REFRESH} for {TOKEN} is over' >&2; exit 1");
    for (auth, signs_in) in [
        ("cli", true),
        ("cli", false),
        ("secret", true),
        ("secret", false),
        ("certificate", false),
        ("workload", true),
        ("workload", false),
        ("azd", false),
        ("pipelines", false),
        ("device-code", false),
        ("auto", false),
    ] {
        let azure = Azure::start(move |host, seen| azure(host, seen, signs_in)).await;
        azure.install("az", if signs_in { &print } else { &fail });
        azure.install("azd", &fail);
        let folder = azure.folder.path();
        let (pem, federated) = (folder.join("app.pem"), folder.join("federated"));
        fs::write(
            &pem,
            format!("{}{}", key.serialize_pem(), certificate.pem()),
        )
        .unwrap();
        fs::set_permissions(&pem, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&federated, format!("{FEDERATED}\n")).unwrap();
        let data = TempDir::new().unwrap();
        let mut all = String::new();
        for arguments in [
            vec!["scopes", "--format", "json"],
            vec!["doctor", "--scope", "8608480"],
            vec!["report", "--scope", "8608480", "--month", "2026-10"],
        ] {
            let mut command = azure.program(data.path());
            command
                .env("AZURE_TENANT_ID", TENANT)
                .env("AZURE_CLIENT_ID", CLIENT)
                .env("AZURE_CLIENT_SECRET", CLIENT_SECRET)
                .env("AZURE_CLIENT_CERTIFICATE_PATH", &pem)
                .env("AZURE_FEDERATED_TOKEN_FILE", &federated)
                .env("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", CLIENT)
                .env("SYSTEM_OIDCREQUESTURI", "https://dev.azure.com/oidc")
                .env("SYSTEM_ACCESSTOKEN", TOKEN)
                .args(["--auth", auth, "--client-id", CLIENT, "-vv"])
                .args(&arguments);
            let output = tokio::task::spawn_blocking(move || command.output().unwrap())
                .await
                .unwrap();
            assert_ne!(output.status.code(), Some(101), "{}", stderr(&output));
            all.push_str(&stdout(&output));
            all.push_str(&stderr(&output));
        }
        files(data.path(), &mut all);
        assert_eq!(
            leaks(&all),
            Vec::<String>::new(),
            "{auth} {signs_in}: {all}"
        );
        // With these two methods nothing is echoed, or no secret has been sent yet.
        assert!(
            ["pipelines", "device-code"].contains(&auth) || all.contains("[secret]"),
            "nothing was repeated: {auth} {signs_in}: {all}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_programs_receive_no_secrets() {
    let azure = Azure::start(|host, seen| azure(host, seen, true)).await;
    let dump = azure.folder.path().join("dump");
    azure.install(
        "az",
        &format!(
            "/usr/bin/env > {0}; echo \"$@\" >> {0}; echo '{{\"accessToken\":\"{TOKEN}\",\"expires_on\":4070908800,\"expiresOn\":\"2099-01-01 00:00:00.000000\",\"tokenType\":\"Bearer\"}}'",
            dump.display()
        ),
    );
    let data = TempDir::new().unwrap();
    let mut command = azure.program(data.path());
    for (name, value) in [
        ("AZURE_CLIENT_SECRET", "one-value"),
        ("AZURE_CLIENT_CERTIFICATE_PASSWORD", "one-value"),
        ("SYSTEM_ACCESSTOKEN", "one-value"),
        ("IDENTITY_HEADER", "one-value"),
        ("MY_API_KEY", "one-value"),
        ("AZURE_CONFIG_DIR", "/kept"),
    ] {
        command.env(name, value);
    }
    command.args(["--auth", "cli", "scopes"]);
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let dumped = fs::read_to_string(dump).unwrap();
    assert!(dumped.contains("AZURE_CONFIG_DIR=/kept"), "{dumped}");
    assert!(!dumped.contains("one-value"), "{dumped}");
}

#[test]
fn links_that_are_signed_are_not_repeated_by_errors() {
    let folder = TempDir::new().unwrap();
    for source in [
        "https://a.blob.core.windows.net/c/x.csv?sv=2025-01-05&sig=c2lnbmF0dXJlc2ln&sp=r",
        "htps:/a.blob.core.windows.net/c/x.csv?SIG=c2lnbmF0dXJlc2ln",
        "az://a/c/x.csv?sv=1&sig%3Dc2lnbmF0dXJlc2ln",
    ] {
        for arguments in [
            vec!["show", source],
            vec!["check", source],
            vec!["compare", source, source],
            vec!["ledger", "remove", source],
        ] {
            let output = crate::support::run(folder.path(), &arguments);
            assert_ne!(output.status.code(), Some(0));
            let said = stderr(&output);
            assert!(
                !said.contains("c2lnbmF0dXJlc2ln") && said.contains("x.csv"),
                "{said}"
            );
        }
    }
}

#[test]
fn the_log_goes_on_in_a_new_file_and_old_copies_go() {
    let folder = TempDir::new().unwrap();
    let log = folder.path().join("log");
    fs::create_dir(&log).unwrap();
    for (name, size) in [
        ("costscope.log", 5 << 20),
        ("costscope.log.1", 10),
        ("costscope.log.3", 30),
    ] {
        fs::write(log.join(name), vec![b'x'; size]).unwrap();
    }
    let copies = folder.path().join("copies");
    fs::create_dir(&copies).unwrap();
    for (name, age) in [("copy-1.txt", 7200), ("copy-2.txt", 60)] {
        let file = File::create(copies.join(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(age))
            .unwrap();
    }
    // A signed-in session writes to its log.
    let mut pty = Pty::start(
        Path::new(program().get_program()),
        folder.path(),
        &["demo"],
        80,
        24,
    );
    pty.until(&["DEMO"]);
    let limits = fs::read_to_string(format!("/proc/{}/limits", pty.process_id())).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    let numbers: Vec<&str> = core
        .split_whitespace()
        .filter(|word| *word == "0")
        .collect();
    assert_eq!(numbers.len(), 2, "{core}");
    pty.send("4");
    pty.settle();
    pty.send("q");
    pty.until(&[]);
    let _ = pty.finish();
    assert!(!copies.join("copy-1.txt").exists() && copies.join("copy-2.txt").exists());
}
