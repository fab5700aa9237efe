//! The program from the outside: arguments, JSON, exit codes, and the stand-alone emulator.

use crate::support::{document, file, program, run, stderr, stdout};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use tempfile::TempDir;

/// A running `demo --serve`.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn start(folder: &TempDir, scenario: &str) -> Self {
        let data = folder.path().join("server");
        let mut command = program();
        command
            .arg("--data-dir")
            .arg(data)
            .args(["demo", "--serve", "--scenario", scenario]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        Self {
            child,
            url: line.trim().to_owned(),
        }
    }

    /// A plain HTTP/1.1 exchange, as any client would make it: status, headers and body.
    fn ask(&self, method: &str, path: &str, headers: &[&str], body: &str) -> (u16, String, String) {
        let host = self.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        let extra: String = headers
            .iter()
            .map(|header| format!("{header}\r\n"))
            .collect();
        let length = body.len();
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n{extra}\r\n{body}").unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split_whitespace().nth(1).unwrap().parse().unwrap();
        (status, head.to_lowercase(), body.to_owned())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const ORDER: &str =
    "{\"metric\":\"ActualCost\",\"timePeriod\":{\"start\":\"START\",\"end\":\"START\"}}";
const DETAILED: &str = "/providers/Microsoft.Billing/billingAccounts/8608480/providers/Microsoft.CostManagement/generateDetailedCostReport?api-version=2021-10-01";
const BEARER: &str = "Authorization: Bearer anything";

fn path_of<'a>(served: &Served, link: &'a str) -> &'a str {
    link.strip_prefix(served.url.as_str())
        .unwrap_or_else(|| panic!("{link} is not on {}", served.url))
}

fn header_of<'a>(head: &'a str, name: &str) -> &'a str {
    let line = head
        .lines()
        .find(|line| line.starts_with(&format!("{name}:")))
        .unwrap_or_else(|| panic!("no {name} in {head}"));
    line.split_once(':').unwrap().1.trim()
}

#[test]
fn the_emulator_can_be_walked_by_the_seed_document_alone() {
    let folder = TempDir::new().unwrap();
    let script = file(
        folder.path(),
        "fast.toml",
        "polls = 2\nretry-after = 0\nretry-after-as-date = false\n",
    );
    let served = Served::start(&folder, script.to_str().unwrap());
    let yesterday = chrono::Utc::now()
        .date_naive()
        .pred_opt()
        .unwrap()
        .to_string();
    let order = ORDER.replace("START", &yesterday);
    let (status, _, body) = served.ask("POST", DETAILED, &[], &order);
    assert!(status == 401 && body.contains("Bearer"), "{status} {body}");
    let (status, _, body) = served.ask("POST", DETAILED, &[BEARER], "metric: ActualCost");
    assert!(
        status == 400 && body.contains("not JSON"),
        "{status} {body}"
    );
    let (status, head, _) = served.ask("POST", DETAILED, &[BEARER], &order);
    assert_eq!((status, header_of(&head, "retry-after")), (202, "0"));
    assert!(header_of(&head, "location").contains("/operationresults/"));
    let link = header_of(&head, "azure-asyncoperation").to_owned();
    assert_eq!(link, header_of(&head, "azure-consumption-asyncoperation"));
    let mut statuses = Vec::new();
    let url = loop {
        let (status, _, body) = served.ask("GET", path_of(&served, &link), &[BEARER], "");
        assert_eq!(status, 200, "{body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        statuses.push(body["status"].as_str().unwrap().to_owned());
        assert_eq!(body["error"]["code"], 0);
        if let Some(url) = body["properties"]["downloadUrl"].as_str() {
            break url.to_owned();
        }
    };
    assert_eq!(statuses, ["Queued", "InProgress", "Completed"]);
    let (status, _, whole) = served.ask("GET", path_of(&served, &url), &[], "");
    assert!(
        status == 200 && whole.starts_with("InvoiceSectionName,"),
        "{status}"
    );
    let (status, head, part) = served.ask("GET", path_of(&served, &url), &["Range: bytes=0-9"], "");
    assert_eq!((status, part.as_str()), (206, &whole[..10]));
    assert!(header_of(&head, "content-range").starts_with("bytes 0-9/"));
    let (status, ..) = served.ask("GET", path_of(&served, &url), &[BEARER], "");
    assert_eq!(status, 403, "the storage takes no token");
    let (status, ..) = served.ask(
        "GET",
        &path_of(&served, &url).replace("sig=", "sig=0"),
        &[],
        "",
    );
    assert_eq!(status, 403, "a signature that is not ours");
}

#[test]
fn every_scenario_ends_with_its_exit_code() {
    for (scenario, code, status) in [
        ("failing", 1, "failed"),
        ("empty", 3, "empty"),
        ("expired-link", 0, "ready"),
        ("cut-body", 0, "ready"),
    ] {
        let folder = TempDir::new().unwrap();
        let served = Served::start(&folder, scenario);
        let arguments = [
            "report",
            "--endpoint",
            &served.url,
            "--scope",
            "8608480",
            "--last-month",
            "--format",
            "json",
        ];
        let output = run(folder.path(), &arguments);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{scenario}: {}",
            stderr(&output)
        );
        let report = &document(&output)["reports"][0];
        assert_eq!(report["status"], status, "{scenario}");
        assert_eq!(report["key"].is_null(), code != 0, "{scenario}");
        if code == 0 {
            let key = report["key"].as_str().unwrap();
            let shown = document(&run(
                folder.path(),
                &["show", key, "--group-by", "currency", "--format", "json"],
            ));
            assert_eq!(
                (&shown["totals"], &shown["metric"]),
                (&report["totals"], &json!("actual"))
            );
            let listed = document(&run(folder.path(), &["ledger", "list", "--format", "json"]));
            assert_eq!(listed["reports"][0]["key"], key);
        }
    }
}

