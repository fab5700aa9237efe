//! The filter bar: typing, completing, counting.

use super::table;
use crate::domain::money::Money;
use crate::domain::query::filter::Filter;
use crate::domain::query::{GroupKey, Query};
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

/// Values that are offered.
pub(super) const OFFERED: usize = 500;
/// Filters that are remembered.
const HISTORY: usize = 50;

pub(super) fn open_data(model: &mut Model) -> Option<&mut Explorer> {
    match &mut model.table.open {
        Open::Data(data) => Some(data),
        _ => None,
    }
}

/// Opens the bar on the filter of the step.
pub(super) fn begin(model: &mut Model) -> Vec<Effect> {
    if let Some(data) = open_data(model) {
        data.bar = Some(FilterBar::behind(data.step().filter.as_ref()));
    }
    changed(model)
}

/// A key for the text.
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

/// Keeps what was typed, to be offered again.
pub(super) fn remember(history: &mut Vec<String>, text: String) {
    if text.is_empty() {
        return;
    }
    history.retain(|known| *known != text);
    history.insert(0, text);
    history.truncate(HISTORY);
}

/// The text is another one: what could come next, and how much it would keep.
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

/// The dearest values of a key.
pub(super) fn values_of(key: GroupKey) -> Query {
    Query {
        group_by: vec![key],
        limit: Some(OFFERED),
        ..Query::default()
    }
}

/// Asks how much the filter as typed keeps, where that is not known; one question at a time.
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

/// Takes a count; the text may be another one by now.
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
        // A column that is not there is told when the filter is applied.
        bar.count = result.ok();
        bar.counted = Some(text);
    }
    count(data, next).into_iter().collect()
}

/// Takes the values of a key, for whoever waits for them.
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

/// Asks what the reader of a filtered answer has to know, once for each filter.
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

/// Says what there is to know of the filter that is still looked through.
pub(super) fn noted(model: &mut Model, filter: &Filter, notes: &[String]) -> Vec<Effect> {
    let Open::Data(data) = &model.table.open else {
        return Vec::new();
    };
    if data.step().filter.as_ref() == Some(filter) && !notes.is_empty() {
        model.talk = Talk::hint(notes.join("; "));
    }
    Vec::new()
}
