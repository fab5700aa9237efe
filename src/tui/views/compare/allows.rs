//! Decides whether an action is available on the compare screen, and why not.

use super::state::CompareScreen;
use crate::tui::action::Action;
use crate::tui::shell::status::{IN_CLEAR, LEAVES, Why};

/// Whether an action shows in clear text what a masked screen hides.
const fn is_clear(action: Action) -> bool {
    matches!(
        action,
        Action::Detail | Action::Commitments | Action::Filter | Action::Trust
    )
}

/// Whether an action, other than a step, acts on the two sides of a comparison.
pub const fn is_about_pair(action: Action) -> bool {
    is_clear(action)
        || matches!(
            action,
            Action::GroupBy
                | Action::SortBy
                | Action::SortUp
                | Action::SortDown
                | Action::Chart
                | Action::Facets
                | Action::Keep
                | Action::Drop
                | Action::Undo
                | Action::Redo
                | Action::Search
                | Action::NextMatch
                | Action::PreviousMatch
                | Action::OpenActual
                | Action::OpenAmortized
                | Action::Enter
                | Action::Copy
                | Action::Export
                | Action::CopyCommand
                | Action::Pivot
                | Action::Columns
                | Action::HideColumn
                | Action::SaveView
                | Action::Views
        )
}

/// Whether an action is available, or why not.
pub fn allows(screen: &CompareScreen, masked: bool, action: Action) -> Result<(), Why> {
    let clear = is_clear(action);
    let about = is_about_pair(action) || action == Action::Findings;
    if masked && matches!(action, Action::Copy | Action::CopyCommand | Action::Export) {
        return Err(LEAVES.into());
    }
    // The page of a commitment names who bought and who used it.
    let entered = action == Action::Enter;
    match screen {
        CompareScreen::Pair(pair) if masked && entered && pair.commitments.is_some() => {
            Err(IN_CLEAR.into())
        }
        CompareScreen::Pair(_) | CompareScreen::Opening { .. } if masked && clear => {
            Err(IN_CLEAR.into())
        }
        CompareScreen::Nothing if about => Err(
            "nothing is compared yet; press ⟦table.compare⟧ in the table (⟦everywhere.show-table⟧)"
                .into(),
        ),
        CompareScreen::Nothing | CompareScreen::Opening { .. } | CompareScreen::Pair(_) => Ok(()),
    }
}
