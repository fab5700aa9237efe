//! Text in columns, as terminals count them.

use crate::domain::text::printable;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text in at most this many columns; what does not fit ends in `…`.
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

/// Words broken into lines of at most this width.
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
