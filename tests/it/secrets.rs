//! The program writes no token or signature: whole flows over https at the highest log level, searching every byte of
//! log, ledger, jobs, downloads, stdout and stderr.

use crate::support::azure::Azure;
use crate::support::hostile::{Answer, Seen, stage};
use crate::support::report_answers::{accepted, blob, completed};
use futures_util::future::join_all;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJ0aWQiOiI1YzBmZmVlMCJ9.T0KENT0KENT0KEN";

const SIGNATURE: &str = "S1GNATURE%2FS1GNATURE%3D";

const CLIENT_SECRET: &str = "cl1ent~s3cret~value";

const BLOBS: &str = "ccmreportstorage.blob.core.windows.net";

/// Reports that are ready at once; the first download breaks off, or its link is refused.
fn azure(host: &str, seen: &Seen, turn: &AtomicU32, blob: u16) -> Answer {
    let json = |text: String| {
        Answer::new(200)
            .header("content-type", "application/json")
            .body(text)
    };
    if host.starts_with("login.") {
        return json(format!(
            "{{\"token_type\":\"Bearer\",\"expires_in\":3600,\"ext_expires_in\":3600,\"access_token\":\"{TOKEN}\"}}"
        ));
    }
    if host == BLOBS {
        let csv = "Cost,BillingCurrency,Date\n1.5,EUR,10/01/2026\n";
        return match (blob, turn.fetch_add(1, Ordering::SeqCst)) {
            (403, _) => Answer::new(403).body(format!("<Error><AuthenticationErrorDetail>sig={SIGNATURE}</AuthenticationErrorDetail></Error>")),
            (_, 0) => Answer::new(503).header("retry-after", "1"),
            _ => Answer::new(200).header("etag", "\"0x1\"").body(csv),
        };
    }
    if seen.line.starts_with("POST") {
        let link = "https://management.azure.com/subscriptions/x/providers/Microsoft.CostManagement/costDetailsOperationResults/1?api-version=2025-03-01";
        return Answer::new(202)
            .header("location", link)
            .header("retry-after", "1");
    }
    if seen.line.contains("costDetailsOperationResults") {
        let link =
            format!("https://{BLOBS}/armreports/1?sv=2018-03-28&sr=b&sig={SIGNATURE}&se=2099&sp=r");
        // A refused link that should still work is retried over a minute.
        let till = if blob == 403 { 2020 } else { 2099 };
        return json(format!(
            "{{\"status\":\"Completed\",\"manifest\":{{\"dataFormat\":\"Csv\",\"blobCount\":1,\"blobs\":[{{\"blobLink\":\"{link}\",\"byteCount\":46}}]}},\"validTill\":\"{till}-01-01T00:00:00.1973252Z\"}}"
        ));
    }
    json("{\"value\":[]}".to_owned())
}

