//! Hands typed and pasted text to the field or the list that has the focus.

use super::{Model, help_page};
use crate::domain::text::grouped;
use crate::tui::action::View;
use crate::tui::effect::Effect;
use crate::tui::key::Key;
use crate::tui::shell::overlay::{Overlay, PickerKind};
use crate::tui::shell::status::StatusLine;
use crate::tui::state::cursor::Cursor;
use crate::tui::state::field;
use crate::tui::state::field::Typed;
use crate::tui::views::compare::update as compare;
use crate::tui::views::scopes::update as scopes;
use crate::tui::views::table::update as table;

/// Sends a key without an action, or a text, to the focused text field. If there is no field, reports that the key does
/// nothing.
pub(super) fn typed(model: &mut Model, typed: Typed<'_>) -> Vec<Effect> {
    match &mut model.shell.overlay {
        // A space ticks where no name has to be typed.
        Overlay::Picker {
            picker,
            kind: PickerKind::Subscriptions(..),
        } if matches!(typed, Typed::Key(Key::Char(' '))) => {
            picker.toggle();
            return Vec::new();
        }
        Overlay::Picker { picker, .. } => {
            picker.search.typed(typed);
            picker.cursor = Cursor::default();
            return Vec::new();
        }
        Overlay::Prompt { field, .. } => {
            field.typed(typed);
            return Vec::new();
        }
        Overlay::None => {}
        Overlay::Help(_) => {
            help_page::typed(model, typed);
            return Vec::new();
        }
        Overlay::Manual(..) | Overlay::Quit | Overlay::Cancel(_) | Overlay::Problem { .. } => {
            return Vec::new();
        }
    }
    if !model.is_typing() {
        model.explain_key(typed);
        return Vec::new();
    }
    match model.shell.view {
        View::Scopes => scopes::typed(&mut model.scopes, typed),
        View::Order => {
            if let Some(field) = model.order.text() {
                field.typed(typed);
                // The error may be fixed now, and the form shows the current one.
                model.shell.status = StatusLine::Silent;
            }
        }
        View::Table => return table::typed(&mut model.table, &mut model.shell, typed),
        View::Compare => return compare::bar::typed(&mut model.compare, &mut model.shell, typed),
        View::Overview | View::Jobs => {}
    }
    Vec::new()
}

/// Puts a pasted text into the focused field or list. Pasted on the tree of scopes, it is taken as a scope.
pub(super) fn pasted(model: &mut Model, text: &str) -> Vec<Effect> {
    let narrows = matches!(
        model.shell.overlay,
        Overlay::Picker { .. } | Overlay::Help(_)
    );
    if !model.is_typing() && !narrows {
        // Text pasted on the tree is taken as a scope.
        if model.shell.view == View::Scopes && matches!(model.shell.overlay, Overlay::None) {
            scopes::begin_typing(&mut model.scopes);
        } else {
            return Vec::new();
        }
    }
    let text: String = text
        .trim()
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(field::MOST + 1)
        .collect();
    let effects = typed(model, Typed::Text(&text));
    if text.chars().count() > field::MOST {
        model.shell.status = StatusLine::hint(format!(
            "the pasted text was cut: a field takes {} characters",
            grouped(field::MOST as u64)
        ));
    }
    effects
}
