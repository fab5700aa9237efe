//! Work shared among threads, each adding up on its own.

use super::error::DataError;
use super::panics::guarded;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// The number of threads from `COSTSCOPE_THREADS`, or else as many as the process may use.
pub fn threads() -> usize {
    let asked = std::env::var("COSTSCOPE_THREADS")
        .ok()
        .and_then(|text| text.parse().ok())
        .filter(|count| (1..=64).contains(count));
    let allowed = || std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    asked.unwrap_or_else(allowed)
}

/// The number of threads that can be started, up to `wanted`. They are started together and end at once.
pub fn can_start(wanted: usize) -> usize {
    /// The system counts a thread for a moment after its end.
    const SETTLE: Duration = Duration::from_millis(5);
    let mut started = Vec::new();
    for _ in 0..wanted {
        let (let_go, held) = channel::<()>();
        let thread = thread::Builder::new().spawn(move || {
            let _ = held.recv();
        });
        match thread {
            Ok(thread) => started.push((let_go, thread)),
            Err(_) => break,
        }
    }
    let count = started.len();
    for (let_go, thread) in started {
        drop(let_go);
        let _ = thread.join();
    }
    if count < wanted {
        thread::sleep(SETTLE);
    }
    count
}

/// Passes the numbers below `count` to `step`, on at most `wanted` threads. Each thread has its own state.
pub(crate) fn on_threads<S: Send>(
    wanted: usize,
    count: usize,
    start: impl Fn() -> S + Sync,
    step: impl Fn(&mut S, usize) -> Result<(), DataError> + Sync,
) -> Result<Vec<S>, DataError> {
    let threads = wanted.min(count).max(1);
    let (turn, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let work = || -> Result<S, DataError> {
        let mut state = start();
        while !failed.load(Ordering::Relaxed) {
            let at = turn.fetch_add(1, Ordering::Relaxed);
            if at >= count {
                break;
            }
            if let Err(error) = guarded(|| step(&mut state, at)) {
                failed.store(true, Ordering::Relaxed);
                return Err(error);
            }
        }
        Ok(state)
    };
    if threads == 1 {
        return Ok(vec![work()?]);
    }
    thread::scope(|scope| {
        // Where the system allows fewer threads, those that started share the work.
        let spawn = |_| thread::Builder::new().spawn_scoped(scope, work).ok();
        let others: Vec<_> = (1..threads).map_while(spawn).collect();
        let mut states = vec![work()?];
        for other in others {
            let ended = || DataError::Stored("a thread ended unexpectedly".to_owned());
            states.push(other.join().map_err(|_| ended())??);
        }
        Ok(states)
    })
}
