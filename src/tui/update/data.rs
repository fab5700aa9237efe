//! Handles actions on open data: drilldown, sorting, columns, engines and comparisons.

use super::{answer, compare, copy, detail, filter, overlay, pick, prompts, table, views};
use crate::domain::query::PivotBy;
use crate::ops::engine::Engine;
use crate::tui::action::{Action, View};
use crate::tui::effect::Effect;
use crate::tui::model::{Model, Overlay, Talk};
use crate::tui::part::said::Said;
use crate::tui::screen::compare::CompareScreen;
use crate::tui::screen::table::Open;
use crate::tui::screen::table::explorer::Explorer;
use crate::tui::screen::table::step::Width;

/// Runs the queued actions that waited for lines.
pub(super) fn catch_up(model: &mut Model) -> Vec<Effect> {
    let mut effects = Vec::new();
    let Open::Data(data) = &mut model.table.open else {
        return effects;
    };
    let mut waiting = std::mem::take(&mut data.waiting).into_iter();
    while let Some(action) = waiting.next() {
        effects.extend(super::allowed(model, action));
        match &mut model.table.open {
            Open::Data(data) if data.expects_lines() => {
                data.waiting.extend(waiting);
                break;
            }
            Open::Data(_) if matches!(model.overlay, Overlay::None) => {}
            // The remaining actions were meant for this view, which is left.
            _ => break,
        }
    }
    effects
}

/// Queues an action that needs lines that have not arrived, and every action after it. Returns whether it was queued.
fn queued(data: &mut Explorer, action: Action) -> bool {
    // Going back discards the pending answer, but not ahead of queued actions: keys act in the order they were typed.
    if action == Action::StopQuery || action == Action::Back && data.waiting.is_empty() {
        data.waiting.clear();
        return false;
    }
    let moves = super::step_of(action).is_some();
    let line = data.expects_lines() && action.needs_line();
    let unfolds = data.branches.asked.is_some() && (moves || action.needs_line());
    let waits = line || unfolds || !data.waiting.is_empty();
    if waits {
        super::wait(&mut data.waiting, action);
    }
    waits
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let height = model.list_height();
    let Open::Data(data) = &mut model.table.open else {
        return Vec::new();
    };
    if queued(data, action) {
        return Vec::new();
    }
    if let Some(step) = super::step_of(action) {
        data.go(step, height);
        return table::ask_if_needed(model);
    }
    match action {
        Action::Enter if data.step().group_by.is_empty() => detail::show(model),
        Action::Enter => entered(model, false),
        Action::Rows => entered(model, true),
        Action::Back => back(model),
        Action::Left | Action::Right => {
            data.sideways(action == Action::Right);
            Vec::new()
        }
        Action::Keep | Action::Drop => {
            let done = data.keep_or_drop(action == Action::Keep);
            told(model, done)
        }
        Action::SortUp | Action::SortDown => {
            let up = action == Action::SortUp;
            let way = if up {
                "smallest first"
            } else {
                "largest first"
            };
            match data.sort_here(up) {
                Ok(name) => {
                    model.talk = Talk::hint(Said::open(format!("sorted by {name}, {way}")));
                    table::ask(model)
                }
                Err(why) => told(model, Err(why)),
            }
        }
        Action::Filter => filter::begin(model),
        Action::Statement => answer::begin(model),
        Action::Verify => verify(model),
        Action::Engine => switch_engine(model),
        Action::StopQuery => stop(model),
        Action::Branch => branch(model),
        Action::Compare => compared(model),
        Action::Detail => detail::show(model),
        Action::Search | Action::Export | Action::SaveView => {
            prompts::prompt(model, action);
            Vec::new()
        }
        Action::NextMatch => prompts::seek(model, true),
        Action::PreviousMatch => prompts::seek(model, false),
        action => act_more(model, action),
    }
}

/// Handles undo, pivots, the copied command and the quality report; the rest only changes how the answer is shown.
fn act_more(model: &mut Model, action: Action) -> Vec<Effect> {
    let Open::Data(data) = &mut model.table.open else {
        return Vec::new();
    };
    match action {
        Action::Undo | Action::Redo => {
            data.time_travel(action == Action::Undo);
            table::ask(model)
        }
        Action::Pivot => {
            data.requery(|step| {
                let pivot = match step.pivot {
                    None => Some(PivotBy::Month),
                    Some(PivotBy::Month) => Some(PivotBy::Date),
                    Some(PivotBy::Date) => None,
                };
                step.reshape(pivot, None);
            });
            table::ask(model)
        }
        Action::CopyCommand => {
            let text = data.command(model.data_dir.as_deref());
            copy::copied(model, &text)
        }
        Action::Trust => {
            model.overlay = overlay::trust(&[&data.loaded.opened]);
            Vec::new()
        }
        action => look(model, action),
    }
}

/// Handles actions that change how the answer is shown; the rest opens a picker.
fn look(model: &mut Model, action: Action) -> Vec<Effect> {
    let Open::Data(data) = &mut model.table.open else {
        return Vec::new();
    };
    match action {
        Action::Picture => {
            data.note();
            let step = data.step_mut();
            step.picture = step.picture.next();
        }
        Action::Chart => data.chart = !data.chart,
        Action::ColumnLeft | Action::ColumnRight => {
            data.shift_column(action == Action::ColumnRight);
        }
        Action::HideColumn => {
            model.talk = match data.hide_column() {
                Ok(name) => Talk::hint(format!(
                    "{name} is hidden; ⟦table.columns⟧ shows it again, ⟦table.undo⟧ undoes"
                )),
                Err(why) => Talk::error(why),
            };
        }
        Action::PinColumns => {
            let now = data.pin_columns();
            model.talk = Talk::hint(match now {
                0 => "no column is pinned".into(),
                count => Said::open(format!("pinned columns: {count}")),
            });
        }
        Action::WidenColumn => {
            if let Some(column) = data.column() {
                data.note();
                let widths = &mut data.step_mut().columns.widths;
                match widths.remove(&column.name) {
                    None => widths.insert(column.name, Width::Wide),
                    Some(Width::Wide) => widths.insert(column.name, Width::Narrow),
                    Some(Width::Narrow) => None,
                };
            }
        }
        other => return pick::open(model, other),
    }
    super::keep_cursors(model);
    table::ask_if_needed(model)
}

