//! Escapes foreign text for formats that act on it: spreadsheets evaluate formulas, Markdown shows links, images and
//! mentions, browsers run markup, a shell runs pasted text.

use super::{is_invisible, printable};
use crate::domain::money::Amount;
use std::borrow::Cow;
use std::fmt::Write as _;

/// Characters at which some spreadsheets start a new cell.
const CELL_ENDS: [char; 4] = [';', '\t', '\n', '\r'];

/// A text that no spreadsheet reads as a formula (OWASP, "CSV Injection"): an apostrophe is put before each formula
/// where some spreadsheet starts a cell. Excel splits at semicolons if the locale has decimal commas.
pub fn harmless(text: &str) -> Cow<'_, str> {
    let begins_plain = text
        .bytes()
        .next()
        .is_none_or(|first| first.is_ascii_alphanumeric());
    let one_cell = !text
        .bytes()
        .any(|byte| CELL_ENDS.contains(&char::from(byte)));
    // A number is not a formula, whatever its sign.
    if one_cell && (begins_plain || Amount::parse(text).is_ok()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 1);
    let first = text.trim_start_matches(is_ignored);
    // After a leading line break or tab, some spreadsheets evaluate the rest.
    let begins = text.starts_with(['\t', '\r', '\n']) && !first.is_empty();
    if begins
        || (first.starts_with(SIGNS) && !is_formula(cell_of(text)) && is_formula(cell_of(first)))
    {
        out.push('\'');
    }
    let mut rest = text;
    while !rest.is_empty() {
        let cell = cell_of(rest);
        if is_formula(cell) && !(begins && rest.len() == text.len()) {
            out.push('\'');
        }
        out.push_str(cell);
        rest = rest.get(cell.len()..).unwrap_or_default();
    }
    Cow::Owned(out)
}

/// Characters that start a formula, including full-width and small forms.
const SIGNS: [char; 12] = [
    '=', '+', '-', '@', '＝', '＋', '－', '＠', '﹢', '﹣', '﹦', '﹫',
];

/// The first cell of a text, including the character that ends it.
fn cell_of(text: &str) -> &str {
    let Some(end) = text.find(CELL_ENDS) else {
        return text;
    };
    let both = text.get(end..).is_some_and(|sign| sign.starts_with("\r\n"));
    text.get(..end + 1 + usize::from(both)).unwrap_or(text)
}

/// Whether a spreadsheet ignores a character before the start of a formula.
fn is_ignored(c: char) -> bool {
    c == '"' || c.is_whitespace() || c.is_control() || is_invisible(c)
}

/// The intended reader of a CSV text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Csv {
    /// Spreadsheets: formulas are escaped, and text is quoted so that it stays one cell with any separator.
    Spreadsheet,
    /// Any reader: formulas are escaped, and fields are quoted only where necessary.
    #[default]
    Guarded,
    /// Programs: values are unchanged; a missing value is empty, an empty one is two quotes.
    Raw,
}

impl Csv {
    /// Writes a value into `out` as a field (RFC 4180), quoted where necessary.
    pub fn field(self, value: Option<&str>, out: &mut String) {
        out.clear();
        let Some(value) = value else {
            return;
        };
        let text = match self {
            Self::Spreadsheet | Self::Guarded => harmless(value),
            Self::Raw => Cow::Borrowed(value),
        };
        let needs_quotes = |byte: u8| matches!(byte, b',' | b'"' | b'\n' | b'\r' | b';' | b'\t');
        let needed = text.is_empty() || text.bytes().any(needs_quotes);
        let is_number = || {
            // The first character is enough to rule out most texts.
            let first = text.bytes().next();
            first.is_some_and(|first| first.is_ascii_digit() || matches!(first, b'-' | b'+' | b'.'))
                && Amount::parse(&text).is_ok()
        };
        if !needed && (self != Self::Spreadsheet || is_number()) {
            out.push_str(&text);
            return;
        }
        out.push('"');
        for (at, part) in text.split('"').enumerate() {
            if at > 0 {
                out.push_str("\"\"");
            }
            out.push_str(part);
        }
        out.push('"');
    }
}

/// Whether a spreadsheet would evaluate a cell.
fn is_formula(cell: &str) -> bool {
    let text = cell.trim_end_matches(CELL_ENDS).trim_matches(is_ignored);
    let Some(rest) = text.strip_prefix(SIGNS) else {
        return false;
    };
    let is_signed = text.starts_with(['-', '+']);
    // Numbers have several notations.
    let is_digit = |c: char| c.is_ascii_digit() || c == '.' || c == ',';
    let is_number = is_signed && !rest.is_empty() && rest.chars().all(is_digit);
    !(is_number || Amount::parse(text).is_ok())
}

/// Escapes a text for HTML and SVG, in text and in quoted attributes: no part of it is markup.
pub fn html(text: &str) -> String {
    let text = printable(text);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML has no such characters.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// Escapes a text for Markdown (GFM), so that no part of it is a link, an image, HTML, a mention or the end of a table
/// cell.
pub fn markdown(text: &str) -> String {
    let text = printable(text);
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        let inside = before.is_alphanumeric() && next.is_some_and(char::is_alphanumeric);
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // The user with this name would be notified; a zero-width character, written as an entity, prevents it.
            '@' => out.push_str("@&#8203;"),
            '#' if next.is_some_and(char::is_alphanumeric) => out.push_str("#&#8203;"),
            // Addresses are linked automatically.
            ':' if next == Some('/') => out.push_str("&#58;"),
            '.' if ends_with_www(&out) => out.push_str("&#46;"),
            '\\' | '|' | '`' | '*' | '[' | ']' | '~' | '$' => out.extend(['\\', c]),
            '(' if before == ']' => out.push_str("\\("),
            '_' if !inside => out.push_str("\\_"),
            c => out.push(c),
        }
        before = c;
    }
    out
}

fn ends_with_www(text: &str) -> bool {
    let start = text.len().checked_sub(3);
    let end = start.and_then(|start| text.get(start..));
    end.is_some_and(|end| end.eq_ignore_ascii_case("www"))
}

/// JSON text without characters that could control a terminal.
pub fn terminal_json(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte == b'\n' || (b' '..0x7f).contains(&byte);
    if text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || printable(c.encode_utf8(&mut [0; 4])).starts_with(c) {
            safe.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(safe, "\\u{unit:04x}");
            }
        }
    }
    Cow::Owned(safe)
}

/// A value for the clipboard, on one line, so that no part of it runs when it is pasted into a shell.
pub fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if breaks_line(c) { ' ' } else { c })
        .collect()
}

fn breaks_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// A multi-line text for the clipboard: its only control characters are line breaks and tabs.
pub fn for_clipboard(text: &str) -> String {
    let hidden = |c: char| breaks_line(c) && !matches!(c, '\n' | '\t');
    let text = text.replace("\r\n", "\n");
    text.chars()
        .map(|c| if hidden(c) { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests;
