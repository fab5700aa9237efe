//! Applies messages to the model and returns the effects to run. No I/O, no clock, no blocking.

use super::answers::{answered, needs_sas, said};
use super::overview_subject::{explore, goes_on, subject};
use super::typing::{pasted, typed};
use super::{Model, ledger_read, masking, mouse, overlay, palette, type_ahead};
use crate::domain::scope::Scope;
use crate::ops::PinnedScopes;
use crate::ops::explore::saved_views::KeptView;
use crate::tui::action::{Action, View};
use crate::tui::effect::Effect;
use crate::tui::key::{Key, Mouse};
use crate::tui::layout;
use crate::tui::message::{Loaded, Message, Written, joined_names};
use crate::tui::said::Said;
use crate::tui::shell::copy::handed_over;
use crate::tui::shell::help::HelpPage;
use crate::tui::shell::overlay::{Overlay, PickerKind};
use crate::tui::shell::request::Request;
use crate::tui::shell::status::StatusLine;
use crate::tui::shell::{Shell, view_picker};
use crate::tui::state::field::Typed;
use crate::tui::ticket::{Problem, Ticket};
use crate::tui::views::compare::state::CompareScreen;
use crate::tui::views::compare::update as compare;
use crate::tui::views::jobs::update as jobs;
use crate::tui::views::jobs::watching;
use crate::tui::views::order::update as order;
use crate::tui::views::overview::update as overview;
use crate::tui::views::scopes::exports;
use crate::tui::views::scopes::state::{Focus, TreeLoading};
use crate::tui::views::scopes::update as scopes;
use crate::tui::views::table::state::Open;
use crate::tui::views::table::update as table;
use crate::tui::views::table::update::ask::{ask_if_needed, remember_view};
use crate::tui::views::table::update::opening::sides;
use crate::tui::views::table::update::{money, opening, prompts, saved_views, search};

/// Applies one message and returns the effects to run.
pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    match &message {
        Message::Tick(_) => model.shell.dirty |= model.ticks(),
        // The other screens show only how many jobs run.
        Message::Progress(..) => model.shell.dirty |= model.shell.view == View::Jobs,
        _ => model.shell.dirty = true,
    }
    let said = model.shell.message_lines();
    let mut effects = taken(model, message);
    effects.extend(settle(model));
    effects.extend(replay(model));
    effects.extend(compare::panel::ask_if_needed(
        &mut model.compare,
        &mut model.shell,
    ));
    if model.shell.message_lines() != said {
        keep_cursors(model);
    }
    // Scopes may have been listed.
    model.jobs.learn_names(&model.shell.scope_names);
    effects
}

/// Says how far an export is.
fn written(shell: &mut Shell, ticket: Ticket, now: Written) -> Vec<Effect> {
    shell.writing.tell(&mut shell.status, ticket, now);
    Vec::new()
}

fn taken(model: &mut Model, message: Message) -> Vec<Effect> {
    let (table, shell) = (&mut model.table, &mut model.shell);
    match message {
        Message::Tick(now) => {
            shell.now = now;
            Vec::new()
        }
        Message::Progress(job, news) => jobs::heard(&mut model.jobs, job, *news),
        Message::Key(key) => on_key(model, key),
        Message::Mouse(mouse) => on_mouse(model, mouse),
        Message::Paste(text) => pasted(model, &text),
        Message::Resized { width, height } => {
            shell.size = (width, height);
            keep_cursors(model);
            ask_if_needed(&mut model.table, &mut model.shell)
        }
        Message::Stopped => vec![Effect::Suspend],
        Message::Continued => vec![Effect::Resume],
        Message::Scopes(ticket, result) => scopes::listed(&mut model.scopes, shell, ticket, result),
        Message::Branch(ticket, scope, result) => {
            scopes::branch(&mut model.scopes, shell, ticket, &scope, result)
        }
        Message::Agreements(found) => {
            model.scopes.learn(&found);
            Vec::new()
        }
        Message::PinnedScopes(marks) => pinned(model, &marks),
        Message::Exports(ticket, found) => exports::found(&mut model.scopes, shell, ticket, found),
        Message::SignedIn(identity) => scopes::signed_in(shell, identity),
        Message::Noted(noted) => jobs::take_up(&mut model.jobs, shell, noted),
        Message::Ledger(ticket, result) => ledger_read::read(model, ticket, result),
        Message::Finished(job, outcome) => jobs::finished(&mut model.jobs, shell, job, *outcome),
        Message::ExportRun(job, told) => watching::heard(&mut model.jobs, shell, job, *told),
        Message::Peeked(ticket, rows) => opening::peeked(table, ticket, rows),
        Message::SoFar(ticket, now) => opening::so_far(table, ticket, now),
        Message::PairSoFar(ticket, now) => compare::so_far(&mut model.compare, ticket, now),
        Message::Opened(ticket, result) => opened(model, ticket, result),
        Message::Sides(ticket, actual, amortized) => {
            sides::sides(table, shell, ticket, actual, amortized)
        }
        Message::Alike(ticket, sources, why) => sides::alike(table, shell, ticket, sources, &why),
        Message::NeedsSas(ticket, refused) => needs_sas(model, ticket, refused),
        Message::Prompt(prompt) => {
            shell.prompt = prompt;
            Vec::new()
        }
        Message::Partner(ticket, found) => sides::partner(table, shell, ticket, found),
        Message::Views(ticket, result) => views_listed(model, ticket, result),
        Message::OpenedPair(ticket, result) => opened_pair(model, ticket, result),
        Message::Copied(copier, text, result) => handed_over(shell, copier, text, result),
        Message::Completed(asked, found) => prompts::completed(shell, &asked, &found),
        Message::Saved(result) => said(shell, result),
        Message::Writing(ticket, now) => written(shell, ticket, now),
        Message::Answered(ticket, answer) => answered(model, ticket, *answer),
    }
}

