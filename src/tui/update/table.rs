//! Handles the ledger list and opens data.

use super::{answer, compare, data, detail, filter, views};
use crate::domain::metric::Metric;
use crate::domain::period::DateRange;
use crate::domain::table::Table;
use crate::ops::Entry;
use crate::ops::explore::quality_report;
use crate::tui::action::{Action, View};
use crate::tui::effect::Effect;
use crate::tui::message::{Loaded, Problem, Reading, Ticket};
use crate::tui::model::{Model, Talk};
use crate::tui::screen::ledger;
use crate::tui::screen::ledger::Listing;
use crate::tui::screen::table::explorer::Explorer;
use crate::tui::screen::table::{Changing, Open};

/// Reads the ledger.
pub(super) fn read_ledger(model: &mut Model) -> Effect {
    let ticket = model.ticket();
    model.table.ledger.asked = Some(ticket);
    Effect::ListLedger(ticket)
}

pub(super) fn ledger_read(
    model: &mut Model,
    ticket: Ticket,
    result: Result<Vec<Entry>, Problem>,
) -> Vec<Effect> {
    if model.table.ledger.asked != Some(ticket) {
        return Vec::new();
    }
    model.table.ledger.listing = match result {
        Ok(entries) => Listing::Found(entries),
        Err(problem) => Listing::Failed(problem),
    };
    let (count, height) = (model.table.ledger.entries().len(), model.list_height());
    model.table.ledger.cursor.keep(count, height);
    Vec::new()
}

/// Opens sources as one table and shows it.
pub(super) fn open(
    model: &mut Model,
    sources: Vec<String>,
    name: String,
    wanted: Option<DateRange>,
) -> Vec<Effect> {
    open_changed(model, sources, name, wanted, None)
}

/// Opens sources; with `change`, compares two periods of them once they are open.
pub(super) fn open_changed(
    model: &mut Model,
    sources: Vec<String>,
    name: String,
    wanted: Option<DateRange>,
    change: Option<Box<Changing>>,
) -> Vec<Effect> {
    let left = views::remember(model);
    let ticket = model.ticket();
    model.table.open = Open::Opening {
        ticket,
        name,
        wanted,
        peek: None,
        reading: None,
        change,
    };
    model.view = View::Table;
    let open = Effect::Open { ticket, sources };
    left.into_iter().chain([open]).collect()
}

pub(super) fn opened(
    model: &mut Model,
    ticket: Ticket,
    result: Result<Box<Loaded>, Problem>,
) -> Vec<Effect> {
    let Open::Opening {
        ticket: asked,
        name,
        wanted,
        change,
        ..
    } = &model.table.open
    else {
        return Vec::new();
    };
    if *asked != ticket {
        return Vec::new();
    }
    let (name, wanted, change) = (name.clone(), *wanted, change.clone());
    match result {
        Ok(loaded) => {
            let title = title_of(&name, &loaded);
            let missing = wanted
                .map(|range| ledger::missing(&loaded.opened.entries, range))
                .unwrap_or_default();
            let mut data = Explorer::new(*loaded, title, missing);
            if let Some(changing) = change {
                // The previous view continues, now with both periods.
                let _ = data.look_as(&changing.view);
                data.started = data.first().saved();
                data.step_mut().reshape(None, Some(changing.periods));
            } else if let Some(told) = views::resume(&mut data, &model.table.left) {
                model.talk = Talk::hint(told);
            }
            model.table.open = Open::Data(Box::new(data));
        }
        Err(problem) => {
            model.table.open = Open::Nothing;
            model.talk = Talk::error(problem.text);
        }
    }
    ask_if_needed(model)
}

/// Compares sources that were to be one table but are the two sides of a pair.
pub(super) fn sides(
    model: &mut Model,
    ticket: Ticket,
    actual: Vec<String>,
    amortized: Vec<String>,
) -> Vec<Effect> {
    let Open::Opening {
        ticket: asked,
        name,
        ..
    } = &model.table.open
    else {
        return Vec::new();
    };
    if *asked != ticket {
        return Vec::new();
    }
    let name = name.clone();
    model.table.open = Open::Nothing;
    compare::open_pair(model, actual, amortized, name, None)
}

/// Shows the first rows of the data that is being opened.
pub(super) fn peeked(model: &mut Model, ticket: Ticket, table: Box<Table>) -> Vec<Effect> {
    if let Open::Opening {
        ticket: asked,
        peek,
        ..
    } = &mut model.table.open
        && *asked == ticket
    {
        *peek = Some(table);
    }
    Vec::new()
}

/// Updates the progress of the data that is being opened.
pub(super) fn reading(model: &mut Model, ticket: Ticket, now: Reading) -> Vec<Effect> {
    if let Open::Opening {
        ticket: asked,
        reading,
        ..
    } = &mut model.table.open
        && *asked == ticket
    {
        *reading = Some(now);
    }
    Vec::new()
}

