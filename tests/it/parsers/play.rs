//! Gives a parser the inputs of many seeds and watches its time, its memory and its panics.
//!
//! A plain `cargo test` plays a slice. `tests/fuzz/run` sets `COSTSCOPE_FUZZ_SECONDS` and plays until the time is over.

use super::mutate;
use std::any::Any;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// What a parser made of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Read,
    Refused,
}

/// A parser and its inputs.
pub(super) struct Parser {
    /// As `tests/fuzz/run` names it.
    pub(super) name: &'static str,
    /// The number of seeds in a plain `cargo test`.
    pub(super) slice: u64,
    /// Inputs that have to be read.
    pub(super) valid: fn() -> Vec<Vec<u8>>,
    /// Words that mean something to it, to be inserted anywhere.
    pub(super) words: &'static [&'static str],
    /// Parses one input; panics if a promise is broken.
    pub(super) one: fn(&[u8]) -> Verdict,
}

/// An input takes no longer than this, unless other tests use the processors as well.
const LONGEST: Duration = Duration::from_secs(2);
const LONGEST_BESIDE_OTHERS: Duration = Duration::from_secs(40);
/// The memory that one input may need.
const MOST_MEMORY: u64 = 300 << 20;

/// The seeds to play.
#[derive(Clone)]
struct Plan {
    from: u64,
    count: u64,
    until: Option<Instant>,
    longest: Duration,
    /// Failing inputs are kept here.
    folder: PathBuf,
    /// Whether nothing else runs in this process, so that its memory and time can be measured.
    alone: bool,
}

impl Plan {
    fn wanted(parser: &Parser) -> Self {
        let number = |name: &str| {
            let text = std::env::var(name).ok()?;
            let number = text.parse::<u64>();
            Some(number.unwrap_or_else(|_| panic!("{name} is not a number: {text}")))
        };
        let seconds = number("COSTSCOPE_FUZZ_SECONDS");
        let count = number("COSTSCOPE_FUZZ_SEEDS");
        let alone = seconds.is_some() || count.is_some();
        let folder = std::env::var_os("COSTSCOPE_FUZZ_FOLDER").map_or_else(
            || std::env::temp_dir().join("costscope-fuzz"),
            PathBuf::from,
        );
        Self {
            from: number("COSTSCOPE_FUZZ_FROM").unwrap_or(0),
            count: count.unwrap_or(if alone { u64::MAX } else { parser.slice }),
            until: seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds)),
            longest: if alone {
                LONGEST
            } else {
                LONGEST_BESIDE_OTHERS
            },
            folder,
            alone,
        }
    }

    fn path(&self, parser: &Parser, seed: u64) -> PathBuf {
        self.folder.join(format!("{}-{seed}.input", parser.name))
    }

    /// Writes an input down; a process that is killed leaves it behind.
    fn keep(&self, parser: &Parser, seed: u64, input: &[u8]) -> PathBuf {
        let path = self.path(parser, seed);
        fs::create_dir_all(&self.folder).unwrap();
        fs::write(&path, input).unwrap();
        path
    }
}

/// What happened so far.
#[derive(Default)]
struct State {
    /// The seed being played, its input and the time it began.
    now: Option<(u64, Vec<u8>, Instant)>,
    played: u64,
    read: u64,
    failure: Option<(u64, Vec<u8>, String)>,
    is_done: bool,
}

/// What a panic said.
fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default()
}

/// A number of kilobytes of `/proc/self/status`, in bytes; zero where there is none.
fn memory(name: &str) -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    number.unwrap_or_default() * 1024
}

/// Parses one input; the reason if a promise is broken.
fn tried(
    parser: &Parser,
    (seed, input): (u64, &[u8]),
    is_valid: bool,
    alone: bool,
) -> Result<Verdict, String> {
    let before = memory("VmRSS");
    // The kernel then measures the peak anew.
    let is_measured = alone && fs::write("/proc/self/clear_refs", "5").is_ok();
    let verdict = catch_unwind(AssertUnwindSafe(|| (parser.one)(input)))
        .map_err(|panic| format!("panic: {}", said(&*panic)))?;
    let used = memory("VmHWM").saturating_sub(before);
    if is_measured && used > MOST_MEMORY {
        return Err(format!("{} MB of memory were used", used >> 20));
    }
    if is_valid && verdict == Verdict::Refused {
        return Err(format!("the valid input {seed} is refused"));
    }
    Ok(verdict)
}

fn work(parser: &Parser, plan: &Plan, state: &Mutex<State>) {
    let valid = (parser.valid)();
    for number in 0..plan.count {
        let is_over = plan.until.is_some_and(|until| Instant::now() >= until);
        if is_over {
            break;
        }
        let seed = plan.from.saturating_add(number);
        let input = mutate::input(seed, &valid, parser.words);
        if plan.alone {
            plan.keep(parser, seed, &input);
        }
        let begun = Instant::now();
        state.lock().unwrap().now = Some((seed, input.clone(), begun));
        let is_valid = usize::try_from(seed).is_ok_and(|at| at < valid.len());
        let mut tried = tried(parser, (seed, &input), is_valid, plan.alone);
        let took = begun.elapsed();
        if tried.is_ok() && took > plan.longest {
            tried = Err(format!("it took {} ms", took.as_millis()));
        }
        let mut state = state.lock().unwrap();
        state.now = None;
        state.played += 1;
        match tried {
            Ok(verdict) => state.read += u64::from(verdict == Verdict::Read),
            Err(why) => {
                state.failure = Some((seed, input, why));
                break;
            }
        }
        if plan.alone {
            fs::remove_file(plan.path(parser, seed)).unwrap();
        }
    }
    state.lock().unwrap().is_done = true;
}

fn failed(parser: &Parser, path: &Path, seed: u64, why: &str) -> ! {
    let name = parser.name;
    panic!(
        "{name}, seed {seed}: {why}\nThe input is {}\nAgain: tests/fuzz/run {name} --seeds 1 --from {seed}",
        path.display()
    )
}

/// Plays the seeds of a parser.
pub(super) fn play(parser: &'static Parser) {
    let plan = Plan::wanted(parser);
    let state = Arc::new(Mutex::new(State::default()));
    let worker = {
        let (plan, state) = (plan.clone(), Arc::clone(&state));
        thread::spawn(move || work(parser, &plan, &state))
    };
    // A parser that hangs is not waited for.
    loop {
        thread::sleep(Duration::from_millis(10));
        let state = state.lock().unwrap();
        if let Some((seed, input, begun)) = &state.now
            && begun.elapsed() > plan.longest * 4
        {
            let (seed, path) = (*seed, plan.keep(parser, *seed, input));
            drop(state);
            failed(parser, &path, seed, "it does not end");
        }
        if state.is_done || worker.is_finished() {
            break;
        }
    }
    worker.join().unwrap();
    let state = state.lock().unwrap();
    if let Some((seed, input, why)) = &state.failure {
        failed(parser, &plan.keep(parser, *seed, input), *seed, why);
    }
    let (name, played, read) = (parser.name, state.played, state.read);
    println!(
        "{name}: {played} inputs from seed {}, {read} read",
        plan.from
    );
    if !plan.alone {
        assert_eq!(played, parser.slice);
        // Damage that every parser accepts, or none, would test nothing.
        assert!(read > 0 && read < played, "{name}: {read} of {played} read");
    }
}
