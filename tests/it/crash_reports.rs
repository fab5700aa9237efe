//! Unexpected failures are reported so that users can read them and report them.

use crate::support::pty::Pty;
use crate::support::{program, run, stderr};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A program that fails on purpose.
fn failing() -> PathBuf {
    let program = program();
    let programs = Path::new(program.get_program()).parent().unwrap();
    programs.join("examples/failing")
}

/// The error output of a program that fails in this way.
fn told(arguments: &[&str]) -> String {
    let output = Command::new(failing())
        .args(arguments)
        .env_remove("RUST_BACKTRACE")
        .output()
        .unwrap();
    let said = stderr(&output);
    assert!(!said.contains("a-secret-that-is-held"), "{said}");
    assert!(
        !said.contains('\u{1b}'),
        "colours are for terminals: {said:?}"
    );
    said
}

#[test]
fn panics_and_unexpected_errors_name_the_log_and_how_to_report() {
    let panicked = told(&["panic"]);
    for words in [
        "the table has no row 7, and the token was [secret]",
        "tests/failing/main.rs",
        "please report it",
        "/data/log/costscope.log",
        "--backtrace",
    ] {
        assert!(panicked.contains(words), "{words}: {panicked}");
    }
    assert!(!panicked.contains("failing::no_row"), "{panicked}");
    let traced = told(&["panic", "--backtrace"]);
    assert!(traced.contains("failing::no_row"), "{traced}");
    assert!(told(&["thread"]).contains("a worker gave up"));
    let unexpected = told(&["error"]);
    for words in [
        "could not be written as JSON",
        "the disk said [secret]",
        "please report it",
    ] {
        assert!(unexpected.contains(words), "{words}: {unexpected}");
    }
}

#[test]
fn a_panic_of_the_screen_is_reported_after_the_terminal_is_given_back() {
    let folder = TempDir::new().unwrap();
    let pty = Pty::start(&failing(), folder.path(), &["screen"], 80, 24);
    let (code, raw) = pty.finish();
    assert_eq!(code, 101);
    let left = raw.rfind("\u{1b}[?1049l").unwrap();
    let report = raw.find("the table has no row 7").unwrap();
    assert!(raw.find("\u{1b}[?1049h").unwrap() < left && left < report);
    assert!(raw.rfind("\u{1b}[?25h") > raw.rfind("\u{1b}[?25l"));
    assert!(!raw.contains("a worker gave up"), "{raw}");
    assert!(!raw.contains("a-secret-that-is-held"), "{raw}");
}

#[test]
fn expected_errors_stay_one_line() {
    let folder = TempDir::new().unwrap();
    let output = run(folder.path(), &["show", "nothing.csv"]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(
        said.starts_with("costscope: ") && !said.contains("report it"),
        "{said}"
    );
}
