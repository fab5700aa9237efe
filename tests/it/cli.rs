//! The program from the outside: arguments, exit codes, help, the environment.

use crate::support::{file, program, run, stderr, stdout};
use tempfile::TempDir;

#[cfg(unix)]
#[test]
fn non_utf8_environment_is_accepted() {
    use std::os::unix::ffi::OsStrExt;
    let folder = TempDir::new().unwrap();
    let mut command = program();
    command
        .arg("--data-dir")
        .arg(folder.path())
        .args(["ledger", "list"])
        .env("COSTSCOPE_X", std::ffi::OsStr::from_bytes(b"\xff\xfe"));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn wrong_usage_is_exit_two_with_an_empty_stdout() {
    let folder = TempDir::new().unwrap();
    let costs = file(folder.path(), "c.csv", "Cost,ResourceGroup\n1,a\n");
    let costs = costs.to_str().unwrap();
    let cases: [(&[&str], &str); 19] = [
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
        (
            &["show", costs, "--group-by", "service", "--max-wait", "soon"],
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
        (&["show", costs, "--format", "html"], "overview"),
        (&["overview", costs, "--tag", " "], "--tag"),
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
        "overview",
        "findings",
        "export",
        "jobs",
        "exports",
        "doctor",
        "ledger",
        "cache",
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

#[test]
fn completions_and_help_meet_a_closed_pipe_and_a_full_disk() {
    let folder = TempDir::new().unwrap();
    for arguments in [
        &["completions", "bash"][..],
        &["completions", "fish"],
        &["--help"],
        &["--version"],
    ] {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let output = program()
            .arg("--data-dir")
            .arg(folder.path())
            .args(arguments)
            .stdout(full)
            .output()
            .unwrap();
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(!said.contains("panicked") && !said.is_empty(), "{said}");
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = program()
            .arg("--data-dir")
            .arg(folder.path())
            .args(arguments)
            .stdout(writer)
            .output()
            .unwrap();
        assert_eq!(stderr(&output), "", "{arguments:?}");
    }
}

#[test]
fn home_that_is_no_folder_does_not_stop_a_local_file() {
    let folder = TempDir::new().unwrap();
    let costs = file(folder.path(), "c.csv", "Cost,Currency\n1.5,EUR\n");
    let output = program()
        .args(["show", costs.to_str().unwrap(), "--group-by", "currency"])
        .env("HOME", "/dev/null")
        .env_remove("XDG_DATA_HOME")
        .env("TMPDIR", folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("1.5"), "{}", stdout(&output));
}