/// Takes the scopes that are pinned.
fn pinned(model: &mut Model, marks: &PinnedScopes) -> Vec<Effect> {
    let height = model.list_height();
    model.scopes.take_marks(marks, height);
    keep_cursors(model);
    Vec::new()
}

/// Fills the list of saved views of the screen that asked for it.
fn views_listed(
    model: &mut Model,
    ticket: Ticket,
    result: Result<Vec<KeptView>, Problem>,
) -> Vec<Effect> {
    let (table, shell) = (&mut model.table, &mut model.shell);
    if matches!(
        &shell.overlay,
        Overlay::Picker {
            kind: PickerKind::ViewsPair(..),
            ..
        }
    ) {
        view_picker::fill(shell, ticket, result, std::iter::empty());
    } else {
        saved_views::listed(table, shell, ticket, result);
    }
    Vec::new()
}

/// Shows an opened pair, in the money of the table that it was opened from.
fn opened_pair(
    model: &mut Model,
    ticket: Ticket,
    result: Result<Box<(Loaded, Loaded, Vec<String>)>, Problem>,
) -> Vec<Effect> {
    model.overview.page = None;
    let mut switched = false;
    let result = result.map(|mut pair| {
        switched = money::of_pair(&model.table, &mut pair);
        pair
    });
    let (screen, shell) = (&mut model.compare, &mut model.shell);
    let mut effects = compare::opened_pair(screen, shell, ticket, result);
    if switched {
        effects.extend(compare::ask::ask_notes(screen, shell));
    }
    effects
}

/// Shows opened data: its overview, if that comes first, or else the table.
fn opened(model: &mut Model, ticket: Ticket, result: Result<Box<Loaded>, Problem>) -> Vec<Effect> {
    // Data that was opened to go on with a view goes on in the table.
    let plain = model.table.opens_anew();
    model.overview.page = None;
    let (table, shell) = (&mut model.table, &mut model.shell);
    let mut effects = opening::opened(table, shell, ticket, result);
    let is_open = matches!(model.table.open, Open::Data(_));
    let begins = model.overview.first && plain && model.shell.view == View::Table;
    if is_open && (begins || model.shell.view == View::Overview) {
        let status = std::mem::replace(&mut model.shell.status, StatusLine::Silent);
        let is_resumed = matches!(&model.table.open, Open::Data(data) if data.resumed.is_some());
        let status = if is_resumed {
            let told = "⟦everywhere.show-table⟧ shows the table as you left this scope";
            StatusLine::hint(told)
        } else {
            status
        };
        effects.extend(enter_view(model, View::Overview));
        model.shell.status = status;
    }
    effects
}

/// Carries out the requests that screens sent to each other.
fn settle(model: &mut Model) -> Vec<Effect> {
    let mut effects = Vec::new();
    loop {
        let requests = std::mem::take(&mut model.shell.requests);
        if requests.is_empty() {
            return effects;
        }
        for request in requests {
            effects.extend(requested(model, request));
        }
    }
}

