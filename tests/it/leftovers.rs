//! What killed runs leave behind is put away by the next start, and nothing that a living process works on.

use crate::support::hostile::{Hostile, Stage, fetch_actual, october_order, stage};
use crate::support::report_answers::report_answers;
use crate::support::{command_session, document, file, program, run, stderr};
use chrono::TimeDelta;
use costscope::domain::metric::Metric;
use costscope::domain::report::request::{Api, ReportKey};
use costscope::store::ledger::LedgerEntry;
use costscope::store::orders::intents::{Intent, Intents};
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The next start of any command.
fn start_again(data: &Path) {
    let output = run(data, &["ledger", "list"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

fn names(folder: &Path) -> Vec<String> {
    let items = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> = items
        .map(|item| item.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// A stored report, and where the note of its order and its downloads would be.
struct Stored {
    stage: Stage,
    entry: LedgerEntry,
    note: PathBuf,
    download: PathBuf,
}

impl Stored {
    async fn new() -> Self {
        let stage = stage(report_answers("7")).await;
        let outcome = fetch_actual(&stage.session, &october_order()).await;
        assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
        let key = &outcome.entry().unwrap().key;
        let entry = stage.session.ledger().find(key).unwrap().unwrap();
        let data = stage.folder.path();
        let note = data.join("jobs").join(format!("{}.json", entry.key));
        let download = data.join("downloads").join(entry.key.as_str());
        assert!(!note.exists() && !download.exists());
        Self {
            note,
            download: download.join("blob-0.csv"),
            stage,
            entry,
        }
    }

    fn data(&self) -> &Path {
        self.stage.folder.path()
    }

    /// Leaves what a run leaves that is killed before it removes its note and its downloads.
    fn leave(&self, change: impl FnOnce(&mut Intent)) {
        let mut intent = Intent::new(&self.entry.request, self.entry.fetched_at, Api::Details);
        intent.poll_url = Some(format!("{}/x/poll/1", self.stage.server.url));
        change(&mut intent);
        let orders = Intents::open(self.data()).unwrap();
        let claim = orders.claim(&self.entry.key).unwrap();
        claim.write(&intent).unwrap();
        self.leave_download();
    }

    fn leave_download(&self) {
        fs::create_dir_all(self.download.parent().unwrap()).unwrap();
        fs::write(&self.download, "Cost\n7\n").unwrap();
    }

    fn has(&self) -> (bool, bool) {
        (self.note.exists(), self.download.exists())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_order_is_put_away_at_the_next_start() {
    let stored = Stored::new().await;
    stored.leave(|_| {});
    start_again(stored.data());
    assert_eq!(stored.has(), (false, false));
    assert!(!stored.download.parent().unwrap().exists());
    // An order of another time, one that was never accepted, and one whose note is damaged.
    let cases: [(&str, fn(&mut Intent)); 2] = [
        ("later", |intent| intent.ordered_at += TimeDelta::seconds(1)),
        ("undecided", |intent| intent.poll_url = None),
    ];
    for (what, change) in cases {
        stored.leave(change);
        start_again(stored.data());
        assert_eq!(stored.has(), (true, true), "{what}");
    }
    fs::write(&stored.note, "{\"cut").unwrap();
    start_again(stored.data());
    assert_eq!(stored.has(), (true, true));
    // The report itself is untouched.
    assert!(
        stored
            .stage
            .session
            .ledger()
            .find(&stored.entry.key)
            .unwrap()
            == Some(stored.entry)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn downloads_without_an_order_are_removed() {
    let stored = Stored::new().await;
    stored.leave_download();
    start_again(stored.data());
    assert_eq!(stored.has(), (false, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_a_living_process_is_left_alone() {
    let stored = Stored::new().await;
    stored.leave(|_| {});
    let orders = Intents::open(stored.data()).unwrap();
    let claim = orders.claim(&stored.entry.key).unwrap();
    start_again(stored.data());
    assert_eq!(stored.has(), (true, true));
    // The same for downloads that have no note yet.
    claim.clear().unwrap();
    start_again(stored.data());
    assert_eq!(stored.has(), (false, true));
    drop(claim);
    start_again(stored.data());
    assert_eq!(stored.has(), (false, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn report_out_resumes_instead_of_ordering_again() {
    let server = Hostile::start(report_answers("7")).await;
    let folder = TempDir::new().unwrap();
    let session = command_session(&server.url, folder.path());
    let order = october_order();
    let outcome = fetch_actual(&session, &order).await;
    let entry = outcome.entry().unwrap();
    let request = order.request(order.period.clone(), Metric::Actual);
    let key: ReportKey = request.key(session.origin());
    assert_eq!(entry.key, key);
    let note = Intent {
        poll_url: Some(format!("{}/x/poll/1?api-version=2025-03-01", server.url)),
        ..Intent::new(&request, entry.fetched_at, Api::Details)
    };
    let orders = Intents::open(folder.path()).unwrap();
    orders.claim(&key).unwrap().write(&note).unwrap();
    server.queue(report_answers("7").split_off(1));
    let out = folder.path().join("files");
    let output = run(
        folder.path(),
        &[
            "report",
            "--endpoint",
            &server.url,
            "--scope",
            "8608480",
            "--month",
            "2026-10",
            "--api",
            "details",
            "--format",
            "json",
            "--out",
            out.to_str().unwrap(),
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(document(&output)["reports"][0]["status"], "ready");
    assert_eq!(server.count("POST"), 1, "ordered once");
    assert_eq!(names(&out), [format!("{key}.csv")]);
    let left: Vec<String> = names(&folder.path().join("jobs"));
    assert_eq!(left, [format!("{key}.lock")], "the order is done");
}

#[test]
fn unfinished_files_in_the_data_folder_are_removed() {
    let place = TempDir::new().unwrap();
    let data = place.path().join("data");
    let folders = ["", "views", "views/last", "jobs", "copies", "ledger/.work"];
    let mut planted = Vec::new();
    start_again(&data);
    for folder in folders {
        let folder = data.join(folder);
        fs::create_dir_all(&folder).unwrap();
        planted.push(file(&folder, ".new-0123456789abcdef", "cut"));
    }
    // The lock of a report that was being filled, whose folder is gone.
    let lock = "new-test@ba-8608480@2026-10@actual.lock";
    planted.push(file(&data.join("ledger/.work"), lock, ""));
    let held = file(
        &data.join("views"),
        ".new-fedcba9876543210",
        "being written",
    );
    let writer = File::open(&held).unwrap();
    writer.lock().unwrap();
    let view = file(&data.join("views"), "dear.toml", "filter = \"cost > 1\"\n");
    start_again(&data);
    let left: Vec<&PathBuf> = planted.iter().filter(|path| path.exists()).collect();
    assert_eq!(left, Vec::<&PathBuf>::new());
    assert!(held.exists() && view.exists());
    drop(writer);
    start_again(&data);
    assert!(!held.exists() && view.exists());
}

/// Waits until a condition holds.
fn wait_for(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn unfinished(folder: &Path) -> usize {
    let names = names(folder);
    let unfinished = names.iter().filter(|name| name.starts_with(".costscope-"));
    unfinished.count()
}

/// A run that writes a large file, once it has noted the folder.
fn writing(data: &Path, out: &Path) -> Child {
    let target = out.join("sample.csv");
    let child = program()
        .arg("--data-dir")
        .arg(data)
        .args(["sample", "--rows", "100000000", "--out"])
        .arg(target)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for("the run notes where it writes", || {
        let notes = names(&data.join("unfinished"));
        unfinished(out) == 1 && notes.len() == 1 && !notes[0].starts_with('.')
    });
    child
}

#[test]
fn a_killed_export_is_cleaned_by_the_next_start_of_any_command() {
    let place = TempDir::new().unwrap();
    let (data, out) = (place.path().join("data"), place.path().join("out"));
    fs::create_dir(&out).unwrap();
    let mut child = writing(&data, &out);
    // While it lives, neither another start nor another writer takes its file away.
    start_again(&data);
    let small = out.join("small.csv");
    let sample = ["sample", "--rows", "3", "--out", small.to_str().unwrap()];
    assert!(run(&data, &sample).status.success());
    assert_eq!((unfinished(&out), small.exists()), (1, true));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(unfinished(&out), 1, "a killed run cannot clean up");
    start_again(&data);
    assert_eq!(names(&out), ["small.csv"]);
    assert_eq!(names(&data.join("unfinished")), Vec::<String>::new());
    // A run with another data folder finds it when it writes to the same folder.
    let mut child = writing(&data, &out);
    child.kill().unwrap();
    child.wait().unwrap();
    let other = place.path().join("other");
    assert!(run(&other, &sample).status.success());
    assert_eq!(names(&out), ["small.csv"]);
}

#[test]
fn a_planted_note_removes_nothing_else() {
    let place = TempDir::new().unwrap();
    let (data, out) = (place.path().join("data"), place.path().join("out"));
    start_again(&data);
    fs::create_dir_all(out.join(".costscope-folder.tmp")).unwrap();
    file(&out, "precious", "precious");
    file(&out, "other.tmp", "precious");
    file(&out, ".costscope-", "precious");
    symlink(out.join("precious"), out.join(".costscope-link.tmp")).unwrap();
    let expected = names(&out);
    file(&out, ".costscope-x1y2z3.tmp", "left by a killed run");
    let notes = data.join("unfinished");
    fs::create_dir(&notes).unwrap();
    file(&notes, "0123456789abcdef", out.to_str().unwrap());
    file(&notes, "fedcba9876543210", "/nowhere/at/all\0");
    start_again(&data);
    assert_eq!(names(&out), expected);
    assert_eq!(fs::read(out.join("precious")).unwrap(), b"precious");
    assert_eq!(names(&notes), Vec::<String>::new());
}
