//! Text of others in formats that act on text: spreadsheets calculate formulas, Markdown shows links and pictures and calls
//! people, a shell runs what is pasted.

use super::money::Amount;
use super::text::{is_invisible, printable};
use std::fmt::Write as _;

/// A text that no spreadsheet reads as a formula (OWASP, "CSV Injection"): an apostrophe stands before each place that one of
/// them takes for the beginning of a cell. Excel cuts at semicolons where commas stand in numbers.
pub fn harmless(text: &str) -> String {
    // A number is one, whatever its sign.
    if Amount::parse(text).is_ok() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 1);
    let mut rest = text;
    loop {
        if is_formula(rest) {
            out.push('\'');
        }
        let Some(end) = rest.find([';', '\t', '\n', '\r']) else {
            out.push_str(rest);
            return out;
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
    /// A line of CSV (RFC 4180), its end included.
    pub fn line<T: AsRef<str>>(self, values: impl Iterator<Item = Option<T>>) -> String {
        let fields: Vec<String> = values.map(|value| self.field(value)).collect();
        let mut line = fields.join(",");
        // A line of nothing would be no line.
        if line.is_empty() {
            line.push_str("\"\"");
        }
        line.push('\n');
        line
    }

    fn field<T: AsRef<str>>(self, value: Option<T>) -> String {
        let Some(value) = value else {
            return String::new();
        };
        let text = value.as_ref();
        let text = match self {
            Self::Spreadsheet | Self::Guarded => harmless(text),
            Self::Raw => text.to_owned(),
        };
        let signs = [',', '"', '\n', '\r', ';', '\t'];
        let needed = text.is_empty() || text.contains(signs);
        if !needed && (self != Self::Spreadsheet || Amount::parse(&text).is_ok()) {
            return text;
        }
        format!("\"{}\"", text.replace('"', "\"\""))
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
