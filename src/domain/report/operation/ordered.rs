//! Orders a report: the POST, its refusals, and the states that follow.

use super::endings::{fail, unexpected};
use super::pages::Pages;
use super::states::{Downloading, Generating, Operation, Ordered, Paging, ReplyTime};
use super::waits::{DEFAULT_POLL_SECONDS, repeat_wait, wait_for};
use crate::domain::report::reply::{Failure, Next, Reply, Wait, WaitReason};
use chrono::TimeDelta;

/// Pause before a refusal that may be a mistake is retried; no quota is used up.
const DOUBT_SECONDS: i64 = 2;

impl Ordered {
    pub(super) fn advance(mut self, reply: Reply, at: ReplyTime) -> (Operation, Next) {
        // The order may have reached the server, so a retry could order twice.
        if let Reply::Unreachable { message } = reply {
            return fail(Failure::Unreachable { message });
        }
        if let Reply::Incomplete { message } = reply {
            return fail(Failure::Unreadable { message });
        }
        match repeat_wait(&reply, &mut self.pacing, at) {
            Some(Ok(wait)) => return self.again(wait),
            Some(Err(failure)) => return fail(failure),
            None => {}
        }
        match reply {
            Reply::Accepted {
                location: Some(url),
                wait,
            } => {
                // The wait of a refused order tells how busy the service is. It may delay the first poll, but not hasten it.
                let usual = TimeDelta::seconds(DEFAULT_POLL_SECONDS);
                let named = wait.or(self.pacing.named.map(|named| named.max(usual)));
                let wait = wait_for(DEFAULT_POLL_SECONDS, named, at, WaitReason::RetryAfter);
                Generating::new(url, wait, named, self.reorders).poll()
            }
            Reply::Accepted { location: None, .. } => {
                let message =
                    "the server accepted the order but gave no polling link (Location)".to_owned();
                fail(Failure::Unreadable { message })
            }
            Reply::Finished(manifest) => Downloading::new(manifest, None, 0, self.reorders).begin(),
            Reply::NoData { why } => (Operation::Empty { why }, Next::Stop),
            Reply::Doubtful { .. } if !self.doubted => {
                self.doubted = true;
                self.pacing.failures.count(false, false);
                let why = WaitReason::ServerError { status: 400 };
                let wait = wait_for(DOUBT_SECONDS, self.pacing.named, at, why);
                self.again(wait)
            }
            Reply::Unsupported { message } | Reply::Doubtful { message } => match self.usage {
                Some(spans) => Paging::begin(Pages::new(spans), at.now, self.pacing.named, at.now),
                None => fail(Failure::Unsupported { message }),
            },
            reply => unexpected(&Operation::Ordered(self), &reply),
        }
    }

    fn again(mut self, wait: Wait) -> (Operation, Next) {
        let not_before = wait.until;
        self.wait = Some(wait);
        (Operation::Ordered(self), Next::Send { not_before })
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::report::operation::replies::{NOW, after};
    use crate::domain::report::operation::states::Operation;
    use crate::domain::report::reply::{Failure, Next, Reply, Span};
    use chrono::TimeDelta;

    fn doubtful() -> Reply {
        let message = "The offer is not supported".to_owned();
        Reply::Doubtful { message }
    }

    #[test]
    fn a_doubtful_refusal_is_tried_once_more_before_it_counts() {
        for has_usage in [false, true] {
            let (mut state, _) = Operation::start(NOW);
            if has_usage {
                state = state.or_usage(vec![Span::Period]);
            }
            let (state, next) = after(state, doubtful());
            let not_before = NOW + TimeDelta::seconds(2);
            assert_eq!(next, Next::Send { not_before }, "usage: {has_usage}");
            // It may have been a mistake.
            let accepted = Reply::Accepted {
                location: Some("http://arm/poll".to_owned()),
                wait: None,
            };
            let (running, _) = after(state.clone(), accepted);
            assert!(running.generating().is_some());
            let (state, next) = after(state, doubtful());
            if has_usage {
                assert!(state.paging().is_some(), "{state:?}");
                assert!(matches!(next, Next::Page { .. }), "{next:?}");
            } else {
                let failed = state.failure();
                assert!(matches!(failed, Some(Failure::Unsupported { .. })));
            }
        }
    }

    #[test]
    fn an_account_without_reports_is_read_page_by_page_at_once() {
        let message = "no reports".to_owned();
        let refused = Reply::Unsupported { message };
        let (state, _) = Operation::start(NOW);
        let (with, next) = after(state.clone().or_usage(vec![Span::Period]), refused.clone());
        assert!(with.paging().is_some());
        assert!(matches!(next, Next::Page { not_before, .. } if not_before == NOW));
        let (without, _) = after(state, refused);
        assert!(matches!(
            without.failure(),
            Some(Failure::Unsupported { .. })
        ));
    }
}
