//! Lists, applies and restores saved views.

use super::ask::{ask, ask_sql};
use crate::domain::query::saved_view::SavedView;
use crate::domain::sql::dialect::Dialect;
use crate::domain::sql::helpful::helpful;
use crate::ops::explore::saved_views::{Kept, scope_of};
use crate::tui::effect::Effect;
use crate::tui::said::Said;
use crate::tui::shell::Shell;
use crate::tui::shell::overlay::{Overlay, PickerKind};
use crate::tui::shell::status::StatusLine;
use crate::tui::state::picker::{Caption, Choice, Picker};
use crate::tui::ticket::{Problem, Ticket};
use crate::tui::views::table::state::explorer::Explorer;
use crate::tui::views::table::state::{Open, TableScreen};
use std::collections::HashMap;

/// Opens the picker of saved views. It is filled when the list arrives.
pub(crate) fn open(shell: &mut Shell) -> Vec<Effect> {
    let ticket = shell.ticket();
    let keys = "Saved views: ⟦picker.enter⟧ applies, ⟦picker.drop⟧ deletes";
    let title = Said::open(shell.keymap.spell(keys));
    let picker = Picker::one(title, Vec::new());
    let kind = PickerKind::Views(Some(ticket), Vec::new());
    shell.overlay = Overlay::Picker { picker, kind };
    vec![Effect::ListViews(ticket)]
}

/// Fills the picker of saved views.
pub(crate) fn listed(
    screen: &mut TableScreen,
    shell: &mut Shell,
    ticket: Ticket,
    result: Result<Vec<Kept>, Problem>,
) -> Vec<Effect> {
    let (tag, dialect) = match &screen.open {
        Open::Data(data) => (data.offers.tag_keys.first().cloned(), data.offers.dialect),
        Open::Nothing | Open::Opening { .. } => (None, Dialect::Polars),
    };
    let ours = helpful(tag.as_deref().unwrap_or("env"), dialect).into_iter();
    let ours = ours.map(|(name, sql)| Kept {
        name: name.to_owned(),
        view: Ok(SavedView {
            sql: Some(sql),
            ..SavedView::default()
        }),
    });
    let Overlay::Picker {
        picker,
        kind: PickerKind::Views(asked, kept),
    } = &mut shell.overlay
    else {
        return Vec::new();
    };
    if *asked != Some(ticket) {
        return Vec::new();
    }
    *asked = None;
    match result {
        Ok(mut found) => {
            found.extend(ours);
            picker.choices = found.iter().map(choice).collect();
            *kept = found;
        }
        Err(problem) => {
            shell.overlay = Overlay::None;
            shell.status = StatusLine::error(problem.text);
        }
    }
    Vec::new()
}

fn choice(kept: &Kept) -> Choice {
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
            format!("{keys}  {filter}")
        }
        Err(why) => format!("(cannot be used: {why})"),
    };
    Choice {
        caption: Caption::Masked(kept.name.as_str().into()),
        masked: Some(String::new()),
        ..Choice::new(kept.name.clone(), hint)
    }
}

/// Whether a name in the list belongs to a built-in statement only.
pub(crate) fn is_ours(kept: &[Kept], name: &str) -> bool {
    let mut named = kept.iter().filter(|kept| kept.name == name);
    let ours = helpful("", Dialect::Polars)
        .iter()
        .any(|(known, _)| *known == name);
    ours && named.next().is_some() && named.next().is_none()
}

/// Applies the picked view.
pub(crate) fn picked(
    screen: &mut TableScreen,
    shell: &mut Shell,
    kept: &[Kept],
    name: &str,
) -> Vec<Effect> {
    let found = kept.iter().find(|kept| kept.name == name);
    let Some(view) = found.map(|kept| kept.view.clone()) else {
        return Vec::new();
    };
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    if let Ok(SavedView { sql: Some(sql), .. }) = &view {
        let sql = sql.clone();
        return ask_sql(screen, shell, sql);
    }
    data.answer = None;
    match view.and_then(|view| data.look_as(&view)) {
        Ok(()) => ask(screen, shell),
        Err(why) => shell.refuse(format!("`{name}` cannot be used: {why}")),
    }
}

/// Restores the view that the scope was left with, if it is known and differs from the default.
pub(crate) fn resume(data: &mut Explorer, left: &HashMap<String, SavedView>) -> Option<String> {
    let scope = scope_of(&data.loaded.opened.entries)?;
    let view = left.get(&scope).or(data.loaded.last.as_ref())?.clone();
    if view == data.first().saved() || data.look_as(&view).is_err() {
        return None;
    }
    data.started = data.first().saved();
    data.resumed = Some(view.clone());
    let filtered = view.filter.map(|filter| format!(", filtered: {filter}"));
    Some(format!(
        "as you left this scope{}; ⟦table.undo⟧ shows the default view",
        filtered.unwrap_or_default()
    ))
}
