//! Extracts tags from their text with regular expressions that every server interprets alike. A key matches in any case
//! and with any escapes, at the top level only. The first of repeated pairs counts; a text in which one key has two
//! different values has no tags.

use crate::domain::sql::digits::literal;
use std::fmt::Write;

/// JSON whitespace.
const S: &str = r"[ \t\n\r]*";
/// A JSON string.
const TEXT: &str = r#""[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*""#;

fn scalar() -> String {
    format!(r"(?:{TEXT}|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)")
}

/// A value: a scalar, or a flat list or object.
fn json() -> String {
    let scalar = scalar();
    let flat = format!("{TEXT}{S}:{S}{scalar}");
    format!(
        r"(?:{scalar}|\{{{S}(?:{flat}(?:{S},{S}{flat})*)?{S}\}}|\[{S}(?:{scalar}(?:{S},{S}{scalar})*)?{S}\])"
    )
}

fn pair() -> String {
    format!("{TEXT}{S}:{S}{}", json())
}

/// A whole object; a leading or trailing comma is allowed.
fn object() -> String {
    let pair = pair();
    format!(r"^\{{{S},?{S}(?:{pair}(?:{S},{S}{pair})*)?{S},?{S}\}}\z")
}

/// A trimmed text of tags, completed to have both braces.
pub(super) fn braced(text: &str) -> String {
    let both = format!("CONCAT('{{', {text}, '}}')");
    let object = literal(&object());
    format!(
        "CASE WHEN {text} LIKE '{{%' THEN CASE WHEN {text} LIKE '%}}' THEN {text} ELSE CONCAT({text}, '}}') END \
         WHEN {text} LIKE '%}}' THEN CASE WHEN {both} RLIKE {object} THEN {both} ELSE CONCAT('{{', {text}) END ELSE {both} END"
    )
}

/// Braced tags; NULL if they are not valid JSON or one key has two different values.
pub(super) fn sound(text: &str) -> String {
    let pairs = literal(&format!("({TEXT}){S}:{S}({})", json()));
    let (back, mark) = (literal("\\"), literal("\u{1}"));
    let part = |at: usize| format!("REGEXP_EXTRACT_ALL({text}, {pairs}, {at})");
    let decoded = format!(
        "ARRAY_JOIN(FROM_JSON(CONCAT('[', ARRAY_JOIN({}, ','), ']'), 'ARRAY<STRING>'), {mark})",
        part(1)
    );
    let keys = format!(
        "CASE WHEN CONTAINS({text}, {back}) THEN SPLIT(LOWER({decoded}), {mark}) ELSE REGEXP_EXTRACT_ALL(LOWER({text}), \
         {pairs}, 1) END"
    );
    let object = literal(&object());
    format!(
        "CASE WHEN NOT {text} RLIKE {object} THEN NULL WHEN SIZE(ARRAY_DISTINCT({keys})) = SIZE({}) THEN {text} \
         WHEN SIZE(ARRAY_DISTINCT(ARRAYS_ZIP({keys}, {}))) = SIZE(ARRAY_DISTINCT({keys})) THEN {text} END",
        part(1),
        part(2)
    )
}

/// The raw value of a key; an empty text if the key is missing.
pub(super) fn written(text: &str, tag: &str) -> String {
    let (pair, key, json) = (pair(), key(tag), json());
    let pattern = format!(r"^\{{{S},?{S}(?:{pair}{S},{S})*?{key}{S}:{S}({json})");
    format!("REGEXP_EXTRACT({text}, {}, 1)", literal(&pattern))
}

/// The value of a raw text: strings without quotes and escapes, anything else unchanged.
pub(super) fn value(written: &str) -> String {
    let back = literal("\\");
    format!(
        "CASE WHEN {written} = '' THEN NULL WHEN {written} = 'null' THEN '' WHEN {written} LIKE '\"%' THEN CASE WHEN \
         CONTAINS({written}, {back}) THEN COALESCE(GET_JSON_OBJECT(CONCAT('{{\"v\":', {written}, '}}'), '$.v'), {written}) \
         ELSE SUBSTRING({written}, 2, LENGTH({written}) - 2) END ELSE {written} END"
    )
}

/// A pattern for a key in any spelling that JSON allows.
fn key(tag: &str) -> String {
    let letters: Vec<String> = tag.chars().map(letter).collect();
    format!("\"{}\"", letters.join(""))
}

/// A pattern for one character of a key: in each case, plain or escaped.
fn letter(c: char) -> String {
    let mut ways: Vec<String> = Vec::new();
    for c in cases(c) {
        if !matches!(c, '"' | '\\') && c >= ' ' {
            ways.push(if c.is_ascii() && !c.is_ascii_alphanumeric() {
                format!(r"\x{:02x}", u32::from(c))
            } else {
                c.to_string()
            });
        }
        let short = match c {
            '"' => Some("\""),
            '\\' => Some(r"\\"),
            '/' => Some("/"),
            '\u{8}' => Some("b"),
            '\u{c}' => Some("f"),
            '\n' => Some("n"),
            '\r' => Some("r"),
            '\t' => Some("t"),
            _ => None,
        };
        ways.extend(short.map(|short| format!(r"\\{short}")));
        let mut units = [0; 2];
        let mut escaped = String::new();
        for unit in c.encode_utf16(&mut units) {
            escaped.push_str(r"\\u");
            for digit in format!("{unit:04x}").chars() {
                if digit.is_ascii_digit() {
                    escaped.push(digit);
                } else {
                    let _ = write!(escaped, "[{digit}{}]", digit.to_ascii_uppercase());
                }
            }
        }
        ways.push(escaped);
    }
    format!("(?:{})", ways.join("|"))
}

/// Every character with the same lower case, in order.
fn cases(c: char) -> Vec<char> {
    // No letter beyond this one has two cases.
    const LAST: char = '\u{1ffff}';
    let lower_of = |c: char| {
        let mut lower = c.to_lowercase();
        match (lower.next(), lower.next()) {
            (Some(lower), None) => Some(lower),
            _ => None,
        }
    };
    let Some(lower) = lower_of(c) else {
        return vec![c];
    };
    let mut all = vec![lower, c];
    if c.is_ascii() {
        all.push(c.to_ascii_uppercase());
        // The Kelvin sign is the only other character whose lower case is an ASCII letter.
        all.extend((lower == 'k').then_some('\u{212a}'));
    } else {
        all.extend(('\0'..=LAST).filter(|other| lower_of(*other) == Some(lower)));
    }
    all.sort_unstable();
    all.dedup();
    all
}
