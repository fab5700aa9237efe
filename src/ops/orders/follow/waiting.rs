//! Waits of an order: until a time, for its turn, and for answers, all within its time limit.

use super::driver::Driver;
use super::time_limit::{TimeLimit, unusually_long};
use crate::domain::report::reply::{Failure, Reply, Wait, WaitReason};
use crate::ops::orders::outcome::Progress;
use chrono::{DateTime, Utc};
use std::future::Future;

impl<P: FnMut(Progress) + Send> Driver<'_, P> {
    pub(crate) fn limit(&self) -> TimeLimit<'_> {
        TimeLimit {
            session: self.session,
            key: &self.key,
            max_wait: self.order.max_wait,
        }
    }

    /// Waits, unless the wait exceeds the limit or the user cancels. The limit may change meanwhile.
    pub(crate) async fn wait(&self, until: DateTime<Utc>) -> Result<(), Reply> {
        let wait = self.state.wait();
        let is_ours = wait.is_some_and(|wait| wait.why == WaitReason::Unreachable);
        let until = if is_ours {
            let least = self.state.named_wait().unwrap_or_default();
            self.limit().last_try(until, least)
        } else {
            until
        };
        if until > self.limit().at() {
            return Err(Reply::Failed(self.gave_up(until)));
        }
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Reply::Cancelled),
            () = self.session.clock.sleep_until(until) => Ok(()),
        }
    }

    /// Like [`Self::wait`], but also waits for quotas that other jobs have used up.
    pub(crate) async fn wait_for_turn(&mut self, until: DateTime<Utc>) -> Result<(), Reply> {
        self.wait(until).await?;
        let scope = self.request.scope.clone();
        loop {
            let clock = self.session.clock.as_ref();
            let Some((bucket, until)) = self.session.throttle.closed_until(&scope, clock) else {
                return Ok(());
            };
            let why = WaitReason::Closed { bucket };
            let wait = Wait {
                since: clock.now(),
                until,
                why,
            };
            let news = Progress {
                operation: self.state.clone().held(wait),
                ..self.news(None)
            };
            (self.progress)(news);
            self.wait(until).await?;
        }
    }

    /// Waits for a running operation, unless the user cancels or the limit is reached.
    pub(crate) async fn hold<T>(
        &self,
        doing: &str,
        work: impl Future<Output = T>,
    ) -> Result<T, Reply> {
        let limit = self.limit();
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Reply::Cancelled),
            done = work => Ok(done),
            () = limit.reached() => Err(Reply::Failed(limit.missed(doing, self.then()))),
        }
    }

    fn gave_up(&self, until: DateTime<Utc>) -> Failure {
        let limit = self.limit().words();
        let words = self
            .words
            .as_ref()
            .map(|words| format!(" Before that, {}.", words.trim_end_matches('.')))
            .unwrap_or_default();
        let then = self.then();
        let at = until.format("%Y-%m-%d %H:%M:%S");
        let long = unusually_long(until.signed_duration_since(self.session.clock.now()));
        let message = format!(
            "timed out: the next try would be at {at} UTC{long}, beyond --max-wait ({limit}).{words} {then}"
        );
        Failure::GaveUp { message }
    }

    /// The next step for an order that timed out.
    fn then(&self) -> &'static str {
        if self.state.ordered().is_some() {
            "The server has not accepted the order yet: order again later"
        } else if self.state.paging().is_some() {
            "The pages so far are kept, and the next run resumes after them"
        } else {
            "The order is kept, and the next run resumes it"
        }
    }
}
