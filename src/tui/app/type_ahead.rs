//! Queues keys that are typed ahead of the answer they act on, and any text typed after them.

use super::Model;
use crate::tui::action::{Action, View};
use crate::tui::key::Key;
use crate::tui::shell::overlay::Overlay;
use crate::tui::shell::status::StatusLine;
use crate::tui::views::compare::allows::is_about_pair;
use crate::tui::views::compare::state::CompareScreen;

/// The maximum number of queued keys.
const MOST: usize = 256;

/// Queues a key that has to wait. Returns `false` if the key acts at once.
pub(crate) fn hold(model: &mut Model, key: Key) -> bool {
    if key == Key::Esc && (!model.shell.held.is_empty() || model.shell.partner.is_some()) {
        // Escape also cancels the keys typed ahead.
        model.shell.held.clear();
        model.shell.partner = None;
        return true;
    }
    let follows = !model.shell.held.is_empty() && !matches!(key, Key::Ctrl(_));
    let waits = follows || must_wait(model, key);
    if waits && model.shell.held.len() < MOST {
        model.shell.held.push(key);
        say_why(model, key);
    }
    waits
}

/// Says that an export or a copy of a comparison waits until both sides are read.
fn say_why(model: &mut Model, key: Key) {
    let opens =
        model.shell.view == View::Compare && matches!(model.compare, CompareScreen::Opening { .. });
    let leaves = [Action::Export, Action::Copy, Action::CopyCommand];
    if opens
        && model
            .action(key)
            .is_some_and(|action| leaves.contains(&action))
    {
        let told =
            "this waits until both sides are read; ⟦everywhere.escape⟧ cancels the keys that wait";
        model.shell.status = StatusLine::hint(told);
    }
}

/// Whether a key acts on a comparison that is still being opened or calculated, or waits for the other side.
pub(super) fn must_wait(model: &Model, key: Key) -> bool {
    if model.shell.partner.is_some() {
        return !matches!(key, Key::Ctrl(_));
    }
    if model.shell.view != View::Compare || !matches!(model.shell.overlay, Overlay::None) {
        return false;
    }
    let Some(action) = model.action(key) else {
        return false;
    };
    match &model.compare {
        CompareScreen::Nothing => false,
        CompareScreen::Opening { .. } => about_groups(action),
        CompareScreen::Pair(pair) => {
            pair.bar.is_none() && about_groups(action) && pair.pending(action)
        }
    }
}

/// Whether an action belongs to the compare screen rather than the whole program.
fn about_groups(action: Action) -> bool {
    action.step().is_some()
        || matches!(action, Action::Left | Action::Right)
        || is_about_pair(action)
}
