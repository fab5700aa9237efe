//! Fills the list of saved views, applies and restores them.

use super::ask::{ask, ask_sql};
use super::money;
use crate::domain::query::saved_view::{ComparisonView, SavedView};
use crate::domain::sql::dialect::SqlDialect;
use crate::domain::sql::helpful::helpful;
use crate::ops::explore::saved_views::{KeptView, scope_of};
use crate::tui::effect::Effect;
use crate::tui::shell::Shell;
use crate::tui::shell::view_picker;
use crate::tui::ticket::{Problem, Ticket};
use crate::tui::views::table::state::explorer::Explorer;
use crate::tui::views::table::state::{Open, TableScreen};
use std::collections::HashMap;

/// Fills the picker of saved views, with the built-in statements behind them.
pub(crate) fn listed(
    screen: &TableScreen,
    shell: &mut Shell,
    ticket: Ticket,
    result: Result<Vec<KeptView>, Problem>,
) {
    let (tag, dialect) = match &screen.open {
        Open::Data(data) => (data.offers.tag_keys.first().cloned(), data.offers.dialect),
        Open::Nothing | Open::Opening { .. } => (None, SqlDialect::Polars),
    };
    let ours = helpful(tag.as_deref().unwrap_or("env"), dialect).into_iter();
    let ours = ours.map(|(name, sql)| KeptView {
        name: name.to_owned(),
        view: Ok(SavedView {
            sql: Some(sql),
            ..SavedView::default()
        }),
    });
    view_picker::fill(shell, ticket, result, ours);
}

/// Whether a name in the list belongs to a built-in statement only.
pub(crate) fn is_ours(kept: &[KeptView], name: &str) -> bool {
    let mut named = kept.iter().filter(|kept| kept.name == name);
    let ours = helpful("", SqlDialect::Polars)
        .iter()
        .any(|(known, _)| *known == name);
    ours && named.next().is_some() && named.next().is_none()
}

/// Applies the picked view.
pub(crate) fn picked(
    screen: &mut TableScreen,
    shell: &mut Shell,
    kept: &[KeptView],
    name: &str,
) -> Vec<Effect> {
    let found = kept.iter().find(|kept| kept.name == name);
    let Some(view) = found.map(|kept| kept.view.clone()) else {
        return Vec::new();
    };
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    let was = data.loaded.opened.data.money();
    if let Ok(SavedView {
        sql: Some(sql),
        money,
        ..
    }) = &view
    {
        let sql = sql.clone();
        if let Some(Err(why)) = money.as_deref().map(|word| data.put_word(word)) {
            return shell.refuse(format!("`{name}` cannot be used: {why}"));
        }
        let left_out = money::arrived(data, was, shell);
        let mut effects = ask_sql(screen, shell, sql);
        effects.extend(left_out);
        return effects;
    }
    data.answer = None;
    let mut left = view.as_ref().map_or_else(|_| Vec::new(), left_out);
    match view.and_then(|view| data.look_as(&view)) {
        Ok(more) => {
            left.extend(more);
            view_picker::applied(shell, name, &left);
            let left_out = money::arrived(data, was, shell);
            let mut effects = ask(screen, shell);
            effects.extend(left_out);
            effects
        }
        Err(why) => shell.refuse(format!("`{name}` cannot be used: {why}")),
    }
}

/// The parts of a view that only a comparison has.
fn left_out(view: &SavedView) -> Vec<String> {
    let comparison = view.comparison.as_ref();
    comparison.map_or_else(Vec::new, ComparisonView::parts)
}

/// Restores the view that the scope was left with, if it is known and differs from the default.
pub(crate) fn resume(data: &mut Explorer, left: &HashMap<String, SavedView>) -> Option<String> {
    let scope = scope_of(&data.loaded.opened.entries)?;
    let mut view = left.get(&scope).or(data.loaded.last.as_ref())?.clone();
    if view == data.left() {
        return None;
    }
    if data.look_as(&view).is_err() {
        // This report may have no costs in USD.
        view.money = None;
        if view == data.left() || data.look_as(&view).is_err() {
            return None;
        }
    }
    data.started = data.left();
    data.resumed = Some(view.clone());
    let filtered = view.filter.map(|filter| format!(", filtered: {filter}"));
    Some(format!(
        "as you left this scope{}; ⟦table.undo⟧ shows the default view",
        filtered.unwrap_or_default()
    ))
}
