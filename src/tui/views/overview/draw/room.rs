//! The room of the overview: what is below some rows, and whether all panels stand side by side.

use ratatui::layout::Rect;

/// The width from which all panels stand side by side and the days are stacked.
pub(super) const WIDE: u16 = 120;

/// The area below these rows.
pub(super) fn under(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect::new(area.x, area.y + rows, area.width, area.height - rows)
}

/// The first rows of an area.
pub(super) fn first(area: Rect, rows: u16) -> Rect {
    Rect {
        height: rows.min(area.height),
        ..area
    }
}
