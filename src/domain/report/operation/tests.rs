//! The life cycle of a report as a table of cases: replies and times go in, states and steps come out.

use crate::domain::report::manifest::{Blob, Manifest, ServerTimes};
use crate::domain::report::operation::states::{Operation, ReplyTime};
use crate::domain::report::reply::{Failure, Next, Reply, WaitReason};
use crate::domain::text::secret::Secret;
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

fn start_time() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-11-22T10:00:00Z")
        .unwrap()
        .to_utc()
}

fn seconds(count: i64) -> TimeDelta {
    TimeDelta::seconds(count)
}

/// A report in progress, and the current time.
struct Run {
    state: Operation,
    next: Next,
    now: DateTime<Utc>,
}

impl Run {
    fn new() -> Self {
        let now = start_time();
        let (state, next) = Operation::start(now);
        Self { state, next, now }
    }

    fn reply(mut self, reply: Reply) -> Self {
        let moment = ReplyTime {
            now: self.now,
            jitter: TimeDelta::milliseconds(400),
        };
        (self.state, self.next) = self.state.advance(reply, moment);
        self
    }

    /// Advances the time to the moment when the next step may be taken.
    fn waited(mut self) -> Self {
        if let Next::Send { not_before } | Next::Poll { not_before, .. } = &self.next {
            self.now = self.now.max(*not_before);
        }
        self
    }

    fn wait_milliseconds(&self) -> i64 {
        match &self.next {
            Next::Send { not_before } | Next::Poll { not_before, .. } => {
                (*not_before - self.now).num_milliseconds()
            }
            other => panic!("no wait in {other:?}"),
        }
    }
}

fn accepted(wait: Option<i64>) -> Reply {
    Reply::Accepted {
        location: Some("http://arm/poll".to_owned()),
        wait: wait.map(seconds),
    }
}

fn unavailable(wait: Option<i64>) -> Reply {
    Reply::Unavailable {
        wait: wait.map(seconds),
        status: 503,
    }
}

fn manifest(links: &[&str]) -> Manifest {
    let blob = |link: &&str| Blob {
        link: Secret::new(*link),
        bytes: Some(10),
    };
    Manifest {
        blobs: links.iter().map(blob).collect(),
        times: ServerTimes::default(),
    }
}

/// A finished report whose links are valid until a time.
fn finished(links: &[&str], till: DateTime<Utc>) -> Reply {
    let mut manifest = manifest(links);
    manifest.times.valid_till = Some(till);
    Reply::Finished(manifest)
}

#[test]
fn accepted_report_is_polled_fetched_and_stored() {
    let run = Run::new().reply(accepted(Some(7)));
    assert_eq!(run.wait_milliseconds(), 7000);
    let run = run.waited().reply(Reply::Accepted {
        location: Some("http://arm/other".to_owned()),
        wait: None,
    });
    assert!(matches!(&run.next, Next::Poll { url, .. } if url == "http://arm/other"));
    assert_eq!(
        run.wait_milliseconds(),
        7000,
        "without a header the last named wait holds"
    );
    let run = run.waited().reply(Reply::Finished(manifest(&["a", "b"])));
    assert_eq!(run.next, Next::Fetch { blob: 0 });
    let run = run
        .reply(Reply::Progress { bytes: 4 })
        .reply(Reply::Fetched { bytes: 10 });
    assert_eq!(run.next, Next::Fetch { blob: 1 });
    let run = run.reply(Reply::Fetched { bytes: 12 });
    assert_eq!((run.next, run.state), (Next::Commit, Operation::Fetched));
}

#[test]
fn waits_without_headers_are_twenty_and_thirty_seconds() {
    assert_eq!(Run::new().reply(accepted(None)).wait_milliseconds(), 20_000);
    let throttled = Reply::Throttled {
        wait: None,
        header: None,
    };
    assert_eq!(
        Run::new().reply(throttled.clone()).wait_milliseconds(),
        30_400
    );
    let failed = unavailable(None);
    assert_eq!(Run::new().reply(failed.clone()).wait_milliseconds(), 30_400);
    let polled = Run::new().reply(accepted(Some(50))).waited().reply(failed);
    assert_eq!(
        polled.wait_milliseconds(),
        50_400,
        "the last named wait is longer and holds"
    );
    let polled = Run::new()
        .reply(accepted(Some(0)))
        .waited()
        .reply(throttled);
    assert_eq!(polled.wait_milliseconds(), 1400, "never less than a second");
}

