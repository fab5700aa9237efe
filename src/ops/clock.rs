//! The clock and the jitter, injected into everything that waits.

use chrono::{DateTime, TimeDelta, Utc};
use std::future::Future;
use std::pin::Pin;

/// A wait as a future.
pub type Sleep<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// The current time, waiting until a time, and a small random addition to throttled waits.
pub trait Clock: Send + Sync + std::fmt::Debug {
    fn now(&self) -> DateTime<Utc>;
    fn sleep_until(&self, until: DateTime<Utc>) -> Sleep<'_>;
    /// At most a second or so; never negative.
    fn jitter(&self) -> TimeDelta;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn sleep_until(&self, until: DateTime<Utc>) -> Sleep<'_> {
        Box::pin(async move {
            // Suspending the machine stops the timer, so the clock is checked once a minute.
            loop {
                let left = until.signed_duration_since(Utc::now());
                let Ok(left) = left.to_std() else { return };
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(std::time::Duration::from_secs(60))).await;
            }
        })
    }

    fn jitter(&self) -> TimeDelta {
        TimeDelta::milliseconds(fastrand::i64(0..1000))
    }
}
