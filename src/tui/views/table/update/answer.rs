//! Handles SQL statements over open data: the statement bar and the answers.

use super::ask::{ask_if_needed, ask_sql, open_data, wait};
use super::{pick, prompts, search};
use crate::domain::sql::dialect::SqlDialect;
use crate::domain::sql::statement::StatementAnswer;
use crate::domain::sql::view::{Looked, statement};
use crate::domain::table::value_names::value_name;
use crate::ops::SqlEngine;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::shell::Shell;
use crate::tui::shell::copy::copied;
use crate::tui::shell::status::StatusLine;
use crate::tui::state::direction;
use crate::tui::state::field::Typed;
use crate::tui::ticket::{Problem, Ticket};
use crate::tui::views::table::state::answer::AnswerView;
use crate::tui::views::table::state::explorer::Explorer;
use crate::tui::views::table::state::statement_bar::StatementBar;
use crate::tui::views::table::state::{Open, TableScreen};

/// Opens the bar with the statement of the answer, or of the view.
pub(crate) fn begin(screen: &mut TableScreen) -> Vec<Effect> {
    let Some(data) = open_data(screen) else {
        return Vec::new();
    };
    let text = match &data.answer {
        Some(answer) => answer.statement.clone(),
        None => of_view(data),
    };
    data.question = Some(StatementBar::on(&text));
    Vec::new()
}

/// The statement of the view.
fn of_view(data: &Explorer) -> String {
    let query = data.whole_query();
    let opened = &data.loaded.opened.data;
    let engine = opened.engine();
    let looked = Looked {
        columns: &query.columns,
        query: &query,
        dialect: engine.map_or(SqlDialect::Polars, SqlEngine::dialect),
    };
    statement(&looked, &|key| opened.holds(&key.name()))
}

/// Handles a key typed into the bar.
pub(crate) fn typed(screen: &mut TableScreen, typed: Typed<'_>) {
    let Open::Data(data) = &mut screen.open else {
        return;
    };
    if let Some(bar) = &mut data.question {
        bar.field.typed(typed);
        bar.wrong = None;
        bar.suggest(&data.offers, &screen.statements);
    }
}

/// Handles an action while a statement is typed.
pub(crate) fn act_on_bar(
    screen: &mut TableScreen,
    shell: &mut Shell,
    action: Action,
) -> Vec<Effect> {
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    let Some(bar) = &mut data.question else {
        return Vec::new();
    };
    match action {
        Action::Close => data.question = None,
        Action::Up | Action::Down => bar.pick(action == Action::Down, &screen.statements),
        Action::NextField if bar.complete() => {
            bar.wrong = None;
            bar.suggestions.clear();
        }
        Action::Enter => {
            let text = bar.field.text().trim().to_owned();
            if text.is_empty() {
                data.question = None;
                return Vec::new();
            }
            return ask_sql(screen, shell, text);
        }
        _ => {}
    }
    Vec::new()
}

/// Stores an answer; returns whether it was expected and valid. An invalid statement is reopened with the caret at the
/// error.
pub(crate) fn answered(
    screen: &mut TableScreen,
    ticket: Ticket,
    result: Result<Box<StatementAnswer>, Problem>,
) -> bool {
    let Some(data) = open_data(screen) else {
        return false;
    };
    let Some(view) = &mut data.answer else {
        return false;
    };
    if view.asked.is_none_or(|(asked, _)| asked != ticket) {
        return false;
    }
    match result {
        Ok(answer) => view.take(*answer),
        Err(problem) => {
            view.asked = None;
            data.waiting.clear();
            if let Some(at) = problem.at {
                let mut bar = StatementBar::on(&view.statement);
                bar.field.go_to(at);
                bar.wrong = Some(problem.clone());
                data.question = Some(bar);
            }
            view.problem = Some(problem);
            return false;
        }
    }
    true
}