#[test]
fn scopes_have_the_shape_of_the_contract() {
    let folder = TempDir::new().unwrap();
    let served = Served::start(&folder, "happy");
    let found = document(&run(
        folder.path(),
        &[
            "--endpoint",
            &served.url,
            "scopes",
            "--search",
            "prod",
            "--format",
            "json",
        ],
    ));
    let scopes = found["scopes"].as_array().unwrap();
    let online = scopes
        .iter()
        .find(|scope| scope["name"] == "prod-online")
        .unwrap();
    assert_eq!(
        (
            &online["kind"],
            &online["agreement"],
            &online["reports"],
            &online["why_not"]
        ),
        (
            &json!("subscription"),
            &json!("EA"),
            &json!(true),
            &Value::Null
        )
    );
    let group = scopes
        .iter()
        .find(|scope| scope["kind"] == "management-group")
        .unwrap();
    assert!(group["reports"] == false && group["why_not"].is_string());
}

#[test]
fn a_second_order_comes_from_the_ledger_and_files_can_be_kept() {
    let folder = TempDir::new().unwrap();
    let script = file(folder.path(), "fast.toml", "polls = 0\nretry-after = 0\n");
    let served = Served::start(&folder, script.to_str().unwrap());
    let order = [
        "report",
        "--endpoint",
        &served.url,
        "--scope",
        "3f1c2b7e-0001-4e5a-9d10-6b2f4c8a9a02",
        "--last-month",
        "--metric",
        "both",
        "--format",
        "json",
    ];
    let first = document(&run(folder.path(), &order));
    assert_eq!(
        first["reports"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| &r["metric"])
            .collect::<Vec<_>>(),
        ["actual", "amortized"]
    );
    let again = document(&run(folder.path(), &order));
    assert!(
        again["reports"]
            .as_array()
            .unwrap()
            .iter()
            .all(|report| report["from_ledger"] == true)
    );
    let out = folder.path().join("files");
    let mut kept = order.to_vec();
    kept.extend(["--out", out.to_str().unwrap()]);
    run(folder.path(), &kept);
    assert_eq!(std::fs::read_dir(out).unwrap().count(), 2);
}

