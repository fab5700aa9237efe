//! Handles SQL statements over open data: the statement bar and the answers.

use super::filter::open_data;
use super::{copy, detail, filter, table};
use crate::domain::sql::dialect::Dialect;
use crate::domain::sql::statement::{Answer, Value};
use crate::domain::sql::view::{Looked, statement};
use crate::domain::table::text_table::value_name;
use crate::domain::text::escape;
use crate::ops::SqlEngine;
use crate::ops::explore::sql;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::key::Key;
use crate::tui::message::{Problem, Ticket};
use crate::tui::model::{Model, Talk};
use crate::tui::part::said::Said;
use crate::tui::screen::table::Open;
use crate::tui::screen::table::answer::AnswerView;
use crate::tui::screen::table::explorer::Explorer;
use crate::tui::screen::table::statement_bar::StatementBar;

/// Opens the bar with the statement of the answer, or of the view.
pub(super) fn begin(model: &mut Model) -> Vec<Effect> {
    let Some(data) = open_data(model) else {
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
        dialect: engine.map_or(Dialect::Polars, SqlEngine::dialect),
    };
    statement(&looked, &|key| opened.holds(&key.name()))
}

/// Handles a key typed into the bar.
pub(super) fn typed(model: &mut Model, key: Key) {
    let Open::Data(data) = &mut model.table.open else {
        return;
    };
    if let Some(bar) = &mut data.question {
        bar.field.key(key);
        bar.wrong = None;
        bar.suggest(&data.offers, &model.table.statements);
    }
}

/// Handles an action while a statement is typed.
pub(super) fn act_on_bar(model: &mut Model, action: Action) -> Vec<Effect> {
    let Open::Data(data) = &mut model.table.open else {
        return Vec::new();
    };
    let Some(bar) = &mut data.question else {
        return Vec::new();
    };
    match action {
        Action::Close => data.question = None,
        Action::Up | Action::Down => bar.pick(action == Action::Down, &model.table.statements),
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
            return ask(model, text);
        }
        _ => {}
    }
    Vec::new()
}

/// Runs a statement. It replaces the current answer.
pub(super) fn ask(model: &mut Model, text: String) -> Vec<Effect> {
    let (ticket, now) = (model.ticket(), model.now);
    filter::remember(&mut model.table.statements, text.clone());
    let Some(data) = open_data(model) else {
        return Vec::new();
    };
    data.question = None;
    data.waiting.clear();
    let previous = data.answer.take();
    let view = AnswerView::asked(text.clone(), (ticket, now), previous);
    data.answer = Some(Box::new(view));
    vec![Effect::AskSql {
        ticket,
        data: data.loaded.opened.data.clone(),
        statement: text,
    }]
}

/// Stores an answer. An invalid statement is reopened with the caret at the error.
pub(super) fn answered(
    model: &mut Model,
    ticket: Ticket,
    result: Result<Box<Answer>, Problem>,
) -> Vec<Effect> {
    let Some(data) = open_data(model) else {
        return Vec::new();
    };
    let Some(view) = &mut data.answer else {
        return Vec::new();
    };
    if view.asked.is_none_or(|(asked, _)| asked != ticket) {
        return Vec::new();
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
            return Vec::new();
        }
    }
    super::data::catch_up(model)
}

/// Handles an action on an answer.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let height = model.list_height();
    let Some(data) = open_data(model) else {
        return Vec::new();
    };
    let Some(view) = &mut data.answer else {
        return Vec::new();
    };
    let moves = super::step_of(action);
    let about_lines = moves.is_some()
        || action.needs_line()
        || matches!(
            action,
            Action::Left | Action::Right | Action::NextMatch | Action::PreviousMatch
        );
    if view.asked.is_some() && about_lines {
        super::wait(&mut data.waiting, action);
        return Vec::new();
    }
    if let Some(step) = moves {
        view.go(step, height);
        return Vec::new();
    }
    match action {
        Action::Back => back(model),
        Action::Statement => begin(model),
        Action::StopQuery => stop(model),
        Action::Left | Action::Right => {
            view.sideways(action == Action::Right);
            Vec::new()
        }
        Action::SortUp | Action::SortDown => {
            let up = action == Action::SortUp;
            let way = if up { "smallest" } else { "largest" };
            if let Some(name) = view.sort_here(up) {
                model.talk = Talk::hint(format!("sorted by {name}, {way} first"));
            }
            Vec::new()
        }
        Action::WidenColumn => {
            view.widen();
            Vec::new()
        }
        Action::Chart => {
            view.chart = !view.chart;
            super::keep_cursors(model);
            Vec::new()
        }
        Action::Enter | Action::Detail => {
            let lines = in_full(view);
            detail::show_page(model, "The line in full", lines);
            Vec::new()
        }
        action => act_more(model, action),
    }
}

