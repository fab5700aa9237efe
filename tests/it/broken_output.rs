//! Output that nobody reads, or for which there is no room.
#![cfg(target_os = "linux")]

use crate::support::inside::{run_inside, run_inside_into};
use crate::support::{program, stderr};
use std::fs::File;
use std::process::{Output, Stdio};
use tempfile::TempDir;

/// Every command that writes to stdout, in every format.
#[test]
fn a_closed_pipe_is_no_error_and_a_full_disk_is_one() {
    let folder = TempDir::new().unwrap();
    let place = |name: &str| folder.path().join(name).display().to_string();
    let (one, two) = (place("one.csv"), place("two.csv"));
    for (metric, path) in [("actual", &one), ("amortized", &two)] {
        let made = run_inside(
            folder.path(),
            &["sample", "--rows", "300", "--metric", metric, "--out", path],
        );
        assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    }
    let data = folder.path();
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let closed = || {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        writer
    };
    let check = |arguments: &[&str], closed: &Output, full: &Output| {
        let told = stderr(closed);
        assert_eq!(closed.status.code(), Some(0), "{arguments:?}: {told}");
        let said = stderr(full);
        assert_eq!(full.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains("the disk is full"), "{arguments:?}: {said}");
        for said in [said, told] {
            assert!(!said.contains("panicked"), "{arguments:?}: {said}");
        }
    };
    let check_program = |arguments: &[&str]| {
        let start = |out: Stdio| {
            let mut command = program();
            command.arg("--data-dir").arg(data).args(arguments);
            command.stdout(out).output().unwrap()
        };
        check(arguments, &start(closed().into()), &start(full().into()));
    };
    let check_inside = |arguments: &[&str]| {
        let into_closed = run_inside_into(data, arguments, closed());
        check(
            arguments,
            &into_closed,
            &run_inside_into(data, arguments, full()),
        );
    };
    let texts: [&[&str]; 7] = [
        &["completions", "bash"],
        &["completions", "zsh"],
        &["man"],
        &["help"],
        &["--help"],
        &["--version"],
        &["sample", "--rows", "3000", "--out", "-"],
    ];
    for text in texts {
        check_program(text);
    }
    let formats = ["table", "csv", "json", "md"];
    for table in [&["jobs", "list"], &["config", "show"]] {
        for format in formats {
            check_program(&[&table[..], &["--format", format]].concat());
        }
    }
    let mut tables: Vec<Vec<&str>> = vec![
        vec!["show", &one],
        vec!["show", &one, "--top", "0"],
        vec!["show", &one, "--group-by", "service", "--top", "0"],
        vec!["check", &one],
        vec!["compare", &one, &two],
        vec!["ledger", "list"],
        vec!["ledger", "verify"],
        vec!["ledger", "path"],
    ];
    if cfg!(feature = "sql") {
        tables.push(vec!["sql", "SELECT date, cost FROM costs", &one]);
    }
    // Each command is started in one of the formats.
    for (at, table) in tables.iter().enumerate() {
        for (turn, format) in formats.iter().enumerate() {
            let arguments = [&table[..], &["--format", format]].concat();
            if turn == at % formats.len() {
                check_program(&arguments);
            }
            check_inside(&arguments);
        }
    }
}
