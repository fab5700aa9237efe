//! Two processes on one place of the ledger: both end, nothing is fetched twice, and a killed one does not hold up the other.

use crate::support::storage::{
    ExportRun, asked, folder_of, large_parts, put_run, source, wait_for,
};
use crate::support::{JumpingClock, document, emulator, program, run, stderr};
use costscope::emulator::server::Emulator;
use costscope::ops::clock::Clock;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Arc;
use tempfile::TempDir;

const PARTS: usize = 6;
const RUN: &str = "11111111-0000-4000-8000-000000000001";

fn run_of(parts: &[String]) -> ExportRun<'_> {
    ExportRun {
        export: "daily",
        id: RUN,
        submitted: "2026-11-11T03:00:00Z",
        kind: "ActualCost",
        parts,
        promised: PARTS,
    }
}

/// An emulator that sends slowly, with a run of six parts of about 700 kB.
async fn slow_emulator() -> Emulator {
    let clock: Arc<dyn Clock> = JumpingClock::new();
    let emulator = emulator("download-pause = 40", &clock).await;
    let parts = large_parts(PARTS);
    put_run(&emulator, &run_of(&parts));
    emulator
}

fn started(folder: &Path, address: &str) -> Child {
    program()
        .arg("--data-dir")
        .arg(folder)
        .args(["show", address, "--group-by", "month", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// How often each part was asked for.
fn times(emulator: &Emulator) -> [usize; PARTS] {
    let folder = folder_of(&run_of(&[]));
    std::array::from_fn(|part| asked(emulator, &format!("{folder}/part_{part}_0001.csv")))
}

fn assert_total(child: Child) {
    let output = child.wait_with_output().unwrap();
    let found = document(&output);
    assert_eq!(found["totals"][0]["cost"], "540", "{}", stderr(&output));
}

/// Nothing that is unfinished is left, no lock is held, and the run is in the ledger once.
fn assert_settled(folder: &Path) {
    let work = std::fs::read_dir(folder.join("ledger/.work")).unwrap();
    let left: Vec<String> = work
        .map(|item| item.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "lock")
        .collect();
    assert!(left.is_empty(), "{left:?}");
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for item in std::fs::read_dir(next).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.display().to_string();
            let ending = path.extension().and_then(|ending| ending.to_str());
            assert!(!matches!(ending, Some("part" | "tmp")), "{name}");
            let file = std::fs::File::open(&path).unwrap();
            assert!(file.try_lock().is_ok(), "{name} is locked");
        }
    }
    let list = document(&run(folder, &["ledger", "list", "--format", "json"]));
    let reports = list["reports"].as_array().unwrap();
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert_eq!(reports[0]["rows"], 54_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_share_the_rows_of_a_run() {
    let emulator = slow_emulator().await;
    let data = TempDir::new().unwrap();
    let address = source(&emulator, "cost/daily");
    let folder = data.path().to_owned();
    let work = move || {
        let both = [0, 1].map(|_| started(&folder, &address));
        both.into_iter().for_each(assert_total);
        assert_settled(&folder);
    };
    tokio::task::spawn_blocking(work).await.unwrap();
    assert_eq!(times(&emulator), [1; PARTS]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_goes_on_where_another_one_was_killed() {
    let emulator = Arc::new(slow_emulator().await);
    let data = TempDir::new().unwrap();
    let address = source(&emulator, "cost/daily");
    let (folder, watched) = (data.path().to_owned(), Arc::clone(&emulator));
    let work = move || {
        let mut first = started(&folder, &address);
        wait_for("the first parts", || {
            times(&watched).iter().filter(|times| **times > 0).count() >= 4
        });
        let second = started(&folder, &address);
        // The fifth part begins when one of the first four is whole.
        wait_for("a whole part", || {
            times(&watched).iter().filter(|times| **times > 0).count() >= 5
        });
        first.kill().unwrap();
        first.wait().unwrap();
        assert_total(second);
        assert_settled(&folder);
    };
    tokio::task::spawn_blocking(work).await.unwrap();
    let times = times(&emulator);
    // What was whole is not fetched again, and what was on its way is resumed.
    assert!(times.contains(&1), "{times:?}");
    assert!(
        times.iter().all(|times| (1..=2).contains(times)),
        "{times:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_command_says_that_it_goes_on() {
    let emulator = Arc::new(slow_emulator().await);
    let data = TempDir::new().unwrap();
    let address = source(&emulator, "cost/daily");
    let (folder, watched) = (data.path().to_owned(), Arc::clone(&emulator));
    let work = move || {
        let first = started(&folder, &address);
        wait_for("a whole part", || {
            times(&watched).iter().filter(|times| **times > 0).count() >= 5
        });
        let pid = rustix::process::Pid::from_child(&first);
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
        let output = first.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130));
        let said = stderr(&output);
        assert!(
            said.contains("the same command goes on from there"),
            "{said}"
        );
        assert_total(started(&folder, &address));
        assert_settled(&folder);
    };
    tokio::task::spawn_blocking(work).await.unwrap();
    assert!(times(&emulator).contains(&1), "a whole part is kept");
}
