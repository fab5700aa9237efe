//! Handles the filter bar: typing, completion and the row count.

use super::table;
use crate::domain::money::Money;
use crate::domain::query::Query;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::{Body, Table};
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::key::Key;
use crate::tui::message::{Problem, Ticket};
use crate::tui::model::{Model, Talk};
use crate::tui::screen::table::Open;
use crate::tui::screen::table::bar::FilterBar;
use crate::tui::screen::table::bar::Offer;
use crate::tui::screen::table::explorer::Explorer;

/// The number of values offered for completion.
pub(super) const OFFERED: usize = 500;
/// The number of filters kept in the history.
const HISTORY: usize = 50;

pub(super) fn open_data(model: &mut Model) -> Option<&mut Explorer> {
    match &mut model.table.open {
        Open::Data(data) => Some(data),
        _ => None,
    }
}

/// Opens the bar with the filter of the step.
pub(super) fn begin(model: &mut Model) -> Vec<Effect> {
    if let Some(data) = open_data(model) {
        data.bar = Some(FilterBar::behind(data.step().filter.as_ref()));
    }
    changed(model)
}

/// Handles a key typed into the bar.
pub(super) fn typed(model: &mut Model, key: Key) -> Vec<Effect> {
    if open_data(model).is_some_and(|data| data.question.is_some()) {
        super::answer::typed(model, key);
        return Vec::new();
    }
    if let Some(bar) = open_data(model).and_then(|data| data.bar.as_mut()) {
        bar.field.key(key);
        bar.wrong = None;
    }
    changed(model)
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some(data) = open_data(model) else {
        return Vec::new();
    };
    if action == Action::Close {
        return if data.leave_bar() {
            table::ask(model)
        } else {
            Vec::new()
        };
    }
    let Some(bar) = &mut data.bar else {
        return Vec::new();
    };
    match action {
        Action::Up | Action::Down => bar.pick(action == Action::Down),
        Action::NextField if bar.complete() => {
            bar.wrong = None;
            return changed(model);
        }
        Action::Enter => {
            let text = bar.field.text().trim().to_owned();
            if data.take_bar() {
                remember(&mut model.table.history, text);
                return table::ask(model);
            }
        }
        _ => {}
    }
    Vec::new()
}

/// Puts the text at the front of the history.
pub(super) fn remember(history: &mut Vec<String>, text: String) {
    if text.is_empty() {
        return;
    }
    history.retain(|known| *known != text);
    history.insert(0, text);
    history.truncate(HISTORY);
}

/// Updates the suggestions and the count after a change of the text.
fn changed(model: &mut Model) -> Vec<Effect> {
    let tickets = (model.ticket(), model.ticket());
    let Open::Data(data) = &mut model.table.open else {
        return Vec::new();
    };
    let Some(bar) = &mut data.bar else {
        return Vec::new();
    };
    let mut effects = Vec::new();
    if let Some(key) = bar.suggest(&data.offers, &model.table.history) {
        let asked = Offer::Asked(tickets.0);
        data.offers.values.insert(key.clone(), asked);
        effects.push(Effect::Values {
            ticket: tickets.0,
            data: data.loaded.opened.data.clone(),
            query: Box::new(values_of(key)),
        });
    }
    effects.extend(count(data, tickets.1));
    effects
}

/// The query for the most expensive values of a key.
pub(super) fn values_of(key: GroupKey) -> Query {
    Query {
        group_by: vec![key],
        limit: Some(OFFERED),
        ..Query::default()
    }
}

/// Counts what the typed filter would keep, unless that is known. Only one count runs at a time.
fn count(data: &mut Explorer, ticket: Ticket) -> Option<Effect> {
    let set = data.loaded.opened.data.clone();
    let bar = data.bar.as_mut()?;
    let text = bar.field.text().to_owned();
    if bar.counting.is_some() || bar.counted.as_ref() == Some(&text) {
        return None;
    }
    let filter = bar.draft()?;
    bar.counting = Some((ticket, text));
    Some(Effect::Count {
        ticket,
        data: set,
        filter,
    })
}

/// Stores a count, and starts another one if the text has changed since.
pub(super) fn counted(
    model: &mut Model,
    ticket: Ticket,
    result: Result<(u64, Vec<Money>), Problem>,
) -> Vec<Effect> {
    let next = model.ticket();
    let Some(data) = open_data(model) else {
        return Vec::new();
    };
    let Some(bar) = &mut data.bar else {
        return Vec::new();
    };
    if let Some((_, text)) = bar.counting.take_if(|(asked, _)| *asked == ticket) {
        // An unknown column is reported when the filter is applied.
        bar.count = result.ok();
        bar.counted = Some(text);
    }
    count(data, next).into_iter().collect()
}

/// Passes the values of a key to the picker, the branch or the bar that asked for them.
pub(super) fn values(
    model: &mut Model,
    ticket: Ticket,
    result: Result<Table, Problem>,
) -> Vec<Effect> {
    let Some(result) = super::pick::facets(model, ticket, result) else {
        return Vec::new();
    };
    let Open::Data(data) = &mut model.table.open else {
        return Vec::new();
    };
    let growing = data
        .branches
        .asked
        .as_ref()
        .is_some_and(|(asked, _)| *asked == ticket);
    let Some(result) = data.take_branch(ticket, result) else {
        let mut effects = super::data::catch_up(model);
        effects.extend(table::ask_if_needed(model));
        return effects;
    };
    if let (true, Err(problem)) = (growing, &result) {
        data.waiting.clear();
        model.talk = Talk::error(problem.text.clone());
        return Vec::new();
    }
    let Some(key) = data.offers.asked(ticket) else {
        return Vec::new();
    };
    let groups = match result.map(|table| table.body) {
        Ok(Body::Groups { groups, .. }) => Some(groups.into_iter()),
        _ => None,
    };
    let answered = groups.is_some();
    let values = groups.map(|groups| groups.filter_map(|group| group.keys.into_iter().next()?));
    data.offers.answer(key, values);
    if !answered {
        return Vec::new();
    }
    if let Some(bar) = &mut data.bar {
        let _ = bar.suggest(&data.offers, &model.table.history);
    }
    Vec::new()
}

/// Asks for the notes on a filtered answer, once for each filter.
pub(super) fn ask_notes(model: &mut Model) -> Option<Effect> {
    let Open::Data(data) = &mut model.table.open else {
        return None;
    };
    let rows = data.fresh()?.table.rows;
    let filter = data.step().filter.clone();
    if data.noted == filter {
        return None;
    }
    data.noted.clone_from(&filter);
    Some(Effect::FilterNotes {
        data: data.loaded.opened.data.clone(),
        filter: filter?,
        rows,
    })
}

/// Shows the notes on a filter, if it is still the current one.
pub(super) fn noted(model: &mut Model, filter: &Filter, notes: &[String]) -> Vec<Effect> {
    let Open::Data(data) = &model.table.open else {
        return Vec::new();
    };
    if data.step().filter.as_ref() == Some(filter) && !notes.is_empty() {
        model.talk = Talk::hint(notes.join("; "));
    }
    Vec::new()
}