/// Handles an action on an answer.
pub(crate) fn act(screen: &mut TableScreen, shell: &mut Shell, action: Action) -> Vec<Effect> {
    let height = screen.list_height(shell);
    let Some(data) = open_data(screen) else {
        return Vec::new();
    };
    let Some(view) = &mut data.answer else {
        return Vec::new();
    };
    let moves = action.step();
    let about_lines = moves.is_some()
        || action.needs_line()
        || matches!(
            action,
            Action::Left | Action::Right | Action::NextMatch | Action::PreviousMatch
        );
    if view.asked.is_some() && about_lines {
        wait(&mut data.waiting, action);
        return Vec::new();
    }
    if let Some(step) = moves {
        view.go(step, height);
        return Vec::new();
    }
    match action {
        Action::Back => back(screen, shell),
        Action::Statement => begin(screen),
        Action::StopQuery => stop(screen, shell),
        Action::Left | Action::Right => {
            view.sideways(action == Action::Right);
            Vec::new()
        }
        Action::SortUp | Action::SortDown => {
            let up = action == Action::SortUp;
            let way = direction::words(up);
            if let Some(name) = view.sort_here(up) {
                shell.status = StatusLine::hint(format!("sorted by {name} {way}"));
            }
            Vec::new()
        }
        Action::WidenColumn => {
            view.widen();
            Vec::new()
        }
        Action::Chart => {
            view.chart = !view.chart;
            screen.keep_cursor(shell);
            Vec::new()
        }
        Action::Enter | Action::Detail => {
            let lines = in_full(view);
            shell.show_page("The line in full", lines);
            Vec::new()
        }
        action => act_more(screen, shell, action),
    }
}

/// Handles copies, exports and searches; the rest opens a picker.
fn act_more(screen: &mut TableScreen, shell: &mut Shell, action: Action) -> Vec<Effect> {
    match action {
        Action::CopyCommand => copy_command(screen, shell),
        Action::NextMatch => search::seek_in_answer(screen, shell, true),
        Action::PreviousMatch => search::seek_in_answer(screen, shell, false),
        Action::Search | Action::Export | Action::SaveView => {
            prompts::prompt(screen, shell, action);
            Vec::new()
        }
        other => pick::open(screen, shell, other),
    }
}

fn copy_command(screen: &mut TableScreen, shell: &mut Shell) -> Vec<Effect> {
    let text = open_data(screen).and_then(|data| {
        let view = data.answer.as_ref()?;
        Some(data.statement_command(&view.statement, &shell.repeated))
    });
    text.map_or_else(Vec::new, |text| copied(shell, &text))
}

/// Every value of the line under the cursor, exact.
fn in_full(view: &AnswerView) -> Vec<String> {
    let values = view.selected().unwrap_or_default().iter();
    let columns = view.columns().iter();
    columns
        .zip(values)
        .map(|((name, _), value)| format!("{name}: {}", value_name(value.text().as_deref())))
        .collect()
}

/// Goes back to the previous answer, or to the view. A running statement is stopped.
fn back(screen: &mut TableScreen, shell: &mut Shell) -> Vec<Effect> {
    let Some(data) = open_data(screen) else {
        return Vec::new();
    };
    let left = data.answer.take();
    let asked = left.as_ref().is_some_and(|view| view.asked.is_some());
    // Only a statement without an answer has a previous one to go back to.
    data.answer = left.and_then(|view| view.previous);
    data.waiting.clear();
    let mut effects = Vec::new();
    if asked {
        effects.push(Effect::StopAsking);
    }
    screen.keep_cursor(shell);
    effects.extend(ask_if_needed(screen, shell));
    effects
}

/// Stops the running statement, or reruns it if it is not running.
fn stop(screen: &mut TableScreen, shell: &mut Shell) -> Vec<Effect> {
    let Some(data) = open_data(screen) else {
        return Vec::new();
    };
    let Some(view) = &mut data.answer else {
        return Vec::new();
    };
    if view.asked.take().is_none() {
        let text = view.statement.clone();
        return ask_sql(screen, shell, text);
    }
    data.waiting.clear();
    let stopped = "stopped: ⟦answer.stop-query⟧ reruns, ⟦answer.statement⟧ edits the statement";
    view.problem = Some(Problem {
        text: shell.keymap.spell(stopped).into(),
        at: None,
    });
    vec![Effect::StopAsking]
}
