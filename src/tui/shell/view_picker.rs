//! The list of saved views, which the table and the comparison share.

use super::Shell;
use super::overlay::{Overlay, PickerKind};
use super::status::StatusLine;
use crate::domain::query::saved_view::SavedView;
use crate::ops::explore::saved_views::Kept;
use crate::tui::effect::Effect;
use crate::tui::said::Said;
use crate::tui::state::picker::{Caption, Choice, Picker};
use crate::tui::ticket::Ticket;

/// Opens the list. It is filled when the views arrive.
pub fn open(
    shell: &mut Shell,
    kind: impl FnOnce(Option<Ticket>, Vec<Kept>) -> PickerKind,
) -> Vec<Effect> {
    let ticket = shell.ticket();
    let keys = "Saved views: ⟦picker.enter⟧ applies, ⟦picker.drop⟧ deletes";
    let title = Said::open(shell.keymap.spell(keys));
    let picker = Picker::one(title, Vec::new());
    let kind = kind(Some(ticket), Vec::new());
    shell.overlay = Overlay::Picker { picker, kind };
    vec![Effect::ListViews(ticket)]
}

/// A view in the list, with what it shows.
pub fn choice(kept: &Kept) -> Choice {
    let hint = match &kept.view {
        Ok(SavedView { sql: Some(sql), .. }) => sql.clone(),
        Ok(view) => {
            let keys = view.group_by.join(" ▸ ");
            let keys = if keys.is_empty() {
                "rows".to_owned()
            } else {
                keys
            };
            let filter = view.filter.as_deref().unwrap_or_default();
            let change = view.change.as_ref();
            let change = change.map_or_else(String::new, |change| format!(" · {}", change.words()));
            format!("{keys}{change}  {filter}")
        }
        Err(why) => format!("(cannot be used: {why})"),
    };
    Choice {
        caption: Caption::Masked(kept.name.as_str().into()),
        masked: Some(String::new()),
        ..Choice::new(kept.name.clone(), hint)
    }
}

/// Names the parts of an applied view that its screen does not have.
pub fn applied(shell: &mut Shell, name: &str, left_out: &[String]) {
    if left_out.is_empty() {
        return;
    }
    let parts = left_out.join(", ");
    shell.status = StatusLine::hint(format!("`{name}` applied; left out: {parts}"));
}
