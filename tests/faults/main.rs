//! Reports under faults: a made-up Azure, clocks and kills that a seed draws, and the promises that hold all the same.
//!
//! `cargo test` plays the first seeds; `tests/faults/run --seeds 5000 --from 1` plays as many as one likes. A
//! failure names its seed and tells everything that happened.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
#![allow(
    clippy::too_many_lines,
    clippy::items_after_statements,
    clippy::type_complexity
)]
#![allow(clippy::format_collect)]

mod answer;
mod azure;
mod checks;
mod client_threads;
mod clock;
mod dice;
mod exports;
mod exports_faults;
mod exports_server;
mod folder;
mod gate;
mod http;
mod journal;
mod kill;
mod log;
mod operations;
mod pages;
mod planted;
mod play;
mod rows;
mod server;
mod storage;
mod waits;

use journal::Journal;
use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The seeds of a plain `cargo test`, which take a few seconds, and the time after which no other one begins.
const SLICE: u64 = 150;
const SLICE_TIME: Duration = Duration::from_secs(15);
/// A seed that takes longer than this hangs.
const LONGEST: Duration = Duration::from_secs(120);
/// So many failures are enough to read.
const MOST_FAILURES: usize = 3;

/// The seeds to play.
struct Seeds {
    from: u64,
    count: u64,
    most: Duration,
    /// Whether the log of each seed is printed.
    is_told: bool,
}

impl Seeds {
    fn wanted() -> Self {
        let number = |name: &str| {
            let text = std::env::var(name).ok()?;
            Some(text.parse::<u64>().expect("a number of seeds"))
        };
        let count = number("COSTSCOPE_FAULTS_SEEDS");
        Self {
            from: number("COSTSCOPE_FAULTS_FROM").unwrap_or(1),
            count: count.unwrap_or(SLICE),
            most: count.map_or(SLICE_TIME, |_| Duration::MAX),
            is_told: std::env::var_os("COSTSCOPE_FAULTS_LOG").is_some(),
        }
    }
}

/// What a panic said.
fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default()
}

/// What a person needs to understand a seed.
fn report(seed: u64, wrong: &[String], journal: &Journal) -> String {
    let log = log::lines(&journal.entries());
    let wrong = wrong.join("\n  ");
    format!("seed {seed}:\n  {wrong}\n\n{log}\nAgain: tests/faults/run --seeds 1 --from {seed}\n")
}

/// Plays one seed; the report if something does not hold.
fn failing(seed: u64, is_told: bool, journal: &Arc<Journal>) -> Option<String> {
    let played = catch_unwind(AssertUnwindSafe(|| play::play(seed, None, journal)));
    let wrong = match played {
        Ok(record) => checks::violations(&record),
        Err(panic) => vec![format!("panic: {}", said(&*panic))],
    };
    if is_told {
        eprintln!("{}", report(seed, &wrong, journal));
    }
    (!wrong.is_empty()).then(|| report(seed, &wrong, journal))
}

#[test]
fn every_seed_keeps_the_promises() {
    let seeds = Seeds::wanted();
    let (next, done) = (AtomicU64::new(0), AtomicU64::new(0));
    let failures: Mutex<Vec<String>> = Mutex::default();
    let running: Mutex<BTreeMap<u64, (Instant, Arc<Journal>)>> = Mutex::default();
    let begun = Instant::now();
    let work = || {
        while begun.elapsed() < seeds.most && failures.lock().unwrap().len() < MOST_FAILURES {
            let number = next.fetch_add(1, Ordering::SeqCst);
            if number >= seeds.count {
                return;
            }
            let (seed, journal) = (seeds.from + number, Arc::new(Journal::new()));
            let now = (Instant::now(), Arc::clone(&journal));
            running.lock().unwrap().insert(seed, now);
            let failure = failing(seed, seeds.is_told, &journal);
            running.lock().unwrap().remove(&seed);
            failures.lock().unwrap().extend(failure);
            let count = done.fetch_add(1, Ordering::SeqCst) + 1;
            if count.is_multiple_of(500) {
                eprintln!("{count} seeds in {} s", begun.elapsed().as_secs());
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let left = AtomicUsize::new(threads);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                work();
                left.fetch_sub(1, Ordering::SeqCst);
            });
        }
        while left.load(Ordering::SeqCst) > 0 {
            std::thread::sleep(Duration::from_millis(20));
            let running = running.lock().unwrap();
            for (seed, (since, journal)) in &*running {
                if since.elapsed() > LONGEST {
                    let wrong = ["hang: it does not end".to_owned()];
                    eprintln!("{}", report(*seed, &wrong, journal));
                    std::process::exit(101);
                }
            }
        }
    });
    let (failures, done) = (failures.into_inner().unwrap(), done.into_inner());
    println!("{done} seeds in {} ms", begun.elapsed().as_millis());
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
    assert!(done >= seeds.count.min(5), "only {done} seeds were played");
}
