//! Handles the compare screen: opening both sides, drilldown, detail pages and copies.

pub(super) mod bar;
pub mod sides;

use super::detail::show_page;
use super::overlay;
use super::table::title_of;
use crate::domain::analysis::comparison::{Comparison, SortBy};
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::GroupKey;
use crate::ops::compare::pair;
use crate::tui::action::{Action, View};
use crate::tui::effect::Effect;
use crate::tui::message::{Loaded, Problem, Ticket};
use crate::tui::model::{Model, Overlay, Purpose, Talk};
use crate::tui::part::cursor::Cursor;
use crate::tui::part::picker::{Choice, Picker};
use crate::tui::screen::bridge::{causes, name};
use crate::tui::screen::compare::{CompareScreen, NO_GROUP, Pair, View as PairView};
use crate::tui::screen::table::explorer::Explorer;

/// Stores an answer. After an error the keys typed ahead are discarded.
pub(super) fn compared(
    model: &mut Model,
    ticket: Ticket,
    result: Result<Comparison, Problem>,
) -> Vec<Effect> {
    let height = model.list_height();
    let CompareScreen::Pair(pair) = &mut model.compare else {
        return Vec::new();
    };
    pair.answered(ticket, result, height);
    // Keys typed ahead were meant for an answer.
    if pair.problem.is_some() || pair.bar.as_ref().is_some_and(|bar| bar.wrong.is_some()) {
        model.held.clear();
    }
    Vec::new()
}

/// Opens both sides of a comparison and shows it.
pub(super) fn open_pair(
    model: &mut Model,
    actual: Vec<String>,
    amortized: Vec<String>,
    title: String,
    view: Option<PairView>,
) -> Vec<Effect> {
    let ticket = model.ticket();
    model.compare = CompareScreen::Opening {
        ticket,
        title,
        view,
    };
    model.view = View::Compare;
    // The message belongs to the previous screen.
    model.talk = Talk::Silent;
    vec![Effect::OpenPair {
        ticket,
        actual,
        amortized,
        today: model.today(),
    }]
}

pub(super) fn opened_pair(
    model: &mut Model,
    ticket: Ticket,
    result: Result<Box<(Loaded, Loaded, Vec<String>)>, Problem>,
) -> Vec<Effect> {
    let CompareScreen::Opening {
        ticket: asked,
        title,
        view,
    } = &mut model.compare
    else {
        return Vec::new();
    };
    if *asked != ticket {
        return Vec::new();
    }
    let (title, view) = (title.clone(), view.take());
    match result {
        Ok(pair) => {
            let (actual, amortized, notes) = *pair;
            let title = title_of(&title, &actual).replace(" · actual", "");
            let mut pair = Pair::new(actual, amortized, title, notes);
            if let Some(view) = view {
                pair.begin(view);
            }
            model.compare = CompareScreen::Pair(Box::new(pair));
            ask_compare(model)
        }
        Err(problem) => {
            model.compare = CompareScreen::Nothing;
            model.held.clear();
            model.talk = Talk::error(problem.text);
            Vec::new()
        }
    }
}

/// Runs the comparison of the current step.
pub(super) fn ask_compare(model: &mut Model) -> Vec<Effect> {
    let (ticket, why) = (model.ticket(), model.ticket());
    let CompareScreen::Pair(pair) = &mut model.compare else {
        return Vec::new();
    };
    pair.asked = Some(ticket);
    pair.asked_why = Some(why);
    pair.problem = None;
    let filter = pair.step().filter.clone();
    vec![
        Effect::Compare {
            ticket,
            actual: pair.actual.opened.data.clone(),
            amortized: pair.amortized.opened.data.clone(),
            group_by: pair.step().group_by.clone(),
            filter: filter.clone(),
        },
        Effect::Explain {
            ticket: why,
            actual: Box::new(pair.actual.opened.clone()),
            amortized: Box::new(pair.amortized.opened.clone()),
            filter,
        },
    ]
}

