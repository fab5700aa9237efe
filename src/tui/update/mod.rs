//! Applies messages to the model and returns the effects to run. No I/O, no clock, no blocking.

pub mod answer;
pub mod compare;
pub mod copy;
pub mod data;
pub mod detail;
pub mod filter;
pub mod held;
pub mod jobs;
pub mod mouse;
pub mod overlay;
pub mod pick;
pub mod prompts;
pub mod scopes;
pub mod table;
pub mod views;

use super::action::{Action, View};
use super::effect::Effect;
use super::key::Key;
use super::layout;
use super::message::{Message, Problem, Ticket};
use super::model::{Model, Overlay, Talk};
use super::part::cursor::{Cursor, Step};
use super::part::said::Said;
use super::screen::compare::CompareScreen;
use super::screen::scopes::{Focus, Listing};
use super::screen::table::Open;
use crate::domain::sql::spark_address::SparkSource;
use crate::domain::table::{Body, Table};
use crate::domain::text::redaction;

/// Applies one message and returns the effects to run.
pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    match message {
        Message::Tick(now) => {
            model.now = now;
            model.dirty |= model.ticks();
            return Vec::new();
        }
        Message::Progress(job, news) => {
            // The other screens show only how many jobs run.
            model.dirty |= model.view == View::Jobs;
            model.jobs.heard(job, *news);
            return Vec::new();
        }
        _ => model.dirty = true,
    }
    let mut effects = taken(model, message);
    effects.extend(held::replay(model));
    effects
}

fn taken(model: &mut Model, message: Message) -> Vec<Effect> {
    match message {
        Message::Key(key) => on_key(model, key),
        Message::Mouse(mouse) => mouse::moved(model, mouse),
        Message::Paste(text) => on_paste(model, &text),
        Message::Resized { width, height } => {
            model.size = (width, height);
            keep_cursors(model);
            table::ask_if_needed(model)
        }
        Message::Scopes(ticket, result) => scopes::listed(model, ticket, result),
        Message::Branch(ticket, scope, result) => scopes::branch(model, ticket, &scope, result),
        Message::Agreements(found) => {
            model.scopes.learn(&found);
            Vec::new()
        }
        Message::Marks(marks) => {
            let height = model.list_height();
            model.scopes.take_marks(&marks, height);
            keep_cursors(model);
            Vec::new()
        }
        Message::SignedIn(identity) => scopes::signed_in(model, identity),
        Message::Noted(noted) => jobs::take_up(model, noted),
        Message::Ledger(ticket, result) => table::ledger_read(model, ticket, result),
        Message::Finished(job, outcome) => jobs::finished(model, job, *outcome),
        Message::Peeked(ticket, rows) => table::peeked(model, ticket, rows),
        Message::Reading(ticket, now) => table::reading(model, ticket, now),
        Message::Opened(ticket, result) => table::opened(model, ticket, result),
        Message::Sides(ticket, actual, amortized) => table::sides(model, ticket, actual, amortized),
        Message::Alike(ticket, sources, why) => compare::sides::alike(model, ticket, sources, &why),
        Message::OpenedPair(ticket, result) => compare::opened_pair(model, ticket, result),
        Message::Shown(ticket, result) => shown(model, ticket, result),
        Message::Compared(ticket, result) => compare::compared(model, ticket, result),
        Message::Prompt(prompt) => prompted(model, prompt),
        other => answered(model, other),
    }
}

