//! Pairs the two sides of a comparison: reports of the ledger, or local files by name or by choice of the user.

use super::{neighbours, shows_sums};
use crate::domain::metric::Metric;
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::GroupKey;
use crate::ops::LedgerEntry;
use crate::ops::compare::pair_files;
use crate::tui::effect::Effect;
use crate::tui::message::{joined_names, source_name};
use crate::tui::said::{Masked, Said};
use crate::tui::shell::Shell;
use crate::tui::shell::overlay::{Overlay, PickerKind, PromptKind};
use crate::tui::shell::request::{PairView, Request};
use crate::tui::shell::status::StatusLine;
use crate::tui::state::field::TextField;
use crate::tui::state::picker::{Choice, Picker};
use crate::tui::ticket::Ticket;
use crate::tui::views::table::state::explorer::Explorer;
use crate::tui::views::table::state::{Open, TableScreen};

/// Compares these reports with the same days of the other metric.
pub(crate) fn compare(
    screen: &mut TableScreen,
    shell: &mut Shell,
    entries: Vec<LedgerEntry>,
    view: Option<PairView>,
) -> Vec<Effect> {
    let partners = match screen.partner_of(&entries) {
        Ok(partners) => partners,
        Err(why) => return shell.refuse(why),
    };
    let name = entries
        .first()
        .map(|entry| shell.scope_name(&entry.request.scope))
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
    open_pair(shell, [actual, amortized], name, view)
}

/// Asks which side is which for two sources that cannot be one table, since they have rows in common.
pub(crate) fn alike(
    screen: &mut TableScreen,
    shell: &mut Shell,
    ticket: Ticket,
    sources: Vec<String>,
    why: &str,
) -> Vec<Effect> {
    if !matches!(&screen.open, Open::Opening { ticket: asked, .. } if *asked == ticket) {
        return Vec::new();
    }
    let withdraws = shows_sums(screen);
    screen.open = Open::Nothing;
    shell.held.clear();
    let told = Said::from(format!("{why}. They can be compared instead"));
    shell.status = StatusLine::error(told.withdrawing(withdraws));
    let first = sources
        .first()
        .map_or_else(String::new, |name| source_name(name));
    let picker = which(format!("{first} holds"));
    let kind = PickerKind::Which(sources);
    shell.overlay = Overlay::Picker { picker, kind };
    Vec::new()
}

/// Opens the pair, given the side of the first source.
pub(crate) fn which_picked(
    screen: &mut TableScreen,
    shell: &mut Shell,
    sources: &[String],
    picked: &str,
) -> Vec<Effect> {
    let [first, second] = sources else {
        return Vec::new();
    };
    let [first, second] = [first, second].map(|name| vec![name.clone()]);
    beside(screen, shell, first, second, is_amortized(picked))
}

/// The picker that asks which side a source is.
fn which(title: impl Into<Said>) -> Picker {
    let choices = [
        Choice::new("actual cost", "purchases on the day they were billed"),
        Choice::new("amortized cost", "purchases spread over their usage"),
    ];
    Picker::one(title, choices.into())
}

fn is_amortized(picked: &str) -> bool {
    picked.starts_with("amortized")
}

/// Opens the pair with the files found by name, or asks for the other side.
pub(crate) fn partner(
    screen: &mut TableScreen,
    shell: &mut Shell,
    ticket: Ticket,
    found: Option<Vec<String>>,
) -> Vec<Effect> {
    if screen.flipping.take_if(|asked| *asked == ticket).is_some() {
        return neighbours::flipped(screen, shell, found);
    }
    if shell.partner.take_if(|asked| *asked == ticket).is_none() {
        return Vec::new();
    }
    if let Some(names) = found {
        return other_side(screen, shell, names);
    }
    let metric = match &screen.open {
        Open::Data(data) => data.loaded.opened.data.metric(),
        Open::Nothing | Open::Opening { .. } => None,
    };
    let title = match metric {
        Some(Metric::Actual) => "Compare with the amortized costs of the same days",
        Some(Metric::Amortized) => "Compare with the actual costs of the same days",
        Some(Metric::Usage) | None => "Compare with the other side: actual or amortized",
    };
    shell.overlay = Overlay::Prompt {
        title: title.into(),
        hint: "no matching file found; type a file, a folder or a ledger key. ⟦text.next-field⟧ completes paths"
            .into(),
        field: TextField::default(),
        kind: PromptKind::OtherSide,
    };
    Vec::new()
}