fn requested(model: &mut Model, request: Request) -> Vec<Effect> {
    let shell = &mut model.shell;
    match request {
        Request::Show(view) => enter_view(model, view),
        Request::OpenTable {
            sources,
            name,
            wanted,
        } => opening::open(&mut model.table, shell, sources, name, wanted),
        Request::Explore {
            loaded,
            title,
            query,
        } => explore(model, (*loaded, title), *query),
        Request::OpenSide(side) => opening::open_side(&mut model.table, shell, *side),
        Request::OpenPair {
            actual,
            amortized,
            title,
            view,
        } => compare::open_pair(&mut model.compare, shell, [actual, amortized], title, view),
        Request::ComparePair { sides, title, view } => {
            compare::compare_pair(&mut model.compare, shell, *sides, title, view)
        }
        Request::ReadLedger => vec![opening::read_ledger(&mut model.table, shell)],
        Request::BeginOrder {
            scopes,
            billing_period,
        } => {
            order::begin(&mut model.order, shell, scopes, billing_period.as_deref());
            Vec::new()
        }
        Request::Send { order, name, parts } => {
            jobs::send(&mut model.jobs, shell, (&order, name), parts)
        }
        Request::ListExports(scope) => list_exports(model, *scope),
        Request::RunExport {
            scope,
            export,
            days,
        } => watching::start(&mut model.jobs, shell, &scope, &export, days),
        // The screen that it acts on may still have to be shown.
        Request::Act(_) if !shell.requests.is_empty() => {
            shell.request(request);
            Vec::new()
        }
        Request::Act(action) => allowed(model, action),
        Request::Say(text) => {
            shell.status = StatusLine::hint(Said::open(text));
            Vec::new()
        }
    }
}

fn list_exports(model: &mut Model, scope: Scope) -> Vec<Effect> {
    let mut effects = enter_view(model, View::Scopes);
    effects.extend(exports::ask_for(&mut model.scopes, &mut model.shell, scope));
    effects
}

/// The effects that the first screen needs.
pub fn start(model: &mut Model, sources: Vec<String>) -> Vec<Effect> {
    let mut effects = vec![
        opening::read_ledger(&mut model.table, &mut model.shell),
        Effect::ReadMarks,
    ];
    if sources.is_empty() {
        effects.extend(enter_view(model, View::Scopes));
        // Orders of an earlier run are resumed.
        effects.push(Effect::ListNoted);
    } else {
        let name = joined_names(&sources);
        let (table, shell) = (&mut model.table, &mut model.shell);
        effects.extend(opening::open(table, shell, sources, name.into(), None));
        model.table.is_start = true;
    }
    effects
}

/// The effects to run before the program ends.
pub fn parting(model: &mut Model) -> Vec<Effect> {
    remember_view(&mut model.table).into_iter().collect()
}

fn on_key(model: &mut Model, key: Key) -> Vec<Effect> {
    // Some terminals send ctrl-h for the backspace key. A settings file may give it a meaning of its own.
    let key = match key {
        Key::Ctrl('h') if model.action(key).is_none() => Key::Backspace,
        key => key,
    };
    // A key may be typed ahead of the answer it acts on.
    if type_ahead::hold(model, key) {
        return Vec::new();
    }
    pressed(model, key)
}

/// Replays queued keys, up to the first one that still has to wait.
fn replay(model: &mut Model) -> Vec<Effect> {
    let mut effects = Vec::new();
    while let Some(key) = model.shell.held.first().copied() {
        if type_ahead::must_wait(model, key) {
            break;
        }
        model.shell.held.remove(0);
        effects.extend(pressed(model, key));
        effects.extend(settle(model));
    }
    effects
}

fn pressed(model: &mut Model, key: Key) -> Vec<Effect> {
    let action = model.action(key);
    // A screen that is too small is not drawn, so only actions that leave it may act.
    let fits = layout::fits(model.shell.size.0, model.shell.size.1);
    let leaves = match action {
        Some(Action::Quit | Action::Close | Action::Suspend | Action::Redraw) => true,
        Some(Action::Enter) => matches!(model.shell.overlay, Overlay::Quit),
        _ => false,
    };
    if !fits && !leaves {
        return Vec::new();
    }
    let Some(action) = action else {
        return typed(model, Typed::Key(key));
    };
    if action == Action::Palette {
        palette::open(model);
        return Vec::new();
    }
    allowed(model, action)
}

/// Runs an action, or shows why it is not available.
fn allowed(model: &mut Model, action: Action) -> Vec<Effect> {
    if let Err(why) = model.allows(action) {
        return model.shell.refuse(why);
    }
    model.shell.status = StatusLine::Silent;
    act(model, action)
}

/// Keeps every cursor on its list and visible, for example after a resize.
fn keep_cursors(model: &mut Model) {
    let height = |view| model.list_height_of(view);
    let heights = [View::Scopes, View::Jobs, View::Compare].map(height);
    let [scopes, jobs, compare] = heights;
    let count = model.scopes.lines().len();
    model.scopes.cursor.keep(count, scopes);
    let count = model.jobs.lines().len();
    model.jobs.cursor.keep(count, jobs);
    model.table.keep_cursor(&model.shell);
    if let CompareScreen::Pair(pair) = &mut model.compare {
        pair.keep_cursor(compare);
    }
}

