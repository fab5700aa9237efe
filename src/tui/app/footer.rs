//! The last line: the keys that a newcomer of the screen needs next, by importance, as many as fit.

use super::Model;
use crate::tui::action::Action;
use crate::tui::keymap::{Binding, Context};
use crate::tui::shell::overlay::Overlay;
use unicode_width::UnicodeWidthStr;

/// The separator of two keys.
pub(crate) const BETWEEN: &str = " · ";

/// After so many keys that do not fit, the next ones are not important enough to fill the line.
const MISFITS: usize = 4;

/// A key of the last line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hint {
    pub(crate) key: String,
    pub(crate) label: &'static str,
    pub(crate) action: Action,
}

impl Hint {
    fn of(binding: &Binding, model: &Model) -> Self {
        let cancels = matches!(model.shell.overlay, Overlay::Cancel(_));
        let is_table = binding.context == Context::Table;
        let hides_chart = is_table && model.table.has_own_chart(&model.shell);
        Self {
            key: binding
                .keys
                .first()
                .map(ToString::to_string)
                .unwrap_or_default(),
            label: match binding.action {
                Action::Enter if cancels => "stop following",
                Action::Close if cancels => "keep following",
                Action::Quit if !model.is_at_root() => "back",
                Action::Chart if hides_chart => "hide chart",
                _ => binding.label,
            },
            action: binding.action,
        }
    }

    /// The width, with what separates it from the next one.
    fn width(&self) -> usize {
        self.key.width() + 1 + self.label.width() + BETWEEN.width()
    }
}

fn total(hints: &[Hint]) -> usize {
    hints.iter().map(Hint::width).sum()
}

/// The keys that act now, for a line of this width. What does not fit is left to the help, which is named then.
pub(crate) fn hints(model: &Model, width: u16) -> Vec<Hint> {
    let contexts = model.contexts();
    let labelled = model.shell.keymap.labelled(&contexts);
    let acting = labelled.filter(|binding| model.allows(binding.action).is_ok());
    let hints = acting.map(|binding| Hint::of(binding, model));
    let ends = |hint: &Hint| matches!(hint.action, Action::Help | Action::Quit);
    let (mut tail, mut own): (Vec<Hint>, Vec<Hint>) = hints.partition(ends);
    // The line begins with a blank, and nothing follows the last key.
    let room = (usize::from(width) + BETWEEN.width()).saturating_sub(1);
    if total(&own) + total(&tail) > room {
        for hint in tail.iter_mut().filter(|hint| hint.action == Action::Help) {
            hint.label = "more";
        }
        let (mut used, mut misfits) = (total(&tail), 0);
        own.retain(|hint| {
            let fits = misfits < MISFITS && used + hint.width() <= room;
            if fits {
                used += hint.width();
            } else {
                misfits += 1;
            }
            fits
        });
    }
    own.extend(tail);
    own
}

/// The action whose key is at a column of the line.
pub(super) fn at(model: &Model, column: u16) -> Option<Action> {
    let column = usize::from(column);
    let mut from = 1;
    for hint in hints(model, model.shell.size.0) {
        let to = from + hint.width();
        if (from..to - BETWEEN.width()).contains(&column) {
            return Some(hint.action);
        }
        from = to;
    }
    None
}
