//! Lines of text that are asked for over open data, and what becomes of them: names of files and views, the search.

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

/// Asks for a line of text.
pub(super) fn prompt(model: &mut Model, action: Action) {
    let Open::Data(data) = &model.table.open else {
        return;
    };
    model.overlay = if action == Action::Search {
        Overlay::Prompt {
            title: "Search".into(),
            hint: match data.search.text.as_str() {
                "" => "a header, or a text in the lines of this level".into(),
                before => format!(
                    "a header, or a text in the lines of this level; nothing looks for `{before}` again"
                )
                .into(),
            },
            field: Field::default(),
            purpose: Asked::Search,
        }
    } else if action == Action::SaveView {
        Overlay::Prompt {
            title: "Keep this view as".into(),
            hint: if data.answer.is_some() {
                "the statement; a view of the same name is replaced"
            } else {
                "grouping, filter, sort, columns; not the days that were picked. A view of the same name is replaced"
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
            hint: "end the name in .csv, .xlsx, .parquet, .json or .md; the whole of it is written"
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

/// Writes the view or the answer into a file of this name.
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

/// Takes what was typed into a prompt.
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
                    "column {name}; ⟦table.next-match⟧ looks in the lines"
                )));
                return Vec::new();
            }
            seek(model, true)
        }
    }
}

/// Looks for the next line that says what is searched for.
pub(super) fn seek(model: &mut Model, forward: bool) -> Vec<Effect> {
    let ticket = model.ticket();
    let Open::Data(data) = &mut model.table.open else {
        return Vec::new();
    };
    if data.step().change.is_some() {
        model.talk = Talk::error(
            "two periods beside each other are not searched; ⟦table.filter⟧ filters them",
        );
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

/// Takes where the text was found.
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
                " among the others: enter opens them"
            } else {
                ""
            };
            model.talk = Talk::hint(format!(
                "`{text}` in line {}{among}; ⟦table.next-match⟧ goes on",
                line + 1
            ));
        }
        Ok(None) => {
            let why = format!(
                "no line of this level says `{text}`; ⟦table.group-by⟧ shows other levels, ⟦table.rows⟧ the rows"
            );
            model.talk = Talk::error(why);
        }
        Err(problem) => model.talk = Talk::error(problem.text),
    }
    table::ask_if_needed(model)
}
