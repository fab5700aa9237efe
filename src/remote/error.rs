//! What can go wrong between here and a Spark server, in plain words with what to do next.

use crate::domain::text::redaction;
use tonic::{Code, Status};

/// What kind of trouble it is; the exit code depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The address or the statement cannot be as it is.
    Usage,
    /// The server does not know who we are, or refuses it.
    Rights,
    /// Nothing came in time.
    Silence,
    /// Nothing comes back from there, or something that is no answer.
    Failed,
    /// Whoever asked does not want it any more.
    Stopped,
}

/// Why a server gave no answer.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{place}: {text}")]
pub struct SparkError {
    pub place: String,
    pub trouble: Trouble,
    pub text: String,
}

/// The longest text of a server that is repeated; plans of a statement can be pages.
const LONGEST: usize = 600;

/// What a class of Spark's errors means, and what to do; the words of other servers stand for the same.
const CLASSES: [(&[&str], Trouble, &str); 11] = [
    (
        &["TABLE_OR_VIEW_NOT_FOUND", "Table not found"],
        Trouble::Usage,
        "there is no such table, or no right to see it: SHOW TABLES on the server lists what there is",
    ),
    (
        &["PATH_NOT_FOUND"],
        Trouble::Usage,
        "the server does not find a file: paths are looked up there, not here",
    ),
    (
        &[
            "UNRESOLVED_COLUMN",
            "missing from the schema",
            "cannot resolve attribute",
        ],
        Trouble::Usage,
        "there is no such column: `SELECT * FROM costs` shows all of them",
    ),
    (
        &[
            "PARSE_SYNTAX_ERROR",
            "invalid argument: found",
            "expected one statement",
        ],
        Trouble::Usage,
        "the statement does not read",
    ),
    (
        &["UNRESOLVED_ROUTINE", "unknown function"],
        Trouble::Usage,
        "the server has no such function",
    ),
    (
        &["CAST_INVALID_INPUT", "Cannot cast string"],
        Trouble::Failed,
        "a value is none of its type; an amount or a day in the table may be damaged",
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
        "it divides by zero; NULLIF(x, 0) below the line gives nothing instead",
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
        "a file cannot be read as it should: it is cut off, damaged, or a row has another number of fields than its header",
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

    /// What a call came back with.
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
                    "the server wants to know who asks: put a token into COSTSCOPE_SPARK_TOKEN (DATABRICKS_TOKEN goes to \
                     hosts of Databricks only), or one that has not expired ({said})"
                ),
            ),
            Code::PermissionDenied => (
                Trouble::Rights,
                format!("this identity may not do that there ({said})"),
            ),
            Code::DeadlineExceeded => (
                Trouble::Silence,
                "nothing came in time; ask again, or for less".to_owned(),
            ),
            Code::Unimplemented => (
                Trouble::Failed,
                format!(
                    "this is no Spark Connect server, or too old a one: Spark 3.5 and newer are ({said})"
                ),
            ),
            Code::Unavailable => (Trouble::Failed, unreachable(status, &said)),
            Code::ResourceExhausted => (
                Trouble::Failed,
                format!(
                    "the answer is too large, or the server too busy: ask for fewer rows or columns ({said})"
                ),
            ),
            Code::Cancelled => (Trouble::Failed, format!("the server broke it off ({said})")),
            _ => (Trouble::Failed, said),
        };
        Self::new(place, trouble, text)
    }
}

/// A server that cannot be reached, by what is in the way.
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
        "its certificate is not trusted here: give its authority with --ca-file"
    } else if lower.contains("corrupt message") || lower.contains("invalidcontenttype") {
        "it does not speak TLS there: `;use_ssl=false` asks without"
    } else if lower.contains("refused") {
        "nothing listens there"
    } else if lower.contains("dns") || lower.contains("lookup") {
        "the name could not be looked up"
    } else if lower.contains("keep-alive")
        || lower.contains("timed out")
        || lower.contains("timeout")
    {
        "it does not answer any more"
    } else {
        "the connection did not come about, or broke; a server with TLS needs `;use_ssl=true`, one without `;use_ssl=false`"
    };
    if cause.is_empty() {
        hint.to_owned()
    } else {
        format!("{hint} ({cause})")
    }
}

/// What the server says, in one line and not too long.
fn said(status: &Status) -> String {
    let text = redaction::words_of_others(status.message());
    // Behind what is wrong stand the statement and its plan.
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
