//! Text cut and padded to a width in columns, as terminals count them.

use crate::domain::text::printable;
use crate::tui::part::field::Field;
pub(super) use crate::tui::part::width::{fit, take, wrap};
use unicode_width::UnicodeWidthStr;

/// An id cut in the middle: its ends tell it apart.
pub(super) fn middle(text: &str, width: usize) -> String {
    let clean = printable(text);
    if clean.width() <= width || width < 5 {
        return fit(&clean, width);
    }
    let half = (width - 1) / 2;
    let tail: String = take(clean.chars().rev(), width - 1 - half)
        .chars()
        .rev()
        .collect();
    format!("{}…{tail}", take(clean.chars(), half))
}

/// Cut or padded to exactly this many columns, to the left or to the right.
pub(super) fn cell(text: &str, width: usize, right: bool) -> String {
    let cut = fit(text, width);
    let space = " ".repeat(width.saturating_sub(cut.width()));
    if right {
        format!("{space}{cut}")
    } else {
        format!("{cut}{space}")
    }
}

/// A text with its caret, scrolled so that the caret is in sight.
pub(super) fn with_caret(field: &Field, room: usize) -> String {
    let caret = field.caret();
    let start = (caret + 2).saturating_sub(room);
    let chars: Vec<char> = field.text().chars().collect();
    let before: String = chars.iter().take(caret).skip(start).collect();
    let after: String = chars.iter().skip(caret).collect();
    fit(&format!("{before}▏{after}"), room)
}

/// A bar of so many columns, filled to a share in thousandths.
pub(super) fn bar(per_mille: i64, width: usize) -> String {
    let share = usize::try_from(per_mille.clamp(0, 1000)).unwrap_or_default();
    let full = (share * width + 500) / 1000;
    format!("{}{}", "█".repeat(full), "░".repeat(width - full))
}

/// A bar of few columns, in steps of half a column.
pub(super) fn fine_bar(per_mille: i64, width: usize) -> String {
    let share = usize::try_from(per_mille.clamp(0, 1000)).unwrap_or_default();
    let halves = (share * width * 2 + 500) / 1000;
    let (full, half) = (halves / 2, halves % 2);
    let rest = width - full - half;
    format!(
        "{}{}{}",
        "█".repeat(full),
        "▌".repeat(half),
        "░".repeat(rest)
    )
}

/// A line as it is where it fits; else words broken into lines, and words that fit no line cut where it ends: nothing is
/// left out.
pub(super) fn broken(text: &str, width: usize) -> Vec<String> {
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

/// What the words of a line stand behind, all of its lines: blanks, or a name and the blanks behind it.
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
