//! Reads rows page by page from Usage Details, one span of days after the other.
//!
//! A span that takes the server too long (504: "reduce the date range") is read again in halves, down to a day. Pages
//! of it that were already read are discarded, so that no row counts twice.

use super::endings::{fail, unexpected};
use super::pages::{MOST_PAGES, Pages};
use super::states::{Failures, Operation, Pacing, Paging, ReplyTime};
use super::waits::{LOST_SECONDS, repeat_wait, wait_for};
use crate::domain::report::reply::{Failure, Next, Reply, Span, Wait, WaitReason};
use chrono::{DateTime, TimeDelta, Utc};

/// Consecutive timeouts on a span that cannot be made shorter, before failing.
const TIMEOUT_TRIES: u32 = 5;
/// How often a broken chain of pages is restarted.
const RESTARTS: u32 = 2;

impl Paging {
    /// Requests the first page, or the next one of an earlier run.
    pub(super) fn begin(
        pages: Pages,
        not_before: DateTime<Utc>,
        named: Option<TimeDelta>,
        now: DateTime<Utc>,
    ) -> (Operation, Next) {
        let wait = (not_before > now).then_some(Wait {
            since: now,
            until: not_before,
            why: WaitReason::RetryAfter,
        });
        let paging = Self {
            pages,
            wait,
            pacing: Pacing::after(named),
            ..Self::default()
        };
        paging.go_on(now)
    }

    fn go_on(self, now: DateTime<Utc>) -> (Operation, Next) {
        let Some(span) = self.pages.span() else {
            return (Operation::Paging(self), Next::Commit);
        };
        let next = Next::Page {
            span,
            link: self.pages.next.clone(),
            not_before: self.wait.as_ref().map_or(now, |wait| wait.until),
        };
        (Operation::Paging(self), next)
    }

    fn waiting(mut self, wait: Wait, now: DateTime<Utc>) -> (Operation, Next) {
        self.wait = Some(wait);
        self.go_on(now)
    }

    pub(super) fn advance(mut self, reply: Reply, at: ReplyTime) -> (Operation, Next) {
        self.halved = false;
        match repeat_wait(&reply, &mut self.pacing, at) {
            Some(Ok(wait)) => {
                let too_long = matches!(wait.why, WaitReason::ServerError { status: 502 | 504 });
                return if too_long {
                    self.timed_out(wait, at)
                } else {
                    self.waiting(wait, at.now)
                };
            }
            Some(Err(failure)) => return fail(failure),
            None => {}
        }
        match reply {
            Reply::Paged { next, rows } => self.paged(next, rows, at),
            // No content: nothing in this span.
            Reply::NoData { .. } => self.span_over(at),
            Reply::NotFound => self.chain_broke(at),
            reply => unexpected(&Operation::Paging(self), &reply),
        }
    }

    fn calm(&mut self) {
        self.pacing.failures = Failures::default();
        self.timeouts = 0;
        self.wait = None;
    }

    fn paged(mut self, next: Option<String>, rows: u64, at: ReplyTime) -> (Operation, Next) {
        self.calm();
        let full = self.pages.count(rows, next.is_some());
        match next.filter(|_| !full) {
            None => self.span_over(at),
            Some(next) => {
                if self.pages.follow(next) {
                    return self.go_on(at.now);
                }
                self.chain_loops(at)
            }
        }
    }

    fn span_over(mut self, at: ReplyTime) -> (Operation, Next) {
        self.calm();
        self.pages.end_span();
        if self.pages.spans.is_empty() && self.pages.rows() == 0 {
            let why = "Usage Details has no rows at this scope for these days: nothing was billed yet, or the account \
                       hides charges from this identity (\"view charges\")"
                .to_owned();
            return (Operation::Empty { why }, Next::Stop);
        }
        self.go_on(at.now)
    }

