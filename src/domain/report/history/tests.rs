//! Tests of the history of orders: the words of a call, the limit of a log, and the usual wait.

use super::*;
use crate::domain::report::quota::Bucket;
use crate::domain::report::reply::Failure;
use chrono::TimeDelta;
use proptest::prelude::*;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

fn call(seconds: i64, reply: &Reply) -> Call {
    Call::of(
        CallKind::Poll,
        at(seconds),
        reply,
        (&CallIds::default(), &[]),
    )
}

#[test]
fn a_call_says_when_what_and_how_long_to_wait() {
    let ids = CallIds {
        request: Some("r-1".to_owned()),
        correlation: Some("c-1".to_owned()),
    };
    let left = [Remainder {
        bucket: Bucket::Entity,
        left: "3".to_owned(),
    }];
    let reply = Reply::Throttled {
        wait: Some(TimeDelta::seconds(35)),
        header: Some("x-ms-ratelimit-microsoft.costmanagement-entity-retry-after".to_owned()),
    };
    let call = Call::of(CallKind::Poll, at(5), &reply, (&ids, &left));
    assert_eq!(
        call.lines(),
        [
            "1970-01-01 00:00:05  poll  throttled (429), wait 35 s \
             (x-ms-ratelimit-microsoft.costmanagement-entity-retry-after), quotas left: scope 3",
            "  request id r-1, correlation id c-1",
        ]
    );
}

#[test]
fn no_text_of_the_server_is_kept() {
    let foreign = "https://blob/?sig=SECRET";
    let message = foreign.to_owned();
    let replies = [
        Reply::Accepted {
            location: Some(message.clone()),
            wait: None,
        },
        Reply::Unsupported {
            message: message.clone(),
        },
        Reply::Unreachable {
            message: message.clone(),
        },
        Reply::Incomplete {
            message: message.clone(),
        },
        Reply::Paged {
            next: Some(message.clone()),
            rows: 3,
        },
        Reply::NoData {
            why: message.clone(),
        },
        Reply::Failed(Failure::Rejected { message }),
    ];
    for reply in replies {
        let said = call(0, &reply).lines().join("\n");
        assert!(!said.contains("SECRET"), "{said}");
    }
}

#[test]
fn a_long_log_keeps_the_first_and_the_newest_calls() {
    let mut log = CallLog::default();
    for second in 0..250 {
        log.add(call(second, &Reply::NotFound));
    }
    let times: Vec<i64> = log.calls.iter().map(|call| call.at.timestamp()).collect();
    assert_eq!(
        (times.len(), times[0], times[1], times[99]),
        (100, 0, 151, 249)
    );
    assert_eq!(log.left_out, 150);
    assert!(log.lines().last().unwrap().starts_with("150 calls between"));
}

#[test]
fn the_usual_wait_is_the_middle_half() {
    let cases: [(&[i64], &str); 7] = [
        (&[240], "last time 4 min"),
        (&[90], "last time 2 min"),
        (&[30], "last time 30 s"),
        (&[40, 20], "usually 20 to 40 s"),
        (&[190, 200, 330, 345, 350], "usually 3 to 6 min"),
        (&[200, 5, 210, 3600, 230], "usually 3 to 4 min"),
        (&[60, 60, 60], "usually 60 s"),
    ];
    for (waits, words) in cases {
        let usual = UsualWait::of(waits.iter().copied()).unwrap();
        assert_eq!(usual.words(), words, "{waits:?}");
    }
    assert_eq!(UsualWait::of([]), None);
    let three = UsualWait::of([40, 60]).unwrap().times(3);
    assert_eq!(three.span(), "2 to 3 min");
}

#[test]
fn the_newest_waits_count() {
    let waits = std::iter::repeat_n(30, 20).chain(std::iter::repeat_n(9000, 50));
    assert_eq!(UsualWait::of(waits).unwrap().words(), "usually 30 s");
}

