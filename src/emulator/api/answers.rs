//! Answers in ARM's format: the error envelope, request ids, and the waits set by scenarios.

use crate::emulator::scenario::{Disturbance, Script};
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::str::FromStr;

/// A finished answer.
pub type Answer = Response<Body>;

/// A JSON answer.
pub fn json(status: u16, body: &Value) -> Answer {
    text(status, "application/json; charset=utf-8", body.to_string())
}

/// A text answer.
pub fn text(status: u16, kind: &'static str, body: String) -> Answer {
    let answer = bare(status).map(|_| Body::from(body));
    header(answer, "content-type", kind)
}

/// An answer without a body.
pub fn bare(status: u16) -> Answer {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer
}

/// ARM's error envelope.
pub fn error(status: u16, code: &str, message: &str) -> Answer {
    json(
        status,
        &json!({ "error": { "code": code, "message": message } }),
    )
}

/// Adds a header whose value is known to be plain ASCII.
pub fn header(mut answer: Answer, name: &'static str, value: &str) -> Answer {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
    answer
}

/// An HTTP date (RFC 9110, 5.6.7).
pub fn http_date(time: DateTime<Utc>) -> String {
    time.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Adds `Retry-After` in the scenario's format, and the server's own `Date`.
pub fn retry_after(answer: Answer, script: &Script, now: DateTime<Utc>) -> Answer {
    let value = if script.retry_after_as_date {
        http_date(now + TimeDelta::seconds(i64::from(script.retry_after)))
    } else {
        script.retry_after.to_string()
    };
    header(
        header(answer, "retry-after", &value),
        "date",
        &http_date(now),
    )
}

/// The answer of a disturbance.
pub fn disturbed(disturbance: &Disturbance, now: DateTime<Utc>) -> Answer {
    let mut answer = text(
        disturbance.status,
        "application/json; charset=utf-8",
        disturbance.body.clone(),
    );
    for (name, value) in &disturbance.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            answer.headers_mut().insert(name, value);
        }
    }
    header(answer, "date", &http_date(now))
}

/// The link to a later page of a list. It repeats every parameter as the real service does: decoded, blanks included.
pub(crate) fn next_link(list: &str, query: &HashMap<String, String>, skip: usize) -> String {
    let mut pairs: Vec<String> = query
        .iter()
        .filter(|(name, _)| *name != "$skiptoken")
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.sort();
    format!("{list}?{}&$skiptoken={skip}", pairs.join("&"))
}

/// A number in a query; `None` where it is missing or is not one.
pub(crate) fn number<T: FromStr>(query: &HashMap<String, String>, name: &str) -> Option<T> {
    query.get(name)?.parse().ok()
}