/// Stores the rows without a counterpart, or shows the page that waits for them.
pub(super) fn explained(
    model: &mut Model,
    ticket: Ticket,
    result: Result<pair::Why, Problem>,
) -> Vec<Effect> {
    let CompareScreen::Pair(pair) = &mut model.compare else {
        return Vec::new();
    };
    if let Some((_, title, mut lines)) = pair.page.take_if(|(asked, _, _)| *asked == ticket) {
        lines.push(String::new());
        match result {
            Ok(why) if pair::same_usage(&why) => {
                lines.push("every row has a counterpart on the other side".to_owned());
            }
            Ok(why) => lines.extend(pair::why_words(&why)),
            Err(problem) => lines.push(problem.text),
        }
        show_page(model, &title, lines);
        return Vec::new();
    }
    if pair.asked_why.take_if(|asked| *asked == ticket).is_some() {
        pair.why = result.ok();
        return Vec::new();
    }
    Vec::new()
}

/// Asks for the notes on a pair that is already open.
pub(super) fn ask_notes(model: &mut Model) -> Vec<Effect> {
    let (ticket, today) = (model.ticket(), model.today());
    let CompareScreen::Pair(pair) = &mut model.compare else {
        return Vec::new();
    };
    pair.asked_notes = Some(ticket);
    vec![Effect::PairNotes {
        ticket,
        actual: Box::new(pair.actual.opened.clone()),
        amortized: Box::new(pair.amortized.opened.clone()),
        today,
    }]
}

/// Stores the notes on the pair.
pub(super) fn noted(model: &mut Model, ticket: Ticket, notes: Vec<String>) -> Vec<Effect> {
    if let CompareScreen::Pair(pair) = &mut model.compare
        && pair.asked_notes.take_if(|asked| *asked == ticket).is_some()
    {
        pair.notes = notes;
    }
    Vec::new()
}

/// The pair of data that has both costs.
pub(super) fn pair_by_itself(data: &Explorer) -> Option<Pair> {
    let mut other = data.loaded.clone();
    other.opened.data = data.loaded.opened.data.amortized_side()?;
    let title = data.title.replace(" · actual", "");
    let mut pair = Pair::new(data.loaded.clone(), other, title, Vec::new());
    pair.begin(view_of(data));
    Some(pair)
}

/// The filter and groups of a table. Ungrouped rows are compared by resource group.
pub(super) fn view_of(data: &Explorer) -> PairView {
    let step = data.step();
    let mut keys = step.group_by.clone();
    if keys.is_empty() {
        keys.push(GroupKey::Role(Role::ResourceGroup));
    }
    (step.filter.clone(), keys)
}

pub(super) fn act_on_compare(model: &mut Model, action: Action) -> Vec<Effect> {
    let height = model.list_height();
    let leaves = matches!(action, Action::Back | Action::Quit);
    let pair = match &mut model.compare {
        CompareScreen::Pair(pair) => pair,
        _ if leaves => {
            model.view = View::Table;
            return Vec::new();
        }
        _ => return Vec::new(),
    };
    if pair.bar.is_some() {
        return bar::act(model, action);
    }
    // Any other action cancels the pending page.
    pair.page = None;
    if let Some(step) = super::step_of(action) {
        pair.go(step, height);
        return Vec::new();
    }
    match action {
        Action::Enter => match pair.enter() {
            Ok(()) => return ask_compare(model),
            Err(why) => model.talk = Talk::error(why),
        },
        Action::Back | Action::Quit => {
            if pair.back() {
                return ask_compare(model);
            }
            model.view = View::Table;
        }
        Action::Filter => return bar::begin(model),
        Action::GroupBy => {
            let headers = pair.actual.opened.data.headers();
            let tags = &pair.actual.tag_keys;
            let picker = overlay::group_picker(headers, tags, &pair.step().group_by);
            let purpose = Purpose::GroupCompare;
            model.overlay = Overlay::Picker { picker, purpose };
        }
        Action::SortBy => {
            let choices = SortBy::ALL.map(|(word, _)| Choice::new(word, ""));
            let picker = Picker::new("Sort by", choices.into(), Vec::new(), false);
            let purpose = Purpose::SortCompare;
            model.overlay = Overlay::Picker { picker, purpose };
        }
        action => return tell(model, action),
    }
    Vec::new()
}