proptest! {
    #[test]
    fn the_usual_wait_is_within_the_waits(waits in prop::collection::vec(0_i64..100_000, 1..20), now in -5_i64..200_000) {
        let usual = UsualWait::of(waits.iter().copied()).unwrap();
        prop_assert!(usual.least <= usual.most);
        prop_assert!(waits.contains(&usual.least) && waits.contains(&usual.most));
        prop_assert!((0..=1000).contains(&usual.over(now)));
    }
}

fn kinds(calls: &[(CallKind, i64)]) -> CallLog {
    let of = |(kind, seconds): &(CallKind, i64)| Call {
        kind: *kind,
        ..call(*seconds, &Reply::NotFound)
    };
    CallLog {
        calls: calls.iter().map(of).collect(),
        left_out: 0,
    }
}

#[test]
fn the_wait_of_an_order_is_from_its_first_answer_to_the_last_one_that_is_no_file() {
    use CallKind::{File, Order, Page, Poll};
    for (calls, waited, polls) in [
        (
            vec![(Order, 10), (Poll, 30), (Poll, 70), (File, 95)],
            Some(60),
            2,
        ),
        (vec![(Order, 10), (Page, 11)], Some(1), 0),
        (vec![(Order, 10), (File, 95)], None, 0),
        (vec![(Order, 10)], None, 0),
        (vec![(Order, 10), (Poll, 10)], None, 1),
        // An earlier run had ordered it.
        (vec![(Poll, 30), (Poll, 70)], None, 2),
        (vec![(File, 95)], None, 0),
        (vec![], None, 0),
    ] {
        let log = kinds(&calls);
        assert_eq!((log.waited(), log.polls()), (waited, polls), "{calls:?}");
        assert_eq!(log.is_empty(), calls.is_empty());
    }
}

#[test]
fn a_later_run_continues_the_log_and_the_last_ids_are_told() {
    let mut log = kinds(&[(CallKind::Order, 1)]);
    assert!(log.ids().is_empty());
    log.calls[0].request_id = Some("r".to_owned());
    let mut later = kinds(&[(CallKind::Poll, 2), (CallKind::Poll, 3)]);
    later.left_out = 4;
    later.calls[0].correlation_id = Some("c".to_owned());
    log.extend(later);
    assert_eq!((log.calls.len(), log.left_out), (3, 4));
    assert_eq!(log.ids().to_string(), "correlation id c");
    assert_eq!(log.lines().len(), 3 + 2 + 1, "two calls have ids");
    log.calls.truncate(1);
    log.left_out = 0;
    assert_eq!(log.ids().to_string(), "request id r");
    assert_eq!(log.lines().len(), 2);
}

#[test]
fn waits_are_told_with_the_header_that_named_them() {
    let seconds = |count| Some(TimeDelta::seconds(count));
    for (reply, wait, header) in [
        (
            Reply::Accepted {
                location: None,
                wait: seconds(7),
            },
            Some(7),
            Some("retry-after"),
        ),
        (
            Reply::Accepted {
                location: None,
                wait: None,
            },
            None,
            None,
        ),
        (
            Reply::Unavailable {
                wait: seconds(9),
                status: 503,
            },
            Some(9),
            Some("retry-after"),
        ),
        (
            Reply::Throttled {
                wait: seconds(3),
                header: None,
            },
            Some(3),
            None,
        ),
        (Reply::NotFound, None, None),
    ] {
        let call = call(0, &reply);
        assert_eq!(
            (call.wait, call.header.as_deref()),
            (wait, header),
            "{reply:?}"
        );
    }
    let file = Call::file(at(0), 2_000_000);
    assert_eq!((file.kind, file.wait), (CallKind::File, None));
    assert!(file.lines()[0].starts_with("1970-01-01 00:00:00  file  downloaded, "));
}