#[test]
fn throttled_requests_wait_as_told_and_are_repeated() {
    let header = Some("x-ms-ratelimit-microsoft.costmanagement-entity-retry-after".to_owned());
    let throttled = Reply::Throttled {
        wait: Some(seconds(35)),
        header: header.clone(),
    };
    let run = Run::new().reply(throttled.clone());
    assert!(matches!(run.next, Next::Send { .. }));
    assert_eq!(run.wait_milliseconds(), 35_400);
    assert_eq!(
        run.state.wait().unwrap().why,
        WaitReason::Throttled { header }
    );
    let run = run
        .waited()
        .reply(accepted(Some(1)))
        .waited()
        .reply(throttled);
    assert!(matches!(run.next, Next::Poll { .. }));
    assert_eq!(run.wait_milliseconds(), 35_400);
}

#[test]
fn a_second_post_is_never_sent_after_a_lost_answer() {
    let lost = Reply::Unreachable {
        message: "reset".to_owned(),
    };
    let run = Run::new().reply(lost.clone());
    assert!(matches!(
        run.state,
        Operation::Failed(Failure::Unreachable { .. })
    ));
    let unsent = Reply::NotSent {
        message: "refused".to_owned(),
    };
    let run = Run::new().reply(unsent);
    assert!(matches!(run.next, Next::Send { .. }), "nothing was sent");
    assert_eq!(run.wait_milliseconds(), 2400);
}

