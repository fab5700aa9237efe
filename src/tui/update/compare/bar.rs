//! Handles the filter bar of a comparison. It completes values of both sides.

use super::ask_compare;
use crate::domain::analysis::comparison::Comparison;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::key::Key;
use crate::tui::message::{Problem, Ticket};
use crate::tui::model::Model;
use crate::tui::screen::compare::{CompareScreen, Pair};
use crate::tui::screen::table::bar::FilterBar;
use crate::tui::screen::table::bar::Offer;
use crate::tui::update::filter::{OFFERED, remember};

fn pair_of(model: &mut Model) -> Option<&mut Pair> {
    match &mut model.compare {
        CompareScreen::Pair(pair) => Some(pair),
        _ => None,
    }
}

/// Opens the bar with the filter of the step.
pub(super) fn begin(model: &mut Model) -> Vec<Effect> {
    if let Some(pair) = pair_of(model) {
        pair.bar = Some(FilterBar::behind(pair.step().filter.as_ref()));
    }
    changed(model)
}

/// Handles a key typed into the bar.
pub(in crate::tui::update) fn typed(model: &mut Model, key: Key) -> Vec<Effect> {
    if let Some(bar) = pair_of(model).and_then(|pair| pair.bar.as_mut()) {
        bar.field.key(key);
        bar.wrong = None;
    }
    changed(model)
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some(pair) = pair_of(model) else {
        return Vec::new();
    };
    match (action, &mut pair.bar) {
        (Action::Close, _) => pair.bar = None,
        (Action::Up | Action::Down, Some(bar)) => bar.pick(action == Action::Down),
        (Action::NextField, Some(bar)) => {
            let taken = bar.complete();
            bar.wrong.take_if(|_| taken);
            return changed(model);
        }
        (Action::Enter, Some(bar)) => {
            let text = bar.field.text().trim().to_owned();
            if let Some(filter) = bar.read() {
                pair.bar = None;
                pair.set_filter(filter);
                remember(&mut model.table.history, text);
                return ask_compare(model);
            }
        }
        _ => {}
    }
    Vec::new()
}

/// Updates the suggestions after a change of the text.
fn changed(model: &mut Model) -> Vec<Effect> {
    let ticket = model.ticket();
    let CompareScreen::Pair(pair) = &mut model.compare else {
        return Vec::new();
    };
    let Some(bar) = &mut pair.bar else {
        return Vec::new();
    };
    let Some(key) = bar.suggest(&pair.offers, &model.table.history) else {
        return Vec::new();
    };
    let asked = Offer::Asked(ticket);
    pair.offers.values.insert(key.clone(), asked);
    vec![Effect::PairValues {
        ticket,
        actual: pair.actual.opened.data.clone(),
        amortized: pair.amortized.opened.data.clone(),
        key,
        most: OFFERED,
    }]
}

/// Stores the values of a key.
pub(in crate::tui::update) fn values(
    model: &mut Model,
    ticket: Ticket,
    result: Result<Comparison, Problem>,
) -> Vec<Effect> {
    let CompareScreen::Pair(pair) = &mut model.compare else {
        return Vec::new();
    };
    let Some(key) = pair.offers.asked(ticket) else {
        return Vec::new();
    };
    let answered = result.is_ok();
    let groups = result.ok().map(|compared| compared.groups.into_iter());
    let values = groups.map(|groups| groups.filter_map(|group| group.keys.into_iter().next()?));
    pair.offers.answer(key, values);
    if !answered {
        return Vec::new();
    }
    if let Some(bar) = &mut pair.bar {
        let _ = bar.suggest(&pair.offers, &model.table.history);
    }
    Vec::new()
}
