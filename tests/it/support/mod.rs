//! Shared test support: a clock that never waits, an emulator on it, folders, the program itself.

pub(crate) mod azure;
pub(crate) mod bills;
pub(crate) mod cached_files;
pub(crate) mod cost_files;
pub(crate) mod damage;
pub(crate) mod exports;
pub(crate) mod findings;
pub(crate) mod generated_files;
pub(crate) mod hostile;
pub(crate) mod imports;
pub(crate) mod inside;
pub(crate) mod many;
pub(crate) mod mask;
pub(crate) mod odd_names;
pub(crate) mod pair_files;
pub(crate) mod parquet;
pub(crate) mod planted_bill;
pub(crate) mod pty;
pub(crate) mod reference_reader;
pub(crate) mod report_answers;
pub(crate) mod screen_text;
pub(crate) mod served;
pub(crate) mod sign_in;
pub(crate) mod sources;
#[cfg(feature = "spark")]
pub(crate) mod spark;
pub(crate) mod spec;
pub(crate) mod spec_checks;
#[cfg(feature = "sql")]
pub(crate) mod sql_answers;
pub(crate) mod storage;
pub(crate) mod terminal_output;
pub(crate) mod typed_parquet;
pub(crate) mod typist;
pub(crate) mod ui_harness;
pub(crate) mod ui_steps;
pub(crate) mod usage_details;
pub(crate) mod whole_folder;
pub(crate) mod witness;

use chrono::{DateTime, TimeDelta, Utc};
use costscope::domain::metric::MetricChoice;
use costscope::domain::period::{Month, Period};
use costscope::domain::report::request::Subset;
use costscope::domain::scope::ScopeId;
use costscope::emulator::scenario::Script;
use costscope::emulator::server::Emulator;
use costscope::ops::clock::{Clock, Sleep};
use costscope::ops::orders::order_spec::{OrderSpec, Resume};
use costscope::ops::session::{Session, Setup};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;

/// A clock that jumps to the end of every wait.
#[derive(Debug)]
pub(crate) struct JumpingClock {
    now: Mutex<DateTime<Utc>>,
    /// How long a second lasts for a request under way; without it, no request reaches its limits.
    second: Option<Duration>,
}

impl JumpingClock {
    pub(crate) fn new() -> Arc<Self> {
        Self::with(None)
    }

    /// A clock on which requests under way reach their limits, a second in two milliseconds.
    pub(crate) fn hurrying() -> Arc<Self> {
        Self::with(Some(Duration::from_millis(2)))
    }

    fn with(second: Option<Duration>) -> Arc<Self> {
        let now = DateTime::parse_from_rfc3339("2026-11-22T10:00:00Z")
            .unwrap()
            .to_utc();
        let now = Mutex::new(now);
        Arc::new(Self { now, second })
    }

    pub(crate) fn forward(&self, by: TimeDelta) {
        *self.now.lock().unwrap() += by;
    }
}

impl Clock for JumpingClock {
    fn now(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap()
    }

    fn sleep_until(&self, until: DateTime<Utc>) -> Sleep<'_> {
        let mut now = self.now.lock().unwrap();
        *now = until.max(*now);
        Box::pin(std::future::ready(()))
    }

    fn alarm(&self, at: DateTime<Utc>) -> Sleep<'_> {
        let left = (at - self.now()).num_seconds().clamp(0, 86_400);
        let Some(second) = self.second else {
            return Box::pin(std::future::pending());
        };
        Box::pin(async move {
            tokio::time::sleep(second * u32::try_from(left).unwrap()).await;
            let mut now = self.now.lock().unwrap();
            *now = at.max(*now);
        })
    }

    fn jitter(&self) -> TimeDelta {
        TimeDelta::milliseconds(137)
    }
}

/// An emulator and a session that share one jumping clock.
pub(crate) struct World {
    pub(crate) emulator: Emulator,
    pub(crate) session: Session,
    pub(crate) clock: Arc<JumpingClock>,
    pub(crate) folder: TempDir,
}

impl World {
    pub(crate) async fn new(script: &str) -> Self {
        let clock = JumpingClock::new();
        let dynamic: Arc<dyn Clock> = Arc::<JumpingClock>::clone(&clock);
        let emulator = emulator(script, &dynamic).await;
        let folder = TempDir::new().unwrap();
        let session = session(&emulator.url(), folder.path(), dynamic);
        Self {
            emulator,
            session,
            clock,
            folder,
        }
    }
}

/// An emulator that plays a scenario on a test's clock, on a fixed day.
pub(crate) async fn emulator(script: &str, clock: &Arc<dyn Clock>) -> Emulator {
    let script = Script::read("test", &format!("today = \"2026-11-22\"\n{script}")).unwrap();
    let time = Arc::clone(clock);
    Emulator::start(script, 0, Arc::new(move || time.now()))
        .await
        .unwrap()
}

/// A session on a loopback endpoint.
pub(crate) fn session(url: &str, folder: &Path, clock: Arc<dyn Clock>) -> Session {
    let setup = Setup {
        endpoint: Some(url.to_owned()),
        origin: Some("test".to_owned()),
        ..Setup::new(folder.to_owned())
    };
    Session::open(&setup, clock).unwrap()
}

/// A session on a loopback endpoint as the commands open it: its reports and notes are named by the endpoint.
pub(crate) fn command_session(url: &str, folder: &Path) -> Session {
    let setup = Setup {
        endpoint: Some(url.to_owned()),
        ..Setup::new(folder.to_owned())
    };
    Session::open(&setup, JumpingClock::new()).unwrap()
}

/// An order of the actual cost of October with every other choice at its default.
pub(crate) fn october_of(scope: &str) -> OrderSpec {
    OrderSpec {
        scope: ScopeId::parse(scope).unwrap(),
        metric: MetricChoice::Actual,
        period: Period::Dates(Month::parse("2026-10").unwrap().range()),
        subset: Subset::default(),
        api: None,
        agreement: None,
        refresh: false,
        resume: Resume::AsUsual,
        max_wait: Duration::from_secs(3600),
        out: None,
    }
}

/// The program as it was built, or another build to run the same tests against.
pub(crate) fn program() -> Command {
    let other = std::env::var_os("COSTSCOPE_TESTED_PROGRAM");
    let mut command = Command::new(other.unwrap_or_else(|| env!("CARGO_BIN_EXE_costscope").into()));
    command
        .env_remove("COSTSCOPE_DATA_DIR")
        .env_remove("COSTSCOPE_CLOUD");
    command
}

/// Runs the program to its end.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    program()
        .arg("--data-dir")
        .arg(folder)
        .args(arguments)
        .output()
        .unwrap()
}

/// Runs the program with this text on its standard input.
pub(crate) fn run_with_input(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = program()
        .arg("--data-dir")
        .arg(folder)
        .args(arguments)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

/// The stdout of a run.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The stderr of a run.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The JSON document that a run wrote to stdout.
pub(crate) fn document(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", stdout(output), stderr(output)))
}

/// A text without pseudonyms, whose digits are random.
pub(crate) fn without_pseudonyms(text: &str) -> String {
    let mut pieces = text.split('•');
    let first = pieces.next().unwrap().to_owned();
    pieces.fold(first, |all, piece| all + piece.get(6..).unwrap())
}

/// Writes a file into a folder and returns its path.
pub(crate) fn file(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// A file or folder that the tests come with.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/fixtures")
        .join(name)
}
