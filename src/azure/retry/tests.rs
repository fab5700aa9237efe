//! Waits named by response headers.

use crate::azure::retry::{Verdict, decide, named_wait};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{HeaderMap, HeaderName};

fn now() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-11-22T10:00:00Z")
        .unwrap()
        .to_utc()
}

fn wait(headers: &[(&str, &str)]) -> Option<i64> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    named_wait(&map, now()).map(|named| named.wait.num_seconds())
}

#[test]
fn the_longest_of_all_retry_headers_counts() {
    let cases: [(&[(&str, &str)], Option<i64>); 12] = [
        (&[], None),
        (&[("Retry-After", "20")], Some(20)),
        (&[("retry-after", " 0 ")], Some(0)),
        (&[("RETRY-AFTER", "1.2")], Some(2)),
        (&[("Retry-After", "soon")], None),
        (&[("Retry-After", "-5")], None),
        (&[("Retry-After", "100000")], Some(100_000)),
        (
            &[("Retry-After", "Sun, 22 Nov 2026 10:00:30 GMT")],
            Some(30),
        ),
        // Measured against the response's own clock, which is ten seconds behind.
        (
            &[
                ("Retry-After", "Sun, 22 Nov 2026 10:00:30 GMT"),
                ("Date", "Sun, 22 Nov 2026 09:59:50 GMT"),
            ],
            Some(40),
        ),
        (&[("Retry-After", "Sun, 22 Nov 2026 09:00:00 GMT")], Some(0)),
        (
            &[
                ("Retry-After", "1"),
                (
                    "x-ms-ratelimit-microsoft.costmanagement-entity-retry-after",
                    "35",
                ),
                (
                    "x-ms-ratelimit-microsoft.costmanagement-tenant-retry-after",
                    "0",
                ),
                (
                    "x-ms-ratelimit-microsoft.costmanagement-clienttype-retry-after",
                    "7",
                ),
            ],
            Some(35),
        ),
        (
            &[
                (
                    "x-ms-ratelimit-remaining-microsoft.costmanagement-entity-requests",
                    "99",
                ),
                ("x-ms-ratelimit-microsoft.consumption-retry-after", "4"),
            ],
            Some(4),
        ),
    ];
    for (headers, expected) in cases {
        assert_eq!(wait(headers), expected, "{headers:?}");
    }
}

#[test]
fn a_wait_that_cannot_be_meant_is_a_week_or_none() {
    const WEEK: i64 = 7 * 24 * 3600;
    let quota = "x-ms-ratelimit-microsoft.costmanagement-tenant-retry-after";
    let dated = |text| ("Retry-After", text);
    let cases: [(&[(&str, &str)], Option<i64>); 21] = [
        // More seconds than a number, a time or a date can hold.
        (&[("Retry-After", "604800")], Some(WEEK)),
        (&[("Retry-After", "604801")], Some(WEEK)),
        (&[("Retry-After", "604799.5")], Some(WEEK)),
        (&[("Retry-After", "9223372036854775")], Some(WEEK)),
        (&[("Retry-After", "9223372036854775807.9")], Some(WEEK)),
        (&[("Retry-After", "18446744073709551615.9")], Some(WEEK)),
        (&[("Retry-After", "100000000000000000000")], Some(WEEK)),
        (&[("Retry-After", "00000000000000000000030")], Some(30)),
        (&[dated("Fri, 31 Dec 9999 23:59:59 GMT")], Some(WEEK)),
        // The clock of the server is a year ahead: the wait is the difference.
        (
            &[
                dated("Mon, 22 Nov 2027 10:00:30 GMT"),
                ("Date", "Mon, 22 Nov 2027 10:00:00 GMT"),
            ],
            Some(30),
        ),
        (&[dated("Thu, 01 Jan 1970 00:00:00 GMT")], Some(0)),
        // The older forms of a date.
        (&[dated("Sunday, 22-Nov-26 10:00:30 GMT")], Some(30)),
        (&[dated("Sun Nov 22 10:00:30 2026")], Some(30)),
        // Parts of a second, and what is no number.
        (&[("Retry-After", "0.001")], Some(1)),
        (&[("Retry-After", "5.")], Some(5)),
        (&[("Retry-After", ".5")], None),
        (&[("Retry-After", "-1.5")], None),
        (&[("Retry-After", "+5"), (quota, "1e3")], None),
        // The longest of those that can be read.
        (&[("Retry-After", "-5"), (quota, "7")], Some(7)),
        (&[("Retry-After", "30"), ("Retry-After", "40")], Some(40)),
        (
            &[("Retry-After", "99999999999999999999"), (quota, "0")],
            Some(WEEK),
        ),
    ];
    for (headers, expected) in cases {
        assert_eq!(wait(headers), expected, "{headers:?}");
    }
}

#[test]
fn lists_are_repeated_only_where_it_helps_and_not_for_ever() {
    let jitter = TimeDelta::milliseconds(300);
    let wait_of = |seconds: &str| {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", seconds.parse().unwrap());
        named_wait(&headers, now())
    };
    let again = |milliseconds| Verdict::Again(TimeDelta::milliseconds(milliseconds));
    // Attempts so far, seconds waited so far, status, seconds named.
    let cases = [
        (0, 0, Some(200), None, Verdict::Done),
        (0, 0, Some(403), None, Verdict::Done),
        (0, 0, Some(503), None, again(1300)),
        (3, 7, None, None, again(8300)),
        (5, 0, Some(429), None, Verdict::GiveUp),
        (0, 0, Some(429), Some("9"), again(9300)),
        (1, 60, Some(429), Some("60"), Verdict::GiveUp),
        (1, 60, Some(429), Some("59"), again(59300)),
        (0, 0, Some(429), Some("3600"), Verdict::GiveUp),
    ];
    for (tries, waited, status, named, expected) in cases {
        let named = named.and_then(wait_of);
        let verdict = decide(
            tries,
            TimeDelta::seconds(waited),
            status,
            named.as_ref(),
            jitter,
        );
        assert_eq!(verdict, expected, "{tries} {waited} {status:?} {named:?}");
    }
}