    /// 504 means that the span is too long; 502 may be temporary, and is retried once first.
    fn timed_out(mut self, wait: Wait, at: ReplyTime) -> (Operation, Next) {
        self.timeouts += 1;
        let too_long = wait.why == WaitReason::ServerError { status: 504 };
        if too_long || self.timeouts > 1 {
            if self.pages.halve() {
                self.halved = true;
                self.timeouts = 0;
                // Shorter spans begin with short waits, but the tries still count.
                self.pacing.failures = Failures {
                    all: self.pacing.failures.all,
                    ..Failures::default()
                };
            } else if self.timeouts >= TIMEOUT_TRIES {
                let message = match self.pages.span() {
                    // Its exact days are unknown, so it cannot be cut by days.
                    Some(Span::Period) => {
                        "the server takes too long for the whole billing period. Order it by days (--from, --to): these \
                         are requested in pieces"
                    }
                    _ => {
                        "the server takes too long even for a single day. Order a smaller scope, or try again later"
                    }
                };
                return fail(Failure::Rejected {
                    message: message.to_owned(),
                });
            }
        }
        self.waiting(wait, at.now)
    }

    /// Handles a chain that leads back to itself or never ends: the span is read again, in case the server made a mistake.
    fn chain_loops(mut self, at: ReplyTime) -> (Operation, Next) {
        self.restarts += 1;
        if self.restarts > RESTARTS {
            let message = format!(
                "the pages form a loop, or go on after {MOST_PAGES} pages, {} times in a row: rows may be missing or \
                 repeated, so nothing is stored. Order fewer days, or order it again later with --refresh",
                self.restarts
            );
            return fail(Failure::Damaged { message });
        }
        self.pages.restart();
        let wait = wait_for(LOST_SECONDS, None, at, WaitReason::Incomplete);
        self.waiting(wait, at.now)
    }

