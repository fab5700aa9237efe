//! The clocks and the jitter, injected into everything that waits.
//!
//! The wall clock is the one that people and servers read; it can be set at any time. The steady clock only moves
//! forward. A wait is over when both clocks have passed its end, but a wall clock that was set back does not delay it.
//! Limits use the steady clock alone.

use crate::azure::time::Time;
use chrono::{DateTime, TimeDelta, Utc};
use rustix::time::{ClockId, clock_gettime};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// A wait as a future.
pub type Sleep<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// The current time, waiting until a time, and a small random addition to throttled waits.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The wall clock.
    fn now(&self) -> DateTime<Utc>;

    /// The time since a fixed moment, suspension included. Setting the wall clock does not change it.
    fn steady(&self) -> TimeDelta {
        // Test clocks are never set back, so their wall clock is steady.
        self.now().signed_duration_since(DateTime::UNIX_EPOCH)
    }

    fn sleep_until(&self, until: DateTime<Utc>) -> Sleep<'_>;

    /// Like [`Self::sleep_until`], for the time limit of a running request. A clock that skips waits must not skip this one:
    /// the limit would always win against the answer.
    fn alarm(&self, at: DateTime<Utc>) -> Sleep<'_> {
        self.sleep_until(at)
    }

    /// At most a second or so; never negative.
    fn jitter(&self) -> TimeDelta;
}

/// A moment in the future that stays where it is when the wall clock is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(TimeDelta);

impl Deadline {
    /// The moment after a wait that begins now.
    pub fn after(wait: TimeDelta, clock: &dyn Clock) -> Self {
        Self(clock.steady()).later(wait)
    }

    /// The same moment, moved by a time.
    #[must_use]
    pub fn later(self, by: TimeDelta) -> Self {
        Self(self.0.checked_add(&by).unwrap_or(TimeDelta::MAX))
    }

    /// Whether it has passed.
    pub fn is_over(self, clock: &dyn Clock) -> bool {
        self.0 <= clock.steady()
    }

    /// The time on the wall clock at that moment, as it goes now.
    pub fn on_wall(self, clock: &dyn Clock) -> DateTime<Utc> {
        let left = self.0.checked_sub(&clock.steady());
        let at = left.and_then(|left| clock.now().checked_add_signed(left));
        at.unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

/// How much longer than the steady clock the wall clock may make a wait. A larger difference means that it was set back.
const DRIFT: TimeDelta = TimeDelta::seconds(2);

/// The timer of the runtime stands still while the machine is suspended, so the clocks are read this often.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// One wait on both clocks.
#[derive(Debug, Clone, Copy)]
struct Timer {
    until: DateTime<Utc>,
    end: TimeDelta,
}

impl Timer {
    fn start(until: DateTime<Utc>, now: DateTime<Utc>, steady: TimeDelta) -> Self {
        let length = until.signed_duration_since(now).max(TimeDelta::zero());
        let end = steady.checked_add(&length).unwrap_or(TimeDelta::MAX);
        Self { until, end }
    }

    /// The rest of the wait; `None` once it is over.
    fn left(&self, now: DateTime<Utc>, steady: TimeDelta) -> Option<Duration> {
        let by_steady = self.end.checked_sub(&steady)?;
        let most = by_steady.checked_add(&DRIFT).unwrap_or(TimeDelta::MAX);
        let by_wall = self.until.signed_duration_since(now).min(most);
        let left = by_steady.max(by_wall).to_std().ok();
        left.filter(|left| !left.is_zero())
    }
}

/// The steady clock of the system. Linux has one for each meaning of steady; on macOS, the plain one counts suspension.
#[cfg(target_os = "linux")]
const STEADY: ClockId = ClockId::Boottime;
#[cfg(not(target_os = "linux"))]
const STEADY: ClockId = ClockId::Monotonic;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn steady(&self) -> TimeDelta {
        let time = clock_gettime(STEADY);
        let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
        TimeDelta::new(time.tv_sec, nanos).unwrap_or(TimeDelta::MAX)
    }

    fn sleep_until(&self, until: DateTime<Utc>) -> Sleep<'_> {
        let timer = Timer::start(until, self.now(), self.steady());
        Box::pin(async move {
            while let Some(left) = timer.left(self.now(), self.steady()) {
                tokio::time::sleep(left.min(LOOK_AGAIN)).await;
            }
        })
    }

    fn jitter(&self) -> TimeDelta {
        TimeDelta::milliseconds(fastrand::i64(0..1000))
    }
}

/// The client's view of a clock.
pub(crate) fn time_of(clock: &Arc<dyn Clock>) -> Time {
    let [now, pause, alarm, jitter] = [(); 4].map(|()| Arc::clone(clock));
    Time {
        now: Arc::new(move || now.now()),
        pause: Arc::new(move |wait| {
            let clock = Arc::clone(&pause);
            Box::pin(async move { clock.sleep_until(after(wait, &*clock)).await })
        }),
        alarm: Arc::new(move |wait| {
            let (clock, at) = (Arc::clone(&alarm), after(wait, &*alarm));
            Box::pin(async move { clock.alarm(at).await })
        }),
        jitter: Arc::new(move || jitter.jitter()),
    }
}

fn after(wait: TimeDelta, clock: &dyn Clock) -> DateTime<Utc> {
    let at = clock.now().checked_add_signed(wait);
    at.unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests;
