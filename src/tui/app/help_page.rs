//! Handles the help page: moves among its entries, narrows them, and runs the action of the entry under the cursor.

use super::{Model, palette};
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::key::Key;
use crate::tui::said::Said;
use crate::tui::shell::Shell;
use crate::tui::shell::help;
use crate::tui::shell::help::{HelpEntry, HelpLine, HelpPage};
use crate::tui::shell::overlay::Overlay;
use crate::tui::shell::request::Request;
use crate::tui::shell::status::StatusLine;
use crate::tui::state::cursor::{Cursor, CursorStep};
use crate::tui::state::field::Typed;

/// The entries of the page over this screen, narrowed by the typed text.
pub(crate) fn entries(model: &Model, page: &HelpPage) -> Vec<HelpEntry> {
    let here = model.screen_contexts();
    help::entries(model.shell.keymap, &here, page.search.text())
}

/// The width and the number of lines of the list, below the line that is typed in.
fn room(shell: &Shell) -> (usize, usize) {
    let inside = usize::from(shell.size.0.saturating_sub(2));
    (inside, shell.list_height(3))
}

/// Moves the cursor among the entries.
pub(super) fn go(model: &mut Model, step: CursorStep) {
    let Overlay::Help(page) = &model.shell.overlay else {
        return;
    };
    let entries = entries(model, page);
    let (width, height) = room(&model.shell);
    let lines = help::lines(&entries, width);
    let mut moved = Cursor {
        top: 0,
        ..page.cursor
    };
    moved.go(step, entries.len(), height);
    moved.top = page.cursor.top;
    moved.top = help::top(&lines, moved, height);
    if let Overlay::Help(page) = &mut model.shell.overlay {
        page.cursor = moved;
    }
}

/// Narrows the page by a key or a text. Backspace without a text closes it.
pub(super) fn typed(model: &mut Model, typed: Typed<'_>) {
    let Overlay::Help(page) = &mut model.shell.overlay else {
        return;
    };
    if page.search.text().is_empty() && matches!(typed, Typed::Key(Key::Backspace)) {
        model.shell.overlay = Overlay::None;
        return;
    }
    let before = page.search.text().to_owned();
    page.search.typed(typed);
    if page.search.text() != before {
        page.cursor = Cursor::default();
    }
}

/// Runs the action of the entry under the cursor, if it acts on the screen behind the page.
pub(super) fn run(model: &mut Model) -> Vec<Effect> {
    let Overlay::Help(page) = &model.shell.overlay else {
        return Vec::new();
    };
    let Some(entry) = entries(model, page).get(page.cursor.selected).copied() else {
        model.shell.status = StatusLine::hint("no key matches the text");
        return Vec::new();
    };
    if !entry.here {
        let why = format!("this key acts elsewhere: {}", entry.heading);
        return model.shell.refuse(Said::open(why));
    }
    model.shell.overlay = Overlay::None;
    match entry.binding.action {
        Action::Palette => palette::open(model),
        action => model.shell.request(Request::Act(action)),
    }
    Vec::new()
}

/// Handles a click on a row of the list, counted from the first visible line: selects the entry there, or runs the selected one.
pub(super) fn press(model: &mut Model, below: usize) -> Vec<Action> {
    let Overlay::Help(page) = &model.shell.overlay else {
        return Vec::new();
    };
    let (width, height) = room(&model.shell);
    let lines = help::lines(&entries(model, page), width);
    let top = help::top(&lines, page.cursor, height);
    let line = lines.get(top + below).filter(|_| below < height);
    let Some(HelpLine::Keys(at, ..)) = line else {
        return Vec::new();
    };
    if *at == page.cursor.selected {
        return vec![Action::Enter];
    }
    let selected = *at;
    if let Overlay::Help(page) = &mut model.shell.overlay {
        page.cursor = Cursor { selected, top };
    }
    Vec::new()
}
