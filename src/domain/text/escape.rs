//! Text of others in formats that act on text: spreadsheets calculate formulas, Markdown shows links and pictures and calls
//! people, a shell runs what is pasted.

use super::{is_invisible, printable};
use crate::domain::money::Amount;
use std::borrow::Cow;
use std::fmt::Write as _;

/// Signs at which some spreadsheet begins another cell.
const CELL_ENDS: [char; 4] = [';', '\t', '\n', '\r'];

/// A text that no spreadsheet reads as a formula (OWASP, "CSV Injection"): an apostrophe stands before each place that one of
/// them takes for the beginning of a cell. Excel cuts at semicolons where commas stand in numbers.
pub fn harmless(text: &str) -> Cow<'_, str> {
    let begins_plain = text
        .bytes()
        .next()
        .is_none_or(|first| first.is_ascii_alphanumeric());
    let one_cell = !text
        .bytes()
        .any(|byte| CELL_ENDS.contains(&char::from(byte)));
    // A number is one, whatever its sign.
    if one_cell && (begins_plain || Amount::parse(text).is_ok()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 1);
    let first = text.trim_start_matches(is_ignored);
    // A line break or a tab at the very start makes some of them look at what follows.
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

/// The signs that formulas begin with, also as wide as the characters of the East.
const SIGNS: [char; 12] = [
    '=', '+', '-', '@', '＝', '＋', '－', '＠', '﹢', '﹣', '﹦', '﹫',
];

/// The first cell of a text with the sign that ends it.
fn cell_of(text: &str) -> &str {
    let Some(end) = text.find(CELL_ENDS) else {
        return text;
    };
    let both = text.get(end..).is_some_and(|sign| sign.starts_with("\r\n"));
    text.get(..end + 1 + usize::from(both)).unwrap_or(text)
}

/// What stands before a sign without keeping it from being one.
fn is_ignored(c: char) -> bool {
    c == '"' || c.is_whitespace() || c.is_control() || is_invisible(c)
}

/// Whom a CSV text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Csv {
    /// Files for spreadsheets: nothing is a formula, and text stands in quotes, so that it stays one cell where they cut at other
    /// signs.
    Spreadsheet,
    /// Whoever reads it: nothing is a formula, and only what needs quotes has them.
    #[default]
    Guarded,
    /// Programs: every value as it is, nothing for a missing one and two quotes for an empty one.
    Raw,
}

impl Csv {
    /// Writes a value as a field (RFC 4180), with the quotes that it needs, into an empty text.
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
            // Most texts show it by how they begin.
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

/// Whether a cell would be calculated.
fn is_formula(cell: &str) -> bool {
    let text = cell
        .trim_start_matches(is_ignored)
        .trim_end_matches(is_ignored);
    let Some(rest) = text.strip_prefix(SIGNS) else {
        return false;
    };
    let is_signed = text.starts_with(['-', '+']);
    // Numbers are written in several ways.
    let is_number = is_signed
        && rest.starts_with(|c: char| c.is_ascii_digit() || c == '.' || c == ',')
        && rest
            .chars()
            .all(|c| c.is_ascii_digit() || c == '.' || c == ',');
    !(is_number || Amount::parse(text).is_ok())
}

/// A text as it reads in Markdown (GFM): nothing in it is a link, a picture, HTML, a mention or the end of a table's cell.
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
            // A name behind it would be told about the text: a character without width stands between, as an entity.
            '@' => out.push_str("@&#8203;"),
            '#' if next.is_some_and(char::is_alphanumeric) => out.push_str("#&#8203;"),
            // Addresses become links by themselves.
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

/// A value for the clipboard, on one line: what is pasted into a shell ends at no line of its own.
pub fn one_line(text: &str) -> String {
    let hidden = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.chars()
        .map(|c| if hidden(c) { ' ' } else { c })
        .collect()
}

/// A text of several lines for the clipboard: no character in it acts but line breaks and tabs.
pub fn for_clipboard(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let cells: Vec<String> = line.split('\t').map(one_line).collect();
        cells.join("\t")
    });
    let mut out = String::with_capacity(text.len());
    for line in lines {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{line}");
    }
    if !text.ends_with('\n') {
        out.pop();
    }
    out
}