/// Pairs the open data with these sources. If neither content nor names show the side, the user is asked.
pub(crate) fn other_side(
    screen: &mut TableScreen,
    shell: &mut Shell,
    others: Vec<String>,
) -> Vec<Effect> {
    let Open::Data(data) = &screen.open else {
        return Vec::new();
    };
    let opened = &data.loaded.opened;
    let own = opened.names.clone();
    let by_content = opened.data.metric().map(|m| m == Metric::Amortized);
    let by_name = |names: &[String]| {
        names
            .first()
            .and_then(|name| pair_files::is_amortized(name))
    };
    let amortized = by_content
        .or_else(|| by_name(&own))
        .or_else(|| by_name(&others).map(|other| !other));
    if let Some(amortized) = amortized {
        return beside(screen, shell, own, others, amortized);
    }
    let picker = which(format!("{} holds", own.join(", ")));
    let kind = PickerKind::Side(others);
    shell.overlay = Overlay::Picker { picker, kind };
    Vec::new()
}

/// Opens the pair, given the side of the open data.
pub(crate) fn side_picked(
    screen: &mut TableScreen,
    shell: &mut Shell,
    others: Vec<String>,
    picked: &str,
) -> Vec<Effect> {
    let Open::Data(data) = &screen.open else {
        return Vec::new();
    };
    let own = data.loaded.opened.names.clone();
    beside(screen, shell, own, others, is_amortized(picked))
}

/// Opens the pair with the filter and groups of the open table.
fn beside(
    screen: &mut TableScreen,
    shell: &mut Shell,
    own: Vec<String>,
    others: Vec<String>,
    own_amortized: bool,
) -> Vec<Effect> {
    let (actual, amortized) = if own_amortized {
        (others, own)
    } else {
        (own, others)
    };
    let title = joined_names(actual.iter().chain(&amortized));
    let view = match &screen.open {
        Open::Data(data) => Some(view_of(data)),
        Open::Nothing | Open::Opening { .. } => None,
    };
    open_pair(shell, [actual, amortized], title.into(), view)
}

/// Asks the compare screen to open both sides.
pub(super) fn open_pair(
    shell: &mut Shell,
    [actual, amortized]: [Vec<String>; 2],
    title: Masked,
    view: Option<PairView>,
) -> Vec<Effect> {
    shell.request(Request::OpenPair {
        actual,
        amortized,
        title,
        view,
    });
    Vec::new()
}

/// The filter and groups of a table. Ungrouped rows are compared by resource group.
fn view_of(data: &Explorer) -> PairView {
    let step = data.step();
    let mut keys = step.group_by.clone();
    if keys.is_empty() {
        keys.push(GroupKey::Role(Role::ResourceGroup));
    }
    (step.filter.clone(), keys)
}

/// Compares actual and amortized: data that has both, local files, or reports with their other side in the ledger.
pub(in crate::tui::views::table::update) fn begin(
    screen: &mut TableScreen,
    shell: &mut Shell,
) -> Vec<Effect> {
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    let view = view_of(data);
    if let Some(amortized) = data.loaded.opened.data.amortized_side() {
        let mut other = data.loaded.clone();
        other.opened.data = amortized;
        shell.request(Request::ComparePair {
            sides: Box::new((data.loaded.clone(), other)),
            title: data.title.in_clear().replace(" · actual", "").into(),
            view,
        });
        return Vec::new();
    }
    let entries = data.loaded.opened.entries.clone();
    if entries.is_empty() {
        let (ticket, names) = (shell.ticket(), data.loaded.opened.names.clone());
        shell.partner = Some(ticket);
        return vec![Effect::FindPartner { ticket, names }];
    }
    compare(screen, shell, entries, Some(view))
}

/// Compares sources that were to be one table but are the two sides of a pair.
pub(crate) fn sides(
    screen: &mut TableScreen,
    shell: &mut Shell,
    ticket: Ticket,
    actual: Vec<String>,
    amortized: Vec<String>,
) -> Vec<Effect> {
    let Open::Opening {
        ticket: asked,
        name,
        ..
    } = &screen.open
    else {
        return Vec::new();
    };
    if *asked != ticket {
        return Vec::new();
    }
    let name = name.clone();
    let withdraws = shows_sums(screen);
    screen.restore();
    let effects = open_pair(shell, [actual, amortized], name, None);
    if withdraws {
        let words = "the sources are the two metrics of a pair; the sums shown until now added both and do not count";
        shell.request(Request::Say(words.to_owned()));
    }
    effects
}