/// The title of open data: its name, metric and days.
pub(super) fn title_of(name: &str, loaded: &Loaded) -> String {
    let metric = loaded.opened.data.metric().map_or("", Metric::word);
    let ranges: Vec<DateRange> = loaded
        .opened
        .entries
        .iter()
        .filter_map(|entry| entry.request.range())
        .collect();
    let entries = loaded.opened.entries.iter();
    let mut named: Vec<String> = entries
        .filter_map(|entry| entry.request.period.name())
        .collect();
    named.dedup();
    let days = match (
        ranges.iter().map(|r| r.from).min(),
        ranges.iter().map(|r| r.to).max(),
    ) {
        (Some(from), Some(to)) => DateRange { from, to }.to_string(),
        _ => named.join(", "),
    };
    let parts = [name, metric, &days];
    parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" · ")
}

/// Asks for the lines on the screen, unless they are fetched or requested.
pub(super) fn ask_if_needed(model: &mut Model) -> Vec<Effect> {
    let height = model.list_height();
    let Open::Data(data) = &model.table.open else {
        return Vec::new();
    };
    // A query that failed or was stopped is not rerun automatically.
    let settled = data.asked.is_some() || data.problem.is_some() || data.stopped;
    if data.needs_query(height) {
        return if settled { Vec::new() } else { ask(model) };
    }
    data::ask_days(model)
}

/// Runs the query of the current step. Answers to older queries are then ignored.
pub(super) fn ask(model: &mut Model) -> Vec<Effect> {
    let ticket = model.ticket();
    let Open::Data(data) = &mut model.table.open else {
        return Vec::new();
    };
    let query = data.query();
    data.asked = Some((ticket, query.offset));
    data.problem = None;
    data.stopped = false;
    vec![Effect::Show {
        ticket,
        data: data.loaded.opened.data.clone(),
        query: Box::new(query),
    }]
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match &model.table.open {
        Open::Data(data) if data.question.is_some() => answer::act_on_bar(model, action),
        Open::Data(data) if data.bar.is_some() => filter::act(model, action),
        Open::Data(data) if data.answer.is_some() => answer::act(model, action),
        Open::Data(_) => data::act(model, action),
        Open::Opening { .. } if matches!(action, Action::Back | Action::Quit) => {
            model.table.open = Open::Nothing;
            model.talk = Talk::hint("stopped; nothing was kept");
            vec![Effect::StopOpening, read_ledger(model)]
        }
        // The screen does not show the ledger.
        Open::Opening { .. } => Vec::new(),
        Open::Nothing => act_on_ledger(model, action),
    }
}

fn act_on_ledger(model: &mut Model, action: Action) -> Vec<Effect> {
    let height = model.list_height();
    if let Some(step) = super::step_of(action) {
        model.table.ledger.go(step, height);
        return Vec::new();
    }
    let selected = model.table.ledger.selected().cloned();
    match (action, selected) {
        (Action::Refresh, _) => vec![read_ledger(model)],
        (Action::Enter, Some(entry)) => {
            let name = scope_name(model, &entry);
            open(
                model,
                vec![entry.key.as_str().to_owned()],
                name,
                entry.request.range(),
            )
        }
        (Action::AllMonths, Some(entry)) => {
            let months = model.table.ledger.months_of(&entry);
            let ranges: Vec<DateRange> = months
                .iter()
                .filter_map(|month| month.request.range())
                .collect();
            let wanted = ranges
                .first()
                .zip(ranges.last())
                .map(|(first, last)| DateRange {
                    from: first.from,
                    to: last.to,
                });
            let keys = months
                .iter()
                .map(|month| month.key.as_str().to_owned())
                .collect();
            let name = scope_name(model, &entry);
            let parts = model.table.ledger.parts_beside(&entry).join(", ");
            let effects = open(model, keys, name, wanted);
            if !parts.is_empty() {
                model.talk = Talk::hint(format!("left out, since they are other parts: {parts}"));
            }
            effects
        }
        (Action::Detail, Some(entry)) => {
            detail::show_page(
                model,
                "The report in full",
                quality_report::entry_lines(&entry),
            );
            Vec::new()
        }
        (Action::Compare, Some(entry)) => compare::sides::compare(model, vec![entry], None),
        _ => Vec::new(),
    }
}

/// The name of a report's scope, or the end of its id if the tree does not have it.
pub(super) fn scope_name(model: &Model, entry: &Entry) -> String {
    let id = &entry.request.scope;
    let known = model.scopes.all().iter().find(|scope| scope.id == *id);
    known.map_or_else(|| id.tail().to_owned(), |scope| scope.name.clone())
}
