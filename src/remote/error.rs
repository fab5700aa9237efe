//! The errors of a Spark server, in plain words with the next step.

use crate::domain::text::redaction;
use tonic::{Code, Status};

/// The kind of an error; the exit code depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The address or the statement is invalid.
    Usage,
    /// The server rejects the identity or its permissions.
    Rights,
    /// The server did not respond in time.
    Silence,
    /// There was no response, or an invalid one.
    Failed,
    /// The caller cancelled the query.
    Stopped,
}

/// The reason a query failed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{place}: {text}")]
pub struct SparkError {
    pub place: String,
    pub trouble: Trouble,
    pub text: String,
}

/// The length limit of a server's text in a message; the plan of a statement can fill pages.
const LONGEST: usize = 600;

/// The meaning of Spark's error classes and the next step. Equivalent texts of other servers are listed with them.
const CLASSES: [(&[&str], Trouble, &str); 11] = [
    (
        &["TABLE_OR_VIEW_NOT_FOUND", "Table not found"],
        Trouble::Usage,
        "table not found, or no permission to see it: SHOW TABLES lists the tables on the server",
    ),
    (
        &["PATH_NOT_FOUND"],
        Trouble::Usage,
        "the server cannot find a file: paths are resolved there, not here",
    ),
    (
        &[
            "UNRESOLVED_COLUMN",
            "missing from the schema",
            "cannot resolve attribute",
        ],
        Trouble::Usage,
        "column not found: `SELECT * FROM costs` shows all columns",
    ),
    (
        &[
            "PARSE_SYNTAX_ERROR",
            "invalid argument: found",
            "expected one statement",
        ],
        Trouble::Usage,
        "the statement is invalid",
    ),
    (
        &["UNRESOLVED_ROUTINE", "unknown function"],
        Trouble::Usage,
        "the server has no such function",
    ),
    (
        &["CAST_INVALID_INPUT", "Cannot cast string"],
        Trouble::Failed,
        "a value does not match its type; an amount or a date in the table may be damaged",
    ),
    (
        &["ARITHMETIC_OVERFLOW"],
        Trouble::Failed,
        "a sum is too large for 20 digits before the point",
    ),
    (
        &["NUMERIC_VALUE_OUT_OF_RANGE"],
        Trouble::Failed,
        "a value is too large for 20 digits before the point",
    ),
    (
        &["DIVIDE_BY_ZERO", "divide by zero"],
        Trouble::Failed,
        "it divides by zero; NULLIF(x, 0) as the divisor gives null instead",
    ),
    (
        &["INSUFFICIENT_PERMISSIONS", "PERMISSION_DENIED"],
        Trouble::Rights,
        "this identity may not read it: SELECT on the table (and USE on its catalog and schema) is enough",
    ),
    (
        &[
            "MALFORMED_CSV_RECORD",
            "FAILED_READ_FILE",
            "incorrect number of fields",
        ],
        Trouble::Failed,
        "a file cannot be read: it is truncated, damaged, or a row has a different number of fields than its header",
    ),
];

impl SparkError {
    pub(super) fn new(place: &str, trouble: Trouble, text: impl Into<String>) -> Self {
        Self {
            place: place.to_owned(),
            trouble,
            text: text.into(),
        }
    }

    /// The error of a failed call.
    pub(super) fn of(place: &str, status: &Status) -> Self {
        let said = said(status);
        let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
        let class = CLASSES.iter().find(|(words, ..)| says(words));
        if let Some((_, trouble, words)) = class {
            return Self::new(place, *trouble, format!("{words} ({said})"));
        }
        let (trouble, text) = match status.code() {
            Code::Unauthenticated => (
                Trouble::Rights,
                format!(
                    "the server requires a token: set COSTSCOPE_SPARK_TOKEN (DATABRICKS_TOKEN is sent to \
                     Databricks hosts only), and check that it has not expired ({said})"
                ),
            ),
            Code::PermissionDenied => (
                Trouble::Rights,
                format!("this identity lacks the permission for it ({said})"),
            ),
            Code::DeadlineExceeded => (
                Trouble::Silence,
                "the server did not respond in time; try again, or ask for less".to_owned(),
            ),
            Code::Unimplemented => (
                Trouble::Failed,
                format!(
                    "this is not a Spark Connect server, or it is too old: Spark 3.5 or newer is needed ({said})"
                ),
            ),
            Code::Unavailable => (Trouble::Failed, unreachable(status, &said)),
            Code::ResourceExhausted => (
                Trouble::Failed,
                format!(
                    "the result is too large, or the server is too busy: ask for fewer rows or columns ({said})"
                ),
            ),
            Code::Cancelled => (Trouble::Failed, format!("the server cancelled it ({said})")),
            _ => (Trouble::Failed, said),
        };
        Self::new(place, trouble, text)
    }
}

/// The message for a server that cannot be reached, with the likely cause.
fn unreachable(status: &Status, said: &str) -> String {
    let mut causes = Vec::new();
    let mut source = std::error::Error::source(status);
    while let Some(cause) = source {
        causes.push(redaction::words_of_others(&cause.to_string()));
        source = cause.source();
    }
    let cause = causes.last().cloned().unwrap_or_else(|| said.to_owned());
    let lower = causes.join(" ").to_lowercase();
    let hint = if lower.contains("certificate") || lower.contains("unknownissuer") {
        "its certificate is not trusted: pass its CA with --ca-file"
    } else if lower.contains("corrupt message") || lower.contains("invalidcontenttype") {
        "the server does not use TLS: connect without it by `;use_ssl=false`"
    } else if lower.contains("refused") {
        "no server is listening there"
    } else if lower.contains("dns") || lower.contains("lookup") {
        "the host name could not be resolved"
    } else if lower.contains("keep-alive")
        || lower.contains("timed out")
        || lower.contains("timeout")
    {
        "the server has stopped responding"
    } else {
        "the connection failed; a server with TLS needs `;use_ssl=true`, one without `;use_ssl=false`"
    };
    if cause.is_empty() {
        hint.to_owned()
    } else {
        format!("{hint} ({cause})")
    }
}

/// The server's message, shortened to one line.
fn said(status: &Status) -> String {
    let text = redaction::words_of_others(status.message());
    // The statement and its plan follow the actual message.
    let ends = ["JVM stacktrace", "== SQL", "; '"];
    let end = ends.iter().filter_map(|end| text.find(end)).min();
    let text = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
    let line: Vec<&str> = text.split_whitespace().collect();
    let line = line.join(" ");
    if line.chars().count() <= LONGEST {
        return line;
    }
    let short: String = line.chars().take(LONGEST).collect();
    format!("{short} …")
}
