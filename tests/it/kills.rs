//! Runs that are killed at moments that a seed draws: the next start leaves nothing in the data folder that does not belong
//! there, and the next run ends the order without ordering it again.
//!
//! `COSTSCOPE_RUNS=2000` tries as many seeds instead of 8, beginning with `COSTSCOPE_FIRST=N`. A failure says its seed.

use crate::support::bills::Dice;
use crate::support::{document, program, run, stderr};
use costscope::emulator::scenario::Script;
use costscope::emulator::server::Emulator;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Reports are ready after a second, downloads come in pieces, and Usage Details has many pages.
const SCENARIO: &str = "polls = 0\nretry-after = 1\ndownload-pause = 5\nusage-page = 200\n";
const SCOPE: &str = "8608480";
const APIS: [&str; 2] = ["details", "usage"];
/// The seeds without a wish.
const SEEDS: u64 = 6;
/// Seeds at once: a run mostly waits.
const AT_ONCE: usize = 6;

/// The seed of a failure is printed when its thread panics.
struct Telling(u64);

impl Drop for Telling {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("again: COSTSCOPE_FIRST={} COSTSCOPE_RUNS=1", self.0);
        }
    }
}

/// Passes every seed to `check`, several at once.
fn each_seed(check: impl Fn(u64, Dice) + Sync) {
    let wish = |name: &str| -> Option<u64> { std::env::var(name).ok()?.parse().ok() };
    let first = wish("COSTSCOPE_FIRST").unwrap_or(0);
    let count = wish("COSTSCOPE_RUNS").unwrap_or(SEEDS);
    let next = AtomicU64::new(0);
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::SeqCst);
            if number >= count {
                return;
            }
            let seed = first + number;
            let telling = Telling(seed);
            check(seed, Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
            drop(telling);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
}

