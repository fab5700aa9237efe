//! Runs the comparison of the current step.

use crate::domain::query::money_column::MoneyColumn;
use crate::tui::effect::Effect;
use crate::tui::question::PairQuestion;
use crate::tui::shell::Shell;
use crate::tui::views::compare::state::CompareScreen;
use crate::tui::views::compare::state::facts::FactsOfGroups;

/// Runs the comparison of the current step.
pub(crate) fn ask_compare(screen: &mut CompareScreen, shell: &mut Shell) -> Vec<Effect> {
    let (ticket, why) = (shell.ticket(), shell.ticket());
    let CompareScreen::Pair(pair) = screen else {
        return Vec::new();
    };
    pair.asked = Some(ticket);
    pair.asked_why = Some(why);
    pair.problem = None;
    pair.chart.forget();
    pair.facts = FactsOfGroups::default();
    let filter = pair.step().filter.clone();
    let compare = PairQuestion::Compare {
        actual: pair.actual.opened.data.clone(),
        amortized: pair.amortized.opened.data.clone(),
        group_by: pair.step().group_by.clone(),
        filter: filter.clone(),
        pivot: pair.pivot_key().cloned(),
    };
    let explain = PairQuestion::Explain {
        sides: pair.sides(),
        filter,
        page: false,
    };
    vec![
        shell.ask_under(ticket, compare),
        shell.ask_under(why, explain),
    ]
}

/// Asks for the notes on a pair that is already open.
pub(crate) fn ask_notes(screen: &mut CompareScreen, shell: &mut Shell) -> Vec<Effect> {
    let (ticket, today) = (shell.ticket(), shell.today());
    let CompareScreen::Pair(pair) = screen else {
        return Vec::new();
    };
    pair.asked_notes = Some(ticket);
    let sides = pair.sides();
    vec![shell.ask_under(ticket, PairQuestion::Notes { sides, today })]
}

/// Runs the comparison of the current step. If its money has changed from this one, the notes are asked for, too.
pub(super) fn ask_after(
    screen: &mut CompareScreen,
    shell: &mut Shell,
    was: MoneyColumn,
) -> Vec<Effect> {
    let switched = matches!(screen, CompareScreen::Pair(pair) if pair.money() != was);
    let mut effects = ask_compare(screen, shell);
    if switched {
        effects.extend(ask_notes(screen, shell));
    }
    effects
}
