//! Waits for a storage that is busy: what is waited for is said with the time left and the number of the try, they end after
//! ten minutes or as `--max-wait` says, and the user can stop them.

use crate::support::cost_files::{row, table};
use crate::support::storage::{ExportRun, asked, folder_of, put_run, source, total};
use crate::support::{JumpingClock, World, emulator, session};
use chrono::{DateTime, TimeDelta, Utc};
use costscope::emulator::server::Emulator;
use costscope::ops::clock::{Clock, Sleep};
use costscope::ops::context::OpenDataset;
use costscope::ops::error::OpsError;
use costscope::ops::explore::open::{Progress, open_in};
use costscope::ops::session::{Session, Setup};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::task::JoinHandle;

const DAILY: &str = "cost/daily";

/// Writes a run of two parts: 3.
fn put_daily(emulator: &Emulator) {
    let part = |day: u32, cost: &str| table(&[row("s1", day, &format!("r{day}"), cost)]);
    let parts = [part(1, "1"), part(2, "2")];
    let run = ExportRun {
        export: "daily",
        id: "11111111-0000-4000-8000-000000000001",
        submitted: "2026-11-10T03:00:00Z",
        kind: "ActualCost",
        parts: &parts,
        promised: parts.len(),
    };
    put_run(emulator, &run);
}

