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

/// The reason that an action is not available while the commitments are listed.
const OF_LIST: &str = "this is the list of commitments; ⟦compare.back⟧ returns to the comparison";

/// Whether an action acts on the list of commitments, or on no list at all.
const fn acts_on_list(action: Action) -> bool {
    let on_list = matches!(
        action,
        Action::Enter
            | Action::Detail
            | Action::Commitments
            | Action::SortUp
            | Action::SortDown
            | Action::Copy
            | Action::CopyCommand
            | Action::Export
    );
    on_list || !(is_about_pair(action) || matches!(action, Action::Compare | Action::Findings))
}

/// Whether an action is available, or why not.
pub fn allows(screen: &CompareScreen, masked: bool, action: Action) -> Result<(), Why> {
    let clear = is_clear(action);
    let about = is_about_pair(action) || matches!(action, Action::Compare | Action::Findings);
    if masked && matches!(action, Action::Copy | Action::CopyCommand | Action::Export) {
        return Err(LEAVES.into());
    }
    // The page of a commitment names who bought and who used it.
    let entered = action == Action::Enter;
    match screen {
        CompareScreen::Pair(pair) if pair.commitments.is_some() && !acts_on_list(action) => {
            Err(OF_LIST.into())
        }
        CompareScreen::Pair(_) | CompareScreen::Opening { .. } if action == Action::Compare => {
            Err("this is the comparison of both sides".into())
        }
        CompareScreen::Pair(pair) if masked && entered && pair.commitments.is_some() => {
            Err(IN_CLEAR.into())
        }
        CompareScreen::Pair(_) | CompareScreen::Opening { .. } if masked && clear => {
            Err(IN_CLEAR.into())
        }
        CompareScreen::Nothing if about => Err(
            "nothing is compared yet; ⟦compare.compare⟧ compares what is open, or the selected report"
                .into(),
        ),
        CompareScreen::Nothing | CompareScreen::Opening { .. } | CompareScreen::Pair(_) => Ok(()),
    }
}
