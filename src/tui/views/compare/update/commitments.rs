//! Handles the table of reservations and savings plans.

use super::output;
use crate::ops::compare::commitments;
use crate::ops::compare::commitments::{PairCommitments, Style};
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::shell::Shell;
use crate::tui::shell::copy::copied;
use crate::tui::shell::overlay::Overlay;
use crate::tui::shell::status::StatusLine;
use crate::tui::state::direction;
use crate::tui::ticket::{Problem, Ticket};
use crate::tui::views::compare::state::commitments::CommitmentTable;
use crate::tui::views::compare::state::{CompareScreen, Pair};

/// The title of the pages about commitments.
const TITLE: &str = "Reservations and savings plans";

/// Shows the table, or a page if there is no commitment.
pub(crate) fn listed(
    screen: &mut CompareScreen,
    shell: &mut Shell,
    ticket: Ticket,
    result: Result<PairCommitments, Problem>,
) -> Vec<Effect> {
    if shell.detail.take_if(|asked| *asked == ticket).is_none() {
        return Vec::new();
    }
    let CompareScreen::Pair(pair) = screen else {
        return Vec::new();
    };
    match result {
        Ok(listed) if listed.all.is_empty() => {
            shell.status = StatusLine::Silent;
            let filtered = pair.step().filter.is_some();
            let lines = commitments::lines(&[], filtered, &Style::Exact);
            let printed = pair.commitments_command(&shell.repeated);
            show(shell, [lines.clone(), lines], printed);
        }
        Ok(listed) => {
            shell.status = StatusLine::Silent;
            let filtered = pair.step().filter.is_some();
            pair.commitments = Some(CommitmentTable::new(listed, filtered));
        }
        Err(problem) => shell.status = StatusLine::error(problem.text),
    }
    Vec::new()
}

/// Shows a page, with its exact text and the command that prints it.
fn show(shell: &mut Shell, [lines, exact]: [Vec<String>; 2], printed: String) {
    shell.show_page(TITLE, lines);
    if let Overlay::Problem { copy, command, .. } = &mut shell.overlay {
        *copy = exact.join("\n");
        *command = Some(printed);
    }
}

/// Handles an action on the table.
pub(super) fn act(pair: &mut Pair, shell: &mut Shell, action: Action) -> Vec<Effect> {
    let printed = pair.commitments_command(&shell.repeated);
    let height = shell.list_height(pair.other_lines());
    let Some(table) = &mut pair.commitments else {
        return Vec::new();
    };
    if let Some(step) = action.step() {
        table.go(step, height);
        return Vec::new();
    }
    match action {
        Action::Left | Action::Right => table.sideways(action == Action::Right),
        Action::SortUp | Action::SortDown => {
            let up = action == Action::SortUp;
            let name = table.sort_here(up);
            let way = direction::words(up);
            shell.status = StatusLine::hint(format!("sorted by {name} {way}"));
        }
        Action::Enter => {
            if let Some(page) = table.page() {
                show(shell, page, printed);
            }
        }
        Action::Detail => {
            let pages = table.pages();
            show(shell, pages, printed);
        }
        Action::Copy => return output::pick(shell),
        Action::Export => return output::prompt(shell),
        Action::CopyCommand => return copied(shell, &printed),
        Action::Back | Action::Quit | Action::Commitments => pair.commitments = None,
        _ => {}
    }
    Vec::new()
}
