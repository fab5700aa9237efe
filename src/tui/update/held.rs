//! Keys that come before the answer they are about: they wait in their order, text typed behind them as well.

use crate::tui::action::{Action, View};
use crate::tui::effect::Effect;
use crate::tui::key::Key;
use crate::tui::model::{Model, Overlay};
use crate::tui::screen::compare::CompareScreen;

/// So many keys wait; nobody types further ahead than that.
const MOST: usize = 256;

/// Keeps a key for later, where it has to wait; `false` where it acts at once.
pub(super) fn hold(model: &mut Model, key: Key) -> bool {
    if key == Key::Esc && (!model.held.is_empty() || model.partner.is_some()) {
        // Whoever gives up means what was typed ahead, too.
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

/// Types what waited, as far as it need not wait any more.
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

/// Whether a key is about a comparison that is being opened or worked out, or about the question for the other side.
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

/// Whether an action is one of the screen itself, and not of the whole program.
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
