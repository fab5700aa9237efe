//! Lines, headings and notes of a screen.

use super::text;
use crate::domain::text::grouped;
use crate::tui::theme::Theme;
use ratatui::Frame;
use ratatui::buffer::Cell;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// Draws a line in a row of an area; a row outside the area is ignored.
pub(crate) fn put(frame: &mut Frame<'_>, area: Rect, row: u16, line: Line<'_>) {
    if row < area.height {
        frame.render_widget(line, Rect::new(area.x, area.y + row, area.width, 1));
    }
}

/// The part of an area below these rows.
pub(crate) fn under(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect::new(area.x, area.y + rows, area.width, area.height - rows)
}

/// The area of a list whose heading is in this row, with so many lines below it.
pub(crate) fn list_area(area: Rect, top: u16, lines: usize) -> Rect {
    let height = u16::try_from(lines + 1).unwrap_or(1);
    Rect::new(area.x, area.y + top, area.width, height)
}

/// The rectangle of a cell: its row, first column and width, cut to the area.
pub(crate) fn cell_at(area: Rect, row: u16, (x, wide): (usize, usize)) -> Rect {
    let narrow = |number: usize| u16::try_from(number).unwrap_or_default();
    Rect::new(area.x + narrow(x), area.y + row, narrow(wide), 1).intersection(area)
}

/// A line in a single style.
pub(crate) fn plain(text: impl Into<String>, style: Style) -> Line<'static> {
    Line::from(Span::styled(text.into(), style))
}

/// Marks every place of a text in the rows of an area, whatever its case.
pub(crate) fn mark(frame: &mut Frame<'_>, area: Rect, text: &str, style: Style) {
    let wanted = text.to_lowercase();
    if wanted.is_empty() {
        return;
    }
    let buffer = frame.buffer_mut();
    for y in area.top()..area.bottom() {
        let mut row = String::new();
        // The column of each byte of the row.
        let mut columns = Vec::new();
        for x in area.left()..area.right() {
            let symbol = buffer.cell((x, y)).map_or("", Cell::symbol);
            row.push_str(&symbol.to_lowercase());
            columns.resize(row.len(), x);
        }
        for (at, found) in row.match_indices(&wanted) {
            for x in columns.iter().skip(at).take(found.len()) {
                if let Some(cell) = buffer.cell_mut((*x, y)) {
                    cell.set_style(style);
                }
            }
        }
    }
}

/// Draws a heading on the left and a short text on the right.
pub(crate) fn heading(
    frame: &mut Frame<'_>,
    area: Rect,
    row: u16,
    left: &str,
    right: &str,
    theme: &Theme,
) {
    let width = usize::from(area.width);
    let right_width = right.width().min(width / 2);
    let left_width = width.saturating_sub(right_width + 2);
    let spans = vec![
        Span::styled(text::cell(left, left_width, false), theme.strong),
        Span::raw(" "),
        Span::styled(text::cell(right, right_width, true), theme.dim),
    ];
    put(frame, area, row, Line::from(spans));
}

/// The longest of two titles and of two wordings beside it that fit a heading of this width; the title matters more. The days
/// at the end of a title are never cut.
pub(crate) fn beside(
    [title, brief]: [String; 2],
    [long, short]: [String; 2],
    width: usize,
) -> (String, String) {
    let room = |state: &str| width.saturating_sub(state.width() + 2);
    let pairs = [(&title, &long), (&title, &short), (&brief, &long)];
    let fits = pairs
        .into_iter()
        .find(|(title, state)| title.width() <= room(state));
    match fits {
        Some((title, state)) => (title.clone(), state.clone()),
        None => (text::middle(&brief, room(&short)), short),
    }
}

/// Where the cursor is, in a list that does not fit the lines that are seen.
pub(crate) fn place_in_list(selected: usize, count: usize, seen: usize) -> String {
    if count <= seen {
        return String::new();
    }
    let at = grouped(selected as u64 + 1);
    format!("{at} of {} ", grouped(count as u64))
}

/// Draws a sentence in an otherwise empty body, wrapped.
pub(crate) fn note(frame: &mut Frame<'_>, area: Rect, sentence: &str, theme: &Theme) {
    let width = usize::from(area.width.saturating_sub(4)).max(1);
    let lines = text::wrap(sentence, width);
    put_all(frame, area, 1, lines, ("  ", theme.plain));
}

/// Draws lines below each other behind an indent; lines outside the area are ignored.
pub(crate) fn put_all(
    frame: &mut Frame<'_>,
    area: Rect,
    top: u16,
    lines: Vec<String>,
    (indent, style): (&str, Style),
) {
    for (row, line) in (top..area.height).zip(lines) {
        put(frame, area, row, plain(format!("{indent}{line}"), style));
    }
}

#[cfg(test)]
mod tests {
    use crate::tui::draw::lines::beside;

    #[test]
    fn the_days_of_the_title_are_in_view() {
        let fitted = |titles: [&str; 2], width: usize| {
            let states = ["12 of 13, 1 dismissed ", "12 of 13 "].map(ToOwned::to_owned);
            beside(titles.map(ToOwned::to_owned), states, width)
        };
        let brief = " Findings   prod-online · actual · 2026-11";
        let title = format!("{brief}, the last of 3 months");
        let titles = [title.as_str(), brief];
        let long = "12 of 13, 1 dismissed ";
        for (width, expected, state) in [
            (90, title.as_str(), long),
            (80, title.as_str(), "12 of 13 "),
            (66, brief, long),
            (60, brief, "12 of 13 "),
        ] {
            assert_eq!(
                fitted(titles, width),
                (expected.to_owned(), state.to_owned())
            );
        }
        let days = " Findings   a long name of a scope · actual · 2026-09-01..2026-11-30";
        let (left, _) = fitted([days; 2], 60);
        assert!(left.ends_with("2026-09-01..2026-11-30"), "{left}");
    }
}
