//! The room of the overview: its first rows, and whether all panels stand side by side.

use ratatui::layout::Rect;

/// The width from which all panels stand side by side and the days are stacked.
pub(super) const WIDE: u16 = 120;

/// The first rows of an area.
pub(super) fn first(area: Rect, rows: u16) -> Rect {
    Rect {
        height: rows.min(area.height),
        ..area
    }
}
