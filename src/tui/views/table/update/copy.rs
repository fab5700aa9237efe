//! Copies a cell, a line, a column or the whole answer. Text too large for the terminal's clipboard goes to a file.

use super::ask::open_data;
use crate::domain::analysis::change::Effects;
use crate::domain::sql::statement::AnswerValue;
use crate::domain::table::Body;
use crate::domain::table::text_table::currency_key;
use crate::domain::text::escape;
use crate::ops::explore::sql;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::question::{CopyForm, OutputQuestion};
use crate::tui::shell::Shell;
use crate::tui::shell::copy::copied;
use crate::tui::shell::request::Request;
use crate::tui::state::picker::{Choice, Picker};
use crate::tui::views::table::state::column::{Col, ColumnContent};
use crate::tui::views::table::state::explorer::Explorer;
use crate::tui::views::table::state::{Open, TableScreen, columns};

/// The entry that stands for the command of the view.
const COMMAND: &str = "command";

/// The picker of things to copy.
pub(crate) fn picker() -> Picker {
    let choices = [
        ("cell", "the value under the cursor, exact"),
        ("row", "this line, tab-separated"),
        ("column", "every value of the column"),
        ("view as TSV", "for spreadsheets"),
        ("view as Markdown", "for tickets"),
        ("view as JSON", "as `--format json` prints it"),
        (COMMAND, "prints the same in a shell"),
    ];
    let choices = choices.map(|(name, hint)| Choice::new(name, hint));
    Picker::one("Copy", choices.into())
}

/// Copies the picked part.
pub(crate) fn copy(screen: &mut TableScreen, shell: &mut Shell, what: &str) -> Vec<Effect> {
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    if what == COMMAND {
        shell.request(Request::Act(Action::CopyCommand));
        return Vec::new();
    }
    if data.answer.is_some() {
        return copy_answer(screen, shell, what);
    }
    if what == "cell" || what == "row" {
        let text = if what == "cell" {
            cell_text(data)
        } else {
            row_text(data)
        };
        let Some(text) = text else {
            return shell.refuse("there is nothing under the cursor");
        };
        return copied(shell, &text);
    }
    let mut query = data.whole_query();
    let form = match what {
        "column" => {
            let Some(at) = sheet_column(data) else {
                return shell.refuse(
                    "this column cannot be copied; ⟦table.left⟧ ⟦table.right⟧ move to another",
                );
            };
            if query.group_by.is_empty() {
                query.columns = data.column().into_iter().map(|col| col.name).collect();
                CopyForm::Column(0)
            } else {
                CopyForm::Column(at)
            }
        }
        "view as TSV" => CopyForm::Tsv,
        "view as Markdown" => CopyForm::Markdown,
        _ => CopyForm::Json,
    };
    let (_, effect) = shell.ask(OutputQuestion::Render {
        opened: data.loaded.opened.clone(),
        query,
        form,
    });
    vec![effect]
}

/// The index of the column under the cursor in the whole answer: keys, cost, currency, then the rest.
fn sheet_column(data: &Explorer) -> Option<usize> {
    let keys = data.step().group_by.len();
    let query = data.query();
    let currency = currency_key(&query);
    let rest = keys + 1 + usize::from(currency.is_none());
    match data.column()?.what {
        ColumnContent::Key(at) => Some(at),
        ColumnContent::Header(_) => Some(0),
        ColumnContent::Cost => Some(keys),
        ColumnContent::Currency if query.change.is_some() => currency.or(Some(keys)),
        ColumnContent::Currency => currency.or(Some(keys + 1)),
        ColumnContent::Rows if query.pivot.is_none() => Some(rest),
        ColumnContent::Effect(name) => {
            let at = Effects::NAMES.iter().position(|known| *known == name)?;
            Some(keys + usize::from(currency.is_none()) + at)
        }
        ColumnContent::Cell(at) if query.change.is_some() => {
            Some(rest - 1 + Effects::NAMES.len() + at)
        }
        ColumnContent::Cell(at) => Some(rest + at),
        ColumnContent::Measure(measure) => {
            let at = query.measures.iter().position(|known| *known == measure)?;
            Some(rest + 1 + at)
        }
        _ => None,
    }
}

/// The exact values of the line under the cursor, one per shown column.
fn exact_cells(data: &Explorer) -> Option<Vec<String>> {
    let shown = data.fresh()?;
    if let Some(child_row) = data.child_row() {
        // A child row is treated as a table with one line.
        let body = Body::Groups {
            groups: vec![child_row.group()?.clone()],
            others: None,
        };
        let text = |col: Col| columns::exact(&body, 0, &col.what);
        return Some(data.columns().into_iter().map(text).collect());
    }
    let at = data.selected_place()?;
    let text = |col: Col| columns::exact(&shown.table.body, at, &col.what);
    Some(data.columns().into_iter().map(text).collect())
}

fn cell_text(data: &Explorer) -> Option<String> {
    let cells = exact_cells(data)?;
    let at = data.step().column.min(cells.len().checked_sub(1)?);
    cells.get(at).map(|cell| escape::one_line(cell))
}

fn row_text(data: &Explorer) -> Option<String> {
    let cells = exact_cells(data)?;
    let cell = |cell: &String| escape::harmless(&escape::one_line(cell)).into_owned();
    let cells: Vec<String> = cells.iter().map(cell).collect();
    Some(cells.join("\t"))
}

/// The text to copy from an answer; `None` if there is nothing under the cursor.
fn text_of(data: &Explorer, what: &str) -> Option<String> {
    let view = data.answer.as_ref()?;
    let cell = |value: &AnswerValue| {
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

/// Copies a part of an answer in SQL.
fn copy_answer(screen: &mut TableScreen, shell: &mut Shell, what: &str) -> Vec<Effect> {
    let Some(text) = open_data(screen).and_then(|data| text_of(data, what)) else {
        return shell.refuse("there is nothing under the cursor");
    };
    copied(shell, &text)
}
