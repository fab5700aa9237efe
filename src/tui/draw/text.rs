//! Cuts and pads text to a width in terminal columns.

use crate::domain::text::printable;
use crate::tui::state::field::TextField;
pub(crate) use crate::tui::state::width::{broken, fit, shortened, take, worded, wrap};
use unicode_width::UnicodeWidthStr;

/// Cuts an id in the middle, because its ends identify it.
pub(crate) fn middle(text: &str, width: usize) -> String {
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

/// The columns of the last test that stay in view however narrow the line is.
const SHORTEST_END: usize = 12;

/// Cuts a list of tests between its first and its last ones, which matter most, and behind a word.
pub(crate) fn ends(text: &str, width: usize) -> String {
    let clean = printable(text);
    if clean.width() <= width {
        return clean;
    }
    let last: String = take(clean.chars().rev(), (width / 3).max(SHORTEST_END))
        .chars()
        .rev()
        .collect();
    let before = clean.strip_suffix(last.as_str()).unwrap_or_default();
    let last = if before.ends_with(' ') {
        last.as_str()
    } else {
        last.split_once(' ').map_or("", |(_, words)| words)
    };
    let first = take(clean.chars(), width.saturating_sub(last.width() + 3));
    let first = first.rsplit_once(' ').map_or("", |(words, _)| words);
    if first.is_empty() || last.is_empty() {
        return middle(&clean, width);
    }
    format!("{first} … {last}")
}

/// Cuts or pads a text to exactly this many columns, aligned left or right.
pub(crate) fn cell(text: &str, width: usize, right: bool) -> String {
    let cut = fit(text, width);
    let space = " ".repeat(width.saturating_sub(cut.width()));
    if right {
        format!("{space}{cut}")
    } else {
        format!("{cut}{space}")
    }
}

/// As many lines as there is room for. An ellipsis ends the last one if more would follow.
pub(crate) fn first_lines(mut lines: Vec<String>, room: usize, width: usize) -> Vec<String> {
    if lines.len() <= room {
        return lines;
    }
    lines.truncate(room);
    if let Some(last) = lines.pop() {
        let kept = wrap(&last, width.saturating_sub(2)).into_iter().next();
        lines.push(format!("{} …", kept.unwrap_or_default()));
    }
    lines
}

/// A text with its caret, scrolled so that the caret is visible.
pub(crate) fn with_caret(field: &TextField, room: usize) -> String {
    let caret = field.caret();
    let before: String = field.text().chars().take(caret).collect();
    let after: String = field.text().chars().skip(caret).collect();
    // The caret, and a column for what follows it.
    if before.width() + 2 <= room {
        return fit(&format!("{before}▏{after}"), room);
    }
    // An ellipsis marks text that is scrolled out on the left.
    let tail: Vec<char> = take(before.chars().rev(), room.saturating_sub(3))
        .chars()
        .collect();
    let tail: String = tail.into_iter().rev().collect();
    fit(&format!("…{tail}▏{after}"), room)
}

/// A bar of this width, filled to a share in thousandths.
pub(crate) fn bar(per_mille: i64, width: usize) -> String {
    let share = usize::try_from(per_mille.clamp(0, 1000)).unwrap_or_default();
    let full = (share * width + 500) / 1000;
    format!("{}{}", "█".repeat(full), "░".repeat(width - full))
}

/// A bar for a share below zero, in thousandths: a minus sign, then its size. It is never blank.
pub(crate) fn bar_below(per_mille: i64, width: usize) -> String {
    let room = width.saturating_sub(1);
    let share = usize::try_from(per_mille.saturating_abs().clamp(0, 1000)).unwrap_or_default();
    let full = ((share * room + 500) / 1000).max(1).min(room);
    format!("-{}{}", "▒".repeat(full), "░".repeat(room - full))
}

/// A narrow bar, in steps of half a column.
pub(crate) fn fine_bar(per_mille: i64, width: usize) -> String {
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

#[cfg(test)]
mod tests {
    use crate::tui::draw::text::{ends, with_caret};
    use crate::tui::key::Key;
    use crate::tui::state::field::TextField;

    #[test]
    fn the_first_and_the_last_tests_stay() {
        let filter = "resource-group = rg-a and cost > 10 and tag:env is missing";
        assert_eq!(ends(filter, 80), filter);
        let cut = "resource-group = rg-a and cost > 10 … is missing";
        assert_eq!(ends(filter, 50), cut);
        assert_eq!(ends(filter, 32), "resource-group = … is missing");
        assert_eq!(ends("resource-group=rg-a", 9), "reso…rg-a");
    }

    #[test]
    fn the_caret_is_in_view_behind_wide_characters() {
        let shown = |text: &str| with_caret(&TextField::with(text), 10);
        assert_eq!(shown("cost > 1"), "cost > 1▏");
        assert_eq!(shown("service = vm"), "…ce = vm▏");
        assert_eq!(shown("価格 > 価格価"), "… 価格価▏");
        let mut field = TextField::with("service = vm");
        field.key(Key::Home);
        assert_eq!(with_caret(&field, 10), "▏service …");
    }
}
