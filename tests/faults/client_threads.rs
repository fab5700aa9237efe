//! The threads of the client. Simulated time may pass only when all of them sleep: on a busy machine, a client that has work
//! to do may not have been given a core yet.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a client may work on what it was sent. A seed that takes longer fails by its own checks.
const LONGEST: Duration = Duration::from_secs(20);
/// How often the threads are looked at.
const LOOK: Duration = Duration::from_millis(1);
/// So many looks in a row must find all threads asleep. Between two of them, the system passes on what was sent.
const LOOKS: u32 = 3;

/// The threads that run the client now.
#[derive(Debug, Default)]
pub(crate) struct ClientThreads {
    /// Where the system tells their states; empty where it does not.
    states: Mutex<Vec<PathBuf>>,
}

/// Where the system tells the state of the calling thread. Only Linux does.
fn own_state() -> Option<PathBuf> {
    let own = std::fs::read_link("/proc/thread-self").ok()?;
    Some(Path::new("/proc").join(own).join("stat"))
}

/// Whether a thread waits for something, by its line of states: `1234 (name) S …`.
fn sleeps(line: &str) -> bool {
    let rest = line.rsplit_once(')').map_or("", |(_, rest)| rest);
    // A thread in an uninterruptible sleep (D) waits for its own disk access.
    !matches!(rest.trim_start().chars().next(), Some('R' | 'D'))
}

impl ClientThreads {
    fn states(&self) -> MutexGuard<'_, Vec<PathBuf>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The calling thread runs the client from now on.
    pub(crate) fn enter(&self) {
        self.states().extend(own_state());
    }

    /// The calling thread no longer runs the client.
    pub(crate) fn leave(&self) {
        let own = own_state();
        self.states().retain(|known| Some(known) != own.as_ref());
    }

    /// A thread that is gone has nothing left to do.
    fn all_sleep(&self) -> bool {
        let states = self.states();
        states
            .iter()
            .all(|path| std::fs::read_to_string(path).map_or(true, |line| sleeps(&line)))
    }

    /// Waits until the client has read what was sent, and waits for more.
    pub(crate) async fn settle(&self) {
        let begun = Instant::now();
        let mut asleep = 0;
        while asleep < LOOKS && begun.elapsed() < LONGEST {
            tokio::time::sleep(LOOK).await;
            asleep = if self.all_sleep() { asleep + 1 } else { 0 };
        }
    }
}

#[test]
fn states_are_told_apart() {
    assert!(sleeps("12 (tokio (rt) x) S 1 2 3"));
    assert!(!sleeps("12 (S) R 1 2 3"));
    assert!(!sleeps("12 (a b) D 1"));
}

#[test]
fn a_thread_that_works_is_waited_for() {
    if own_state().is_none() {
        return;
    }
    let threads = ClientThreads::default();
    let (tell, told) = std::sync::mpsc::channel();
    let is_done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            threads.enter();
            tell.send(()).unwrap();
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_millis(60) {
                std::hint::spin_loop();
            }
            is_done.store(true, std::sync::atomic::Ordering::SeqCst);
            threads.leave();
        });
        told.recv().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(threads.settle());
        assert!(is_done.load(std::sync::atomic::Ordering::SeqCst));
    });
}
