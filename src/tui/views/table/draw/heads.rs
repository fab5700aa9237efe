//! Finds the column whose head is at a place of the screen, for the mouse.

use super::cells::CellRenderer;
use super::lines::{laid_out, visible};
use super::{totals, totals_of};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::layout::Area;
use crate::tui::shell::Shell;
use crate::tui::state::direction;
use crate::tui::theme::Theme;
use crate::tui::views::table::state::explorer::Explorer;

/// The head of a column: its place among all columns, and the direction that a click sorts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) at: usize,
    pub(crate) ascending: bool,
}

/// The head at an offset from the left edge of an area. A click turns the direction of a sorted column; else names begin with
/// the smallest and amounts with the largest.
pub(crate) fn head_at(data: &Explorer, shell: &Shell, area: Area, x: u16) -> Option<Head> {
    let shown = data.shown.as_ref()?;
    let theme = Theme::measuring(shell.masked.then_some(shell.salt));
    let whole = totals_of(Some(shown));
    let mask = ScreenMask::of(&theme, &whole);
    let pen = CellRenderer::new(data, shown, &mask, (theme.plain, &theme), area.into());
    let columns = data.columns_of(shown);
    let top = data.step().cursor.top;
    let drawn = visible(&pen, &columns, top..top + usize::from(area.height));
    let label = totals::label(shown, data.loaded.opened.limits().is_some(), None);
    let sums = pen.totals(&columns, &label);
    let width = usize::from(area.width);
    let (grid, order) = laid_out(data, &pen, &columns, (&drawn, &sums), width);
    let at = order.get(grid.at(usize::from(x))?).copied()?;
    let head = pen.spec(columns.get(at)?, std::iter::empty());
    let sorted = |ascending| head.title.ends_with(direction::arrow(ascending));
    Some(Head {
        at,
        ascending: sorted(false) || !sorted(true) && !head.right,
    })
}
