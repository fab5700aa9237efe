//! Throttles requests to the server: two operations at a time, shared quotas that are used up, and the time limit of
//! each job.

use super::clock::{Clock, Deadline};
use crate::domain::report::quota::Bucket;
use crate::domain::report::request::ReportKey;
use crate::domain::scope::ScopeId;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};

/// The number of operations in flight; more only use up the tenant's quota faster.
const IN_FLIGHT: usize = 2;

/// The throttle that all orders of a session share; a session is one identity in one tenant.
#[derive(Debug)]
pub(crate) struct Throttle {
    slots: Semaphore,
    shared: Mutex<ThrottleState>,
}

#[derive(Debug, Default)]
struct ThrottleState {
    /// Quotas that are used up, with the scope of scope-level ones, and until when.
    closed: HashMap<(Bucket, Option<ScopeId>), Deadline>,
    limits: HashMap<ReportKey, Deadline>,
}

impl Throttle {
    pub(crate) fn new() -> Self {
        Self {
            slots: Semaphore::new(IN_FLIGHT),
            shared: Mutex::default(),
        }
    }

    fn shared(&self) -> MutexGuard<'_, ThrottleState> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a slot for an operation in flight.
    pub(crate) async fn slot(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.slots.acquire().await
    }

    /// Closes a quota after a refused request, for that scope or for the whole tenant.
    pub(crate) fn close(&self, bucket: Bucket, scope: &ScopeId, until: Deadline) {
        let place = (!bucket.is_shared()).then(|| scope.clone());
        let mut shared = self.shared();
        let known = shared.closed.entry((bucket, place)).or_insert(until);
        *known = until.max(*known);
    }

    /// Until when a new request for a scope must wait because other jobs have used up quotas.
    pub(crate) fn closed_until(
        &self,
        scope: &ScopeId,
        clock: &dyn Clock,
    ) -> Option<(Bucket, DateTime<Utc>)> {
        let mut shared = self.shared();
        shared.closed.retain(|_, until| !until.is_over(clock));
        let mine = shared.closed.iter();
        let mine = mine.filter(|((_, place), _)| place.as_ref().is_none_or(|place| place == scope));
        let last = mine.max_by_key(|(_, until)| **until);
        last.map(|((bucket, _), until)| (bucket.clone(), until.on_wall(clock)))
    }

    /// Sets the time limit of a job.
    pub(crate) fn set_limit(&self, key: &ReportKey, at: Deadline) {
        self.shared().limits.insert(key.clone(), at);
    }

    /// The time limit of a job, by the wall clock as it goes now.
    pub(crate) fn limit(&self, key: &ReportKey, clock: &dyn Clock) -> DateTime<Utc> {
        let limit = self.shared().limits.get(key).copied();
        limit.map_or(DateTime::<Utc>::MAX_UTC, |limit| limit.on_wall(clock))
    }

    /// Gives a running job more time.
    pub(crate) fn extend(&self, key: &ReportKey, by: TimeDelta) {
        if let Some(limit) = self.shared().limits.get_mut(key) {
            *limit = limit.later(by);
        }
    }
}
