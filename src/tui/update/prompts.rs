//! Opens prompts over open data and applies their text: file names, view names and searches.

use super::{compare, table};
use crate::domain::query::saved_view;
use crate::domain::query::saved_view::SavedView;
use crate::domain::table::Seek;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::message::{Problem, Ticket};
use crate::tui::model::{Asked, Model, Overlay, Talk};
use crate::tui::part::cursor::Step as Move;
use crate::tui::part::field::Field;
use crate::tui::part::said::Said;
use crate::tui::screen::table::Open;

/// Opens the prompt of an action.
pub(super) fn prompt(model: &mut Model, action: Action) {
    let Open::Data(data) = &model.table.open else {
        return;
    };
    model.overlay = if action == Action::Search {
        Overlay::Prompt {
            title: "Search".into(),
            hint: match data.search.text.as_str() {
                "" => "a column header, or text in this level".into(),
                before => format!(
                    "a column header, or text in this level; empty searches `{before}` again"
                )
                .into(),
            },
            field: Field::default(),
            purpose: Asked::Search,
        }
    } else if action == Action::SaveView {
        Overlay::Prompt {
            title: "Save this view as".into(),
            hint: if data.answer.is_some() {
                "the statement; replaces a view of the same name"
            } else {
                "grouping, filter, sort, columns; not the picked days. Replaces a view of the same name"
            }
            .into(),
            field: Field::default(),
            purpose: Asked::SaveView,
        }
    } else {
        let kind = if data.answer.is_some() {
            "answer"
        } else if data.step().group_by.is_empty() {
            "rows"
        } else {
            "view"
        };
        Overlay::Prompt {
            title: Said::open(format!("Export the {kind} to")),
            hint: "end the name in .csv, .xlsx, .parquet, .json or .md; all rows are written"
                .into(),
            field: Field::with(&match &model.export_name {
                Some(name) => name.clone(),
                None => format!("costs-{kind}.xlsx"),
            }),
            purpose: Asked::ExportTo,
        }
    };
}

fn save_view(model: &mut Model, text: &str) -> Vec<Effect> {
    let Open::Data(data) = &model.table.open else {
        return Vec::new();
    };
    let view = Box::new(match &data.answer {
        Some(answer) => SavedView {
            sql: Some(answer.statement.clone()),
            ..SavedView::default()
        },
        None => data.step().saved(),
    });
    match saved_view::name(text) {
        Ok(name) => vec![Effect::SaveView {
            name: name.to_owned(),
            view,
        }],
        Err(why) => {
            model.talk = Talk::error(why);
            Vec::new()
        }
    }
}

/// Writes the view or the answer to a file.
fn export(model: &mut Model, text: &str) -> Vec<Effect> {
    let Open::Data(data) = &model.table.open else {
        return Vec::new();
    };
    if text.is_empty() {
        return Vec::new();
    }
    let opened = Box::new(data.loaded.opened.clone());
    let path = text.to_owned();
    let effect = match &data.answer {
        Some(answer) => Effect::ExportSql {
            opened,
            statement: answer.statement.clone(),
            path,
        },
        None => Effect::Export {
            opened,
            query: Box::new(data.whole_query()),
            path,
        },
    };
    model.talk = Talk::hint(format!("writing {text} …"));
    model.export_name = Some(text.to_owned());
    vec![effect]
}

/// Applies the text of a prompt.
pub(super) fn prompted(model: &mut Model, purpose: Asked, text: &str) -> Vec<Effect> {
    let Open::Data(data) = &mut model.table.open else {
        return Vec::new();
    };
    let text = text.trim();
    match purpose {
        Asked::ExportTo => export(model, text),
        Asked::OtherSide => {
            let names = text.split(',').map(|name| name.trim().to_owned());
            let names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
            if names.is_empty() {
                return Vec::new();
            }
            compare::sides::other_side(model, names)
        }
        Asked::SaveView => save_view(model, text),
        Asked::Search if data.answer.is_some() => super::answer::search(model, text),
        Asked::Search => {
            if text.is_empty() {
                return if data.search.text.is_empty() {
                    Vec::new()
                } else {
                    seek(model, true)
                };
            }
            text.clone_into(&mut data.search.text);
            let lower = text.to_lowercase();
            let columns = data.columns();
            let mut names = columns.iter();
            if let Some(at) = names.position(|col| col.name.to_lowercase().contains(&lower)) {
                data.step_mut().column = at;
                let name = columns
                    .get(at)
                    .map(|col| col.name.clone())
                    .unwrap_or_default();
                model.talk = Talk::hint(Said::open(format!(
                    "column {name}; ⟦table.next-match⟧ searches the lines"
                )));
                return Vec::new();
            }
            seek(model, true)
        }
    }
}

/// Asks for the next match of the search.
pub(super) fn seek(model: &mut Model, forward: bool) -> Vec<Effect> {
    let ticket = model.ticket();
    let Open::Data(data) = &mut model.table.open else {
        return Vec::new();
    };
    if data.step().change.is_some() {
        model.talk =
            Talk::error("a comparison of periods cannot be searched; ⟦table.filter⟧ filters it");
        return Vec::new();
    }
    data.search.asked = Some(ticket);
    let seek = Seek {
        text: data.search.text.clone(),
        from: Some(data.branches.place(data.step().cursor.selected)),
        forward,
    };
    vec![Effect::Seek {
        ticket,
        data: data.loaded.opened.data.clone(),
        query: Box::new(data.query()),
        seek,
    }]
}

/// Moves the cursor to the match.
pub(super) fn sought(
    model: &mut Model,
    ticket: Ticket,
    result: Result<Option<usize>, Problem>,
) -> Vec<Effect> {
    let height = model.list_height();
    let Open::Data(data) = &mut model.table.open else {
        return Vec::new();
    };
    if data
        .search
        .asked
        .take_if(|asked| *asked == ticket)
        .is_none()
    {
        return Vec::new();
    }
    let text = data.search.text.clone();
    match result {
        Ok(Some(line)) => {
            let beyond = data.step().top.is_some_and(|top| line >= top);
            let line = data.step().top.map_or(line, |top| line.min(top));
            let place = data.branches.line_of(line);
            data.step_mut().cursor.selected = place;
            data.go(Move::Up, height);
            data.go(Move::Down, height);
            data.step_mut().cursor.selected = place;
            let count = data.count();
            data.step_mut().cursor.keep(count, height);
            let among = if beyond {
                " in the others: enter lists them"
            } else {
                ""
            };
            model.talk = Talk::hint(format!(
                "`{text}` in line {}{among}; ⟦table.next-match⟧: next",
                line + 1
            ));
        }
        Ok(None) => {
            let why = format!(
                "`{text}` not found in this level; ⟦table.group-by⟧ shows other levels, ⟦table.rows⟧ the rows"
            );
            model.talk = Talk::error(why);
        }
        Err(problem) => model.talk = Talk::error(problem.text),
    }
    table::ask_if_needed(model)
}
