//! An error in place of the table.

use super::lines::{plain, put, put_all};
use super::mask::ScreenMask;
use super::text;
use crate::tui::theme::Theme;
use ratatui::Frame;
use ratatui::layout::Rect;

/// Draws an error of a filter, with a caret below its position; returns the next free row.
pub(crate) fn problem(
    frame: &mut Frame<'_>,
    area: Rect,
    row: u16,
    problem: &crate::tui::ticket::Problem,
    theme: &Theme,
) -> u16 {
    let mask = ScreenMask::of(theme, &[]);
    // A scrolled bar needs no mark: its own caret is at the position of the error.
    let visible = |at: &usize| *at + 12 < usize::from(area.width);
    if let Some(at) = problem.at.filter(visible) {
        let caret = format!("{}^", " ".repeat(10 + at));
        put(frame, area, row, plain(caret, theme.error));
    }
    let width = usize::from(area.width.saturating_sub(4)).max(1);
    let lines = text::wrap(&problem.text.told(&mask), width);
    let next = u16::try_from(lines.len()).unwrap_or(area.height);
    put_all(frame, area, row + 1, lines, ("  ", theme.error));
    next.saturating_add(row + 1)
}
