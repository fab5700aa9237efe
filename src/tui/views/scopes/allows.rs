//! Decides whether an action is available on the scopes screen, and why not.

use super::sorting::ScopeSort;
use super::state::{Line, Scopes};
use crate::domain::scope::ScopeKind;
use crate::tui::action::Action;
use crate::tui::shell::status::Why;

/// Why scopes cannot be sorted.
const NO_MONEY: &str =
    "no scope here has a month in the ledger to sort by; ⟦scopes.enter⟧ orders one";

/// Whether an action is available, or why not.
pub fn allows(scopes: &Scopes, action: Action) -> Result<(), Why> {
    match action {
        Action::Pin | Action::Exports if scopes.selected().is_none() => {
            Err("no scope is selected".into())
        }
        // An order that is on can be changed, even if a search shows no money.
        Action::SortBy | Action::SortUp | Action::SortDown
            if scopes.order.by == ScopeSort::Listed && !scopes.has_heads() =>
        {
            Err(NO_MONEY.into())
        }
        Action::Enter => {
            let lines = scopes.lines();
            let line = lines.get(scopes.cursor.selected);
            match line.and_then(Line::scope) {
                None => Err("no scope is selected; ⟦scopes.type-scope⟧ types one".into()),
                // It offers its subscriptions.
                Some(scope) if scope.id.kind() == ScopeKind::ManagementGroup => Ok(()),
                Some(_) => line.and_then(Line::why_not).map_or(Ok(()), Err),
            }
        }
        _ => Ok(()),
    }
}