#[test]
fn wrong_usage_is_exit_two_with_an_empty_stdout() {
    let folder = TempDir::new().unwrap();
    let costs = file(folder.path(), "c.csv", "Cost,ResourceGroup\n1,a\n");
    let costs = costs.to_str().unwrap();
    let cases: [(&[&str], &str); 16] = [
        (&["report", "--scope", "x", "--last-month"], "not a scope"),
        (
            &["report", "--scope", "1", "--month", "2026-13"],
            "not a month",
        ),
        (&["report", "--scope", "1", "--from", "2026-10-01"], "--to"),
        (
            &[
                "report",
                "--scope",
                "1",
                "--from",
                "2026-10-05",
                "--to",
                "2026-10-01",
                "--endpoint",
                "http://127.0.0.1:1",
            ],
            "after the last day",
        ),
        (
            &[
                "report",
                "--scope",
                "1",
                "--from",
                "2019-01-01",
                "--to",
                "2019-01-31",
                "--endpoint",
                "http://127.0.0.1:1",
            ],
            "earliest day",
        ),
        (
            &[
                "report",
                "--scope",
                "1",
                "--last-month",
                "--endpoint",
                "http://example.com",
            ],
            "this machine",
        ),
        (
            &[
                "report",
                "--scope",
                "1",
                "--last-month",
                "--endpoint",
                "https://example.com",
            ],
            "management.azure.com",
        ),
        (
            &[
                "report",
                "--scope",
                "1",
                "--last-month",
                "--endpoint",
                "http://127.0.0.1:1",
                "--auth",
                "cli",
            ],
            "--auth",
        ),
        (
            &[
                "report",
                "--scope",
                "1",
                "--last-month",
                "--max-wait",
                "soon",
            ],
            "not a duration",
        ),
        (&["show", costs, "--filter", "cost >"], "^"),
        (&["show", costs, "--filter", "nosuch = 1"], "^"),
        (
            &["show", costs, "--group-by", "resorce-group"],
            "resource-group",
        ),
        (&["show", costs, "--group-by", "cost"], "summed"),
        (&["show", costs, "--group-by", "tag:"], "empty"),
        (&["show"], "SOURCE"),
        (&["demo", "--serve", "--scenario", "sunny"], "happy"),
    ];
    for (arguments, words) in cases {
        let output = run(folder.path(), arguments);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            stderr(&output)
        );
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert!(
            stderr(&output).contains(words),
            "{arguments:?}: {}",
            stderr(&output)
        );
    }
}

#[test]
fn without_a_terminal_the_ui_is_exit_two() {
    let folder = TempDir::new().unwrap();
    for arguments in [&[][..], &["demo"], &["open", "x.csv"]] {
        let output = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains("terminal"), "{arguments:?}");
    }
}

#[test]
fn offline_uses_the_ledger_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    let output = run(
        folder.path(),
        &[
            "--offline",
            "report",
            "--scope",
            "8608480",
            "--last-month",
            "--format",
            "json",
        ],
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("--offline"), "{}", stderr(&output));
}

#[test]
fn control_characters_are_shown_and_never_sent() {
    let folder = TempDir::new().unwrap();
    let costs = file(
        folder.path(),
        "c.csv",
        "Cost,Currency,ResourceGroup\n1,E\u{1b}]0;x\u{7},rg\u{9b}\u{202e}\n",
    );
    for format in ["table", "md", "json"] {
        let output = run(
            folder.path(),
            &[
                "show",
                costs.to_str().unwrap(),
                "--group-by",
                "resource-group",
                "--format",
                format,
            ],
        );
        let text = stdout(&output) + &stderr(&output);
        assert!(
            !text.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}']),
            "{format}: {text:?}"
        );
    }
    let json = document(&run(
        folder.path(),
        &[
            "show",
            costs.to_str().unwrap(),
            "--group-by",
            "resource-group",
            "--format",
            "json",
        ],
    ));
    assert_eq!(
        json["groups"][0]["keys"][0], "rg\u{9b}\u{202e}",
        "JSON readers get the exact text"
    );
}

