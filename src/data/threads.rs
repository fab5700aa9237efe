//! Work shared among threads, each adding up on its own.

use super::error::DataError;
use super::panics::guarded;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// The number of threads from `COSTSCOPE_THREADS`, or else as many as the process may use.
pub fn threads() -> usize {
    let asked = std::env::var("COSTSCOPE_THREADS")
        .ok()
        .and_then(|text| text.parse().ok())
        .filter(|count| (1..=64).contains(count));
    let allowed = || std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    asked.unwrap_or_else(allowed)
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
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut states = vec![work()?];
        for other in others {
            let ended = || DataError::Stored("a thread ended unexpectedly".to_owned());
            states.push(other.join().map_err(|_| ended())??);
        }
        Ok(states)
    })
}