/// Handles copies, exports and searches; the rest opens a picker.
fn act_more(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::CopyCommand => copy_command(model),
        Action::NextMatch => seek(model, true),
        Action::PreviousMatch => seek(model, false),
        Action::Search | Action::Export | Action::SaveView => {
            super::prompts::prompt(model, action);
            Vec::new()
        }
        other => super::pick::open(model, other),
    }
}

fn copy_command(model: &mut Model) -> Vec<Effect> {
    let folder = model.data_dir.clone();
    let text = open_data(model).and_then(|data| {
        let view = data.answer.as_ref()?;
        Some(data.statement_command(&view.statement, folder.as_deref()))
    });
    text.map_or_else(Vec::new, |text| copy::copied(model, &text))
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
fn back(model: &mut Model) -> Vec<Effect> {
    let Some(data) = open_data(model) else {
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
    super::keep_cursors(model);
    effects.extend(table::ask_if_needed(model));
    effects
}

/// Stops the running statement, or reruns it if it is not running.
fn stop(model: &mut Model) -> Vec<Effect> {
    let Some(data) = open_data(model) else {
        return Vec::new();
    };
    let Some(view) = &mut data.answer else {
        return Vec::new();
    };
    if view.asked.take().is_none() {
        let text = view.statement.clone();
        return ask(model, text);
    }
    data.waiting.clear();
    view.problem = Some(Problem {
        text: "stopped: ⟦answer.stop-query⟧ reruns, ⟦answer.statement⟧ edits the statement"
            .to_owned(),
        at: None,
    });
    vec![Effect::StopAsking]
}

/// Searches the column names, then the lines.
pub(super) fn search(model: &mut Model, text: &str) -> Vec<Effect> {
    let Some(data) = open_data(model) else {
        return Vec::new();
    };
    let Some(view) = &mut data.answer else {
        return Vec::new();
    };
    if !text.is_empty() {
        text.clone_into(&mut data.search.text);
        let lower = text.to_lowercase();
        let mut names = view.columns().iter();
        if let Some(at) = names.position(|(name, _)| name.to_lowercase().contains(&lower)) {
            view.column = at;
            model.talk = Talk::hint(Said::open(
                "column found; ⟦answer.next-match⟧ searches the lines".to_owned(),
            ));
            return Vec::new();
        }
    }
    seek(model, true)
}

fn seek(model: &mut Model, forward: bool) -> Vec<Effect> {
    let height = model.list_height();
    let Some(data) = open_data(model) else {
        return Vec::new();
    };
    let text = data.search.text.clone();
    let Some(view) = &mut data.answer else {
        return Vec::new();
    };
    if text.is_empty() {
        return Vec::new();
    }
    model.talk = match view.find(&text, forward) {
        Some(at) => {
            view.cursor.selected = at;
            let count = view.count();
            view.cursor.keep(count, height);
            Talk::hint(format!(
                "`{text}` in line {}; ⟦answer.next-match⟧: next",
                at + 1
            ))
        }
        None => Talk::error(format!("`{text}` not found")),
    };
    Vec::new()
}

/// The text to copy from an answer; `None` if there is nothing under the cursor.
fn text_of(data: &Explorer, what: &str) -> Option<String> {
    let view = data.answer.as_ref()?;
    let cell = |value: &Value| {
        let text = value.text().unwrap_or_default();
        escape::harmless(&escape::one_line(&text)).into_owned()
    };
    match what {
        "cell" => {
            let value = view.selected()?.get(view.column)?;
            Some(escape::one_line(&value.text().unwrap_or_default()))
        }
        "row" => {
            let cells: Vec<String> = view.selected()?.iter().map(cell).collect();
            Some(cells.join("\t"))
        }
        "column" => {
            let lines = (0..view.count()).filter_map(|at| view.line(at)?.get(view.column));
            Some(lines.map(cell).collect::<Vec<_>>().join("\n"))
        }
        form => {
            let answer = view.sorted()?;
            Some(match form {
                "view as TSV" => sql::sheet(&answer).tsv(),
                "view as Markdown" => sql::sheet(&answer).markdown(),
                _ => sql::json(&data.loaded.opened, &answer),
            })
        }
    }
}

/// Copies what was picked.
pub(super) fn copied(model: &mut Model, what: &str) -> Vec<Effect> {
    let Some(text) = open_data(model).and_then(|data| text_of(data, what)) else {
        model.talk = Talk::error("there is nothing under the cursor");
        return Vec::new();
    };
    copy::copied(model, &text)
}
