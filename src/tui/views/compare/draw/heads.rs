//! Finds the column whose head is at a place of the screen, for the mouse.

use super::columns::VisibleGroups;
use super::groups::{laid_out, visible_groups};
use super::wholes;
use crate::tui::draw::grid::Grid;
use crate::tui::draw::mask::ScreenMask;
use crate::tui::shell::Shell;
use crate::tui::theme::Theme;
use crate::tui::views::compare::state::Pair;
use crate::tui::views::compare::state::columns::PairColumn;

/// The column whose head is at an offset from the left edge.
pub(crate) fn head_at(pair: &Pair, shell: &Shell, x: u16) -> Option<PairColumn> {
    let is_drawn = pair.commitments.is_none() && pair.problem.is_none();
    let compared = pair.compared.as_ref().filter(|_| is_drawn)?;
    let theme = Theme::measuring(shell.masked.then_some(shell.salt));
    let whole = wholes(pair);
    let mask = ScreenMask::of(&theme, &whole);
    let shown = visible_groups(pair, shell.list_height(pair.other_lines()));
    let seen = VisibleGroups {
        pair,
        compared,
        shown: &shown,
        mask: &mask,
    };
    let width = usize::from(pair.groups_width(shell));
    let (drawn, columns, _) = laid_out(&seen, width);
    let at = Grid::new(columns, width).at(usize::from(x))?;
    drawn.get(at).copied()
}