#[test]
fn every_command_has_examples_and_no_stub() {
    let folder = TempDir::new().unwrap();
    let help = stdout(&run(folder.path(), &["--help"]));
    for command in [
        "demo",
        "open",
        "scopes",
        "report",
        "show",
        "check",
        "compare",
        "change",
        "export",
        "jobs",
        "doctor",
        "ledger",
        "sample",
        "completions",
        "config",
        "man",
    ] {
        assert!(help.contains(&format!("\n  {command} ")), "{command}");
        let own = stdout(&run(folder.path(), &[command, "--help"]));
        assert!(own.contains("Examples:"), "{command}");
    }
}

#[test]
fn samples_are_the_same_for_the_same_seed() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, seed: &str| {
        let path = folder.path().join(name);
        let output = run(
            folder.path(),
            &[
                "sample",
                "--rows",
                "500",
                "--seed",
                seed,
                "--out",
                path.to_str().unwrap(),
            ],
        );
        assert_eq!(output.status.code(), Some(0));
        std::fs::read(path).unwrap()
    };
    assert_eq!(write("a.csv", "3"), write("b.csv", "3"));
    assert_ne!(write("c.csv", "4"), write("d.csv", "3"));
}

#[test]
fn a_sign_in_that_fails_is_exit_four_and_says_what_to_do() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let az = file(
        folder.path(),
        "az",
        "#!/bin/sh\necho 'ERROR: AADSTS700082: the refresh token has expired.' >&2\nexit 1\n",
    );
    std::fs::set_permissions(&az, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/bin:/usr/bin", folder.path().display());
    for _ in 0..2 {
        let output = program()
            .env("PATH", &path)
            .arg("--data-dir")
            .arg(folder.path())
            .args([
                "report",
                "--scope",
                "8608480",
                "--last-month",
                "--format",
                "json",
            ])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(4), "{}", stderr(&output));
        let why = document(&output)["reports"][0]["why"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(
            why.contains("AADSTS700082")
                && why.contains("Run `az login`")
                && !why.contains("troubleshoot"),
            "{why}"
        );
    }
}

#[test]
fn rows_that_are_not_printed_are_said() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("costs.csv");
    let path = path.to_str().unwrap();
    let made = run(folder.path(), &["sample", "--rows", "50", "--out", path]);
    assert!(made.status.success(), "{}", stderr(&made));
    let show = |more: &[&str]| {
        let mut arguments = vec!["show", path, "--columns", "date,cost", "--format", "csv"];
        arguments.extend(more);
        let done = run(folder.path(), &arguments);
        (stdout(&done).lines().count() - 1, stderr(&done))
    };
    let note = "20 of 50 rows; --top 0 prints all of them\n".to_owned();
    assert_eq!(show(&[]), (20, note));
    assert_eq!(show(&["--top", "0"]), (50, String::new()));
    assert_eq!(show(&["--top", "5"]), (5, String::new()));
    // Rows that are written while they are read are verified too.
    #[cfg(feature = "sql")]
    assert_eq!(
        show(&["--top", "0", "--verify"]),
        (50, "both engines agree on 50 of 50 rows\n".to_owned())
    );
}

#[test]
fn a_filter_with_an_unknown_column_is_refused_before_a_statement_is_printed() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("costs.csv");
    let path = path.to_str().unwrap();
    let made = run(folder.path(), &["sample", "--rows", "50", "--out", path]);
    assert!(made.status.success(), "{}", stderr(&made));
    let days = ["--before-days", "2026-09", "--after-days", "2026-10"];
    for twice in ["--print-sql=polars", "--verify"] {
        let mut arguments = vec!["change", path, twice, "--filter", "nosuch = 1"];
        arguments.extend(days);
        let done = run(folder.path(), &arguments);
        assert_eq!(done.status.code(), Some(2), "{twice}: {}", stdout(&done));
        assert!(done.stdout.is_empty(), "{twice}: {}", stdout(&done));
        assert!(
            stderr(&done).contains("  nosuch = 1\n  ^\n"),
            "{twice}: {}",
            stderr(&done)
        );
    }
}
