//! Decides whether an action is available on the table screen, and why not.

use super::state::answer::AnswerView;
use super::state::explorer::{Explorer, SEVERAL};
use super::state::{NO_ROW, Open, TableScreen};
use crate::tui::action::Action;
use crate::tui::shell::Shell;
use crate::tui::shell::status::{IN_CLEAR, LEAVES, Why};

/// The reason that an action on a report is not available in an empty ledger.
const NO_REPORTS: &str =
    "the ledger is empty; order a report first (⟦everywhere.show-scopes⟧, then ⟦scopes.enter⟧)";

/// Whether an action is available, or why not.
pub fn allows(screen: &TableScreen, shell: &Shell, action: Action) -> Result<(), Why> {
    let masked = shell.masked;
    let leaves = matches!(action, Action::Copy | Action::CopyCommand | Action::Export);
    if masked && leaves {
        return Err(LEAVES.into());
    }
    if masked && shows_in_clear(screen, action) {
        return Err(IN_CLEAR.into());
    }
    if let (Open::Data(data), Action::Focus) = (&screen.open, action)
        && data.answer.is_none()
        && !data.has_chart(shell)
    {
        return Err("no chart is shown; ⟦table.chart⟧ shows one".into());
    }
    data_or_ledger(screen, action)
}

/// Whether an action opens unmasked text: whole rows, the filter, a statement or the quality report.
fn shows_in_clear(screen: &TableScreen, action: Action) -> bool {
    let Open::Data(data) = &screen.open else {
        // The details of a stored report name its scope.
        return action == Action::Detail;
    };
    let rows = data.step().group_by.is_empty();
    matches!(
        action,
        Action::Detail | Action::Filter | Action::Trust | Action::Statement
    ) || (rows || data.answer.is_some()) && action == Action::Enter
}

fn data_or_ledger(screen: &TableScreen, action: Action) -> Result<(), Why> {
    let no = |text: &'static str| Err(text.into());
    match (&screen.open, action) {
        (Open::Data(data), action) if action != Action::Compare => data_allows(data, action),
        (Open::Data(data), Action::Compare)
            if data.loaded.opened.data.amortized_side().is_some() =>
        {
            Ok(())
        }
        // The other side of local files is found by name, or asked for.
        (Open::Data(data), Action::Compare) if data.loaded.opened.entries.is_empty() => Ok(()),
        (Open::Data(data), Action::Compare) => {
            screen.partner_of(&data.loaded.opened.entries).map(|_| ())
        }
        (
            _,
            Action::Enter
            | Action::AllMonths
            | Action::Detail
            | Action::SortBy
            | Action::SortUp
            | Action::SortDown,
        ) if screen.ledger.selected().is_none() => no(NO_REPORTS),
        (_, Action::Compare) => match screen.ledger.selected() {
            None => no(NO_REPORTS),
            Some(entry) => screen.partner_of(std::slice::from_ref(entry)).map(|_| ()),
        },
        _ => Ok(()),
    }
}

/// Whether open data allows an action, or why not.
fn data_allows(data: &Explorer, action: Action) -> Result<(), Why> {
    let no = |text: &'static str| Err(text.into());
    let grouped = !data.step().group_by.is_empty();
    if let Some(answer) = &data.answer {
        return answer_allows(answer, action, &data.search.text);
    }
    match action {
        action if data.expects_lines() && action.needs_line() => Ok(()),
        Action::Enter | Action::Rows | Action::Detail if data.stale => {
            no("the table is being calculated")
        }
        Action::Enter | Action::Rows | Action::Detail if data.count() == 0 => {
            no("there is nothing to open here")
        }
        Action::Facets if !data.stale && data.count() == 0 => no(no_values(data)),
        Action::Branch if data.stale => no("the table is being calculated"),
        Action::Engine if data.loaded.opened.data.server().is_some() => {
            no("the rows are on a server, which answers queries")
        }
        Action::Rows | Action::Branch | Action::Pivot | Action::Top | Action::Picture
            if !grouped =>
        {
            no("these rows are not grouped; ⟦table.group-by⟧ groups them")
        }
        Action::Branch | Action::Detail if data.no_group().is_some() => {
            no(data.no_group().unwrap_or_default())
        }
        Action::Branch
            if data
                .child_row()
                .is_some_and(|child_row| child_row.group().is_none()) =>
        {
            no(SEVERAL)
        }
        Action::Branch if data.step().pivot.is_some() || data.step().change.is_some() => {
            no("groups expand only in a plain table; ⟦table.enter⟧ opens them")
        }
        Action::Branch if data.child_row().is_none() && data.step().levels.is_empty() => {
            no("no further level; ⟦table.enter⟧ shows the rows")
        }
        Action::Top if data.step().change.is_some() => {
            no("a comparison of periods shows every group; ⟦table.change⟧ returns to one table")
        }
        Action::Undo if !data.can_travel(true) => no("nothing to undo"),
        Action::Redo if !data.can_travel(false) => no("nothing to redo"),
        Action::NextMatch | Action::PreviousMatch if data.search.text.is_empty() => {
            no("no search text yet; ⟦table.search⟧ searches")
        }
        Action::StopQuery
            if data.asked.is_none() && !data.stopped && data.branches.asked.is_none() =>
        {
            no("no query is running")
        }
        Action::Steps if data.crumbs().len() < 2 => no("this is the first step"),
        _ => Ok(()),
    }
}

/// The reason that a table without lines has no values to list.
fn no_values(data: &Explorer) -> &'static str {
    match data.step().filter {
        Some(_) => NO_ROW,
        None => "there are no rows, so there are no values",
    }
}

/// Whether an answer in SQL allows an action, or why not.
fn answer_allows(answer: &AnswerView, action: Action, searched: &str) -> Result<(), Why> {
    let no = |text: &'static str| Err(text.into());
    match action {
        action if answer.asked.is_some() && action.needs_line() => Ok(()),
        Action::Enter | Action::Detail if answer.count() == 0 => no("there is no line here"),
        Action::StopQuery if answer.asked.is_none() && answer.answer().is_some() => {
            no("no query is running")
        }
        Action::Copy
        | Action::Export
        | Action::SaveView
        | Action::SortUp
        | Action::SortDown
        | Action::WidenColumn
        | Action::Chart
            if answer.answer().is_none() =>
        {
            no("there is no answer yet")
        }
        Action::Chart if !answer.has_days() => {
            no("a chart needs a date column and a column of exact numbers")
        }
        Action::NextMatch | Action::PreviousMatch if searched.is_empty() => {
            no("no search text yet; ⟦answer.search⟧ searches")
        }
        _ => Ok(()),
    }
}
