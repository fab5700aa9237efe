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
        let line = lines.last_mut().map(std::mem::take).unwrap_or_default();
        let joined = if line.is_empty() {
            word.to_owned()
        } else {
            format!("{line} {word}")
        };
        lines.pop();
        if joined.width() <= width || line.is_empty() {
            lines.push(fit(&joined, width));
        } else {
            lines.push(line);
            lines.push(fit(word, width));
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
            let line = lines.last_mut().map(std::mem::take).unwrap_or_default();
            lines.pop();
            let gap = usize::from(!line.is_empty());
            let left = room.saturating_sub(line.width() + gap);
            let whole: String = rest.iter().collect();
            if whole.width() <= left {
                lines.push(if gap > 0 {
                    format!("{line} {whole}")
                } else {
                    whole
                });
                break;
            }
            if gap > 0 && whole.width() <= room {
                lines.extend([line, whole]);
                break;
            }
            let part = take(rest.iter().copied(), left.max(1));
            rest.drain(..part.chars().count().max(1));
            let joined = if gap > 0 {
                format!("{line} {part}")
            } else {
                part
            };
            lines.extend([joined, String::new()]);
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
    let start = line.len() - line.trim_start().len();
    let end = |from: usize| {
        let (before, behind) = line.split_at(from);
        let blanks = behind.len() - behind.trim_start().len();
        before.len() + blanks
    };
    let name = line.get(start..).and_then(|rest| rest.find("  "));
    let names = name.map(|at| end(start + at));
    let fitting = [names, Some(start)].into_iter().flatten();
    let at = fitting
        .into_iter()
        .find(|at| *at <= most)
        .unwrap_or_default();
    line.split_at(at)
}
