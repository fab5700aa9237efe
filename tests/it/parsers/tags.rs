//! The Tags text of a row: printing the pairs and parsing them again gives the same, and a slow reader of plain texts
//! finds the same pairs.

use super::play::{Parser, Verdict};
use super::slow_json::Pairs;
use costscope::data::columns::tags;
use std::fmt::Write;

pub(super) const PARSER: Parser = Parser {
    name: "tags",
    slice: 4_000,
    valid,
    words: &[
        "\"env\": \"prod\"",
        "\"ENV\": \"test\",",
        "null",
        "1.10",
        "1e400",
        "\\u0041",
        "\\ud83d",
        "{\"a\":",
        "[[[[[[[[[[[[[[[[",
        "\u{a0}",
        "\u{130}",
    ],
    one,
};

fn valid() -> Vec<Vec<u8>> {
    let texts = [
        "",
        "{}",
        "\"env\": \"prod\",\"team\": \"a,b\"",
        "{\"env\":\"qa:eu\",\"Cost Center\":\"7 \\\"x\\\"\"}",
        "{\"env\": \"prod\"",
        "\"env\": \"test\",",
        "{ ,\"a\" : \"1\" , }",
        "{\"n\": 1.10, \"big\": 12345678901234567890123, \"b\": true, \"x\": null}",
        "\"a\": {\"b\": \"}\"}",
    ];
    texts.map(|text| text.as_bytes().to_vec()).to_vec()
}

/// The pairs of a text whose values are all strings; `None` where its meaning is open to interpretation.
fn opinion(text: &str) -> Option<Vec<(String, String)>> {
    let is_odd = |c: char| c.is_whitespace() && !" \t\r\n".contains(c);
    if text.contains(is_odd) {
        return None;
    }
    let text = text.trim();
    let inner = text.strip_prefix('{').unwrap_or(text);
    let inner = inner.strip_suffix('}').unwrap_or(inner).trim();
    let inner = inner.strip_prefix(',').unwrap_or(inner).trim();
    let inner = inner.strip_suffix(',').unwrap_or(inner);
    let pairs: Pairs = serde_json::from_str(&format!("{{{inner}}}")).ok()?;
    if !pairs.are_distinct() {
        return None;
    }
    let pairs = pairs.0.iter();
    pairs
        .map(|(key, value)| Some((key.clone(), serde_json::from_str(value.get()).ok()?)))
        .collect()
}

fn printed(pairs: &[(String, String)]) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let mut text = String::new();
    for (key, value) in pairs {
        let comma = if text.is_empty() { "" } else { "," };
        write!(text, "{comma}{}: {}", quoted(key), quoted(value)).unwrap();
    }
    text
}

fn one(bytes: &[u8]) -> Verdict {
    let text = String::from_utf8_lossy(bytes);
    let read = tags::parse(&text);
    if let Some(pairs) = opinion(&text) {
        assert_eq!(read, Some(pairs), "the slow reader has another answer");
    }
    let Some(pairs) = read else {
        return Verdict::Refused;
    };
    // As EA files have them, and as MCA files do.
    let bare = printed(&pairs);
    for again in [bare.clone(), format!("{{{bare}}}")] {
        assert_eq!(tags::parse(&again).as_ref(), Some(&pairs), "{again}");
    }
    Verdict::Read
}
