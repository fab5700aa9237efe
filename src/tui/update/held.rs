//! Queues keys that are typed ahead of the answer they act on, and any text typed after them.

use crate::tui::action::{Action, View};
use crate::tui::effect::Effect;
use crate::tui::key::Key;
use crate::tui::model::{Model, Overlay};
use crate::tui::screen::compare::CompareScreen;

/// The maximum number of queued keys.
const MOST: usize = 256;

/// Queues a key that has to wait. Returns `false` if the key acts at once.
pub(super) fn hold(model: &mut Model, key: Key) -> bool {
    if key == Key::Esc && (!model.held.is_empty() || model.partner.is_some()) {
        // Escape also cancels the keys typed ahead.
        model.held.clear();
        model.partner = None;
        return true;
    }
    let follows = !model.held.is_empty() && !matches!(key, Key::Ctrl(_));
    let waits = follows || must_wait(model, key);
    if waits && model.held.len() < MOST {
        model.held.push(key);
    }
    waits
}

/// Replays queued keys, up to the first one that still has to wait.
pub(super) fn replay(model: &mut Model) -> Vec<Effect> {
    let mut effects = Vec::new();
    while let Some(key) = model.held.first().copied() {
        if must_wait(model, key) {
            break;
        }
        model.held.remove(0);
        effects.extend(super::pressed(model, key));
    }
    effects
}

/// Whether a key acts on a comparison that is still being opened or calculated, or waits for the other side.
fn must_wait(model: &Model, key: Key) -> bool {
    if model.partner.is_some() {
        return !matches!(key, Key::Ctrl(_));
    }
    if model.view != View::Compare || !matches!(model.overlay, Overlay::None) {
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
    super::step_of(action).is_some()
        || matches!(
            action,
            Action::Enter
                | Action::Detail
                | Action::Filter
                | Action::GroupBy
                | Action::SortBy
                | Action::Commitments
                | Action::Trust
                | Action::Copy
                | Action::CopyCommand
        )
}
