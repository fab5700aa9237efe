//! Handles actions on the ledger list.

use super::opening;
use super::opening::sides;
use crate::domain::period::DateRange;
use crate::ops::explore::quality_report;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::said::Said;
use crate::tui::shell::Shell;
use crate::tui::shell::status::StatusLine;
use crate::tui::views::table::ledger::LedgerOrder;
use crate::tui::views::table::state::TableScreen;

/// Sorts the list; the cursor stays on its report.
pub(crate) fn sort(screen: &mut TableScreen, shell: &mut Shell, order: LedgerOrder) {
    let height = screen.list_height(shell);
    screen.ledger.sort(order, height);
    let words = order.word();
    shell.status = StatusLine::hint(Said::open(format!("sorted by {words}")));
}

pub(super) fn act(screen: &mut TableScreen, shell: &mut Shell, action: Action) -> Vec<Effect> {
    let height = screen.list_height(shell);
    if let Some(step) = action.step() {
        screen.ledger.go(step, height);
        return Vec::new();
    }
    let selected = screen.ledger.selected().cloned();
    match (action, selected) {
        (Action::SortBy | Action::SortUp | Action::SortDown, _) => {
            let order = screen.ledger.order.after(action);
            sort(screen, shell, order);
            Vec::new()
        }
        (Action::Refresh, _) => vec![opening::read_ledger(screen, shell)],
        (Action::Enter, Some(entry)) => {
            let name = shell.scope_name(&entry.request.scope);
            opening::open(
                screen,
                shell,
                vec![entry.key.as_str().to_owned()],
                name,
                entry.request.range(),
            )
        }
        (Action::AllMonths, Some(entry)) => {
            let months = screen.ledger.months_of(&entry);
            let ranges: Vec<DateRange> = months
                .iter()
                .filter_map(|month| month.request.range())
                .collect();
            let wanted = ranges
                .first()
                .zip(ranges.last())
                .map(|(first, last)| DateRange {
                    from: first.from,
                    to: last.to,
                });
            let keys = months
                .iter()
                .map(|month| month.key.as_str().to_owned())
                .collect();
            let name = shell.scope_name(&entry.request.scope);
            let parts = screen.ledger.parts_beside(&entry).join(", ");
            let effects = opening::open(screen, shell, keys, name, wanted);
            if !parts.is_empty() {
                shell.status =
                    StatusLine::hint(format!("left out, since they are other parts: {parts}"));
            }
            effects
        }
        (Action::Detail, Some(entry)) => {
            shell.show_page("The report in full", quality_report::entry_lines(&entry));
            Vec::new()
        }
        (Action::Compare, Some(entry)) => sides::compare(screen, shell, vec![entry], None),
        _ => Vec::new(),
    }
}
