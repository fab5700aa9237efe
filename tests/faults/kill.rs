//! The moment at which a run ends from outside, as by SIGKILL: its future is dropped. Or the user stops it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

/// What is counted until the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Requests at the server; the last one is never answered.
    Request,
    /// Answers of the server; the last one may or may not be read.
    Answer,
    /// News of the run; it ends where it next gives up control.
    News,
    /// Waits; the run ends in the middle of the last one.
    Wait,
    /// How often the future was polled: anywhere it gives up control.
    Poll,
    /// News of the run, until the user stops it in an orderly way.
    Stop,
}

impl Sign {
    /// Whether an answer may have arrived without being read.
    pub(crate) fn is_ambiguous(self) -> bool {
        match self {
            Self::Request | Self::Answer | Self::News | Self::Poll => true,
            Self::Wait | Self::Stop => false,
        }
    }
}

/// Which sign ends a run, and how many of it.
pub(crate) type Plan = Option<(Sign, u64)>;

/// Ends one run after the other as planned.
#[derive(Debug, Default)]
pub(crate) struct Killer {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    left: Plan,
    due: bool,
    waker: Option<Waker>,
}

impl Killer {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new run begins.
    pub(crate) fn begin(&self, plan: Plan) {
        let (left, due, waker) = (plan, false, None);
        *self.state() = State { left, due, waker };
    }

    /// Counts a sign; whether it is the last one.
    pub(crate) fn pass(&self, sign: Sign) -> bool {
        let mut state = self.state();
        let left = state.left;
        match left {
            Some((wanted, 0 | 1)) if wanted == sign => {}
            Some((wanted, left)) if wanted == sign => {
                state.left = Some((wanted, left - 1));
                return false;
            }
            Some(_) | None => return false,
        }
        state.left = None;
        state.due = sign != Sign::Stop;
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }

    /// Whether the run is over.
    pub(crate) fn is_due(&self) -> bool {
        self.state().due
    }

    /// Whom to wake when the run is over.
    pub(crate) fn listen(&self, waker: &Waker) {
        self.state().waker = Some(waker.clone());
    }
}
