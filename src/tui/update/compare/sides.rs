//! Pairs the two sides of a comparison: reports of the ledger, or local files by name or by choice of the user.

use super::{open_pair, view_of};
use crate::domain::metric::Metric;
use crate::domain::text::redaction;
use crate::ops::Entry;
use crate::ops::compare::pair_files;
use crate::tui::effect::Effect;
use crate::tui::message::Ticket;
use crate::tui::model::{Asked, Model, Overlay, Purpose, Talk};
use crate::tui::part::field::Field;
use crate::tui::part::picker::{Choice, Picker};
use crate::tui::part::said::Said;
use crate::tui::screen::compare::View;
use crate::tui::screen::table::Open;
use crate::tui::update::name_of;
use crate::tui::update::table::scope_name;

/// Compares these reports with the same days of the other metric.
pub(in crate::tui::update) fn compare(
    model: &mut Model,
    entries: Vec<Entry>,
    view: Option<View>,
) -> Vec<Effect> {
    let partners = match model.partner_of(&entries) {
        Ok(partners) => partners,
        Err(why) => {
            model.talk = Talk::error(why);
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
    open_pair(model, actual, amortized, name, view)
}

/// Asks which side is which for two sources that cannot be one table, since they have rows in common.
pub(in crate::tui::update) fn alike(
    model: &mut Model,
    ticket: Ticket,
    sources: Vec<String>,
    why: &str,
) -> Vec<Effect> {
    if !matches!(&model.table.open, Open::Opening { ticket: asked, .. } if *asked == ticket) {
        return Vec::new();
    }
    model.table.open = Open::Nothing;
    model.held.clear();
    model.talk = Talk::error(format!("{why}. They can be compared instead"));
    let first = sources
        .first()
        .map_or_else(String::new, |name| name_of(name));
    let picker = which(format!("{first} holds"));
    let purpose = Purpose::Which(sources);
    model.overlay = Overlay::Picker { picker, purpose };
    Vec::new()
}

/// Opens the pair, given the side of the first source.
pub(in crate::tui::update) fn which_picked(
    model: &mut Model,
    sources: &[String],
    picked: &str,
) -> Vec<Effect> {
    let [first, second] = sources else {
        return Vec::new();
    };
    let [first, second] = [first, second].map(|name| vec![name.clone()]);
    beside(model, first, second, is_amortized(picked))
}

/// The picker that asks which side a source is.
fn which(title: impl Into<Said>) -> Picker {
    let choices = [
        Choice::new("actual cost", "purchases on the day they were billed"),
        Choice::new("amortized cost", "purchases spread over their usage"),
    ];
    Picker::new(title, choices.into(), Vec::new(), false)
}

fn is_amortized(picked: &str) -> bool {
    picked.starts_with("amortized")
}

/// Compares the open local files with the other side, which is found by file name or asked for.
pub(in crate::tui::update) fn local(model: &mut Model) -> Vec<Effect> {
    let ticket = model.ticket();
    let Open::Data(data) = &mut model.table.open else {
        return Vec::new();
    };
    model.partner = Some(ticket);
    vec![Effect::FindPartner {
        ticket,
        names: data.loaded.opened.names.clone(),
    }]
}

/// Opens the pair with the files found by name, or asks for the other side.
pub(in crate::tui::update) fn partner(
    model: &mut Model,
    ticket: Ticket,
    found: Option<Vec<String>>,
) -> Vec<Effect> {
    if model.partner.take_if(|asked| *asked == ticket).is_none() {
        return Vec::new();
    }
    if let Some(names) = found {
        return other_side(model, names);
    }
    model.overlay = Overlay::Prompt {
        title: "The other side".into(),
        hint: "no matching file found; type a file, a folder or a ledger key".into(),
        field: Field::default(),
        purpose: Asked::OtherSide,
    };
    Vec::new()
}

/// Pairs the open data with these sources. If neither content nor names show the side, the user is asked.
pub(in crate::tui::update) fn other_side(model: &mut Model, others: Vec<String>) -> Vec<Effect> {
    let Open::Data(data) = &model.table.open else {
        return Vec::new();
    };
    let own = data.loaded.opened.names.clone();
    let by_content = data
        .loaded
        .opened
        .data
        .metric()
        .map(|m| m == Metric::Amortized);
    let by_name = |names: &[String]| {
        names
            .first()
            .and_then(|name| pair_files::is_amortized(name))
    };
    let amortized = by_content
        .or_else(|| by_name(&own))
        .or_else(|| by_name(&others).map(|other| !other));
    if let Some(amortized) = amortized {
        return beside(model, own, others, amortized);
    }
    let picker = which(format!("{} holds", own.join(", ")));
    let purpose = Purpose::Side(others);
    model.overlay = Overlay::Picker { picker, purpose };
    Vec::new()
}

/// Opens the pair, given the side of the open data.
pub(in crate::tui::update) fn side_picked(
    model: &mut Model,
    others: Vec<String>,
    picked: &str,
) -> Vec<Effect> {
    let Open::Data(data) = &model.table.open else {
        return Vec::new();
    };
    let own = data.loaded.opened.names.clone();
    beside(model, own, others, is_amortized(picked))
}

/// Opens the pair with the filter and groups of the open table.
fn beside(
    model: &mut Model,
    own: Vec<String>,
    others: Vec<String>,
    own_amortized: bool,
) -> Vec<Effect> {
    let (actual, amortized) = if own_amortized {
        (others, own)
    } else {
        (own, others)
    };
    let names = actual.iter().chain(&amortized).map(|name| name_of(name));
    let title = redaction::without_secrets(&names.collect::<Vec<_>>().join(", "));
    let view = match &model.table.open {
        Open::Data(data) => Some(view_of(data)),
        _ => None,
    };
    open_pair(model, actual, amortized, title, view)
}
