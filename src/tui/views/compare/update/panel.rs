//! Asks for the facts of the group under the cursor, if a panel shows them.

use crate::domain::analysis::pair_facts::PairFacts;
use crate::domain::query::group_key::GroupKey;
use crate::tui::action::View;
use crate::tui::effect::Effect;
use crate::tui::question::PairQuestion;
use crate::tui::shell::Shell;
use crate::tui::ticket::{Problem, Ticket};
use crate::tui::views::compare::state::CompareScreen;

/// Asks for the facts of the group under the cursor, if these are needed. A newer question stops an older one.
pub(crate) fn ask_if_needed(screen: &mut CompareScreen, shell: &mut Shell) -> Vec<Effect> {
    let CompareScreen::Pair(pair) = screen else {
        return Vec::new();
    };
    if shell.view != View::Compare || pair.panel_width(shell).is_none() {
        return Vec::new();
    }
    let (Some(id), Some(group)) = (pair.factless(), pair.selected()) else {
        return Vec::new();
    };
    let question = PairQuestion::Facts {
        sides: pair.sides(),
        filter: pair.inside(group),
        keys: GroupKey::of_parts(&pair.step().group_by, &pair.actual.tag_keys),
    };
    let (ticket, effect) = shell.ask(question);
    pair.facts.asked = Some((ticket, id));
    vec![effect]
}

/// Stores the facts of a group.
pub(crate) fn found(
    screen: &mut CompareScreen,
    ticket: Ticket,
    result: Result<PairFacts, Problem>,
) -> Vec<Effect> {
    if let CompareScreen::Pair(pair) = screen {
        pair.take_facts(ticket, result);
    }
    Vec::new()
}
