//! What the program sends to a terminal: the sequences that are its own, what it copies, the totals on its screens.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use costscope::domain::money::{Amount, Money};
use costscope::domain::text::printable;
use serde_json::Value;
use std::collections::BTreeMap;

/// The start of a copy (OSC 52).
const COPIED: &str = "\u{1b}]52;c;";

/// What is copied, decoded.
pub(crate) fn copied(raw: &str) -> Option<String> {
    let (_, rest) = raw.rsplit_once(COPIED)?;
    let (text, _) = rest.split_once('\u{1b}')?;
    let bytes = STANDARD.decode(text).ok()?;
    String::from_utf8(bytes).ok()
}

/// The last line of a table: how many lines it has, and the totals by currency.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) lines: String,
    pub(crate) totals: BTreeMap<String, String>,
}

impl Sum {
    /// Reads it from a screen. Totals of which not all are visible, and those of parts of reports, are left alone.
    pub(crate) fn of_screen(screen: &str) -> Option<Self> {
        let mut lines = screen.lines().skip_while(|line| !line.starts_with("   Σ "));
        let first = lines.next()?.strip_prefix("   Σ ")?;
        let (count, first) = first.split_once(' ')?;
        let (kind, first) = first.split_once(' ')?;
        if !["row", "rows", "group", "groups"].contains(&kind) {
            return None;
        }
        let is_amount = |word: &str| {
            let digit = |c: char| c.is_ascii_digit() || "-<>.,".contains(c);
            word.contains('.') && word.chars().all(digit)
        };
        // Amounts and their currencies; many stand beside each other. In a pivot the months follow.
        let totals_of = |text: &str| -> Vec<(String, String)> {
            let words: Vec<&str> = text.split_whitespace().collect();
            let pairs = words.chunks_exact(2).map(|pair| (pair[0], pair[1]));
            let pairs = pairs.take_while(|(amount, code)| is_amount(amount) && !is_amount(code));
            pairs
                .map(|(amount, code)| (code.to_owned(), amount.to_owned()))
                .collect()
        };
        let mut totals: BTreeMap<String, String> = totals_of(first).into_iter().collect();
        if totals.is_empty() {
            return None;
        }
        for line in lines.take_while(|line| line.starts_with("          ")) {
            if line.contains(" more") {
                return None;
            }
            totals.extend(totals_of(line));
        }
        Some(Self {
            lines: count.replace(',', ""),
            totals,
        })
    }

    /// The same of a document that `show` prints; rows have no totals.
    pub(crate) fn of_document(found: &Value) -> Self {
        let totals = found["totals"].as_array().cloned().unwrap_or_default();
        let total = |total: &Value| {
            let amount = Amount::parse(total["cost"].as_str().unwrap())
                .unwrap()
                .amount;
            let currency = total["currency"].as_str().map(str::to_owned);
            let money = Money { currency, amount };
            (printable(money.code()), money.amount.display())
        };
        Self {
            lines: found["of"].to_string(),
            totals: totals.iter().map(total).collect(),
        }
    }
}

/// The first thing in the output that the program itself never sends, such as a control character of data.
pub(crate) fn stray(raw: &str) -> Option<String> {
    let mut rest = raw;
    while let Some(at) = rest.find(|c: char| {
        c.is_control()
            || matches!(
                c,
                '\u{200b}' | '\u{ad}' | '\u{feff}' | '\u{2028}'..='\u{202e}'
            )
    }) {
        let found = &rest[at..];
        let Some(length) = own_sequence(found) else {
            return Some(found.chars().take(40).collect());
        };
        rest = &found[length..];
    }
    None
}

/// The length of a sequence that the program sends: styles, places, erasing, modes, copies, the end of a string.
fn own_sequence(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('\u{1b}')?;
    if rest.starts_with('\\') {
        return Some(2);
    }
    if let Some(copied) = text.strip_prefix(COPIED) {
        let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
        let end = copied.find(|c| !is_base64(c))? + COPIED.len();
        return text[end..].starts_with("\u{1b}\\").then_some(end + 2);
    }
    let parameters = rest.strip_prefix('[')?;
    let end = parameters.find(|c: char| !(c.is_ascii_digit() || ";?".contains(c)))?;
    let (numbers, last) = (&parameters[..end], parameters[end..].chars().next()?);
    let known = match last {
        'h' | 'l' => ["?25", "?1000", "?1006", "?1049", "?2004", "?2026"].contains(&numbers),
        'm' | 'H' | 'J' | 'K' | 'X' | 'A' | 'B' | 'C' | 'D' | 'G' | 'd' => !numbers.contains('?'),
        _ => false,
    };
    known.then_some(2 + end + 1)
}

/// Whether the last of two sequences is the first one.
pub(crate) fn is_last(raw: &str, last: &str, other: &str) -> bool {
    raw.rfind(last) > raw.rfind(other)
}
