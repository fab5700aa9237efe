//! Handles the chart of both sides by day.

use crate::domain::table::Series;
use crate::tui::effect::Effect;
use crate::tui::question::PairQuestion;
use crate::tui::shell::Shell;
use crate::tui::ticket::{Problem, Ticket};
use crate::tui::views::compare::state::chart::PairDays;
use crate::tui::views::compare::state::{CompareScreen, Pair};

/// Shows the next picture: the bridge, the days of both sides, or their running totals.
pub(super) fn next(pair: &mut Pair, shell: &mut Shell) -> Vec<Effect> {
    pair.chart.picture = pair.chart.picture.next();
    ask(pair, shell)
}

/// Asks for the days if the chart needs them.
pub(super) fn ask(pair: &mut Pair, shell: &mut Shell) -> Vec<Effect> {
    let pending = pair.asked.is_some() || pair.compared.is_none();
    if pending || !pair.chart.needs_days() {
        return Vec::new();
    }
    let currencies = pair.currencies().iter();
    let currencies = currencies.map(|total| total.currency.clone()).collect();
    let ticket = shell.ticket();
    pair.chart.asked = Some(ticket);
    let question = PairQuestion::Days {
        sides: pair.sides(),
        filter: pair.step().filter.clone(),
        currencies,
    };
    vec![shell.ask_under(ticket, question)]
}

/// Stores the days of both sides. After an error there is no chart; the groups still show the numbers.
pub(crate) fn days(
    screen: &mut CompareScreen,
    ticket: Ticket,
    result: Result<[Series; 2], Problem>,
) -> Vec<Effect> {
    if let CompareScreen::Pair(pair) = screen
        && pair.chart.asked.take_if(|asked| *asked == ticket).is_some()
    {
        let sides = result.ok();
        pair.chart.days = Some(sides.map(|sides| PairDays::of(&sides)).unwrap_or_default());
    }
    Vec::new()
}