    /// Handles a link that the server has forgotten: the span is read again.
    fn chain_broke(mut self, at: ReplyTime) -> (Operation, Next) {
        self.restarts += 1;
        if self.pages.next.is_none() || self.restarts > RESTARTS {
            let message =
                "404: the server has forgotten its own next page; try again later".to_owned();
            return fail(Failure::Gone { message });
        }
        self.pages.restart();
        self.go_on(at.now)
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::period::DateRange;
    use crate::domain::report::operation::pages::Pages;
    use crate::domain::report::operation::replies::{self, NOW};
    use crate::domain::report::operation::states::{Operation, Paging};
    use crate::domain::report::reply::{Failure, Next, Reply, Span};

    fn days(from: &str, to: &str) -> Span {
        let day = |text: &str| text.parse().unwrap();
        Span::Days(DateRange {
            from: day(from),
            to: day(to),
        })
    }

    fn reading(spans: &[Span]) -> Operation {
        Paging::begin(Pages::new(spans.to_vec()), NOW, None, NOW).0
    }

    /// The state after these replies, and the last step.
    fn after(mut state: Operation, replies: &[Reply]) -> (Operation, Next) {
        let mut next = Next::Stop;
        for reply in replies {
            (state, next) = replies::after(state, reply.clone());
        }
        (state, next)
    }

    fn page(rows: u64, next: Option<&str>) -> Reply {
        let next = next.map(ToOwned::to_owned);
        Reply::Paged { next, rows }
    }

    fn timeout(status: u16) -> Reply {
        Reply::Unavailable { wait: None, status }
    }

    /// The days of the span that is read, and the seconds until its next page is requested.
    fn asked((state, next): &(Operation, Next)) -> (i64, i64) {
        let Next::Page {
            span: Span::Days(range),
            not_before,
            ..
        } = next
        else {
            panic!("{next:?} in {state:?}");
        };
        (range.days(), (*not_before - NOW).num_seconds())
    }

    #[test]
    fn a_502_is_asked_again_once_and_a_504_makes_the_span_shorter_at_once() {
        let october = || reading(&[days("2026-10-01", "2026-10-31")]);
        for (replies, expected) in [
            (vec![timeout(504)], (16, 30)),
            (vec![timeout(502)], (31, 30)),
            (vec![timeout(502), timeout(502)], (16, 60)),
            // A page in between begins the count anew.
            (
                vec![timeout(502), page(1, Some("a")), timeout(502)],
                (31, 30),
            ),
            // Shorter spans begin with short waits.
            (vec![timeout(504), timeout(504), timeout(504)], (4, 30)),
            // Other errors have nothing to do with the length.
            (vec![timeout(503), timeout(503)], (31, 60)),
        ] {
            let found = after(october(), &replies);
            assert_eq!(asked(&found), expected, "{replies:?}");
        }
        let (state, _) = after(october(), &[timeout(504), timeout(504), timeout(504)]);
        assert_eq!(state.tries(), 3, "the tries still count");
    }

    #[test]
    fn pages_of_a_span_that_becomes_shorter_do_not_count() {
        let state = reading(&[days("2026-10-01", "2026-10-31")]);
        let (state, _) = after(state, &[page(7, Some("a")), timeout(504), page(2, None)]);
        assert_eq!(state.paging().unwrap().pages.rows(), 2);
    }

    #[test]
    fn what_cannot_be_made_shorter_fails_at_the_fifth_timeout_with_its_own_advice() {
        for (span, advice) in [
            (days("2026-10-01", "2026-10-01"), "a single day"),
            (Span::Period, "--from, --to"),
        ] {
            let (state, _) = after(reading(&[span]), &vec![timeout(504); 4]);
            assert!(state.paging().is_some(), "{state:?}");
            let (state, _) = after(state, &[timeout(504)]);
            let failed = state.failure().map(Failure::message).unwrap_or_default();
            assert!(failed.contains(advice), "{state:?}");
        }
    }

    #[test]
    fn a_forgotten_first_page_fails_and_a_later_one_restarts_the_span_twice() {
        let october = || reading(&[days("2026-10-01", "2026-10-31")]);
        let (state, _) = after(october(), &[Reply::NotFound]);
        assert!(matches!(state, Operation::Failed(Failure::Gone { .. })));
        let broken = [page(3, Some("a")), Reply::NotFound];
        let mut state = october();
        for _ in 0..2 {
            let next;
            (state, next) = after(state, &broken);
            assert!(matches!(next, Next::Page { link: None, .. }), "{next:?}");
            assert_eq!(state.paging().unwrap().pages.rows(), 0);
        }
        let (state, _) = after(state, &broken);
        assert!(matches!(state, Operation::Failed(Failure::Gone { .. })));
    }

    #[test]
    fn a_chain_that_loops_is_read_again_twice_and_nothing_of_it_counts() {
        let broken = [page(3, Some("a")), page(3, Some("a"))];
        let mut state = reading(&[days("2026-10-01", "2026-10-31")]);
        for _ in 0..2 {
            let found = after(state, &broken);
            assert_eq!(asked(&found), (31, 2), "a short pause");
            state = found.0;
            assert_eq!(state.paging().unwrap().pages.rows(), 0);
        }
        let (state, _) = after(state, &broken);
        assert!(matches!(state, Operation::Failed(Failure::Damaged { .. })));
    }

    #[test]
    fn a_span_without_rows_ends_nothing_but_itself() {
        let none = || Reply::NoData { why: String::new() };
        let spans = [
            days("2026-10-01", "2026-10-15"),
            days("2026-10-16", "2026-10-31"),
        ];
        for (replies, rows) in [
            (vec![none(), page(2, None)], Some(2)),
            (vec![page(2, None), none()], Some(2)),
            (vec![page(0, None), none()], None),
            (vec![none(), none()], None),
        ] {
            let (state, next) = after(reading(&spans), &replies);
            let found = state.paging().map(|paging| paging.pages.rows());
            assert_eq!(found, rows, "{replies:?}");
            assert_eq!(next == Next::Commit, rows.is_some(), "{next:?}");
            assert_eq!(matches!(state, Operation::Empty { .. }), rows.is_none());
        }
    }
}
