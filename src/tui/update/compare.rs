//! Two sides opened, and the comparison of them.

use super::overlay;
use super::table::{scope_name, title_of};
use crate::domain::metric::Metric;
use crate::ops::Entry;
use crate::tui::action::{Action, View};
use crate::tui::effect::Effect;
use crate::tui::message::{Loaded, Problem, Ticket};
use crate::tui::model::{Model, Overlay, Purpose, Talk};
use crate::tui::screen::compare::{CompareScreen, Pair};
use crate::tui::screen::table::{Explorer, FilterBar};

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

/// Compares these reports with the same days of the other metric.
pub(super) fn compare(model: &mut Model, entries: Vec<Entry>) -> Vec<Effect> {
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

/// Both sides of data that carries both costs.
pub(super) fn pair_by_itself(data: &Explorer) -> Option<Pair> {
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
