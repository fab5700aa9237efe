//! Applies the answers to questions about open data.

use super::Model;
use crate::tui::action::View;
use crate::tui::effect::Effect;
use crate::tui::message::RefusedSas;
use crate::tui::question::Answer;
use crate::tui::shell::Shell;
use crate::tui::shell::copy::copied;
use crate::tui::shell::status::StatusLine;
use crate::tui::ticket::{Problem, Ticket};
use crate::tui::views::compare::update as compare;
use crate::tui::views::overview::update as overview;
use crate::tui::views::table::update as table;
use crate::tui::views::table::update::opening::signature;
use crate::tui::views::table::update::{detail, filter, level_search, search};

/// Applies the answer to a question about open data.
pub(super) fn answered(model: &mut Model, ticket: Ticket, answer: Answer) -> Vec<Effect> {
    let (screen, shell) = (&mut model.table, &mut model.shell);
    let pair = &mut model.compare;
    let is_stopped = shell.writing.end(ticket);
    match answer {
        Answer::Done(Err(_)) if is_stopped => {
            shell.status = StatusLine::hint("the export is stopped; it left no file");
            Vec::new()
        }
        Answer::Shown(result) => table::shown(screen, shell, ticket, result),
        Answer::FilterNotes(query, notes) => filter::noted(screen, shell, &query, &notes),
        Answer::Counted(result) => filter::counted(screen, shell, ticket, result),
        Answer::Sql(result) => table::answered_sql(screen, shell, ticket, result),
        Answer::Values(result) => table::values(screen, shell, ticket, result),
        Answer::Series(result) => table::days(screen, shell, ticket, result),
        Answer::Sought(result) => search::sought(screen, shell, ticket, result),
        Answer::Levels(result) if shell.view == View::Compare => {
            compare::explore::found_in_levels(pair, shell, ticket, result)
        }
        Answer::Levels(result) => level_search::found(screen, shell, ticket, result),
        Answer::LineFacts(result) => table::line_facts(screen, shell, ticket, result),
        Answer::Row(result) => detail::detailed(shell, ticket, result),
        Answer::Compared(result) => compare::compared(pair, shell, ticket, result),
        Answer::PairFacts(result) => compare::panel::found(pair, ticket, result),
        Answer::PairNotes(notes) => compare::noted(pair, ticket, notes),
        Answer::PairDays(result) => compare::chart::days(pair, ticket, result),
        Answer::PairValues(result) => compare::bar::values(pair, shell, ticket, result),
        Answer::Explained(result) => compare::explained(pair, shell, ticket, result),
        Answer::Commitments(result) => compare::commitments::listed(pair, shell, ticket, result),
        Answer::Overview(result) => overview::answered(&mut model.overview, shell, ticket, result),
        // A newer copy, export or verification has replaced this one.
        Answer::Rendered(_) | Answer::Done(_) | Answer::Money(_) if !shell.is_newest(ticket) => {
            Vec::new()
        }
        Answer::Money(result) => {
            let told = result.transpose();
            told.map_or_else(Vec::new, |told| said(shell, told))
        }
        Answer::Rendered(Ok(text)) => copied(shell, &text),
        Answer::Done(result) => said(shell, result),
        Answer::Rendered(Err(problem)) => said(shell, Err(problem)),
    }
}

/// Asks for the SAS of a source that was to be opened, alone or as a side of a pair.
pub(super) fn needs_sas(model: &mut Model, ticket: Ticket, refused: RefusedSas) -> Vec<Effect> {
    let (screen, shell) = (&mut model.table, &mut model.shell);
    if let Some(pair) = compare::unopened(&mut model.compare, ticket) {
        shell.held.clear();
        return signature::ask(screen, shell, pair, refused);
    }
    signature::asked(screen, shell, ticket, refused)
}

/// Shows the outcome of an export, a verification or a save.
pub(super) fn said(shell: &mut Shell, result: Result<String, Problem>) -> Vec<Effect> {
    shell.status = match result {
        Ok(told) => StatusLine::hint(told),
        Err(problem) => StatusLine::error(problem.text),
    };
    Vec::new()
}
