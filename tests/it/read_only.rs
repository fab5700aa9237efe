//! A data folder that cannot be written: everything that reads works, and what must write fails before it orders.

use crate::support::hostile::Hostile;
use crate::support::pty::Pty;
use crate::support::report_answers::report_answers;
use crate::support::whole_folder::{RELEASED, Whole, commands, placeless, tree};
use crate::support::{file, program, run_with_input, stderr, stdout};
use std::fs::{self, File, Permissions};
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

const COSTS: &str = "Date,Cost,BillingCurrency\n2026-10-01,1.5,EUR\n";

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Runs the program as a user that the rights of files bind. Nothing binds the administrator, so another user runs it
/// then, by an open file: its folder may be private.
fn run_as_reader(data: &Path, temporary: &Path, arguments: &[&str]) -> Output {
    let mut command = program();
    let built = File::open(command.get_program()).unwrap();
    if rustix::process::geteuid().is_root() {
        command = Command::new(format!("/proc/self/fd/{}", built.as_raw_fd()));
        command.uid(65_534).gid(65_534);
        command
            .env_remove("COSTSCOPE_DATA_DIR")
            .env_remove("COSTSCOPE_CLOUD");
    }
    command.env("TMPDIR", temporary).arg("--data-dir").arg(data);
    command.args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", stdout(output), stderr(output))
}

/// A data folder that can only be read, and a folder for everybody.
struct ReadOnly {
    whole: Whole,
    data: PathBuf,
    open: PathBuf,
}

impl ReadOnly {
    fn new() -> Self {
        let whole = Whole::new();
        let data = whole.copied("read-only");
        for (path, kind) in tree(&data) {
            set_mode(&path, if kind.is_dir() { 0o555 } else { 0o444 });
        }
        set_mode(&data, 0o555);
        let open = whole.place.path().join("open");
        fs::create_dir(&open).unwrap();
        set_mode(&open, 0o1777);
        set_mode(whole.place.path(), 0o755);
        Self { whole, data, open }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        run_as_reader(&self.data, &self.open, arguments)
    }
}

impl Drop for ReadOnly {
    /// Lets the owner remove it.
    fn drop(&mut self) {
        let folders = tree(&self.data)
            .into_iter()
            .filter(|(_, kind)| kind.is_dir());
        for (path, _) in folders {
            set_mode(&path, 0o755);
        }
        set_mode(&self.data, 0o755);
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_read() {
    let place = ReadOnly::new();
    let before = tree(&place.data);
    for mut arguments in commands() {
        let right = (arguments[0] == "show").then(|| place.whole.right(&arguments).out);
        arguments.push("--offline");
        let output = place.run(&arguments);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{arguments:?}: {}",
            said(&output)
        );
        if let Some(right) = right {
            assert_eq!(
                placeless(&stdout(&output), &place.data),
                right,
                "{arguments:?}"
            );
        }
    }
    let costs = file(&place.open, "costs.csv", COSTS);
    set_mode(&costs, 0o644);
    let (costs, table) = (costs.to_str().unwrap(), place.open.join("table.csv"));
    let pages = file(
        &place.open,
        "pages.json",
        "{\"value\":[{\"kind\":\"legacy\",\"properties\":{\"cost\":1,\"date\":\"2026-10-01\",\"billingCurrency\":\"EUR\"}}]}",
    );
    set_mode(&pages, 0o644);
    let others: [&[&str]; 5] = [
        &["ledger", "path"],
        &["check", RELEASED],
        &["show", costs],
        &["show", pages.to_str().unwrap()],
        &["export", RELEASED, "--to", table.to_str().unwrap()],
    ];
    for arguments in others {
        let output = place.run(arguments);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{arguments:?}: {}",
            said(&output)
        );
    }
    assert!(fs::metadata(&table).unwrap().len() > 100);
    assert_eq!(tree(&place.data), before, "nothing was written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_written_orders_and_removes_nothing() {
    let place = ReadOnly::new();
    let server = Hostile::start(report_answers("7")).await;
    let report = [
        "report",
        "--endpoint",
        &server.url,
        "--scope",
        "8608480",
        "--month",
        "2026-10",
        "--api",
        "details",
    ];
    for arguments in [&report[..], &["ledger", "remove", RELEASED]] {
        let output = place.run(arguments);
        assert_eq!(
            output.status.code(),
            Some(1),
            "{arguments:?}: {}",
            said(&output)
        );
        let data = place.data.to_str().unwrap();
        assert!(said(&output).contains(data), "{}", said(&output));
    }
    assert_eq!(server.count("POST"), 0);
    assert!(place.data.join("ledger").join(RELEASED).is_dir());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_made_is_empty_and_orders_nothing() {
    let place = TempDir::new().unwrap();
    let costs = file(place.path(), "costs.csv", COSTS);
    let (costs, out) = (costs.to_str().unwrap(), place.path().join("out.csv"));
    // Below a regular file, nobody can make a folder.
    let data = place.path().join("costs.csv/data");
    let reading: [&[&str]; 8] = [
        &["ledger", "list"],
        &["ledger", "path"],
        &["ledger", "verify"],
        &["jobs", "list", "--offline"],
        &["jobs", "resume", "--offline"],
        &["show", costs],
        &["check", costs],
        &["export", costs, "--to", out.to_str().unwrap()],
    ];
    for arguments in reading {
        let output = run_with_input(&data, arguments, b"");
        assert_eq!(
            output.status.code(),
            Some(0),
            "{arguments:?}: {}",
            said(&output)
        );
    }
    let output = run_with_input(&data, &["show", "-"], COSTS.as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(stdout(&output).contains("1.5"), "{}", said(&output));
    let server = Hostile::start(report_answers("7")).await;
    let report = "report --scope 8608480 --month 2026-10 --api details --endpoint";
    let mut report: Vec<&str> = report.split(' ').collect();
    report.push(&server.url);
    let output = run_with_input(&data, &report, b"");
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let words = ["cannot be made", data.to_str().unwrap(), "--data-dir"];
    for word in words {
        assert!(said(&output).contains(word), "{word}: {}", said(&output));
    }
    assert_eq!(server.count("POST"), 0);
}

#[test]
fn the_ui_starts_without_a_folder() {
    let place = TempDir::new().unwrap();
    let costs = file(place.path(), "costs.csv", COSTS);
    let program = program();
    let program = Path::new(program.get_program());
    let mut pty = Pty::start(program, &costs.join("data"), &["demo"], 120, 30);
    pty.until(&["16 of 16"]);
    pty.send("\u{3}");
    assert_eq!(pty.finish().0, 0);
}
