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