#[test]
fn waits_grow_to_a_minute_while_failures_last_and_begin_anew_after_them() {
    let lost = Reply::Unreachable {
        message: "reset".to_owned(),
    };
    let failed = unavailable(None);
    for (reply, first) in [(lost, 1), (failed, 1)] {
        let mut run = Run::new().reply(accepted(Some(first)));
        let mut waits = Vec::new();
        for _ in 0..8 {
            run = run.waited().reply(reply.clone());
            waits.push(run.wait_milliseconds() / 1000);
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        // An hour of failures is less than a hundred polls.
        for _ in 0..92 {
            run = run.waited().reply(reply.clone());
        }
        assert!((run.now - start_time()).num_minutes() >= 60);
        let run = run.waited().reply(accepted(None)).waited().reply(reply);
        assert_eq!(run.wait_milliseconds(), 1400);
    }
}

#[test]
fn a_short_wait_that_is_named_for_ever_grows_after_many_tries() {
    let failed = unavailable(Some(1));
    let mut run = Run::new().reply(accepted(Some(1)));
    let mut waits = Vec::new();
    for _ in 0..40 {
        run = run.waited().reply(failed.clone());
        waits.push(run.wait_milliseconds() / 1000);
    }
    assert_eq!(
        (waits[29], &waits[30..37]),
        (1, &[1, 2, 4, 8, 16, 32, 60][..])
    );
}

#[test]
fn an_incomplete_answer_is_asked_for_three_more_times() {
    let cut = Reply::Incomplete {
        message: "unexpected end of JSON".to_owned(),
    };
    let mut run = Run::new().reply(accepted(None));
    let mut waits = Vec::new();
    for _ in 0..3 {
        run = run.waited().reply(cut.clone());
        waits.push(run.wait_milliseconds());
    }
    assert_eq!(waits, [2400, 4400, 8400]);
    let end = run.waited().reply(cut);
    assert!(matches!(
        end.state,
        Operation::Failed(Failure::Damaged { .. })
    ));
}

#[test]
fn an_expired_link_is_asked_about_once_then_ordered_anew() {
    let downloading = || {
        Run::new()
            .reply(accepted(Some(1)))
            .waited()
            .reply(Reply::Finished(manifest(&["a"])))
    };
    let asked = || downloading().reply(Reply::LinkExpired);
    assert!(matches!(&asked().next, Next::Poll { url, .. } if url == "http://arm/poll"));
    let better = asked().reply(Reply::Finished(manifest(&["b"])));
    assert_eq!(better.next, Next::Fetch { blob: 0 });
    for bad in [Reply::Finished(manifest(&["a"])), Reply::NotFound] {
        let run = asked().reply(bad);
        assert!(matches!(run.next, Next::Send { .. }));
        assert!(matches!(&run.state, Operation::Ordered(ordered) if ordered.anew));
    }
    // Links that are refused although they are new have not expired.
    let mut run = better;
    for link in ["c", "d"] {
        run = run
            .reply(Reply::LinkExpired)
            .reply(Reply::Finished(manifest(&[link])));
        assert_eq!(run.next, Next::Fetch { blob: 0 });
    }
    assert!(matches!(
        run.reply(Reply::LinkExpired).state,
        Operation::Failed(Failure::Unreachable { .. })
    ));
}

#[test]
fn a_link_that_should_still_work_is_tried_again_over_a_minute() {
    let start = Run::new();
    let (begun, till) = (start.now, start.now + TimeDelta::hours(12));
    let same = || finished(&["a"], till);
    let mut run = start.reply(accepted(Some(1))).waited().reply(same());
    let mut tries = Vec::new();
    run = run.reply(Reply::LinkExpired);
    // The poll link is asked at once, and returns the same link.
    assert!(matches!(&run.next, Next::Poll { not_before, .. } if *not_before <= run.now));
    run = run.reply(same());
    for _ in 0..3 {
        assert!(
            matches!(&run.state, Operation::Generating(generating) if generating.wait.why == WaitReason::LinkRefused)
        );
        run = run.waited().reply(same());
        assert_eq!(run.next, Next::Fetch { blob: 0 });
        tries.push((run.now - begun).num_seconds());
        run = run.reply(Reply::LinkExpired);
    }
    assert!(tries[2] - tries[0] >= 40 && tries[2] >= 60, "{tries:?}");
    let refused = run.waited().reply(same());
    assert!(matches!(&refused.state, Operation::Ordered(ordered) if ordered.anew));
    // A link past its `validTill` is not tried again.
    let over = finished(&["a"], begun);
    let late = Run::new()
        .reply(accepted(Some(1)))
        .waited()
        .reply(over.clone());
    let late = late.reply(Reply::LinkExpired).reply(over);
    assert!(matches!(&late.state, Operation::Ordered(ordered) if ordered.anew));
}

#[test]
fn refusals_are_counted_for_each_file() {
    let start = Run::new();
    let till = start.now + TimeDelta::hours(12);
    let same = || finished(&["a", "b"], till);
    let mut run = start.reply(accepted(Some(45))).waited().reply(same());
    for refused in [0, 1] {
        let expire = |run: Run| {
            assert_eq!(run.next, Next::Fetch { blob: refused });
            run.reply(Reply::LinkExpired)
        };
        run = expire(run);
        assert_eq!(run.wait_milliseconds(), 0, "file {refused}, at once");
        run = run.reply(same());
        for tries in 0..3 {
            // The download begins again with the first file.
            run = run.waited().reply(same());
            for _ in 0..refused {
                run = run.reply(Reply::Fetched { bytes: 10 });
            }
            run = if tries < 2 { expire(run) } else { run };
        }
        run = run.reply(Reply::Fetched { bytes: 10 });
    }
    assert_eq!(run.next, Next::Commit);
}

#[test]
fn the_last_named_wait_holds_after_a_refused_link() {
    let run = Run::new().reply(accepted(Some(45))).waited();
    let run = run.reply(Reply::Finished(manifest(&["a"])));
    let run = run.reply(Reply::LinkExpired).reply(unavailable(None));
    assert_eq!(run.wait_milliseconds(), 45_400);
}

#[test]
fn the_wait_of_a_refused_order_may_delay_the_first_poll_but_not_hasten_it() {
    for (named, first) in [(0, 20_000), (5, 20_000), (90, 90_000)] {
        let busy = unavailable(Some(named));
        let run = Run::new().reply(busy).waited().reply(accepted(None));
        assert_eq!(run.wait_milliseconds(), first, "{named}");
    }
}

#[test]
fn links_that_expire_for_ever_end_in_a_failure() {
    let mut run = Run::new();
    for _ in 0..3 {
        run = run
            .reply(accepted(Some(1)))
            .waited()
            .reply(Reply::Finished(manifest(&["a"])))
            .reply(Reply::LinkExpired);
        run = run.reply(Reply::NotFound);
    }
    assert!(matches!(
        run.state,
        Operation::Failed(Failure::Rejected { .. })
    ));
}

#[test]
fn an_operation_that_is_not_there_yet_is_asked_three_times() {
    let mut run = Run::new().reply(accepted(Some(1)));
    for _ in 0..3 {
        run = run.waited().reply(Reply::NotFound);
        assert!(matches!(run.next, Next::Poll { .. }));
    }
    assert!(matches!(
        run.waited().reply(Reply::NotFound).state,
        Operation::Failed(_)
    ));
}

#[test]
fn an_order_of_an_earlier_run_is_asked_about_and_never_ordered_again_by_itself() {
    let now = start_time();
    let (state, next) = Operation::resume(
        "http://arm/poll".to_owned(),
        now + seconds(9),
        Some(seconds(40)),
        7,
        now,
    );
    assert_eq!(
        next,
        Next::Poll {
            url: "http://arm/poll".to_owned(),
            not_before: now + seconds(9)
        }
    );
    assert_eq!(state.polls(), 7, "polls of earlier runs count");
    let mut run = Run { state, next, now };
    for _ in 0..3 {
        run = run.waited().reply(Reply::NotFound);
        assert!(matches!(run.next, Next::Poll { .. }));
        assert_eq!(run.wait_milliseconds(), 40_000);
    }
    let run = run.waited().reply(Reply::NotFound);
    assert!(
        matches!(&run.state, Operation::Failed(Failure::Gone { message }) if message.contains("Order it again")),
        "gone is told apart from failed"
    );
}

#[test]
fn empty_and_failed_reports_end() {
    let none = Reply::NoData {
        why: "nothing".to_owned(),
    };
    assert!(matches!(
        Run::new().reply(none.clone()).state,
        Operation::Empty { .. }
    ));
    assert!(matches!(
        Run::new().reply(accepted(None)).reply(none).state,
        Operation::Empty { .. }
    ));
    assert!(matches!(
        Run::new().reply(Reply::Finished(manifest(&[]))).state,
        Operation::Empty { .. }
    ));
    let failure = Failure::NotAllowed {
        message: "no".to_owned(),
    };
    let run = Run::new().reply(Reply::Failed(failure.clone()));
    assert_eq!(run.state, Operation::Failed(failure));
    assert_eq!(run.next, Next::Stop);
    assert_eq!(run.reply(accepted(None)).next, Next::Stop);
    assert!(matches!(
        Run::new().reply(Reply::Cancelled).state,
        Operation::Cancelled
    ));
}

#[test]
fn a_202_without_a_link_is_an_error_that_says_so() {
    let run = Run::new().reply(Reply::Accepted {
        location: None,
        wait: Some(seconds(5)),
    });
    assert!(
        matches!(run.state, Operation::Failed(Failure::Unreadable { message }) if message.contains("Location"))
    );
}

fn any_reply() -> impl Strategy<Value = Reply> {
    let wait = proptest::option::of((0_i64..500).prop_map(seconds));
    prop_oneof![
        (
            proptest::option::of(Just("http://arm/x".to_owned())),
            wait.clone()
        )
            .prop_map(|(location, wait)| Reply::Accepted { location, wait }),
        wait.clone()
            .prop_map(|wait| Reply::Throttled { wait, header: None }),
        wait.prop_map(|wait| Reply::Unavailable { wait, status: 502 }),
        Just(Reply::NotFound),
        Just(Reply::LinkExpired),
        Just(Reply::Finished(manifest(&["a", "b"]))),
        (0_u64..20).prop_map(|bytes| Reply::Fetched { bytes }),
        (0_u64..20).prop_map(|bytes| Reply::Progress { bytes }),
        Just(Reply::Unreachable {
            message: String::new()
        }),
        Just(Reply::NotSent {
            message: String::new()
        }),
        Just(Reply::Incomplete {
            message: String::new()
        }),
    ]
}

proptest! {
    #[test]
    fn no_step_comes_before_the_time_that_was_named(replies in proptest::collection::vec(any_reply(), 0..40)) {
        let mut run = Run::new();
        for reply in replies {
            let named = match &reply {
                Reply::Accepted { wait, .. } | Reply::Throttled { wait, .. } | Reply::Unavailable { wait, .. } => *wait,
                _ => None,
            };
            let now = run.now;
            run = run.reply(reply);
            let waits = run.state.wait().is_some();
            if let (Next::Send { not_before } | Next::Poll { not_before, .. }, Some(named), true) = (&run.next, named, waits) {
                prop_assert!(*not_before >= now + named);
            }
            run = run.waited();
        }
    }
}
