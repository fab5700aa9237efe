//! Finds the column whose head is at a place of the screen, for the mouse.

use super::cells::CellRenderer;
use super::lines::{laid_out, visible};
use super::totals_of;
use crate::tui::draw::mask::ScreenMask;
use crate::tui::layout::Area;
use crate::tui::shell::Shell;
use crate::tui::theme::Theme;
use crate::tui::views::table::state::explorer::Explorer;

/// The column of the result whose head is at an offset from the left edge of an area.
pub(crate) fn column_at(data: &Explorer, shell: &Shell, area: Area, x: u16) -> Option<usize> {
    let shown = data.shown.as_ref()?;
    let hidden = shell.masked.then_some(shell.salt);
    let theme = Theme {
        hidden,
        ..Theme::new(false)
    };
    let totals = totals_of(Some(shown));
    let mask = ScreenMask::of(&theme, &totals);
    let pen = CellRenderer::new(data, shown, &mask, (theme.plain, &theme), area.into());
    let columns = data.columns_of(shown);
    let top = data.step().cursor.top;
    let drawn = visible(&pen, &columns, top..top + usize::from(area.height));
    let (grid, order) = laid_out(data, &pen, &columns, &drawn, usize::from(area.width));
    order.get(grid.at(usize::from(x))?).copied()
}
