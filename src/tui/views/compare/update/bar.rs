//! Handles the filter bar of a comparison. It completes values of both sides.

use super::ask::ask_compare;
use super::facets;
use crate::domain::analysis::comparison::Comparison;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::question::PairQuestion;
use crate::tui::shell::Shell;
use crate::tui::state::field::Typed;
use crate::tui::state::filter_bar::{FilterBar, OFFERED, Offer};
use crate::tui::ticket::{Problem, Ticket};
use crate::tui::views::compare::state::{CompareScreen, Pair};

fn pair_of(screen: &mut CompareScreen) -> Option<&mut Pair> {
    match screen {
        CompareScreen::Pair(pair) => Some(pair),
        CompareScreen::Nothing | CompareScreen::Opening { .. } => None,
    }
}

/// Opens the bar with the filter of the step.
pub(super) fn begin(screen: &mut CompareScreen, shell: &mut Shell) -> Vec<Effect> {
    if let Some(pair) = pair_of(screen) {
        pair.bar = Some(FilterBar::behind(pair.step().filter.as_ref()));
    }
    changed(screen, shell)
}

/// Handles a key or a text typed into the bar.
pub(crate) fn typed(
    screen: &mut CompareScreen,
    shell: &mut Shell,
    typed: Typed<'_>,
) -> Vec<Effect> {
    if let Some(bar) = pair_of(screen).and_then(|pair| pair.bar.as_mut()) {
        bar.field.typed(typed);
        bar.wrong = None;
    }
    changed(screen, shell)
}

pub(super) fn act(screen: &mut CompareScreen, shell: &mut Shell, action: Action) -> Vec<Effect> {
    let Some(pair) = pair_of(screen) else {
        return Vec::new();
    };
    match (action, &mut pair.bar) {
        (Action::Close, _) => pair.bar = None,
        (Action::Up | Action::Down, Some(bar)) => bar.pick(action == Action::Down),
        (Action::NextField, Some(bar)) => {
            let taken = bar.complete();
            bar.wrong.take_if(|_| taken);
            return changed(screen, shell);
        }
        (Action::Enter, Some(bar)) => {
            let text = bar.field.text().trim().to_owned();
            if let Some(filter) = bar.read() {
                pair.bar = None;
                pair.note();
                pair.set_filter(filter);
                shell.remember_filter(text);
                return ask_compare(screen, shell);
            }
        }
        _ => {}
    }
    Vec::new()
}

/// Updates the suggestions after a change of the text.
fn changed(screen: &mut CompareScreen, shell: &mut Shell) -> Vec<Effect> {
    let ticket = shell.ticket();
    let CompareScreen::Pair(pair) = screen else {
        return Vec::new();
    };
    let Some(bar) = &mut pair.bar else {
        return Vec::new();
    };
    let Some(key) = bar.suggest(&pair.offers, &shell.filters) else {
        return Vec::new();
    };
    let asked = Offer::Asked(ticket);
    pair.offers.values.insert(key.clone(), asked);
    let question = PairQuestion::Values {
        actual: pair.actual.opened.data.clone(),
        amortized: pair.amortized.opened.data.clone(),
        key,
        filter: None,
        most: OFFERED,
    };
    vec![shell.ask_under(ticket, question)]
}

/// Stores the values of a key.
pub(crate) fn values(
    screen: &mut CompareScreen,
    shell: &mut Shell,
    ticket: Ticket,
    result: Result<Comparison, Problem>,
) -> Vec<Effect> {
    let Some(result) = shell.fill_facets(ticket, result, facets::choices) else {
        return Vec::new();
    };
    let CompareScreen::Pair(pair) = screen else {
        return Vec::new();
    };
    let Some(key) = pair.offers.asked(ticket) else {
        return Vec::new();
    };
    let answered = result.is_ok();
    let groups = result.ok().map(|compared| compared.groups.into_iter());
    let values = groups.map(|groups| groups.filter_map(|group| group.keys.into_iter().next()?));
    pair.offers.answer(key, values);
    if answered && let Some(bar) = &mut pair.bar {
        let _ = bar.suggest(&pair.offers, &shell.filters);
    }
    Vec::new()
}