/// Switches the engine and reruns the current query.
fn switch_engine(model: &mut Model) -> Vec<Effect> {
    let Open::Data(data) = &mut model.table.open else {
        return Vec::new();
    };
    let opened = &mut data.loaded.opened;
    let engine = Engine::of(&opened.data).other();
    match engine.put_on(&opened.data) {
        Ok(answered) => {
            opened.data = answered;
            model.talk = Talk::hint(match engine {
                Engine::Polars => "polars answers this table; ⟦table.engine⟧ switches back",
                Engine::Own => "built-in engine answers this table",
            });
            table::ask(model)
        }
        Err(error) => {
            model.talk = Talk::error(error.to_string());
            Vec::new()
        }
    }
}

/// Runs the query with both engines and compares the answers. The shown answer stays.
fn verify(model: &mut Model) -> Vec<Effect> {
    let Open::Data(data) = &model.table.open else {
        return Vec::new();
    };
    let query = Box::new(data.whole_query());
    let opened = Box::new(data.loaded.opened.clone());
    model.talk = Talk::hint("asking both engines …");
    vec![Effect::Verify { opened, query }]
}

/// Compares actual and amortized: data that has both, local files, or reports with their other side in the ledger.
fn compared(model: &mut Model) -> Vec<Effect> {
    let Open::Data(data) = &mut model.table.open else {
        return Vec::new();
    };
    if let Some(pair) = compare::pair_by_itself(data) {
        model.compare = CompareScreen::Pair(Box::new(pair));
        model.view = View::Compare;
        let mut effects = compare::ask_compare(model);
        effects.extend(compare::ask_notes(model));
        return effects;
    }
    let entries = data.loaded.opened.entries.clone();
    if entries.is_empty() {
        return compare::sides::local(model);
    }
    let view = compare::view_of(data);
    compare::sides::compare(model, entries, Some(view))
}

/// Expands or collapses the group under the cursor.
fn branch(model: &mut Model) -> Vec<Effect> {
    let ticket = model.ticket();
    let Open::Data(data) = &mut model.table.open else {
        return Vec::new();
    };
    match data.toggle_branch(ticket) {
        Ok(None) => {
            super::keep_cursors(model);
            table::ask_if_needed(model)
        }
        Ok(Some(query)) => vec![Effect::Values {
            ticket,
            data: data.loaded.opened.data.clone(),
            query: Box::new(query),
        }],
        Err(why) => {
            model.talk = Talk::error(why);
            Vec::new()
        }
    }
}

fn told(model: &mut Model, done: Result<(), String>) -> Vec<Effect> {
    match done {
        Ok(()) => table::ask(model),
        Err(why) => {
            model.talk = Talk::error(why);
            Vec::new()
        }
    }
}

fn entered(model: &mut Model, rows: bool) -> Vec<Effect> {
    let Open::Data(data) = &mut model.table.open else {
        return Vec::new();
    };
    let done = data.enter(rows);
    told(model, done)
}

fn back(model: &mut Model) -> Vec<Effect> {
    let Open::Data(data) = &mut model.table.open else {
        return Vec::new();
    };
    if data.back() {
        return table::ask(model);
    }
    if data.is_at_root() {
        let hint = "this is the first step; ⟦everywhere.quit⟧ quits";
        model.talk = Talk::hint(hint);
        return Vec::new();
    }
    let left = views::remember(model);
    model.table.open = Open::Nothing;
    left.into_iter().collect()
}

/// Stops the running query, or reruns the query if none is running.
fn stop(model: &mut Model) -> Vec<Effect> {
    let Open::Data(data) = &mut model.table.open else {
        return Vec::new();
    };
    data.waiting.clear();
    let branch = data.branches.asked.take().is_some();
    if data.asked.take().is_none() {
        if branch {
            model.talk = Talk::hint("stopped expanding");
            return vec![Effect::StopAsking];
        }
        return table::ask(model);
    }
    data.stopped = true;
    model.talk =
        Talk::hint("stopped: the table answers an older query; ⟦table.stop-query⟧ reruns this one");
    vec![Effect::StopAsking]
}

/// Asks for the daily costs of the visible groups, where they are needed and not known.
pub(super) fn ask_days(model: &mut Model) -> Vec<Effect> {
    let height = model.list_height();
    let ticket = model.ticket();
    let Open::Data(data) = &mut model.table.open else {
        return Vec::new();
    };
    let groups = data.dayless(height);
    if groups.is_empty() {
        return Vec::new();
    }
    data.days.asked = Some((ticket, groups.clone()));
    let grouped = groups.iter().any(|id| !id.keys.is_empty());
    let step = data.step();
    vec![Effect::Series {
        ticket,
        data: data.loaded.opened.data.clone(),
        filter: step.filter.clone(),
        group_by: if grouped {
            step.group_by.clone()
        } else {
            Vec::new()
        },
        groups,
    }]
}
