//! The `report` command from the outside: exit codes, the ledger, offline.

use crate::support::served::Served;
use crate::support::{document, file, program, run, stderr};
use serde_json::json;
use tempfile::TempDir;

#[test]
fn every_scenario_ends_with_its_exit_code() {
    // Each waits for its server most of the time.
    std::thread::scope(|all| {
        for (scenario, code, status) in [
            ("failing", 1, "failed"),
            ("empty", 3, "empty"),
            ("expired-link", 0, "ready"),
            ("cut-body", 0, "ready"),
        ] {
            all.spawn(move || scenario_ends(scenario, code, status));
        }
    });
}

fn scenario_ends(scenario: &str, code: i32, status: &str) {
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
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(code), "{scenario}: {said}");
    let report = &document(&output)["reports"][0];
    assert_eq!(report["status"], status, "{scenario}");
    assert_eq!(report["key"].is_null(), code != 0, "{scenario}");
    if code != 0 {
        return;
    }
    let key = report["key"].as_str().unwrap();
    let show = ["show", key, "--group-by", "currency", "--format", "json"];
    let shown = document(&run(folder.path(), &show));
    assert_eq!(
        (&shown["totals"], &shown["metric"]),
        (&report["totals"], &json!("actual"))
    );
    let listed = document(&run(folder.path(), &["ledger", "list", "--format", "json"]));
    assert_eq!(listed["reports"][0]["key"], key);
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
fn failed_sign_in_exits_four_with_the_next_step() {
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
