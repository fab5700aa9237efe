//! Exports in blob storage under faults: lists, manifests and parts that break off, change, are busy or are another version,
//! clocks that are set, and kills. The client ends with the exact total of a run that was there, or says why it cannot; once
//! the storage behaves, it ends with the newest run, and fetches nothing twice.

use crate::dice::Dice;
use crate::exports_server::{DAILY, Kill, Storage};
use crate::folder;
use crate::http;
use crate::journal::{Times, Totals};
use chrono::{DateTime, TimeDelta, Utc};
use costscope::ops::clock::{Clock, Sleep};
use costscope::ops::error::OpsError;
use costscope::ops::explore::open::{Progress, open_in, totals};
use costscope::ops::session::{Session, Setup};
use costscope::store::leftovers;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

/// The seeds of a plain `cargo test`, and the time after which no other one begins.
const SLICE: u64 = 60;
const SLICE_TIME: Duration = Duration::from_secs(10);
/// How far a wall clock is set, in seconds.
const JUMPS: [i64; 6] = [-7200, -60, -2, 2, 60, 7200];

/// A clock whose waits take no time. Some of them set the wall clock.
#[derive(Debug)]
struct WaitingClock(Mutex<(Times, Dice, u64)>);

impl WaitingClock {
    fn times(&self) -> Times {
        self.state().0
    }

    fn state(&self) -> MutexGuard<'_, (Times, Dice, u64)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for WaitingClock {
    fn now(&self) -> DateTime<Utc> {
        self.times().wall
    }

    fn steady(&self) -> TimeDelta {
        self.times().steady
    }

    fn sleep_until(&self, until: DateTime<Utc>) -> Sleep<'_> {
        let mut state = self.state();
        let (times, dice, jumpy) = &mut *state;
        let length = (until - times.wall).max(TimeDelta::zero());
        times.wall += length;
        times.steady += length;
        if dice.chance(*jumpy) {
            times.wall += TimeDelta::seconds(dice.pick(&JUMPS));
        }
        Box::pin(std::future::ready(()))
    }

    /// No request reaches its limits.
    fn alarm(&self, _: DateTime<Utc>) -> Sleep<'_> {
        Box::pin(std::future::pending())
    }

    fn jitter(&self) -> TimeDelta {
        TimeDelta::milliseconds(137)
    }
}

/// Everything that the runs of a seed share.
struct Player {
    runtime: Runtime,
    clock: Arc<WaitingClock>,
    storage: Arc<Mutex<Storage>>,
    url: String,
    folder: TempDir,
}

async fn serve(clock: &WaitingClock, storage: &Mutex<Storage>, mut stream: TcpStream) {
    let Some(request) = http::read(&mut stream).await else {
        return;
    };
    let answer = storage.lock().unwrap().react(&request, clock.times());
    let Some(answer) = answer else {
        return http::reset(&stream).await;
    };
    let rendered = answer.render(clock.times());
    let mut bytes = rendered.head.into_bytes();
    let head = bytes.len();
    bytes.extend(rendered.body);
    let is_reset = match answer.cut {
        crate::answer::Cut::Whole => false,
        crate::answer::Cut::Head => {
            bytes.truncate(head / 2);
            false
        }
        crate::answer::Cut::Body { at, reset } => {
            bytes.truncate(head + at);
            reset
        }
    };
    // A client that is gone needs no answer.
    let _ = stream.write_all(&bytes).await;
    if is_reset {
        http::reset(&stream).await;
    } else {
        let _ = stream.shutdown().await;
    }
}