/// Handles detail pages and copies.
fn tell(model: &mut Model, action: Action) -> Vec<Effect> {
    let ticket = model.ticket();
    let CompareScreen::Pair(pair) = &mut model.compare else {
        return Vec::new();
    };
    match action {
        Action::Detail => {
            let Some(delta) = pair.selected() else {
                model.talk = Talk::error(NO_GROUP.to_owned());
                return Vec::new();
            };
            let (lines, filter) = (causes(delta), pair.inside(delta));
            pair.page = Some((ticket, name(delta), lines));
            return vec![Effect::Explain {
                ticket,
                actual: Box::new(pair.actual.opened.clone()),
                amortized: Box::new(pair.amortized.opened.clone()),
                filter,
            }];
        }
        Action::Trust => {
            let (one, other) = (&pair.actual.opened, &pair.amortized.opened);
            let both = [one, other];
            // A source with both costs is on both sides, but is listed once.
            let sides = if one.names == other.names {
                both.get(..1).unwrap_or_default()
            } else {
                &both
            };
            let notes = pair.noted();
            let mut page = overlay::trust(sides);
            if let Overlay::Problem { lines, copy, .. } = &mut page {
                lines.splice(0..0, notes.into_iter().chain([String::new()]));
                *copy = lines.join("\n");
            }
            model.overlay = page;
        }
        Action::Commitments => {
            model.detail = Some(ticket);
            model.talk = Talk::hint("adding up the commitments …");
            return vec![Effect::Commitments {
                ticket,
                actual: Box::new(pair.actual.opened.clone()),
                amortized: Box::new(pair.amortized.opened.clone()),
                filter: pair.step().filter.clone(),
            }];
        }
        Action::CopyCommand => {
            let text = pair.command(model.data_dir.as_deref());
            return super::copy::copied(model, &text);
        }
        Action::Copy => {
            let text = pair.tsv();
            return super::copy::copied(model, &text);
        }
        _ => {}
    }
    Vec::new()
}

/// Shows the commitments: lines to show, and exact lines to copy.
pub(super) fn committed(
    model: &mut Model,
    ticket: Ticket,
    result: Result<(Vec<String>, Vec<String>), Problem>,
) -> Vec<Effect> {
    if model.detail.take_if(|asked| *asked == ticket).is_none() {
        return Vec::new();
    }
    match result {
        Ok((lines, exact)) => {
            model.talk = Talk::Silent;
            let printed = match &model.compare {
                CompareScreen::Pair(pair) => {
                    Some(pair.commitments_command(model.data_dir.as_deref()))
                }
                _ => None,
            };
            show_page(model, "Reservations and savings plans", lines);
            if let Overlay::Problem { copy, command, .. } = &mut model.overlay {
                *copy = exact.join("\n");
                *command = printed;
            }
        }
        Err(problem) => model.talk = Talk::error(problem.text),
    }
    Vec::new()
}

/// Sorts by the picked order.
pub(super) fn sorted(model: &mut Model, word: &str) -> Vec<Effect> {
    if let CompareScreen::Pair(pair) = &mut model.compare {
        let found = SortBy::ALL.iter().find(|(known, _)| *known == word);
        pair.order = found.map_or_else(SortBy::default, |(_, order)| *order);
        pair.sort();
        pair.step_mut().cursor = Cursor::default();
    }
    Vec::new()
}
