//! Saves and applies views of a comparison.

use super::ask::ask_after;
use crate::domain::query::saved_view;
use crate::ops::explore::saved_views::KeptView;
use crate::tui::effect::Effect;
use crate::tui::shell::Shell;
use crate::tui::shell::overlay::{Overlay, PromptKind};
use crate::tui::shell::view_picker;
use crate::tui::state::field::TextField;
use crate::tui::views::compare::state::{CompareScreen, Pair};

/// The prompt for the name of a view.
pub(super) fn prompt(pair: &Pair) -> Overlay {
    let hint = if pair.cell_order().is_some() {
        "grouping, filter, pivot, its order and columns; the table leaves out the order. Replaces a view of the same name"
    } else {
        "grouping, filter, sort, pivot and columns; the table applies it, too. Replaces a view of the same name"
    };
    Overlay::Prompt {
        title: "Save this view as".into(),
        hint: hint.into(),
        field: TextField::default(),
        kind: PromptKind::SaveViewPair,
    }
}

/// Saves the view under a name, or says why the name is refused.
pub(crate) fn save(screen: &CompareScreen, text: &str) -> Result<Vec<Effect>, String> {
    let CompareScreen::Pair(pair) = screen else {
        return Ok(Vec::new());
    };
    let name = saved_view::name(text)?.to_owned();
    let view = Box::new(pair.saved());
    Ok(vec![Effect::SaveView { name, view }])
}

/// Applies the picked view, and names the parts that a comparison does not have.
pub(crate) fn picked(
    screen: &mut CompareScreen,
    shell: &mut Shell,
    kept: &[KeptView],
    name: &str,
) -> Vec<Effect> {
    let found = kept.iter().find(|kept| kept.name == name);
    let (Some(found), CompareScreen::Pair(pair)) = (found, &mut *screen) else {
        return Vec::new();
    };
    let money = pair.money();
    match found.view.clone().and_then(|view| pair.look_as(&view)) {
        Ok(left_out) => {
            view_picker::applied(shell, name, &left_out);
            ask_after(screen, shell, money)
        }
        Err(why) => shell.refuse(format!("`{name}` cannot be used: {why}")),
    }
}