impl Player {
    fn new(seed: u64) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let times = (Times::first(), Dice::of(seed, 13), 0);
        let clock = Arc::new(WaitingClock(Mutex::new(times)));
        let storage = Arc::new(Mutex::new(Storage::new(Dice::of(seed, 12))));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (own, shared) = (Arc::clone(&clock), Arc::clone(&storage));
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (clock, storage) = (Arc::clone(&own), Arc::clone(&shared));
                tokio::spawn(async move { serve(&clock, &storage, stream).await });
            }
        });
        Self {
            runtime,
            clock,
            storage,
            url,
            folder: folder::scratch(),
        }
    }

    fn storage(&self) -> MutexGuard<'_, Storage> {
        self.storage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the export; its totals.
    fn open(&self, progress: &Arc<Progress>) -> Result<Totals, OpsError> {
        let address = {
            let storage = self.storage();
            format!("{}{}/{DAILY}{}", self.url, storage.container, storage.sas())
        };
        let setup = Setup {
            endpoint: Some(self.url.clone()),
            origin: Some("test".to_owned()),
            ..Setup::new(self.folder.path().to_owned())
        };
        let clock: Arc<dyn Clock> = Arc::<WaitingClock>::clone(&self.clock);
        let progress = Arc::clone(progress);
        self.runtime.block_on(async {
            let session = Session::open(&setup, clock)?;
            let work = move || -> Result<Totals, OpsError> {
                let opened = open_in(&session, (&progress, None), &[address])?;
                let mut found = Totals::default();
                for money in totals(&opened.data)? {
                    let currency = money.currency.as_deref().unwrap_or("none");
                    found.add(currency, money.amount.units());
                }
                found.rows = opened.data.sources().iter().map(|source| source.rows).sum();
                Ok(found)
            };
            tokio::task::spawn_blocking(work).await.unwrap()
        })
    }

    /// One run; what does not hold.
    fn run(&mut self, (mood, change): (u64, u64), kill: Option<u64>) -> Vec<String> {
        let progress = Arc::new(Progress::default());
        let kill = kill.map(|after| Kill {
            after,
            data: self.folder.path().to_owned(),
            progress: Arc::clone(&progress),
        });
        let has_kill = kill.is_some();
        self.storage().begin(mood, change, kill);
        let ended = self.open(&progress);
        let mut storage = self.storage();
        storage.kill = None;
        let left = storage.left.take();
        let mut wrong = std::mem::take(&mut storage.wrong);
        let secrets = storage.secrets();
        match &ended {
            Ok(found) if !storage.promised.contains(found) => wrong.push(format!(
                "total: {found:?}, but the storage had {:?}",
                storage.promised
            )),
            Ok(_) => {}
            Err(_) if left.is_some() => {}
            Err(error) => {
                let text = error.to_string();
                storage.log.push(format!("failed: {text}"));
                if !storage.is_disturbed {
                    wrong.push(format!("failure: {text}, although the storage behaved"));
                }
                if ![1, 4, 5, 6].contains(&error.exit_code()) || text.trim().len() < 10 {
                    wrong.push(format!("exit: {} {text}", error.exit_code()));
                }
                if secrets.iter().any(|secret| text.contains(secret)) {
                    wrong.push("secret: the signature is in the error".to_owned());
                }
            }
        }
        drop(storage);
        wrong.extend(folder::with_secrets(self.folder.path(), &secrets));
        if has_kill && let Some(left) = left {
            self.folder = left;
        }
        wrong
    }
}

/// Files that were being written.
fn unfinished(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for item in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = item.file_name().to_string_lossy().into_owned();
        if item.path().is_dir() {
            found.extend(unfinished(&item.path()));
        } else if name.starts_with(".new-") {
            found.push(name);
        }
    }
    found
}

/// Plays a seed; what does not hold, with the log.
fn play(seed: u64) -> Option<String> {
    let mut dice = Dice::of(seed, 11);
    let mut player = Player::new(seed);
    let mut wrong = Vec::new();
    for _ in 0..=dice.below(4) {
        let mood = dice.pick(&[50, 150, 300, 500]);
        let change = dice.pick(&[0, 0, 30, 100]);
        let kill = dice.chance(400).then(|| dice.below(14));
        player.clock.state().2 = dice.pick(&[0, 100, 300]);
        player
            .storage()
            .log
            .push(format!("run: {mood} {change} {kill:?}"));
        wrong.extend(player.run((mood, change), kill));
    }
    player
        .storage()
        .log
        .push("run: the storage behaves".to_owned());
    wrong.extend(player.run((0, 0), None));
    player.storage().log.push("run: once more".to_owned());
    wrong.extend(player.run((0, 0), None));
    let asked = player.storage().asked;
    if asked > 0 {
        wrong.push(format!("twice: {asked} parts were fetched again"));
    }
    leftovers::tidy(player.folder.path(), true, SystemTime::now());
    wrong.extend(unfinished(player.folder.path()));
    let log = player.storage().log.join("\n");
    (!wrong.is_empty()).then(|| format!("seed {seed}:\n  {}\n\n{log}\n", wrong.join("\n  ")))
}

#[test]
fn every_seed_of_exports_keeps_the_promises() {
    let number = |name: &str| {
        let text = std::env::var(name).ok()?;
        Some(text.parse::<u64>().expect("a number of seeds"))
    };
    let wanted = number("COSTSCOPE_FAULTS_SEEDS");
    let from = number("COSTSCOPE_FAULTS_FROM").unwrap_or(1);
    let most = wanted.map_or(SLICE_TIME, |_| Duration::MAX);
    let begun = Instant::now();
    let mut done = 0;
    for seed in from..from + wanted.unwrap_or(SLICE) {
        if begun.elapsed() >= most {
            break;
        }
        let failure = play(seed);
        assert!(failure.is_none(), "\n{}", failure.unwrap_or_default());
        done += 1;
    }
    println!(
        "{done} seeds of exports in {} ms",
        begun.elapsed().as_millis()
    );
    assert!(
        done >= wanted.unwrap_or(SLICE).min(5),
        "only {done} seeds were played"
    );
}
