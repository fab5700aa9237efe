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

/// The height of the page from which its parts share all rows.
pub(super) const TALL: u16 = 31;

/// The rows of the chart and of the panels of groups in a tall page. The panels take the rows that they need, as long as
/// the chart has its least; the chart takes the others.
pub(super) fn shared((free, least): (u16, u16), needed: u16) -> (u16, u16) {
    let groups = needed.min(free.saturating_sub(least));
    (free.saturating_sub(groups), groups)
}

/// The rows of two panels of which one stands above the other, out of so many. Each has what it needs if there is enough for
/// both, or else at least half.
pub(super) fn halves(rows: u16, [above, below]: [u16; 2]) -> [u16; 2] {
    let half = rows.div_ceil(2);
    let first = above.min(half.max(rows.saturating_sub(below)));
    [first, below.min(rows - first.min(rows))]
}

#[cfg(test)]
mod tests {
    use crate::tui::views::overview::draw::room::{halves, shared};

    #[test]
    fn panels_take_what_they_need_and_the_chart_the_rest() {
        for (free, least, needed, expected) in [
            (36, 18, 4, (32, 4)),
            (36, 18, 18, (18, 18)),
            (36, 18, 22, (18, 18)),
            (10, 18, 7, (10, 0)),
        ] {
            assert_eq!(shared((free, least), needed), expected, "{free} {needed}");
        }
    }

    #[test]
    fn panels_above_each_other_share_rows() {
        for (rows, needs, expected) in [
            (20, [7, 7], [7, 7]),
            (10, [7, 7], [5, 5]),
            (10, [9, 3], [7, 3]),
            (10, [3, 9], [3, 7]),
            (0, [7, 7], [0, 0]),
        ] {
            assert_eq!(halves(rows, needs), expected, "{rows} {needs:?}");
        }
    }
}
