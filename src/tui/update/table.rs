//! The ledger list, open data and comparisons.

use crate::domain::metric::Metric;
use crate::domain::period::DateRange;
use crate::domain::table::Table;
use crate::ops::Entry;
use crate::tui::action::{Action, View};
use crate::tui::effect::Effect;
use crate::tui::message::{Loaded, Problem, Reading, Ticket};
use crate::tui::model::{Model, Overlay, Purpose, Talk};
use crate::tui::screen::compare::{CompareScreen, Pair};
use crate::tui::screen::ledger::{self, Listing};
use crate::tui::screen::rows;
use crate::tui::screen::table::{Explorer, FilterBar, Open};
use crate::tui::update::overlay;

/// Reads what is stored.
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
    let ticket = model.ticket();
    model.table.open = Open::Opening {
        ticket,
        name,
        wanted,
        peek: None,
        reading: None,
    };
    model.view = View::Table;
    vec![Effect::Open { ticket, sources }]
}

/// Opens both sides of a comparison and shows it.
pub(super) fn open_pair(
    model: &mut Model,
    actual: Vec<String>,
    amortized: Vec<String>,
    title: String,
) -> Vec<Effect> {
    let ticket = model.ticket();
    model.compare = CompareScreen::Opening { ticket, title };
    model.view = View::Compare;
    vec![Effect::OpenPair {
        ticket,
        actual,
        amortized,
    }]
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
        ..
    } = &model.table.open
    else {
        return Vec::new();
    };
    if *asked != ticket {
        return Vec::new();
    }
    let (name, wanted) = (name.clone(), *wanted);
    match result {
        Ok(loaded) => {
            let title = title_of(&name, &loaded);
            let missing = wanted
                .map(|range| ledger::missing(&loaded.opened.entries, range))
                .unwrap_or_default();
            model.table.open = Open::Data(Box::new(Explorer::new(*loaded, title, missing)));
        }
        Err(problem) => {
            model.table.open = Open::Nothing;
            model.talk = Talk::Error(problem.text);
        }
    }
    ask_if_needed(model)
}

/// Takes the first rows of what is being opened.
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

/// Takes how far what is being opened was read.
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

/// Name, metric and days of what is open.
fn title_of(name: &str, loaded: &Loaded) -> String {
    let metric = loaded.opened.data.metric().map_or("", Metric::word);
    let ranges: Vec<DateRange> = loaded
        .opened
        .entries
        .iter()
        .filter_map(|entry| entry.request.range())
        .collect();
    let days = match (
        ranges.iter().map(|r| r.from).min(),
        ranges.iter().map(|r| r.to).max(),
    ) {
        (Some(from), Some(to)) => DateRange { from, to }.to_string(),
        _ => String::new(),
    };
    let parts = [name, metric, &days];
    parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" · ")
}

pub(super) fn opened_pair(
    model: &mut Model,
    ticket: Ticket,
    result: Result<Box<(Loaded, Loaded)>, Problem>,
) -> Vec<Effect> {
    let CompareScreen::Opening {
        ticket: asked,
        title,
    } = &model.compare
    else {
        return Vec::new();
    };
    if *asked != ticket {
        return Vec::new();
    }
    let title = title.clone();
    match result {
        Ok(pair) => {
            let title = title_of(&title, &pair.0).replace(" · actual", "");
            model.compare = CompareScreen::Pair(Box::new(Pair::new(pair.0, pair.1, title)));
            ask_compare(model)
        }
        Err(problem) => {
            model.compare = CompareScreen::Nothing;
            model.talk = Talk::Error(problem.text);
            Vec::new()
        }
    }
}

/// Asks for the lines on the screen, unless they are here or on their way.
pub(super) fn ask_if_needed(model: &mut Model) -> Vec<Effect> {
    let height = model.list_height();
    let Open::Data(data) = &model.table.open else {
        return Vec::new();
    };
    // A question that failed is not asked again by itself.
    if !data.needs_query(height) || data.asked.is_some() || data.problem.is_some() {
        return Vec::new();
    }
    ask(model)
}

