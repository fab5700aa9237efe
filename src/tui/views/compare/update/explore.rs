//! Handles columns, orders, searches, kept and dropped values, undo, and the way to one side as a table.

use super::ask::{ask_after, ask_compare};
use super::{chart, facets};
use crate::domain::query::Query;
use crate::domain::table::level_hits::LevelHits;
use crate::ops::explore::levels::Searched;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::said::Said;
use crate::tui::shell::Shell;
use crate::tui::shell::overlay::{Overlay, PromptKind};
use crate::tui::shell::request::Request;
use crate::tui::shell::status::StatusLine;
use crate::tui::state::direction;
use crate::tui::state::field::TextField;
use crate::tui::state::level_hits::{Hits, hit};
use crate::tui::ticket::{Problem, Ticket};
use crate::tui::views::compare::state::{CompareScreen, Pair};

/// Handles an action; `None` if it is another one.
pub(super) fn act(
    screen: &mut CompareScreen,
    shell: &mut Shell,
    action: Action,
) -> Option<Vec<Effect>> {
    let CompareScreen::Pair(pair) = screen else {
        return None;
    };
    let done = match action {
        Action::Left | Action::Right => {
            pair.sideways(action == Action::Right);
            Vec::new()
        }
        Action::SortUp | Action::SortDown => {
            let up = action == Action::SortUp;
            let name = pair.sort_here(up);
            let by_size = pair.order.by.is_by_size() && pair.cell_order().is_none();
            let way = direction::words_of(up, by_size);
            let told = format!("sorted by {name} {way}");
            let told = Said::of_column(told, pair.names_value_here());
            shell.status = StatusLine::hint(told);
            Vec::new()
        }
        Action::Keep | Action::Drop => match pair.keep_or_drop(action == Action::Keep) {
            Ok(()) => ask_compare(screen, shell),
            Err(why) => shell.refuse(why),
        },
        Action::HideColumn => {
            shell.status = match pair.hide_column() {
                Ok(name) => StatusLine::hint(Said::open(format!(
                    "{name} is hidden; ⟦compare.columns⟧ shows it again, ⟦compare.undo⟧ undoes"
                ))),
                Err(why) => StatusLine::error(why),
            };
            Vec::new()
        }
        Action::Undo | Action::Redo => {
            let back = action == Action::Undo;
            if !pair.can_travel(back) {
                return Some(shell.refuse(if back {
                    "nothing to undo"
                } else {
                    "nothing to redo"
                }));
            }
            let money = pair.money();
            pair.time_travel(back);
            ask_after(screen, shell, money)
        }
        Action::Chart => chart::next(pair, shell),
        Action::Facets => facets::open(pair, shell),
        Action::Search => {
            shell.overlay = prompt(pair);
            Vec::new()
        }
        Action::NextMatch | Action::PreviousMatch => seek(pair, shell, action == Action::NextMatch),
        Action::OpenActual | Action::OpenAmortized => {
            open_side(pair, shell, action == Action::OpenAmortized)
        }
        _ => return None,
    };
    Some(done)
}

/// The prompt for the text to search.
fn prompt(pair: &Pair) -> Overlay {
    Overlay::Prompt {
        title: "Search".into(),
        hint: match pair.search.last.as_str() {
            "" => "text in the groups of this level. ⟦text.next-field⟧ searches all levels instead".into(),
            before => format!(
                "text in the groups of this level; ⟦text.enter⟧ searches `{before}` again. ⟦text.next-field⟧ searches all levels instead"
            )
            .into(),
        },
        field: TextField::default(),
        kind: PromptKind::SearchPair,
    }
}

/// Searches a typed text.
pub(crate) fn searched(screen: &mut CompareScreen, shell: &mut Shell, text: &str) -> Vec<Effect> {
    let CompareScreen::Pair(pair) = screen else {
        return Vec::new();
    };
    if pair.search.begin(text.trim()) {
        return seek(pair, shell, true);
    }
    Vec::new()
}

/// Searches a typed text in all levels; an empty one is the last one again.
pub(crate) fn search_levels(
    screen: &mut CompareScreen,
    shell: &mut Shell,
    text: &str,
) -> Vec<Effect> {
    let CompareScreen::Pair(pair) = screen else {
        return Vec::new();
    };
    if !pair.search.begin(text.trim()) {
        return shell.refuse("type a text first; it is searched in the groups of all levels");
    }
    let sides = [&pair.actual, &pair.amortized].map(|side| side.opened.data.clone());
    let step = pair.step();
    let levels = (step.group_by.clone(), step.levels.clone());
    let searched = Searched::Pair(Box::new(sides));
    shell.search_levels(searched, step.filter.clone(), levels, &pair.search.text)
}

/// Fills the list that waits for the groups of all levels.
pub(crate) fn found_in_levels(
    screen: &CompareScreen,
    shell: &mut Shell,
    ticket: Ticket,
    result: Result<Vec<LevelHits>, Problem>,
) -> Vec<Effect> {
    if let CompareScreen::Pair(pair) = screen {
        let said = (pair.search.text.as_str(), "⟦compare.filter⟧", true);
        shell.found_in_levels(ticket, said, result);
    }
    Vec::new()
}

/// Goes to a group that was found.
pub(crate) fn hit_picked(
    screen: &mut CompareScreen,
    shell: &mut Shell,
    hits: &Hits,
    name: &str,
) -> Vec<Effect> {
    let (CompareScreen::Pair(pair), Some((path, group))) = (&mut *screen, hit(hits, name)) else {
        return Vec::new();
    };
    let mut currencies = hits.iter().map(|(_, hit)| &hit.cost.currency);
    pair.enter_hit(path, group, currencies.any(Option::is_some));
    ask_compare(screen, shell)
}

/// Ends the search and removes its marks. Returns `false` if there is none.
pub(crate) fn clear_search(screen: &mut CompareScreen) -> bool {
    let CompareScreen::Pair(pair) = screen else {
        return false;
    };
    let searched = !pair.search.text.is_empty();
    pair.search.text.clear();
    searched
}

/// Moves the cursor to the next match.
fn seek(pair: &mut Pair, shell: &mut Shell, forward: bool) -> Vec<Effect> {
    if pair.search.text.is_empty() {
        return shell.refuse("no search text yet; ⟦compare.search⟧ searches");
    }
    let height = shell.list_height(pair.other_lines());
    let found = pair.seek(forward, height);
    let text = &pair.search.text;
    shell.status = match found {
        Some(line) => StatusLine::hint(format!(
            "`{text}` in line {line}; ⟦compare.next-match⟧: next"
        )),
        None => StatusLine::error(format!(
            "`{text}` not found in this level; ⟦compare.search⟧ ⟦text.next-field⟧ searches all levels"
        )),
    };
    Vec::new()
}

/// Opens one side as a table, with the filter and groups of the comparison.
pub(crate) fn open_side(pair: &Pair, shell: &mut Shell, amortized: bool) -> Vec<Effect> {
    let (side, name) = if amortized {
        (&pair.amortized, "amortized")
    } else {
        (&pair.actual, "actual")
    };
    let step = pair.step();
    let query = Query {
        filter: step.filter.clone(),
        group_by: step.group_by.clone(),
        ..Query::default()
    };
    let title = format!("{} · {name}", pair.title.in_clear()).into();
    let side = Box::new((side.clone(), title, query));
    shell.request(Request::OpenSide(side));
    Vec::new()
}