/// Every file below a folder, by its path in it.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for item in fs::read_dir(next).into_iter().flatten() {
            let path = item.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let inside = path.strip_prefix(folder).unwrap();
                found.push(inside.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

/// Starts the program and kills it after a while, unless it ends before.
fn kill_after(wait: Duration, data: &Path, arguments: &[&str]) {
    let mut child = program()
        .arg("--data-dir")
        .arg(data)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(wait);
    let _ = child.kill();
    child.wait().unwrap();
}

/// The next start of any command.
fn start_again(data: &Path) {
    let output = run(data, &["ledger", "list"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

/// An emulator with one report, and a data folder.
struct Place {
    emulator: Emulator,
    folder: TempDir,
    api: &'static str,
}

impl Place {
    fn new(runtime: &Runtime, api: &'static str) -> Self {
        let script = Script::read("kills", SCENARIO).unwrap();
        let started = Emulator::start(script, 0, Arc::new(chrono::Utc::now));
        Self {
            emulator: runtime.block_on(started).unwrap(),
            folder: TempDir::new().unwrap(),
            api,
        }
    }

    fn run(&self, more: &[&str]) -> Output {
        let url = self.emulator.url();
        run(self.folder.path(), &[&self.report(&url)[..], more].concat())
    }

    fn report<'a>(&self, url: &'a str) -> Vec<&'a str> {
        let fixed = ["report", "--last-month", "--format", "json"];
        let fixed = fixed.into_iter().chain(["--scope", SCOPE]);
        fixed
            .chain(["--api", self.api, "--endpoint", url])
            .collect()
    }

    fn posts(&self) -> usize {
        let record = self.emulator.record();
        let requests = record.requests.iter();
        requests.filter(|line| line.starts_with("POST")).count()
    }

    /// What is in the data folder and does not belong there.
    fn strays(&self, is_over: bool) -> Vec<String> {
        let all = files(self.folder.path());
        let is_there = |path: &str| all.iter().any(|known| known == path);
        let belongs = |path: &String| {
            let parts: Vec<&str> = path.split('/').collect();
            match parts.as_slice() {
                ["log", name] => name.starts_with("costscope.log"),
                // Orders that have ended are kept.
                ["ledger", ".work", "lock"] | ["history", _] => true,
                ["ledger", key, name] => {
                    // A part, or the note that it was compared with its checksum.
                    let part = name.strip_prefix('.').unwrap_or(name);
                    let is_part = part.starts_with("part-") && part.contains(".parquet");
                    let is_whole = is_there(&format!("ledger/{key}/report.json"));
                    is_whole && (is_part || *name == "report.json")
                }
                ["jobs", name] if name.strip_suffix(".lock").is_some() => true,
                ["jobs", name] => {
                    let key = name.strip_suffix(".json");
                    let is_stored = |key: &str| is_there(&format!("ledger/{key}/report.json"));
                    !is_over && key.is_some_and(|key: &str| !is_stored(key))
                }
                // Files of a download stay as long as its order.
                ["downloads", key, _] => is_there(&format!("jobs/{key}.json")),
                _ => false,
            }
        };
        all.iter().filter(|path| !belongs(path)).cloned().collect()
    }
}

/// The rows and totals of the only report.
fn figures(output: &Output) -> (Value, Value) {
    let report = &document(output)["reports"][0];
    assert_eq!(report["status"], "ready", "{report}");
    (report["rows"].clone(), report["totals"].clone())
}

#[test]
fn orders_that_are_killed_are_ended_by_the_next_run() {
    let runtime = Runtime::new().unwrap();
    let whole = APIS.map(|api| {
        let place = Place::new(&runtime, api);
        let begun = Instant::now();
        let output = place.run(&[]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(place.strays(true), Vec::<String>::new(), "{api}");
        (api, begun.elapsed(), figures(&output))
    });
    let undecided = AtomicU64::new(0);
    each_seed(|seed, mut dice| {
        let (api, took, right) = &whole[dice.below(APIS.len())];
        let api = *api;
        let place = Place::new(&runtime, api);
        let url = place.emulator.url();
        let (report, data) = (place.report(&url), place.folder.path());
        let resume = ["jobs", "resume", "--endpoint", &url];
        let most = usize::try_from(took.as_millis()).unwrap() + 100;
        for arguments in [&report[..], &resume[..], &report[..]] {
            let wait = Duration::from_millis(dice.below(most) as u64);
            kill_after(wait, data, arguments);
            start_again(data);
            let strays = place.strays(false);
            assert_eq!(strays, Vec::<String>::new(), "{seed}: {arguments:?}");
        }
        let mut output = place.run(&[]);
        let is_undecided = output.status.code() == Some(1);
        if is_undecided {
            // Killed between the order and its answer: only the user can decide to order again.
            let said = stderr(&output);
            assert!(said.contains("--refresh"), "{seed}: {said}");
            assert!(place.posts() <= 1, "{seed}: {said}");
            undecided.fetch_add(1, Ordering::SeqCst);
            output = place.run(&["--refresh"]);
        }
        assert_eq!(output.status.code(), Some(0), "{seed}: {}", stderr(&output));
        assert_eq!(figures(&output), *right, "{seed}");
        let posts = place.posts();
        match (api, is_undecided) {
            ("usage", _) => assert_eq!(posts, 0, "{seed}"),
            (_, false) => assert_eq!(posts, 1, "{seed}: it is ordered once"),
            (_, true) => assert!((1..=2).contains(&posts), "{seed}: {posts}"),
        }
        assert_eq!(place.strays(true), Vec::<String>::new(), "{seed}");
    });
    println!("{undecided:?} orders were undecided");
}

#[test]
fn exports_that_are_killed_leave_no_file() {
    let place = TempDir::new().unwrap();
    let source = place.path().join("rows.csv").display().to_string();
    let sample = ["sample", "--rows", "8000", "--out", &source];
    let made = run(place.path(), &sample);
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    each_seed(|seed, mut dice| {
        let folder = TempDir::new().unwrap();
        let (data, out) = (folder.path().join("data"), folder.path().join("out"));
        fs::create_dir(&out).unwrap();
        let ending = dice.pick(&["csv", "json", "parquet", "xlsx", "md"]);
        let target = out.join(format!("costs.{ending}"));
        let export = ["export", &source, "--to", target.to_str().unwrap()];
        let wait = Duration::from_millis(dice.below(1_500) as u64);
        kill_after(wait, &data, &export);
        // The file is there as a whole, or not at all.
        start_again(&data);
        let names = files(&out);
        let is_whole = names == [format!("costs.{ending}")];
        assert!(is_whole || names.is_empty(), "{seed}: {names:?}");
        let strays: Vec<String> = files(&data)
            .into_iter()
            .filter(|path| !path.starts_with("log/") && path != "ledger/.work/lock")
            .collect();
        assert_eq!(strays, Vec::<String>::new(), "{seed}");
        let is_table = ["csv", "parquet"].contains(&ending);
        if is_whole && is_table {
            let show = ["show", target.to_str().unwrap(), "--format", "json"];
            let shown = document(&run(&data, &show));
            assert_eq!(shown["of"], 8_000, "{seed}");
        }
    });
}
