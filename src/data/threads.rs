//! Work shared among threads, each adding up on its own.

use super::error::DataError;
use super::panics::guarded;
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel, sync_channel};
use std::thread;
use std::time::Duration;

/// The number of threads from `COSTSCOPE_THREADS`, or else as many as the process may use.
pub fn threads() -> usize {
    let asked = std::env::var("COSTSCOPE_THREADS")
        .ok()
        .and_then(|text| text.parse().ok())
        .filter(|count| (1..=64).contains(count));
    let allowed = || thread::available_parallelism().map_or(2, NonZero::get);
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
            states.push(other.join().map_err(|_| ended())??);
        }
        Ok(states)
    })
}

/// Makes so many pieces on several threads, and passes them on in order. Each thread is at most two pieces ahead.
pub(crate) fn in_order<T: Send>(
    wanted: usize,
    count: usize,
    make: impl Fn(usize) -> Result<T, DataError> + Sync,
    mut take: impl FnMut(T) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let threads = wanted.min(count);
    if threads < 2 {
        return (0..count).try_for_each(|at| take(guarded(|| make(at))?));
    }
    thread::scope(|scope| {
        let make = &make;
        let start = |first: usize| {
            let (send, pieces) = sync_channel(1);
            let work = move || {
                for at in (first..count).step_by(threads) {
                    let piece = guarded(|| make(at));
                    let failed = piece.is_err();
                    if send.send(piece).is_err() || failed {
                        return;
                    }
                }
            };
            let started = thread::Builder::new().spawn_scoped(scope, work);
            started.is_ok().then_some(pieces)
        };
        let started: Vec<Option<Receiver<Result<T, DataError>>>> =
            (0..threads).map(start).collect();
        // The pieces of a thread that the system did not allow are made here.
        let mut workers = started.iter().cycle();
        (0..count).try_for_each(|at| {
            let piece = match workers.next().and_then(Option::as_ref) {
                Some(pieces) => pieces.recv().unwrap_or_else(|_| Err(ended())),
                None => guarded(|| make(at)),
            };
            take(piece?)
        })
    })
}

/// Lets `make` run on another thread, one piece ahead of `take`. Without a thread to spare they take turns.
pub(crate) fn ahead<T: Send>(
    make: impl FnOnce(&mut dyn FnMut(T) -> Result<(), DataError>) -> Result<(), DataError> + Send,
    mut take: impl FnMut(T) -> Result<(), DataError>,
) -> Result<(), DataError> {
    if can_start(1) == 0 {
        return make(&mut take);
    }
    thread::scope(|scope| {
        let (send, pieces) = sync_channel(0);
        let work = move || {
            guarded(|| {
                make(&mut |piece| {
                    // The error of the taker is returned in place of this one.
                    send.send(piece).map_err(|_| DataError::Cancelled)
                })
            })
        };
        let maker = thread::Builder::new().spawn_scoped(scope, work);
        let maker = maker.map_err(DataError::Taker)?;
        let taken = pieces.iter().try_for_each(&mut take);
        drop(pieces);
        let is_made = maker.join().map_err(|_| ended())?;
        taken.and(is_made)
    })
}

fn ended() -> DataError {
    DataError::Stored("a thread ended unexpectedly".to_owned())
}

#[cfg(test)]
mod tests {
    use crate::data::error::DataError;
    use crate::data::threads::{ahead, in_order};
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn failed() -> DataError {
        DataError::Stored("it failed".to_owned())
    }

    #[test]
    fn pieces_come_in_order_on_any_number_of_threads() {
        for (threads, count) in [(1, 5), (2, 0), (2, 1), (3, 100), (8, 3)] {
            let mut all = Vec::new();
            let done = in_order(threads, count, Ok, |piece| {
                all.push(piece);
                Ok(())
            });
            done.unwrap();
            assert_eq!(all, (0..count).collect::<Vec<_>>(), "{threads} threads");
        }
    }

    #[test]
    fn few_pieces_are_made_in_advance() {
        let count = AtomicUsize::new(0);
        let make = |at| {
            count.fetch_add(1, Ordering::Relaxed);
            Ok(at)
        };
        let done = in_order(2, 1_000, make, |at| {
            if at == 10 { Err(failed()) } else { Ok(()) }
        });
        assert_eq!(done.unwrap_err().to_string(), "it failed");
        // Two threads, each with a piece that waits and one in hand.
        assert!(count.load(Ordering::Relaxed) <= 16, "{count:?}");
    }

    #[test]
    fn a_failed_piece_stops_the_others() {
        for threads in [1, 2, 4] {
            let mut taken = 0;
            let make = |at| if at == 7 { Err(failed()) } else { Ok(at) };
            let done = in_order(threads, 100, make, |_| {
                taken += 1;
                Ok(())
            });
            assert_eq!(done.unwrap_err().to_string(), "it failed");
            assert_eq!(taken, 7, "{threads} threads");
        }
    }

    #[test]
    fn the_first_error_of_either_side_is_told() {
        let mut all = Vec::new();
        let make = |take: &mut dyn FnMut(usize) -> Result<(), DataError>| (0..5).try_for_each(take);
        let done = ahead(make, |piece| {
            all.push(piece);
            Ok(())
        });
        done.unwrap();
        assert_eq!(all, [0, 1, 2, 3, 4]);
        let refused = ahead(
            make,
            |piece| if piece == 2 { Err(failed()) } else { Ok(()) },
        );
        assert_eq!(refused.unwrap_err().to_string(), "it failed");
        let broken = ahead::<usize>(|_| Err(failed()), |_| Ok(()));
        assert_eq!(broken.unwrap_err().to_string(), "it failed");
    }
}
