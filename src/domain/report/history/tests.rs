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