/// Asks the question of the step we are at; an answer to an older one is no longer taken.
pub(super) fn ask(model: &mut Model) -> Vec<Effect> {
    let ticket = model.ticket();
    let Open::Data(data) = &mut model.table.open else {
        return Vec::new();
    };
    let query = data.query();
    data.asked = Some((ticket, query.offset));
    data.problem = None;
    vec![Effect::Show {
        ticket,
        data: data.loaded.opened.data.clone(),
        query: Box::new(query),
    }]
}

/// Asks for the comparison as it is set.
pub(super) fn ask_compare(model: &mut Model) -> Vec<Effect> {
    let ticket = model.ticket();
    let CompareScreen::Pair(pair) = &mut model.compare else {
        return Vec::new();
    };
    pair.asked = Some(ticket);
    vec![Effect::Compare {
        ticket,
        actual: pair.actual.opened.data.clone(),
        amortized: pair.amortized.opened.data.clone(),
        group_by: pair.group_by.clone(),
        filter: pair.filter.clone(),
    }]
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match &model.table.open {
        Open::Data(data) if data.bar.is_some() => act_on_bar(model, action),
        Open::Data(_) => act_on_data(model, action),
        Open::Opening { .. } if matches!(action, Action::Back | Action::Quit) => {
            model.table.open = Open::Nothing;
            model.talk = Talk::Hint("stopped: nothing of it was kept".to_owned());
            vec![Effect::StopOpening, read_ledger(model)]
        }
        // What stands on the screen is not the ledger.
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
            open(model, keys, name, wanted)
        }
        (Action::Compare, Some(entry)) => compare(model, vec![entry]),
        _ => Vec::new(),
    }
}

/// The name of a report's scope, where the tree knows it.
fn scope_name(model: &Model, entry: &Entry) -> String {
    let id = &entry.request.scope;
    let known = model.scopes.all().iter().find(|scope| scope.id == *id);
    known.map_or_else(|| id.tail().to_owned(), |scope| scope.name.clone())
}

/// Compares these reports with the same days of the other metric.
fn compare(model: &mut Model, entries: Vec<Entry>) -> Vec<Effect> {
    let partners = match model.partner_of(&entries) {
        Ok(partners) => partners,
        Err(why) => {
            model.talk = Talk::Error(why);
            return Vec::new();
        }
    };
    let name = entries
        .first()
        .map(|entry| scope_name(model, entry))
        .unwrap_or_default();
    let actual_first = entries
        .first()
        .is_none_or(|entry| entry.request.metric == Metric::Actual);
    let own: Vec<String> = entries
        .into_iter()
        .map(|entry| entry.key.as_str().to_owned())
        .collect();
    let (actual, amortized) = if actual_first {
        (own, partners)
    } else {
        (partners, own)
    };
    open_pair(model, actual, amortized, name)
}

fn act_on_data(model: &mut Model, action: Action) -> Vec<Effect> {
    let height = model.list_height();
    let Open::Data(data) = &mut model.table.open else {
        return Vec::new();
    };
    if let Some(step) = super::step_of(action) {
        data.go(step, height);
        return ask_if_needed(model);
    }
    match action {
        Action::Enter => match data.enter() {
            Ok(()) => return ask(model),
            Err(why) => model.talk = Talk::Error(why.to_owned()),
        },
        Action::Back => {
            if data.back() {
                return ask(model);
            }
            if data.is_at_root() {
                model.talk = Talk::Hint(
                    "this is the first step; q quits, 1 to 5 show the other screens".to_owned(),
                );
                return Vec::new();
            }
            model.table.open = Open::Nothing;
        }
        Action::Left => {
            let step = data.step_mut();
            step.left = step.left.saturating_sub(1);
        }
        Action::Right => {
            let last = rows::furthest(data.loaded.opened.data.headers().len());
            let step = data.step_mut();
            if step.group_by.is_empty() {
                step.left = (step.left + 1).min(last);
            }
        }
        Action::Filter => data.bar = Some(FilterBar::on(data.step().filter.as_ref())),
        Action::GroupBy | Action::SortBy => {
            model.overlay = picker_for(data, action);
        }
        Action::Trust => model.overlay = overlay::trust(&[&data.loaded.opened]),
        Action::Compare => {
            if let Some(pair) = pair_by_itself(data) {
                model.compare = CompareScreen::Pair(Box::new(pair));
                model.view = View::Compare;
                return ask_compare(model);
            }
            let entries = data.loaded.opened.entries.clone();
            return compare(model, entries);
        }
        _ => {}
    }
    Vec::new()
}

