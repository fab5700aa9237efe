//! Truncates and wraps text by its width in terminal columns.

use crate::domain::text::printable;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Truncates a text to at most this many columns, with `…` at the end if it does not fit.
pub fn fit(text: &str, width: usize) -> String {
    let clean = printable(text);
    if clean.width() <= width {
        return clean;
    }
    let mut out = take(clean.chars(), width.saturating_sub(1));
    if width > 0 {
        out.push('…');
    }
    out
}

/// The first characters that fit.
pub fn take(chars: impl Iterator<Item = char>, width: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|c| {
            used += c.width().unwrap_or_default();
            used <= width
        })
        .collect()
}

/// Wraps words into lines of at most this width. Words that do not fit a line are truncated.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in printable(text).split_whitespace() {
        let line = lines.pop().unwrap_or_default();
        let gap = if line.is_empty() { "" } else { " " };
        let joined = format!("{line}{gap}{word}");
        if joined.width() <= width || line.is_empty() {
            lines.push(fit(&joined, width));
        } else {
            lines.extend([line, fit(word, width)]);
        }
    }
    lines
}

/// Wraps a line that does not fit the width. Words longer than a line are split, so that nothing is left out.
pub fn broken(text: &str, width: usize) -> Vec<String> {
    let clean = printable(text);
    if clean.width() <= width {
        return vec![clean];
    }
    let (label, words) = label(&clean, width / 2);
    let indent = label.width();
    let pad = " ".repeat(indent);
    let room = (width - indent).max(1);
    let mut lines = vec![String::new()];
    for word in words.split_whitespace() {
        let mut rest: Vec<char> = word.chars().collect();
        while !rest.is_empty() {
            let line = lines.pop().unwrap_or_default();
            let gap = if line.is_empty() { "" } else { " " };
            let left = room.saturating_sub(line.width() + gap.len());
            let whole: String = rest.iter().collect();
            if whole.width() <= left {
                lines.push(format!("{line}{gap}{whole}"));
                break;
            }
            if !line.is_empty() && whole.width() <= room {
                lines.extend([line, whole]);
                break;
            }
            let part = take(rest.iter().copied(), left.max(1));
            rest.drain(..part.chars().count().max(1));
            lines.extend([format!("{line}{gap}{part}"), String::new()]);
        }
    }
    lines
        .into_iter()
        .filter(|line| !line.is_empty())
        .zip(std::iter::once(label).chain(std::iter::repeat(pad.as_str())))
        .map(|(line, before)| format!("{before}{line}"))
        .collect()
}

/// Splits a line into its label and its words. The label is the leading spaces, or a name and the spaces after it.
fn label(line: &str, most: usize) -> (&str, &str) {
    let text = line.trim_start();
    let named = text.split_once("  ").map(|(_, words)| words.trim_start());
    // The words behind the name, or behind the leading spaces.
    let words = named.into_iter().chain([text]);
    let mut ends = words.map(|words| line.len() - words.len());
    line.split_at(ends.find(|at| *at <= most).unwrap_or_default())
}