fn opening(
    session: &Session,
    emulator: &Emulator,
    progress: &Arc<Progress>,
) -> JoinHandle<Result<OpenDataset, OpsError>> {
    let (session, progress) = (session.clone(), Arc::clone(progress));
    let source = source(emulator, DAILY);
    tokio::task::spawn_blocking(move || open_in(&session, (&progress, None), &[source]))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wait_says_what_for_how_long_and_which_try() {
    let list = "[[storage]]\nfault = \"busy\"\nlist = true\ntimes = 3\n";
    let part = "[[storage]]\nfault = \"busy\"\nblob = \"part_1_0001.csv\"\ntimes = 2\n";
    let world = World::new(&format!("{list}{part}")).await;
    put_daily(&world.emulator);
    let progress = Arc::new(Progress::default());
    let opened = opening(&world.session, &world.emulator, &progress);
    let opened = opened.await.unwrap().unwrap();
    assert_eq!(total(&opened), "3");
    let told = progress.take_told();
    // Each wait is twice as long as the one before, and a little longer.
    let listing = "listing: the storage answered 503; try";
    let part = "part_1_0001.csv: the storage answered 503; try";
    let months = "1 month: 0 unchanged, 1 to fetch, 2 parts, ";
    let expected = [
        format!("{listing} 2 in 3 s"),
        format!("{listing} 3 in 5 s"),
        format!("{listing} 4 in 9 s"),
        months.to_owned(),
        format!("{part} 2 in 3 s"),
        format!("{part} 3 in 5 s"),
    ];
    assert_eq!(told.len(), expected.len(), "{told:?}");
    for (told, expected) in told.iter().zip(&expected) {
        assert!(told.starts_with(expected.as_str()), "{told}");
    }
    let checked = "checked: rows as promised, totals 3 EUR".to_owned();
    assert!(opened.notes.contains(&checked), "{:?}", opened.notes);
    assert_eq!(progress.words(), None, "nothing is waited for any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_stays_busy_ends_within_ten_minutes() {
    let world = World::new("[[storage]]\nfault = \"busy\"\nlist = true\ntimes = 9999\n").await;
    put_daily(&world.emulator);
    let (progress, begun) = (Arc::new(Progress::default()), world.clock.now());
    let opened = opening(&world.session, &world.emulator, &progress);
    let error = opened.await.unwrap().unwrap_err();
    assert_eq!(error.exit_code(), 5, "{error}");
    assert!(error.to_string().contains("ServerBusy"), "{error}");
    let gone = world.clock.now() - begun;
    assert!(
        gone > TimeDelta::minutes(8) && gone <= TimeDelta::minutes(10),
        "{gone}"
    );
    // Waits grow to a minute.
    assert!((10..20).contains(&asked(&world.emulator, "")));
}

#[tokio::test(flavor = "multi_thread")]
async fn max_wait_limits_the_waits_of_a_list_and_of_a_part() {
    let part = "[[storage]]\nfault = \"busy\"\nblob = \"part_1_0001.csv\"\ntimes = 9999\n";
    let list = "[[storage]]\nfault = \"busy\"\nlist = true\ntimes = 9999\n";
    for (script, what) in [(list, "ServerBusy"), (part, "part_1_0001.csv")] {
        for (limit, words) in [(90, "--max-wait (01:30)"), (3600, "--max-wait (1:00:00)")] {
            let clock = JumpingClock::new();
            let limited = Limited::new(script, &clock, Some(limit)).await;
            put_daily(&limited.emulator);
            let (progress, begun) = (Arc::new(Progress::default()), clock.now());
            let error = limited.open(&progress).await.unwrap();
            let error = error.unwrap_err();
            assert_eq!(error.exit_code(), 5, "{error}");
            let said = error.to_string();
            assert!(said.contains(words) && said.contains(what), "{said}");
            // Waits grow to a minute and a little more: the last one that fits is not left out.
            let (gone, limit) = (clock.now() - begun, TimeDelta::seconds(limit.cast_signed()));
            assert!(
                gone <= limit + TimeDelta::seconds(5) && gone > limit - TimeDelta::seconds(90),
                "{gone}"
            );
            assert!(gone > TimeDelta::zero(), "{said}");
        }
    }
}

/// An emulator, and a session with a `--max-wait` in seconds.
struct Limited {
    emulator: Emulator,
    session: Session,
    _folder: TempDir,
}

impl Limited {
    async fn new(script: &str, clock: &Arc<JumpingClock>, limit: Option<u64>) -> Self {
        let own: Arc<dyn Clock> = Arc::<JumpingClock>::clone(clock);
        let emulator = emulator(script, &own).await;
        let folder = TempDir::new().unwrap();
        let setup = Setup {
            endpoint: Some(emulator.url()),
            origin: Some("test".to_owned()),
            max_wait: limit.map(Duration::from_secs),
            ..Setup::new(folder.path().to_owned())
        };
        Self {
            emulator,
            session: Session::open(&setup, own).unwrap(),
            _folder: folder,
        }
    }

    fn open(&self, progress: &Arc<Progress>) -> JoinHandle<Result<OpenDataset, OpsError>> {
        opening(&self.session, &self.emulator, progress)
    }
}

/// Writes a run of one part with 500 rows of 1: 500.
fn put_long(emulator: &Emulator) -> String {
    let rows: Vec<String> = (0..500)
        .map(|n| row("s1", n % 28 + 1, &format!("r{n}"), "1"))
        .collect();
    let parts = [table(&rows)];
    let run = ExportRun {
        export: "daily",
        id: "11111111-0000-4000-8000-000000000001",
        submitted: "2026-11-10T03:00:00Z",
        kind: "ActualCost",
        parts: &parts,
        promised: 1,
    };
    put_run(emulator, &run);
    format!("{}/part_0_0001.csv", folder_of(&run))
}

const NO_RANGES: &str =
    "[[storage]]\nfault = \"no-ranges\"\nblob = \"part_0_0001.csv\"\ntimes = 0\n";

fn broken(fault: &str, times: u32) -> String {
    format!("[[storage]]\nfault = \"{fault}\"\nblob = \"part_0_0001.csv\"\ntimes = {times}\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storage_that_ignores_ranges_sends_all_again_and_nothing_counts_twice() {
    for (script, asks) in [
        (format!("{NO_RANGES}{}", broken("cut", 1)), 2),
        (format!("{NO_RANGES}{}", broken("cut", 3)), 4),
        (format!("{NO_RANGES}{}", broken("stall", 1)), 2),
        // With ranges, each try begins where the one before stopped.
        (broken("stall", 3), 4),
    ] {
        let limited = Limited::new(&script, &JumpingClock::hurrying(), None).await;
        let part = put_long(&limited.emulator);
        let opened = limited.open(&Arc::new(Progress::default())).await.unwrap();
        let opened = opened.unwrap();
        let rows = opened.data.sources().iter().map(|source| source.rows);
        assert_eq!(rows.sum::<u64>(), 500, "{script}");
        assert_eq!(total(&opened), "500", "{script}");
        assert_eq!(asked(&limited.emulator, &part), asks, "{script}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storage_that_never_comes_further_is_given_up() {
    // A cut is found at once. The silence of a request counts for --max-wait, and is two minutes at most.
    for (fault, limit, exit, words, longest) in [
        ("cut", 600, 6, "5 times without a new byte", 120),
        ("stall", 300, 5, "--max-wait (05:00)", 425),
        ("stall", 60, 5, "--max-wait (01:00)", 125),
    ] {
        let script = format!("{NO_RANGES}{}", broken(fault, 99));
        let clock = JumpingClock::hurrying();
        let limited = Limited::new(&script, &clock, Some(limit)).await;
        let part = put_long(&limited.emulator);
        let begun = clock.now();
        let error = limited.open(&Arc::new(Progress::default())).await.unwrap();
        let error = error.unwrap_err();
        let said = error.to_string();
        assert_eq!(error.exit_code(), exit, "{said}");
        assert!(
            said.contains(words) && said.contains("part_0_0001.csv"),
            "{said}"
        );
        let gone = clock.now() - begun;
        assert!(gone <= TimeDelta::seconds(longest), "{fault}: {gone}");
        assert!(asked(&limited.emulator, &part) <= 7, "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_run_takes_the_whole_blob_where_ranges_are_ignored() {
    let script = format!("{NO_RANGES}{}", broken("stall", 1));
    let limited = Limited::new(&script, &JumpingClock::hurrying(), Some(60)).await;
    let part = put_long(&limited.emulator);
    let first = limited.open(&Arc::new(Progress::default())).await.unwrap();
    assert_eq!(first.unwrap_err().exit_code(), 5);
    let second = limited.open(&Arc::new(Progress::default())).await.unwrap();
    assert_eq!(total(&second.unwrap()), "500");
    assert_eq!(asked(&limited.emulator, &part), 2);
}

/// A clock that is moved by hand, and whose waits never end.
#[derive(Debug)]
struct StoppedClock(Mutex<DateTime<Utc>>);

impl Clock for StoppedClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    fn sleep_until(&self, _: DateTime<Utc>) -> Sleep<'_> {
        Box::pin(std::future::pending())
    }

    fn jitter(&self) -> TimeDelta {
        TimeDelta::zero()
    }
}

/// Waits until the progress says this.
async fn until_said(progress: &Progress, words: &str) {
    let begun = Instant::now();
    while progress.words().as_deref() != Some(words) {
        let said = progress.words();
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{said:?}, not {words}"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn waits_count_down_and_can_be_stopped() {
    for (script, what) in [
        ("[[storage]]\nfault = \"busy\"\nlist = true\n", "listing"),
        (
            "[[storage]]\nfault = \"busy\"\nblob = \"part_1_0001.csv\"\n",
            "part_1_0001.csv",
        ),
    ] {
        let own: Arc<dyn Clock> = JumpingClock::new();
        let emulator = emulator(script, &own).await;
        put_daily(&emulator);
        let clock = Arc::new(StoppedClock(Mutex::new(own.now())));
        let folder = TempDir::new().unwrap();
        let session = session(
            &emulator.url(),
            folder.path(),
            Arc::<StoppedClock>::clone(&clock),
        );
        let progress = Arc::new(Progress::default());
        let opened = opening(&session, &emulator, &progress);
        let words = format!("{what}: the storage answered 503; try 2 in");
        until_said(&progress, &format!("{words} 2 s")).await;
        *clock.0.lock().unwrap() += TimeDelta::milliseconds(1_001);
        until_said(&progress, &format!("{words} 1 s")).await;
        progress.cancel();
        let begun = Instant::now();
        assert!(opened.await.unwrap().is_err(), "{what}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{what}");
    }
}