fn files(folder: &Path, out: &mut Vec<(String, Vec<u8>)>) {
    for item in std::fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            files(&path, out);
        } else {
            out.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_flows_at_trace_level_leave_no_secret_anywhere() {
    let flows = [(200, "cli", 0), (200, "secret", 0), (403, "cli", 1)];
    join_all(flows.map(|(blob, auth, exit)| leaves_no_secret(blob, auth, exit))).await;
}

async fn leaves_no_secret(blob: u16, auth: &str, exit: i32) {
    let turn = Arc::new(AtomicU32::new(0));
    let azure = Azure::start(move |host, seen| azure(host, seen, &turn, blob)).await;
    azure.install(
        "az",
        &format!("echo '{{\"accessToken\":\"{TOKEN}\",\"expires_on\":4070908800,\"expiresOn\":\"2099-01-01 00:00:00.000000\",\"tokenType\":\"Bearer\"}}'"),
    );
    let data = TempDir::new().unwrap();
    let mut written = Vec::new();
    for arguments in [
        vec![
            "report", "--scope", "8608480", "--month", "2026-10", "--metric", "both", "--format",
            "json",
        ],
        vec!["scopes"],
        vec!["doctor", "--scope", "8608480"],
        vec!["jobs", "list", "--format", "json"],
        vec!["jobs", "resume"],
    ] {
        let mut command = azure.program(data.path());
        command
            .args(["-vv", "--auth", auth])
            .args(&arguments)
            .env("RUST_LOG", "trace")
            .env("AZURE_TENANT_ID", "5c0ffee0-1234-4abc-9def-00c05750ca1e")
            .env("AZURE_CLIENT_ID", "11111111-2222-4333-8444-555555555555")
            .env("AZURE_CLIENT_SECRET", CLIENT_SECRET);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap();
        if arguments[0] == "report" {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(exit), "{auth} {blob}: {said}");
        }
        written.push((format!("stdout of {arguments:?}"), output.stdout));
        written.push((format!("stderr of {arguments:?}"), output.stderr));
    }
    files(data.path(), &mut written);
    assert!(
        written
            .iter()
            .any(|(name, bytes)| name.ends_with("costscope.log") && !bytes.is_empty())
    );
    let fragments = ["T0KENT0KEN", "S1GNATURE", "cl1ent~s3cret"];
    for (name, bytes) in &written {
        let text = String::from_utf8_lossy(bytes);
        for fragment in fragments {
            assert!(!text.contains(fragment), "{fragment} is in {name}");
        }
    }
    // The token went to ARM and nowhere else; only Azure's own hosts were contacted.
    for (host, seen) in azure.seen() {
        let bearer = seen
            .headers
            .iter()
            .find(|(name, _)| name == "authorization");
        match (host.as_str(), bearer) {
            ("management.azure.com", Some((_, value))) => {
                assert_eq!(*value, format!("Bearer {TOKEN}"));
            }
            ("login.microsoftonline.com" | BLOBS, None) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn nothing_is_logged_or_stored_in_clear() {
    let stage = stage(vec![
        accepted(),
        completed("{url}/blob?sig=SECRETSIG"),
        blob(),
    ])
    .await;
    assert_eq!(stage.fetch().await.status(), "ready");
    fn search(folder: &Path) {
        for item in std::fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                search(&path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            assert!(
                !text.contains("SECRETSIG") && !text.contains("costscope-loopback"),
                "{}",
                path.display()
            );
            use std::os::unix::fs::PermissionsExt;
            let mode = path.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", path.display());
        }
    }
    search(stage.folder.path());
}

/// What other users of the machine may read of a process, and what its owner may.
fn of_process(id: u32) -> [(String, Vec<u8>); 2] {
    ["cmdline", "environ"].map(|name| {
        let path = format!("/proc/{id}/{name}");
        let bytes = std::fs::read(&path).unwrap_or_default();
        assert!(!bytes.is_empty() || !cfg!(target_os = "linux"), "{path}");
        (path, bytes)
    })
}

fn count(azure: &Azure, host: &str) -> usize {
    let seen = azure.seen();
    seen.iter().filter(|(other, _)| other == host).count()
}

/// Killed while it holds a token and a signed link, and waits for the storage.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_shows_and_leaves_no_secret() {
    let turn = Arc::new(AtomicU32::new(0));
    let azure = Azure::start(move |host, seen| {
        if host == BLOBS {
            return Answer::new(503).header("retry-after", "600");
        }
        azure(host, seen, &turn, 200)
    })
    .await;
    let data = TempDir::new().unwrap();
    let mut command = azure.program(data.path());
    command
        .args(["-vv", "--auth", "secret", "report", "--scope", "8608480"])
        .args(["--last-month", "--api", "details"])
        .env("RUST_LOG", "trace")
        .env("AZURE_TENANT_ID", "5c0ffee0-1234-4abc-9def-00c05750ca1e")
        .env("AZURE_CLIENT_ID", "11111111-2222-4333-8444-555555555555")
        .env("AZURE_CLIENT_SECRET", CLIENT_SECRET)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    while count(&azure, BLOBS) == 0 {
        assert!(Instant::now() < end, "the storage is never asked");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Its answer has been read a moment later.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let [line, environment] = of_process(child.id());
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    let mut written = vec![
        ("stdout".to_owned(), output.stdout),
        ("stderr".to_owned(), output.stderr),
    ];
    // The user has put the client secret into the environment.
    let given = String::from_utf8_lossy(&environment.1).replace(CLIENT_SECRET, "");
    written.extend([line, (environment.0, given.into_bytes())]);
    files(data.path(), &mut written);
    let is_note = |(name, _): &(String, Vec<u8>)| name.contains("/jobs/") && name.ends_with("json");
    assert!(written.iter().any(is_note), "the order is noted");
    let next = crate::support::run(data.path(), &["jobs", "list"]);
    written.extend([
        ("the next stdout".to_owned(), next.stdout),
        ("the next stderr".to_owned(), next.stderr),
    ]);
    files(data.path(), &mut written);
    for (name, bytes) in &written {
        let text = String::from_utf8_lossy(bytes);
        for fragment in ["T0KENT0KEN", "S1GNATURE", "cl1ent~s3cret"] {
            assert!(!text.contains(fragment), "{fragment} is in {name}");
        }
    }
}

/// Signed links that are given as sources are in no file, at the highest log level.
#[test]
fn signed_sources_are_written_nowhere() {
    let data = TempDir::new().unwrap();
    let link = format!("https://a.blob.core.windows.net/c/x.csv?sv=2025&sig={SIGNATURE}&sp=r");
    let out = data.path().join("out.csv").display().to_string();
    let commands: [&[&str]; 4] = [
        &["show", &link],
        &["check", &link],
        &["export", &link, "--to", &out],
        &["findings", &link],
    ];
    let mut written = Vec::new();
    for arguments in commands {
        let mut command = crate::support::program();
        command.arg("--data-dir").arg(data.path()).arg("-vv");
        let output = command.env("RUST_LOG", "trace").args(arguments).output();
        let output = output.unwrap();
        assert_ne!(output.status.code(), Some(0), "{arguments:?}");
        written.push((format!("stdout of {arguments:?}"), output.stdout));
        written.push((format!("stderr of {arguments:?}"), output.stderr));
    }
    files(data.path(), &mut written);
    for (number, (name, bytes)) in written.iter().enumerate() {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains("S1GNATURE"), "{number}: {name:.40}");
    }
}

/// Exports whose description has the SAS of a partner, and a storage that repeats the SAS it was sent.
fn exporting(host: &str, seen: &Seen) -> Answer {
    let json = |status: u16, body: serde_json::Value| {
        Answer::new(status)
            .header("content-type", "application/json")
            .body(body.to_string())
    };
    if host.ends_with(".blob.core.windows.net") {
        return Answer::new(403).header("x-ms-error-code", "AuthenticationFailed").body(format!(
            "<Error><Code>AuthenticationFailed</Code><AuthenticationErrorDetail>sig={SIGNATURE}</AuthenticationErrorDetail></Error>"
        ));
    }
    let sas = format!("?sv=2021-12-02&sp=rwdl&sig={SIGNATURE}");
    let destination = serde_json::json!({ "storageAccount": "costs", "sasToken": sas, "container": "exports", "rootFolderPath": "cost" });
    let export = serde_json::json!({ "name": "daily", "eTag": "1", "properties": { "format": "Csv",
        "definition": { "type": "ActualCost", "timeframe": "MonthToDate" }, "deliveryInfo": { "destination": destination } } });
    if seen.line.starts_with("POST") {
        return Answer::new(200);
    }
    if seen.line.contains("/runHistory?") {
        let now = chrono::Utc::now().to_rfc3339();
        let run = serde_json::json!({ "id": "x/Run/r1", "properties": { "status": "Completed", "executionType": "OnDemand",
            "submittedTime": now, "runSettings": { "deliveryInfo": { "destination": destination } },
            "manifestFile": format!("cost/manifest.json{sas}") } });
        return json(200, serde_json::json!({ "value": [run] }));
    }
    if seen.line.contains("/exports/") {
        return json(200, export);
    }
    json(200, serde_json::json!({ "value": [export] }))
}

/// The SAS of a partner, the SAS of a source and the token of ARM, through every action on exports.
#[tokio::test(flavor = "multi_thread")]
async fn exports_leave_no_secret_anywhere() {
    let azure = Azure::start(exporting).await;
    azure.install(
        "az",
        &format!("echo '{{\"accessToken\":\"{TOKEN}\",\"expires_on\":4070908800,\"expiresOn\":\"2099-01-01 00:00:00.000000\",\"tokenType\":\"Bearer\"}}'"),
    );
    let data = TempDir::new().unwrap();
    let source = format!(
        "az://costs/exports/cost/daily?sv=2021-12-02&se=2099-01-01T00%3A00%3A00Z&sr=c&sp=rl&sig={SIGNATURE}"
    );
    let storage =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/costs";
    let scope = ["--scope", "8608480"];
    let flows: [(Vec<&str>, i32); 7] = [
        (vec!["exports", "list"], 0),
        (vec!["exports", "show", "daily", "--format", "json"], 0),
        (vec!["exports", "show", "daily"], 0),
        (vec!["exports", "run", "daily", "--max-wait", "1m"], 0),
        (
            vec![
                "exports",
                "create",
                "mine",
                "--type",
                "actual",
                "--to",
                "az://costs/exports/cost",
                "--storage",
                storage,
                "--yes",
            ],
            0,
        ),
        (vec!["exports", "files", &source], 4),
        (vec!["jobs", "list", "--all", "--format", "json"], 0),
    ];
    let mut written = Vec::new();
    for (arguments, exit) in flows {
        let mut command = azure.program(data.path());
        command.args(["-vv", "--auth", "cli"]).args(&arguments);
        if arguments[0] == "exports" && arguments[1] != "files" {
            command.args(scope);
        }
        command.env("RUST_LOG", "trace");
        let output = tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(
            output.status.code(),
            Some(exit),
            "{arguments:?}: {said:.600}"
        );
        written.push((
            format!("stdout of {:.40}", arguments.join(" ")),
            output.stdout,
        ));
        written.push((
            format!("stderr of {:.40}", arguments.join(" ")),
            output.stderr,
        ));
    }
    files(data.path(), &mut written);
    let past = written.iter().any(|(name, _)| name.ends_with("ended.json"));
    assert!(past, "the run is kept");
    for (name, bytes) in &written {
        let text = String::from_utf8_lossy(bytes);
        for fragment in ["T0KENT0KEN", "S1GNATURE"] {
            assert!(!text.contains(fragment), "{fragment} is in {name}");
        }
    }
    // The token goes to ARM only, and a SAS that ARM shows is never sent back.
    for (host, seen) in azure.seen() {
        let has_token = seen.headers.iter().any(|(name, _)| name == "authorization");
        assert_eq!(has_token, host == "management.azure.com", "{host}");
        assert!(!seen.body.contains("S1GNATURE"), "{host}");
    }
}