fn on_mouse(model: &mut Model, mouse: Mouse) -> Vec<Effect> {
    if let Some(effects) = mouse::press_crumb(model, mouse) {
        return effects;
    }
    let actions = mouse::moved(model, mouse).into_iter();
    let mut effects: Vec<Effect> = actions.flat_map(|action| allowed(model, action)).collect();
    if model.shell.view == View::Table {
        // A click selects another line.
        effects.extend(ask_if_needed(&mut model.table, &mut model.shell));
    }
    effects
}

fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    if action == Action::Mask {
        return masking::switch(model);
    }
    // They act always, whatever covers the screen.
    match action {
        Action::Redraw => return vec![Effect::Redraw],
        Action::Suspend => return vec![Effect::Suspend],
        _ => {}
    }
    if !matches!(model.shell.overlay, Overlay::None) {
        return overlay::act(model, action);
    }
    if let Action::Show(view) = action {
        return enter_view(model, view);
    }
    match action {
        Action::Help => {
            model.shell.overlay = Overlay::Help(HelpPage::default());
            return Vec::new();
        }
        Action::Open => {
            model.shell.overlay = Overlay::sources("");
            return Vec::new();
        }
        Action::Mouse => return mouse::switch(model),
        Action::Quit => return quit(model),
        Action::Escape => return escape(model),
        _ => {}
    }
    if let Some(effects) = goes_on(model, action) {
        return effects;
    }
    let view = model.acting_view();
    let shell = &mut model.shell;
    match view {
        View::Overview => overview::act(&mut model.overview, shell, action),
        View::Scopes => scopes::act(&mut model.scopes, shell, action),
        View::Order => order::act(&mut model.order, shell, action),
        View::Jobs => jobs::act(&mut model.jobs, shell, action),
        View::Table => table::act(&mut model.table, shell, action),
        View::Compare => compare::act(&mut model.compare, shell, action),
    }
}

/// Goes back, or quits from a first screen. Asks before quitting while jobs are running.
fn quit(model: &mut Model) -> Vec<Effect> {
    if !model.is_at_root() {
        return match model.shell.view {
            View::Overview => act(model, Action::Back),
            View::Order | View::Jobs => enter_view(model, View::Scopes),
            View::Compare => compare::act(&mut model.compare, &mut model.shell, Action::Quit),
            View::Scopes | View::Table => {
                table::act(&mut model.table, &mut model.shell, Action::Back)
            }
        };
    }
    if model.jobs.running() > 0 {
        model.shell.overlay = Overlay::Quit;
        return Vec::new();
    }
    vec![Effect::Quit]
}

/// Stops an export, else clears a search, else goes back like backspace. It never quits.
fn escape(model: &mut Model) -> Vec<Effect> {
    if model.shell.writing.stop(&mut model.shell.status) {
        return vec![Effect::StopWriting];
    }
    let cleared = match model.shell.view {
        View::Scopes => scopes::clear_search(&mut model.scopes, &model.shell),
        View::Table => search::clear(&mut model.table),
        View::Compare => compare::explore::clear_search(&mut model.compare),
        View::Overview | View::Order | View::Jobs => false,
    };
    if cleared {
        model.shell.status = StatusLine::hint("search cleared");
        keep_cursors(model);
        return Vec::new();
    }
    let screen = [model.screen_context()];
    let mut bindings = model.shell.keymap.of(&screen);
    if bindings.any(|binding| binding.action == Action::Back) {
        return allowed(model, Action::Back);
    }
    model.shell.status = StatusLine::hint("this is the first screen; ⟦everywhere.quit⟧ quits");
    Vec::new()
}

/// Shows a screen and fetches what it needs.
fn enter_view(model: &mut Model, view: View) -> Vec<Effect> {
    let from = std::mem::replace(&mut model.shell.view, view);
    model.shell.status = StatusLine::Silent;
    if view == View::Overview {
        let subject = subject(model, from);
        return overview::show(&mut model.overview, &mut model.shell, subject);
    }
    if view == View::Scopes && matches!(model.scopes.listing, TreeLoading::NotAsked) {
        return scopes::ask(&mut model.scopes, &mut model.shell);
    }
    if view != View::Scopes {
        model.scopes.focus = Focus::Tree;
    }
    if view == View::Table
        && matches!(model.table.open, Open::Nothing)
        && let CompareScreen::Pair(pair) = &model.compare
        // The reports of a stored pair are in the list.
        && pair.actual.opened.entries.is_empty()
    {
        model.shell.status =
            StatusLine::hint("the actual side; ⟦everywhere.show-compare⟧ shows both sides");
        return compare::explore::open_side(pair, &mut model.shell, false);
    }
    ask_if_needed(&mut model.table, &mut model.shell)
}

#[cfg(test)]
mod tests;
