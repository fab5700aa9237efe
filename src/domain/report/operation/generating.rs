//! Polls a report while it is generated.

use super::endings::{fail, order_anew, unexpected};
use super::states::{Downloading, Generating, Operation, Pacing, Renewal, ReplyTime};
use super::waits::{DEFAULT_POLL_SECONDS, patience, repeat_wait, wait_for};
use crate::domain::report::manifest::Manifest;
use crate::domain::report::reply::{Failure, Next, Reply, Wait, WaitReason};
use chrono::TimeDelta;

/// A poll link may answer 404 for a moment after it was handed out.
const NOT_FOUND_TRIES: u32 = 3;

/// Retries of a link that should still work, over a minute.
const SAME_LINK_TRIES: u32 = 3;

impl Renewal {
    /// How often in a row the link of the current file was refused.
    fn times(&self) -> u32 {
        self.refused.get(&self.blob).copied().unwrap_or_default()
    }
}

impl Generating {
    pub(super) fn new(
        poll_url: String,
        wait: Wait,
        named: Option<TimeDelta>,
        reorders: u32,
    ) -> Self {
        Self {
            poll_url,
            polls: 0,
            wait,
            not_found: 0,
            renewing: None,
            reorders,
            pacing: Pacing::after(named),
        }
    }

    /// Polls when the wait is over.
    pub(super) fn poll(self) -> (Operation, Next) {
        let next = Next::Poll {
            url: self.poll_url.clone(),
            not_before: self.wait.until,
        };
        (Operation::Generating(self), next)
    }

    fn waiting(self, wait: Wait) -> (Operation, Next) {
        Self { wait, ..self }.poll()
    }

    /// Polls again when the server said.
    fn later(self, at: ReplyTime) -> (Operation, Next) {
        let named = self.pacing.named;
        let wait = wait_for(DEFAULT_POLL_SECONDS, named, at, WaitReason::RetryAfter);
        self.waiting(wait)
    }

    pub(super) fn advance(mut self, reply: Reply, at: ReplyTime) -> (Operation, Next) {
        self.polls = self.polls.saturating_add(1);
        match repeat_wait(&reply, &mut self.pacing, at) {
            Some(Ok(wait)) => return self.waiting(wait),
            Some(Err(failure)) => return fail(failure),
            None => {}
        }
        match reply {
            Reply::Accepted { location, wait } => self.still_running(location, wait, at),
            Reply::Finished(manifest) => self.finished(manifest, at),
            Reply::NoData { why } => (Operation::Empty { why }, Next::Stop),
            Reply::NotFound => self.not_found(at),
            reply => unexpected(&Operation::Generating(self), &reply),
        }
    }

    fn finished(self, manifest: Manifest, at: ReplyTime) -> (Operation, Next) {
        let fresh = |manifest| {
            let poll_url = Some(self.poll_url.clone());
            Downloading {
                named: self.pacing.named,
                ..Downloading::new(manifest, poll_url, self.polls, self.reorders)
            }
        };
        let Some(renewal) = &self.renewing else {
            return fresh(manifest).begin();
        };
        if renewal.manifest.blobs != manifest.blobs {
            let renewals = renewal.renewals + 1;
            return Downloading {
                renewals,
                ..fresh(manifest)
            }
            .begin();
        }
        let is_over = manifest.times.valid_till.is_none_or(|till| till <= at.now);
        if is_over || renewal.times() > SAME_LINK_TRIES {
            return order_anew(self.reorders, at);
        }
        if self.wait.why == WaitReason::LinkRefused {
            return Downloading {
                refused: renewal.refused.clone(),
                renewals: renewal.renewals,
                ..fresh(manifest)
            }
            .begin();
        }
        // The server repeats its link, which the storage may accept later.
        self.waiting(patience(at))
    }

    fn still_running(
        mut self,
        location: Option<String>,
        wait: Option<TimeDelta>,
        at: ReplyTime,
    ) -> (Operation, Next) {
        self.not_found = 0;
        self.pacing = Pacing::after(wait.or(self.pacing.named));
        if let Some(url) = location {
            self.poll_url = url;
        }
        self.later(at)
    }

    fn not_found(mut self, at: ReplyTime) -> (Operation, Next) {
        if self.renewing.is_some() {
            return order_anew(self.reorders, at);
        }
        self.not_found += 1;
        if self.not_found > NOT_FOUND_TRIES {
            let message = "404: the server has forgotten the report it accepted. Nothing failed: reports are kept for a \
                           while only. Order it again";
            return fail(Failure::Gone {
                message: message.to_owned(),
            });
        }
        self.later(at)
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::report::operation::replies::{NOW, after};
    use crate::domain::report::operation::states::Operation;
    use crate::domain::report::reply::{Failure, Next, Reply};

    fn running(location: Option<&str>) -> Reply {
        Reply::Accepted {
            location: location.map(ToOwned::to_owned),
            wait: None,
        }
    }

    fn url(next: &Next) -> &str {
        match next {
            Next::Poll { url, .. } => url,
            other => panic!("no poll in {other:?}"),
        }
    }

    #[test]
    fn an_answer_in_between_begins_the_count_of_missing_ones_anew() {
        let (state, _) = Operation::start(NOW);
        let (mut state, first) = after(state, running(Some("first")));
        let mut last = url(&first).to_owned();
        for location in [None, Some("second"), None] {
            for _ in 0..3 {
                (state, _) = after(state, Reply::NotFound);
                assert!(state.generating().is_some(), "{state:?}");
            }
            let next;
            (state, next) = after(state, running(location));
            url(&next).clone_into(&mut last);
        }
        assert_eq!(last, "second", "the last link that was given holds");
        for _ in 0..3 {
            (state, _) = after(state, Reply::NotFound);
        }
        let (state, _) = after(state, Reply::NotFound);
        assert!(matches!(state.failure(), Some(Failure::Gone { .. })));
    }
}
