//! The palette: every action of the screen, found by its name, what it does, and other words for it.

use super::Model;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::keymap::group::words;
use crate::tui::shell::overlay::{Overlay, PickerKind};
use crate::tui::shell::request::Request;
use crate::tui::state::picker::{Choice, Picker};
use std::collections::BTreeSet;

/// Every action of the screen by name, with its key. An unavailable action comes after the others, with the reason.
fn palette(model: &Model) -> Picker {
    let mut known = BTreeSet::new();
    let (mut now, mut later) = (Vec::new(), Vec::new());
    for binding in model.shell.keymap.of(&model.screen_contexts()) {
        let name = binding.action.word();
        let moves = binding.action.step().is_some();
        if moves || binding.action == Action::Palette || !known.insert(name) {
            continue;
        }
        let key = binding.keys.first().map(ToString::to_string);
        let key = key.unwrap_or_default();
        // The trailing space also separates the longest keys from the help.
        let key = format!("{key:<6} ");
        let also = words(binding);
        match model.allows(binding.action) {
            Ok(()) => {
                let hint = format!("{key}{}", binding.help);
                now.push((Choice::new(name, hint), also));
            }
            Err(why) => {
                let shown = model.shell.keymap.spell(&why.told(&model.shell));
                let choice = Choice {
                    // The reason may name a scope.
                    masked: (!why.is_open()).then(|| format!("{key}(not now)")),
                    ..Choice::new(name, format!("{key}(not now: {shown})"))
                };
                later.push((choice, also));
            }
        }
    }
    let (choices, also) = now.into_iter().chain(later).unzip();
    Picker {
        also,
        ..Picker::one("Actions", choices)
    }
}

/// Opens the palette in place of any other overlay.
pub(crate) fn open(model: &mut Model) {
    model.shell.overlay = Overlay::None;
    let picker = palette(model);
    let kind = PickerKind::Palette;
    model.shell.overlay = Overlay::Picker { picker, kind };
}

/// Runs the action of this name.
pub(crate) fn run(model: &mut Model, name: &str) -> Vec<Effect> {
    let contexts = model.screen_contexts();
    let mut bindings = model.shell.keymap.of(&contexts);
    let binding = bindings.find(|binding| binding.action.word() == name);
    let action = binding.map(|binding| Request::Act(binding.action));
    model.shell.requests.extend(action);
    Vec::new()
}
