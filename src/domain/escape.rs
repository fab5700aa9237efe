//! Text of others in formats that act on text: spreadsheets calculate formulas, Markdown shows links and pictures and calls
//! people, a shell runs what is pasted.

use super::money::Amount;
use super::text::{is_invisible, printable};
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
    let mut rest = text;
    loop {
        if is_formula(rest) {
            out.push('\'');
        }
        let Some(end) = rest.find(CELL_ENDS) else {
            out.push_str(rest);
            return Cow::Owned(out);
        };
        let both = rest.get(end..).is_some_and(|sign| sign.starts_with("\r\n"));
        let (cell, next) = rest.split_at(end + 1 + usize::from(both));
        out.push_str(cell);
        rest = next;
    }
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

/// Whether a cell that begins so would be calculated. Blanks, quotes and what cannot be seen before the sign are skipped over.
fn is_formula(cell: &str) -> bool {
    let ignored = |c: char| c == '"' || c.is_whitespace() || c.is_control() || is_invisible(c);
    let signs = [
        '=', '+', '-', '@', '＝', '＋', '－', '＠', '﹢', '﹣', '﹦', '﹫',
    ];
    let sign = cell.trim_start_matches(ignored);
    // A line break or a tab at the very start makes some of them look at what follows.
    let begins = cell.starts_with(['\t', '\r', '\n']) && !sign.is_empty();
    (begins || sign.starts_with(signs)) && Amount::parse(cell.trim()).is_err()
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
            '.' if out.to_lowercase().ends_with("www") => out.push_str("&#46;"),
            '\\' | '|' | '`' | '*' | '[' | ']' | '~' | '$' => out.extend(['\\', c]),
            '(' if before == ']' => out.push_str("\\("),
            '_' if !inside => out.push_str("\\_"),
            c => out.push(c),
        }
        before = c;
    }
    out
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
