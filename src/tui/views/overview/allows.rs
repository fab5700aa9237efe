//! Decides whether an action is available on the overview screen, and why not.

use super::state::OverviewScreen;
use crate::tui::action::Action;
use crate::tui::shell::status::{IN_CLEAR, Why};

/// Whether an action is available, or why not.
pub fn allows(screen: &OverviewScreen, masked: bool, action: Action) -> Result<(), Why> {
    let about = matches!(
        action,
        Action::Enter
            | Action::Copy
            | Action::CopyCommand
            | Action::Detail
            | Action::Toggle
            | Action::NextField
            | Action::PreviousField
    );
    match &screen.page {
        None if about => {
            Err("nothing is open yet; ⟦everywhere.show-table⟧ lists the stored reports".into())
        }
        // The notes name sources.
        Some(_) if masked && action == Action::Detail => Err(IN_CLEAR.into()),
        Some(page) if action == Action::Toggle && page.overview.frame.totals.len() < 2 => {
            Err("there is only one currency".into())
        }
        None | Some(_) => Ok(()),
    }
}
