//! The line of each request in the log, which `-v` asks for: method, host, path, answer and time. Queries are left out,
//! because a SAS or a signed link is in them, and so are bodies and tokens.

use crate::azure::retry;
use crate::domain::text::redaction;
use chrono::TimeDelta;
use reqwest::header::HeaderMap;
use reqwest::{Method, Url};

/// What a server answered to a request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Outcome<'a> {
    Answered { status: u16, headers: &'a HeaderMap },
    Failed { why: &'a str },
}

/// Logs a request that has ended.
pub(super) fn log(method: &Method, url: &Url, took: Option<TimeDelta>, outcome: Outcome<'_>) {
    tracing::debug!("{}", line(method, url, took, outcome));
    if let Outcome::Answered { headers, .. } = outcome {
        for remainder in retry::remainders(headers) {
            tracing::trace!(
                bucket = %remainder.bucket,
                left = remainder.left,
                "a quota of the server"
            );
        }
    }
}

/// `GET costacct.blob.core.windows.net/exports: 200 in 0.34 s, 1480 bytes, request id 8a1c`
fn line(method: &Method, url: &Url, took: Option<TimeDelta>, outcome: Outcome<'_>) -> String {
    let (host, path) = (url.host_str().unwrap_or_default(), url.path());
    let port = url.port().map(|port| format!(":{port}"));
    let port = port.unwrap_or_default();
    let took = took.map(|took| took.as_seconds_f64().max(0.0));
    let seconds = |word: &str| took.map_or_else(String::new, |took| format!("{word} {took:.2} s"));
    let asked = format!("{method} {host}{port}{path}");
    match outcome {
        Outcome::Failed { why } => format!("{asked}: {why}{}", seconds(", after")),
        Outcome::Answered { status, headers } => {
            let mut line = format!("{asked}: {status}{}", seconds(" in"));
            for (name, before, after) in [
                ("content-length", "", " bytes"),
                ("retry-after", "retry after ", ""),
                ("x-ms-request-id", "request id ", ""),
            ] {
                let value = headers.get(name).and_then(|value| value.to_str().ok());
                if let Some(value) = value {
                    line = format!("{line}, {before}{}{after}", redaction::foreign(value));
                }
            }
            line
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::azure::exchange_log::{Outcome, line};
    use chrono::TimeDelta;
    use reqwest::header::{HeaderMap, HeaderValue};
    use reqwest::{Method, Url};

    #[test]
    fn a_line_names_the_request_and_its_answer_without_the_query() {
        let url = "https://acct.blob.core.windows.net/c/cost/a%20b.csv?sv=2021-12-02&sig=secret";
        let url: Url = url.parse().unwrap();
        let took = Some(TimeDelta::milliseconds(340));
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("content-length", "1480"),
            ("retry-after", "20"),
            ("x-ms-request-id", "8a1c"),
            ("location", "https://x?sig=secret"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let said = |outcome| line(&Method::GET, &url, took, outcome);
        let answered = Outcome::Answered {
            status: 429,
            headers: &headers,
        };
        assert_eq!(
            said(answered),
            "GET acct.blob.core.windows.net/c/cost/a%20b.csv: 429 in 0.34 s, 1480 bytes, retry after 20, request id 8a1c"
        );
        let failed = Outcome::Failed {
            why: "connection refused",
        };
        assert_eq!(
            said(failed),
            "GET acct.blob.core.windows.net/c/cost/a%20b.csv: connection refused, after 0.34 s"
        );
        let untimed = line(&Method::GET, &url, None, failed);
        assert!(
            untimed.ends_with("a%20b.csv: connection refused"),
            "{untimed}"
        );
    }
}
