//! Searches all levels of a table, and goes to a group that was found.

use super::ask::ask;
use crate::domain::table::level_hits::LevelHits;
use crate::ops::explore::levels::Searched;
use crate::tui::effect::Effect;
use crate::tui::shell::Shell;
use crate::tui::state::level_hits::{Hits, hit};
use crate::tui::ticket::{Problem, Ticket};
use crate::tui::views::table::state::{Open, TableScreen};

/// Searches a typed text in all levels; an empty one is the last one again.
pub(crate) fn begin(screen: &mut TableScreen, shell: &mut Shell, text: &str) -> Vec<Effect> {
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    let typed = text.trim();
    let text = if typed.is_empty() {
        data.search.last.clone()
    } else {
        typed.to_owned()
    };
    if text.is_empty() {
        return shell.refuse("type a text first; it is searched in the groups of all levels");
    }
    let levels = data.searched_levels();
    let Some(levels) = levels.filter(|_| data.answer.is_none()) else {
        let why = "only groups have levels: these are rows, or the answer to a statement";
        return shell.refuse(why);
    };
    data.search.begin(&text);
    let set = data.loaded.opened.data.clone();
    let searched = match data.step().change {
        Some(periods) => Searched::Periods(set, periods),
        None => Searched::Costs(set),
    };
    shell.search_levels(searched, data.step().filter.clone(), levels, &text)
}

/// Fills the list that waits for the groups.
pub(crate) fn found(
    screen: &TableScreen,
    shell: &mut Shell,
    ticket: Ticket,
    result: Result<Vec<LevelHits>, Problem>,
) -> Vec<Effect> {
    let (text, two) = match &screen.open {
        Open::Data(data) => (data.search.text.as_str(), data.step().change.is_some()),
        Open::Nothing | Open::Opening { .. } => ("", false),
    };
    shell.found_in_levels(ticket, (text, "⟦table.filter⟧", two), result);
    Vec::new()
}

/// Goes to the picked group.
pub(super) fn picked(
    screen: &mut TableScreen,
    shell: &mut Shell,
    hits: &Hits,
    name: &str,
) -> Vec<Effect> {
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    let Some((path, group)) = hit(hits, name) else {
        return Vec::new();
    };
    let mut currencies = hits.iter().map(|(_, hit)| &hit.cost.currency);
    let has_currency = currencies.any(Option::is_some);
    data.enter_hit(path, group, has_currency);
    ask(screen, shell)
}