#[test]
fn each_answer_has_its_words() {
    let message = String::new;
    for (reply, expected) in [
        (
            Reply::Accepted {
                location: None,
                wait: None,
            },
            "accepted, not ready yet",
        ),
        (
            Reply::Throttled {
                wait: None,
                header: None,
            },
            "throttled (429)",
        ),
        (
            Reply::Unavailable {
                wait: None,
                status: 502,
            },
            "server error (502)",
        ),
        (Reply::NotFound, "not found (404)"),
        (
            Reply::Doubtful { message: message() },
            "no reports for this account (422)",
        ),
        (
            Reply::Paged {
                next: None,
                rows: 1,
            },
            "1 row, the last page",
        ),
        (
            Reply::Paged {
                next: Some(message()),
                rows: 2,
            },
            "2 rows, more follow",
        ),
        (Reply::Unreachable { message: message() }, "no answer"),
        (
            Reply::NotSent { message: message() },
            "no connection, nothing was sent",
        ),
        (
            Reply::Incomplete { message: message() },
            "incomplete answer",
        ),
        (Reply::NoData { why: message() }, "no data"),
        (Reply::LinkExpired, "link expired"),
        (Reply::Cancelled, "cancelled"),
    ] {
        assert_eq!(call(0, &reply).answer, expected);
    }
}

#[test]
fn an_order_that_has_ended_tells_its_length_and_outcome() {
    use OrderEnding::{Cancelled, Empty, Failed, Ready};
    let order = |ending, rows, why: Option<&str>| PastOrder {
        key: ReportKey::from_text("key"),
        request: serde_json::from_str(
            r#"{"scope":"8608480","metric":"actual","period":{"invoice":"G1"}}"#,
        )
        .unwrap(),
        api: Api::Details,
        ordered_at: at(100),
        ended_at: at(190),
        ending,
        why: why.map(ToOwned::to_owned),
        rows,
        resumed: false,
        log: kinds(&[(CallKind::Order, 100), (CallKind::Poll, 160)]),
    };
    for (ending, rows, why, outcome, waited) in [
        (Ready, Some(3), None, "3 rows", Some(60)),
        (Ready, None, None, "stored", Some(60)),
        (Cancelled, None, Some("why"), "stopped following", None),
        (Empty, None, Some("no rows"), "no rows", None),
        (Empty, None, None, "empty", None),
        (Failed, None, None, "failed", None),
    ] {
        let order = order(ending, rows, why);
        assert_eq!(
            (order.outcome().as_str(), order.waited()),
            (outcome, waited)
        );
        assert!(!ending.word().is_empty());
    }
    let mut order = order(Ready, Some(3), None);
    assert_eq!((order.started_at(), order.took()), (at(100), clock(90)));
    // A throttled order was sent before.
    order.log.calls[0].at = at(40);
    assert_eq!((order.started_at(), order.took()), (at(40), clock(150)));
    order.log.calls[0].at = at(101);
    assert_eq!(order.started_at(), at(100));
    order.log = CallLog::default();
    order.ended_at = at(1);
    assert_eq!((order.started_at(), order.took()), (at(100), clock(0)));
    order.log = kinds(&[(CallKind::Order, 100), (CallKind::Poll, 160)]);
    order.resumed = true;
    assert_eq!(order.waited(), None);
}

#[test]
fn spans_change_from_seconds_to_minutes_and_are_rounded_outwards() {
    let usual = |least, most| UsualWait {
        least,
        most,
        reports: 2,
    };
    for (least, most, span, over) in [
        (10, 89, "10 to 89 s", 674),
        (89, 89, "89 s", 674),
        (90, 90, "2 min", 666),
        (60, 120, "1 to 2 min", 500),
        (119, 121, "1 to 3 min", 495),
        (120, 120, "2 min", 500),
    ] {
        assert_eq!(usual(least, most).span(), span);
        assert_eq!(usual(least, most).over(60), over, "{span}");
    }
    let none = usual(0, 0);
    assert_eq!((none.over(-1), none.over(0), none.over(5)), (0, 0, 1000));
    assert_eq!((usual(0, 60).over(60), usual(0, 60).over(99)), (1000, 1000));
    assert_eq!(
        usual(10, 20).times(3),
        UsualWait {
            least: 30,
            most: 60,
            reports: 2
        }
    );
}
