//! Time and jitter, which are passed in.

use chrono::{DateTime, TimeDelta, Utc};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A wait that can be polled on any thread.
pub type Waiting = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The clock and the jitter, injected so that tests can supply their own.
#[derive(Clone)]
pub struct Time {
    pub now: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    pub pause: Arc<dyn Fn(TimeDelta) -> Waiting + Send + Sync>,
    /// Completes after a time: the limit of a running request.
    pub alarm: Arc<dyn Fn(TimeDelta) -> Waiting + Send + Sync>,
    /// A small extra wait, never negative.
    pub jitter: Arc<dyn Fn() -> TimeDelta + Send + Sync>,
}
