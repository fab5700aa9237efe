//! Hides names and amounts, and shows them again.

use crate::tui::app::Model;
use crate::tui::effect::Effect;
use crate::tui::shell::overlay::Overlay;
use crate::tui::shell::status::StatusLine;
use crate::tui::views::compare::state::CompareScreen;

/// Hides names and amounts, or shows them again. Hiding them closes an unmasked page and cancels a pending one.
pub(super) fn switch(model: &mut Model) -> Vec<Effect> {
    model.shell.masked = !model.shell.masked;
    if model.shell.masked {
        model.shell.detail = None;
        if let CompareScreen::Pair(pair) = &mut model.compare {
            pair.page = None;
        }
        if matches!(model.shell.overlay, Overlay::Problem { .. }) {
            model.shell.overlay = Overlay::None;
        }
    }
    model.shell.status = StatusLine::hint(if model.shell.masked {
        "names and ids are hidden, amounts are scaled to a total of 100; ⟦everywhere.mask⟧ unmasks"
    } else {
        "names, ids and amounts are shown again"
    });
    Vec::new()
}
