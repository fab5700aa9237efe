//! No token and no SAS of blob storage is written, printed or logged: whole flows over https at the highest log level.

use crate::support::azure::Azure;
use crate::support::cost_files::{row, table};
use crate::support::hostile::{Answer, Seen};
use serde_json::json;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJ0aWQiOiI1YzBmZmVlMCJ9.ST0RAGET0KEN";
const SAS: &str =
    "sv=2021-12-02&se=2099-01-01T00%3A00%3A00Z&sr=c&sp=rl&sig=S1GNATURE%2FS1GNATURE%3D";
const FRAGMENTS: [&str; 2] = ["ST0RAGET0KEN", "S1GNATURE"];
const HOST: &str = "costacct.blob.core.windows.net";
const RUN: &str = "cost/daily/20261001-20261031/11111111-0000-4000-8000-000000000001";
const SOURCE: &str = "az://costacct/exports/cost/daily";

fn part() -> String {
    table(&[row("s1", 1, "r1", "3"), row("s1", 13, "r2", "4")])
}

fn manifest() -> String {
    let manifest = json!({
        "dataRowCount": 2,
        "exportConfig": {
            "exportName": "daily",
            "resourceId": "/subscriptions/s1/providers/Microsoft.CostManagement/exports/daily",
            "type": "ActualCost",
        },
        "runInfo": {
            "submittedTime": "2026-11-11T03:00:00Z", "runId": "run",
            "startDate": "2026-10-01T00:00:00", "endDate": "2026-10-31T00:00:00",
        },
        "blobs": [{ "blobName": format!("{RUN}/part_0_0001.csv") }],
    });
    manifest.to_string()
}

/// One run of October; the first request for its part is refused.
fn storage(host: &str, seen: &Seen, turn: &AtomicU32) -> Answer {
    if host != HOST {
        return Answer::new(404).body("{}");
    }
    if seen.line.contains("comp=list") {
        let blob = |name: &str, etag: &str, bytes: usize| {
            format!(
                "<Blob><Name>{RUN}/{name}</Name><Properties><Etag>{etag}</Etag><Content-Length>{bytes}</Content-Length>\
                 </Properties></Blob>"
            )
        };
        return Answer::new(200).body(format!(
            "<EnumerationResults><Blobs>{}{}</Blobs><NextMarker/></EnumerationResults>",
            blob("manifest.json", "0x1", manifest().len()),
            blob("part_0_0001.csv", "0x2", part().len())
        ));
    }
    if seen.line.contains("manifest.json") {
        return Answer::new(200).header("etag", "\"0x1\"").body(manifest());
    }
    if turn.fetch_add(1, Ordering::SeqCst) > 0 {
        return Answer::new(200).header("etag", "\"0x2\"").body(part());
    }
    if seen.line.contains("sig=") {
        // Azure repeats what it was sent.
        let detail = format!("Signature fields not well formed: {SAS}");
        return Answer::new(403)
            .header("x-ms-error-code", "AuthenticationFailed")
            .body(format!("<Error><Code>AuthenticationFailed</Code><AuthenticationErrorDetail>{detail}</AuthenticationErrorDetail></Error>"));
    }
    Answer::new(503).header("retry-after", "1")
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

async fn show(azure: &Azure, data: &Path, source: &str, sas: Option<&str>) -> Output {
    let mut command = azure.program(data);
    command
        .args([
            "-vv",
            "--auth",
            "cli",
            "show",
            source,
            "--group-by",
            "month",
        ])
        .args(["--format", "json"])
        .env("RUST_LOG", "trace");
    if let Some(sas) = sas {
        command.env("AZURE_STORAGE_SAS_TOKEN", sas);
    }
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_a_sas_nor_a_token_of_storage_is_left_anywhere() {
    let signed = format!("{SOURCE}?{SAS}");
    // The first run with the SAS is refused in the middle, and the next one goes on.
    let flows: [(&str, Option<&str>, &[i32]); 3] = [
        (signed.as_str(), None, &[4, 0]),
        (SOURCE, Some(SAS), &[4, 0]),
        (SOURCE, None, &[0]),
    ];
    for (source, sas, exits) in flows {
        let turn = Arc::new(AtomicU32::new(0));
        let azure = Azure::start(move |host, seen| storage(host, seen, &turn)).await;
        azure.install(
            "az",
            &format!("echo '{{\"accessToken\":\"{TOKEN}\",\"expires_on\":4070908800,\"expiresOn\":\"2099-01-01 00:00:00.000000\",\"tokenType\":\"Bearer\"}}'"),
        );
        let data = TempDir::new().unwrap();
        let mut written = Vec::new();
        for exit in exits {
            let output = show(&azure, data.path(), source, sas).await;
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(
                output.status.code(),
                Some(*exit),
                "{source} {sas:?}: {said}"
            );
            if *exit == 4 {
                assert!(said.contains("AZURE_STORAGE_SAS_TOKEN"), "{said}");
                assert!(
                    said.contains("what was fetched before is not fetched again"),
                    "{said}"
                );
            }
            // The flow is told at this level, with its addresses.
            for line in [
                "GET costacct.blob.core.windows.net/exports: 200 in ",
                "part_0_0001.csv: ",
            ] {
                assert!(said.contains(line), "{said}");
            }
            written.push(("stdout".to_owned(), output.stdout));
            written.push(("stderr".to_owned(), output.stderr));
        }
        files(data.path(), &mut written);
        let has = |end: &str| written.iter().any(|(name, _)| name.ends_with(end));
        assert!(has("costscope.log") && has("report.json"), "{source}");
        for (name, bytes) in &written {
            let text = String::from_utf8_lossy(bytes);
            for fragment in FRAGMENTS {
                assert!(!text.contains(fragment), "{fragment} is in {name}");
            }
        }
        // Each request has one credential.
        let is_signed = sas.is_some() || source.contains("sig=");
        for (host, seen) in azure.seen() {
            assert_eq!(host, HOST, "{}", seen.line);
            let mut headers = seen.headers.iter();
            let bearer = headers.find(|(name, _)| name == "authorization");
            assert_eq!(seen.line.contains("S1GNATURE"), is_signed, "{}", seen.line);
            assert_eq!(bearer.is_none(), is_signed, "{}", seen.line);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_that_is_no_sas_is_refused_without_a_request() {
    let turn = AtomicU32::new(1);
    let azure = Azure::start(move |host, seen| storage(host, seen, &turn)).await;
    let data = TempDir::new().unwrap();
    let output = show(&azure, data.path(), SOURCE, Some("sig=S1GNATURE two")).await;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("AZURE_STORAGE_SAS_TOKEN is no SAS"), "{said}");
    assert!(!said.contains("S1GNATURE"), "{said}");
    assert!(azure.seen().is_empty());
}
