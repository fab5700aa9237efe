//! Decides whether an action is available on the overview screen, and why not.

use super::state::{OverviewPage, OverviewScreen};
use crate::tui::action::Action;
use crate::tui::shell::status::{IN_CLEAR, Why};

/// Whether an action is available, or why not.
pub fn allows(screen: &OverviewScreen, masked: bool, action: Action) -> Result<(), Why> {
    match &screen.page {
        Some(page) if page.list.is_open => of_list(page, masked, action),
        Some(page) if action == Action::Export && page.is_unfinished() => {
            Err("the overview is being calculated; wait for all of its panels".into())
        }
        // The notes name sources.
        Some(_) if masked && action == Action::Detail => Err(IN_CLEAR.into()),
        Some(page) if action == Action::Toggle && page.overview.frame.totals.len() < 2 => {
            Err("there is only one currency".into())
        }
        None | Some(_) => Ok(()),
    }
}

/// Whether an action on the list of findings is available, or why not.
fn of_list(page: &OverviewPage, masked: bool, action: Action) -> Result<(), Why> {
    let about = matches!(
        action,
        Action::Enter | Action::Dismiss | Action::Detail | Action::Copy | Action::CopyCommand
    );
    if about && page.selected().is_none() {
        return Err("there is no finding here".into());
    }
    if masked && action == Action::Detail {
        return Err(IN_CLEAR.into());
    }
    let found = page.overview.findings.as_ref();
    let none = found.is_none_or(|found| found.dismissed() == 0);
    if action == Action::Dismissed && none && !page.list.with_dismissed {
        return Err("no finding is dismissed".into());
    }
    Ok(())
}