/// The list of keys to group by, or of what to sort by.
fn picker_for(data: &Explorer, action: Action) -> Overlay {
    let (set, step) = (&data.loaded.opened.data, data.step());
    if action == Action::GroupBy {
        let tags = &data.loaded.tag_keys;
        let picker = overlay::group_picker(set.headers(), tags, &step.group_by);
        let purpose = Purpose::GroupTable;
        return Overlay::Picker { picker, purpose };
    }
    let columns = if step.group_by.is_empty() {
        set.headers()
    } else {
        &[]
    };
    let picker = overlay::sort_picker(&step.group_by, columns);
    let purpose = Purpose::SortTable;
    Overlay::Picker { picker, purpose }
}

fn act_on_bar(model: &mut Model, action: Action) -> Vec<Effect> {
    let Open::Data(data) = &mut model.table.open else {
        return Vec::new();
    };
    let changed = match action {
        Action::Close => data.leave_bar(),
        Action::Enter => data.take_bar(),
        _ => false,
    };
    if changed { ask(model) } else { Vec::new() }
}

/// Both sides of data that carries both costs.
fn pair_by_itself(data: &Explorer) -> Option<Pair> {
    let mut other = data.loaded.clone();
    other.opened.data = data.loaded.opened.data.amortized_side()?;
    let title = data.title.replace(" · actual", "");
    Some(Pair::new(data.loaded.clone(), other, title))
}

pub(super) fn act_on_compare(model: &mut Model, action: Action) -> Vec<Effect> {
    let height = model.list_height();
    let CompareScreen::Pair(pair) = &mut model.compare else {
        if action == Action::Back {
            model.view = View::Table;
        }
        return Vec::new();
    };
    if pair.bar.is_some() {
        return act_on_compare_bar(model, action);
    }
    if let Some(step) = super::step_of(action) {
        pair.go(step, height);
        return Vec::new();
    }
    match action {
        Action::Back => model.view = View::Table,
        Action::Filter => pair.bar = Some(FilterBar::on(pair.filter.as_ref())),
        Action::Trust => {
            let (one, other) = (&pair.actual.opened, &pair.amortized.opened);
            let both = [one, other];
            // A source with both costs stands on both sides.
            let sides = if one.names == other.names {
                both.get(..1).unwrap_or_default()
            } else {
                &both
            };
            model.overlay = overlay::trust(sides);
        }
        Action::GroupBy => {
            let headers = pair.actual.opened.data.headers();
            let tags = &pair.actual.tag_keys;
            let picker = overlay::group_picker(headers, tags, &pair.group_by);
            let purpose = Purpose::GroupCompare;
            model.overlay = Overlay::Picker { picker, purpose };
        }
        _ => {}
    }
    Vec::new()
}

fn act_on_compare_bar(model: &mut Model, action: Action) -> Vec<Effect> {
    let CompareScreen::Pair(pair) = &mut model.compare else {
        return Vec::new();
    };
    match (action, &mut pair.bar) {
        (Action::Close, _) => pair.bar = None,
        (Action::Enter, Some(bar)) => {
            if let Some(filter) = bar.read() {
                pair.bar = None;
                pair.filter = filter;
                return ask_compare(model);
            }
        }
        _ => {}
    }
    Vec::new()
}
