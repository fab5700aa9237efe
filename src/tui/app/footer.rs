//! The keys that a newcomer of the screen needs next, by importance, as many as fit: the most important ones in the last line, the
//! next ones in the line above it while that one has nothing to say.

use super::Model;
use crate::tui::action::Action;
use crate::tui::keymap::{Binding, Context};
use crate::tui::shell::overlay::Overlay;
use crate::tui::shell::status::StatusLine;
use crate::tui::views::compare::state::CompareScreen;
use unicode_width::UnicodeWidthStr;

/// The separator of two keys.
pub(crate) const BETWEEN: &str = " · ";

/// After so many keys that do not fit, the next ones are not important enough to fill the line.
const MISFITS: usize = 4;

/// A key of the last lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hint {
    pub(crate) key: String,
    pub(crate) label: &'static str,
    pub(crate) action: Action,
}

impl Hint {
    fn of(binding: &Binding, model: &Model) -> Self {
        let key = binding.keys.first().map(ToString::to_string);
        Self {
            key: key.unwrap_or_default(),
            label: label_now(binding, model).unwrap_or(binding.label),
            action: binding.action,
        }
    }

    /// The width, with what separates it from the next one.
    fn width(&self) -> usize {
        self.key.width() + 1 + self.label.width() + BETWEEN.width()
    }
}

/// The label of a key whose meaning depends on what is shown.
fn label_now(binding: &Binding, model: &Model) -> Option<&'static str> {
    let cancels = matches!(model.shell.overlay, Overlay::Cancel(_));
    match binding.action {
        Action::Enter if cancels => return Some("stop following"),
        Action::Close if cancels => return Some("keep following"),
        Action::Quit if !model.is_at_root() => return Some("back"),
        _ => {}
    }
    match binding.context {
        Context::Picker => {
            let Overlay::Picker { kind, .. } = &model.shell.overlay else {
                return None;
            };
            match binding.action {
                Action::Enter => kind.enter_label(),
                Action::Drop => kind.drop_label(),
                _ => None,
            }
        }
        Context::Findings if binding.action == Action::Dismiss => {
            let page = model.overview.page.as_ref()?;
            let dismissed = page.selected()?.finding.dismissed;
            dismissed.then_some("restore")
        }
        Context::Table => model.table.label_now(&model.shell, binding.action),
        Context::Compare => {
            let CompareScreen::Pair(pair) = &model.compare else {
                return None;
            };
            pair.label_now(binding.action)
        }
        _ => None,
    }
}

/// The keys that act now, in the last two lines of the screen.
#[derive(Debug, Default)]
pub(crate) struct KeyLines {
    /// The line above the last one. It is there only while the program has nothing to say.
    pub(crate) above: Vec<Hint>,
    pub(crate) last: Vec<Hint>,
}

fn total(hints: &[Hint]) -> usize {
    hints.iter().map(Hint::width).sum()
}

/// Splits off the keys that do not fit into this room.
fn fitting(hints: Vec<Hint>, room: usize) -> (Vec<Hint>, Vec<Hint>) {
    let (mut used, mut misfits) = (0, 0);
    hints.into_iter().partition(|hint| {
        let fits = misfits < MISFITS && used + hint.width() <= room;
        if fits {
            used += hint.width();
        } else {
            misfits += 1;
        }
        fits
    })
}

/// The keys that act now, for lines of this width. What does not fit is left to the help, which is named then.
pub(crate) fn key_lines(model: &Model, width: u16) -> KeyLines {
    let contexts = model.contexts();
    let labelled = model.shell.keymap.labelled(&contexts);
    let acting = labelled.filter(|binding| model.allows(binding.action).is_ok());
    let hints = acting.map(|binding| Hint::of(binding, model));
    let ends = |hint: &Hint| matches!(hint.action, Action::Help | Action::Quit);
    let (mut tail, own): (Vec<Hint>, Vec<Hint>) = hints.partition(ends);
    let is_palette = |hint: &Hint| hint.action == Action::Palette;
    let (mut palette, mut own): (Vec<Hint>, Vec<Hint>) = own.into_iter().partition(is_palette);
    // A list, a page or a text field has few keys of its own, and the palette is not one of them.
    if !contexts.contains(&Context::Everywhere) {
        palette.clear();
    }
    // The line begins with a blank, and nothing follows the last key.
    let room = (usize::from(width) + BETWEEN.width()).saturating_sub(1);
    if total(&own) + total(&palette) + total(&tail) <= room {
        own.extend(palette);
        own.extend(tail);
        return KeyLines {
            last: own,
            above: Vec::new(),
        };
    }
    for hint in tail.iter_mut().filter(|hint| hint.action == Action::Help) {
        hint.label = "more";
    }
    let (mut last, others) = fitting(own, room.saturating_sub(total(&tail)));
    last.extend(tail);
    let is_silent = matches!(model.shell.status, StatusLine::Silent);
    if !is_silent || model.shell.prompt.is_some() {
        return KeyLines {
            last,
            above: Vec::new(),
        };
    }
    let (mut above, _) = fitting(others, room.saturating_sub(total(&palette)));
    above.extend(palette);
    KeyLines { above, last }
}

/// The action whose key is at a column of the last line, or of the one above it.
pub(super) fn at(model: &Model, column: u16, is_above: bool) -> Option<Action> {
    let column = usize::from(column);
    let lines = key_lines(model, model.shell.size.0);
    let hints = if is_above { lines.above } else { lines.last };
    let mut from = 1;
    for hint in hints {
        let to = from + hint.width();
        if (from..to - BETWEEN.width()).contains(&column) {
            return Some(hint.action);
        }
        from = to;
    }
    None
}