/// Applies answers to questions about open data.
fn answered(model: &mut Model, message: Message) -> Vec<Effect> {
    match message {
        Message::FilterNotes(filter, notes) => filter::noted(model, &filter, &notes),
        Message::Counted(ticket, result) => filter::counted(model, ticket, result),
        Message::AnsweredSql(ticket, result) => answer::answered(model, ticket, result),
        Message::Values(ticket, result) => filter::values(model, ticket, result),
        Message::Series(ticket, result) => {
            if let Open::Data(data) = &mut model.table.open {
                data.take_days(ticket, result);
            }
            table::ask_if_needed(model)
        }
        Message::Sought(ticket, result) => prompts::sought(model, ticket, result),
        Message::Partner(ticket, found) => compare::sides::partner(model, ticket, found),
        Message::PairNotes(ticket, notes) => compare::noted(model, ticket, notes),
        Message::PairValues(ticket, result) => compare::bar::values(model, ticket, result),
        Message::Explained(ticket, result) => compare::explained(model, ticket, result),
        Message::Committed(ticket, result) => compare::committed(model, ticket, result),
        Message::Views(ticket, result) => views::listed(model, ticket, result),
        Message::Detailed(ticket, result) => detail::detailed(model, ticket, result),
        Message::Rendered(Ok(text)) => copy::copied(model, &text),
        Message::Saved(Ok(told)) => {
            model.talk = Talk::hint(told);
            Vec::new()
        }
        Message::Rendered(Err(problem)) | Message::Saved(Err(problem)) => {
            model.talk = Talk::error(problem.text);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

fn shown(model: &mut Model, ticket: Ticket, result: Result<Table, Problem>) -> Vec<Effect> {
    let height = model.list_height();
    if let Open::Data(data) = &mut model.table.open {
        let newest = data.asked.is_some_and(|(asked, _)| asked == ticket);
        let resumed = newest && data.resumed.take().is_some();
        if let (Err(problem), true) = (&result, resumed) {
            // The remembered view does not fit this data.
            model.talk = Talk::hint(format!("default view: {}", problem.text));
            data.time_travel(true);
            data.started = data.first().saved();
            return table::ask(model);
        }
        data.answered(ticket, result, height);
        if let Some(Body::Change(change)) = data.fresh().map(|shown| &shown.table.body)
            && let Some(why) = change.one_sided()
        {
            model.talk = Talk::error(why);
        }
    }
    let mut effects = data::catch_up(model);
    effects.extend(table::ask_if_needed(model));
    effects.extend(filter::ask_notes(model));
    effects
}

/// Queues an action until the answer it needs arrives. Actions beyond the limit are dropped.
fn wait(waiting: &mut Vec<Action>, action: Action) {
    const MOST: usize = 32;
    if waiting.len() < MOST {
        waiting.push(action);
    }
}

fn prompted(model: &mut Model, prompt: Option<String>) -> Vec<Effect> {
    model.prompt = prompt;
    Vec::new()
}

/// The effects that the first screen needs.
pub fn start(model: &mut Model, sources: Vec<String>) -> Vec<Effect> {
    let mut effects = vec![table::read_ledger(model), Effect::ReadMarks];
    if sources.is_empty() {
        effects.extend(enter_view(model, View::Scopes));
        // Orders of an earlier run are resumed.
        effects.push(Effect::ListNoted);
    } else {
        let names: Vec<String> = sources.iter().map(|source| name_of(source)).collect();
        // A link may be signed.
        let name = redaction::without_secrets(&names.join(", "));
        effects.extend(table::open(model, sources, name, None));
    }
    effects
}

/// The effects to run before the program ends.
pub fn parting(model: &mut Model) -> Vec<Effect> {
    views::remember(model).into_iter().collect()
}

/// The short name of a source: the last part of a path, or the label of a Spark source.
fn name_of(source: &str) -> String {
    if SparkSource::is_one(source) {
        // The address may hold a token.
        return SparkSource::read(source)
            .map_or_else(|_| "Spark".to_owned(), |server| server.label());
    }
    let end = source.trim_end_matches('/').rsplit('/').next();
    end.filter(|name| !name.is_empty())
        .unwrap_or(source)
        .to_owned()
}

fn on_key(model: &mut Model, key: Key) -> Vec<Effect> {
    // A key may be typed ahead of the answer it acts on.
    if held::hold(model, key) {
        return Vec::new();
    }
    pressed(model, key)
}

fn pressed(model: &mut Model, key: Key) -> Vec<Effect> {
    let action = model.action(key);
    // A screen that is too small is not drawn, so only actions that leave it may act.
    let fits = layout::fits(model.size.0, model.size.1);
    let leaves = matches!(
        action,
        Some(Action::Quit | Action::Close | Action::Suspend | Action::Redraw)
    );
    if !fits && !leaves {
        return Vec::new();
    }
    let Some(action) = action else {
        return typed(model, key);
    };
    if action == Action::Palette {
        overlay::open_palette(model);
        return Vec::new();
    }
    allowed(model, action)
}

/// Runs an action, or shows why it is not available.
fn allowed(model: &mut Model, action: Action) -> Vec<Effect> {
    if let Err(why) = model.allows(action) {
        model.talk = Talk::error(why);
        return Vec::new();
    }
    model.talk = Talk::Silent;
    act(model, action)
}

/// Keeps every cursor on its list and visible, for example after a resize.
fn keep_cursors(model: &mut Model) {
    let height = |view| model.list_height_of(view);
    let heights = View::ALL.map(height);
    let [scopes, _, jobs, table, compare] = heights;
    let count = model.scopes.lines().len();
    model.scopes.cursor.keep(count, scopes);
    let count = model.jobs.lines().len();
    model.jobs.cursor.keep(count, jobs);
    let count = model.table.ledger.entries().len();
    model.table.ledger.cursor.keep(count, table);
    if let Open::Data(data) = &mut model.table.open {
        let count = data.count();
        data.step_mut().cursor.keep(count, table);
        if let Some(answer) = &mut data.answer {
            let count = answer.count();
            answer.cursor.keep(count, table);
        }
    }
    if let CompareScreen::Pair(pair) = &mut model.compare {
        let count = pair.groups().len();
        pair.step_mut().cursor.keep(count, compare);
    }
}

/// Sends a key without an action to the focused text field. If there is no field, reports that the key does nothing.
fn typed(model: &mut Model, key: Key) -> Vec<Effect> {
    match &mut model.overlay {
        Overlay::Picker { picker, .. } => {
            picker.search.key(key);
            picker.cursor = Cursor::default();
            return Vec::new();
        }
        Overlay::Prompt { field, .. } => {
            field.key(key);
            return Vec::new();
        }
        Overlay::None => {}
        _ => return Vec::new(),
    }
    if !model.is_typing() {
        let there = model
            .keymap
            .elsewhere(key)
            .map(|b| format!(" ({}: {})", b.context.heading(), b.help));
        let there = there.unwrap_or_default();
        model.talk = Talk::error(Said::open(format!(
            "{key} does nothing here{there}; ⟦everywhere.help⟧ lists the keys"
        )));
        return Vec::new();
    }
    match model.view {
        View::Scopes => scopes::typed(model, key),
        View::Order => {
            if let Some(field) = model.order.text() {
                field.key(key);
                // The error may be fixed now, and the form shows the current one.
                model.talk = Talk::Silent;
            }
        }
        View::Table => return filter::typed(model, key),
        View::Compare => return compare::bar::typed(model, key),
        View::Jobs => {}
    }
    Vec::new()
}

fn on_paste(model: &mut Model, text: &str) -> Vec<Effect> {
    if !model.is_typing() && !matches!(model.overlay, Overlay::Picker { .. }) {
        // Text pasted on the tree is taken as a scope.
        if model.view == View::Scopes && matches!(model.overlay, Overlay::None) {
            scopes::begin_typing(model);
        } else {
            return Vec::new();
        }
    }
    let mut effects = Vec::new();
    for c in text
        .trim()
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
    {
        effects.extend(typed(model, Key::Char(c)));
    }
    effects
}

fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    if action == Action::Mask {
        return mask(model);
    }
    if !matches!(model.overlay, Overlay::None) {
        return overlay::act(model, action);
    }
    if let Action::Show(view) = action {
        return enter_view(model, view);
    }
    match action {
        Action::Help => {
            model.overlay = Overlay::Help(Cursor::default());
            return Vec::new();
        }
        Action::Mouse => return mouse::switch(model),
        Action::Redraw => return vec![Effect::Redraw],
        Action::Suspend => return vec![Effect::Suspend],
        Action::Quit => return quit(model),
        _ => {}
    }
    match model.view {
        View::Scopes => scopes::act(model, action),
        View::Order => scopes::act_on_order(model, action),
        View::Jobs => jobs::act(model, action),
        View::Table => table::act(model, action),
        View::Compare => compare::act_on_compare(model, action),
    }
}

/// Hides names and amounts, or shows them again. Hiding them closes an unmasked page and cancels a pending one.
fn mask(model: &mut Model) -> Vec<Effect> {
    model.masked = !model.masked;
    if model.masked {
        model.detail = None;
        if let CompareScreen::Pair(pair) = &mut model.compare {
            pair.page = None;
        }
        if matches!(model.overlay, Overlay::Problem { .. }) {
            model.overlay = Overlay::None;
        }
    }
    model.talk = Talk::hint(if model.masked {
        "names and ids are hidden, amounts are scaled to a total of 100; ⟦everywhere.mask⟧ unmasks"
    } else {
        "names, ids and amounts are shown again"
    });
    Vec::new()
}

/// Goes back, or quits from a first screen. Asks before quitting while jobs are running.
fn quit(model: &mut Model) -> Vec<Effect> {
    if !model.is_at_root() {
        return match model.view {
            View::Order | View::Jobs => enter_view(model, View::Scopes),
            View::Compare => compare::act_on_compare(model, Action::Quit),
            _ => table::act(model, Action::Back),
        };
    }
    if model.jobs.running() > 0 {
        model.overlay = Overlay::Quit;
        return Vec::new();
    }
    vec![Effect::Quit]
}

/// Shows a screen and fetches what it needs.
fn enter_view(model: &mut Model, view: View) -> Vec<Effect> {
    model.view = view;
    model.talk = Talk::Silent;
    if view == View::Scopes && matches!(model.scopes.listing, Listing::NotAsked) {
        return scopes::ask(model);
    }
    if view != View::Scopes {
        model.scopes.focus = Focus::Tree;
    }
    table::ask_if_needed(model)
}

/// The cursor step of an action, if it is one.
fn step_of(action: Action) -> Option<Step> {
    Some(match action {
        Action::Up => Step::Up,
        Action::Down => Step::Down,
        Action::PageUp => Step::PageUp,
        Action::PageDown => Step::PageDown,
        Action::Home => Step::Home,
        Action::End => Step::End,
        _ => return None,
    })
}
