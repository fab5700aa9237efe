//! Text cut and padded to a width in columns, as terminals count them.

use crate::domain::text::printable;
use crate::tui::part::field::Field;
pub(super) use crate::tui::part::width::{broken, fit, take, wrap};
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
    // What stands left of the line is not forgotten.
    let cut = if start > 0 { "…" } else { "" };
    let from = start + cut.chars().count();
    let before: String = chars.iter().take(caret).skip(from).collect();
    let after: String = chars.iter().skip(caret).collect();
    fit(&format!("{cut}{before}▏{after}"), room)
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
