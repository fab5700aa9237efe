//! The list of saved views, which the table and the comparison share.

use super::Shell;
use super::overlay::{Overlay, PickerKind};
use super::status::StatusLine;
use crate::domain::query::saved_view::SavedView;
use crate::ops::explore::saved_views::KeptView;
use crate::tui::effect::Effect;
use crate::tui::said::Said;
use crate::tui::state::picker::{Caption, Choice, Picker};
use crate::tui::ticket::{Problem, Ticket};

/// Opens the list. It is filled when the views arrive.
pub fn open(
    shell: &mut Shell,
    kind: impl FnOnce(Option<Ticket>, Vec<KeptView>) -> PickerKind,
) -> Vec<Effect> {
    let ticket = shell.ticket();
    let keys = "Saved views: ⟦picker.enter⟧ applies, ⟦picker.drop⟧ deletes";
    let title = Said::open(shell.keymap.spell(keys));
    let picker = Picker::one(title, Vec::new()).of_names(true);
    let kind = kind(Some(ticket), Vec::new());
    shell.overlay = Overlay::Picker { picker, kind };
    vec![Effect::ListViews(ticket)]
}

/// Fills the list with the saved views, then with these. Returns without a change if another list is open.
pub fn fill(
    shell: &mut Shell,
    ticket: Ticket,
    result: Result<Vec<KeptView>, Problem>,
    ours: impl Iterator<Item = KeptView>,
) {
    let Overlay::Picker {
        picker,
        kind: PickerKind::Views(asked, kept) | PickerKind::ViewsPair(asked, kept),
    } = &mut shell.overlay
    else {
        return;
    };
    if asked.take_if(|asked| *asked == ticket).is_none() {
        return;
    }
    match result {
        Ok(mut found) => {
            found.extend(ours);
            picker.choices = found.iter().map(choice).collect();
            *kept = found;
            // Only a comparison has no views of our own.
            if kept.is_empty() {
                let none = "no view is saved yet; ⟦compare.save-view⟧ saves this one";
                shell.overlay = Overlay::None;
                shell.status = StatusLine::hint(none);
            }
        }
        Err(problem) => {
            shell.overlay = Overlay::None;
            shell.status = StatusLine::error(problem.text);
        }
    }
}

/// A view in the list, with what it shows.
fn choice(kept: &KeptView) -> Choice {
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
