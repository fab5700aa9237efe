//! Finds the data that the overview is about among what is open, and the screen where it goes on; opens its lines.

use super::Model;
use crate::domain::query::Query;
use crate::ops::explore::open::other_side;
use crate::ops::overview::sources::OverviewSources;
use crate::tui::action::{Action, View};
use crate::tui::effect::Effect;
use crate::tui::message::Loaded;
use crate::tui::said::Masked;
use crate::tui::shell::request::Request;
use crate::tui::views::compare::state::chart::PairPicture;
use crate::tui::views::compare::state::{CompareScreen, Pair};
use crate::tui::views::overview::update::OverviewSubject;
use crate::tui::views::table::state::Open;
use crate::tui::views::table::state::explorer::{Explorer, FromOverview};
use crate::tui::views::table::update::opening;

/// The data that the overview is about, coming from a screen: the pair if one is compared, or else the data of the table.
pub(super) fn subject(model: &Model, from: View) -> Option<OverviewSubject> {
    let pair = match &model.compare {
        CompareScreen::Pair(pair) => Some(pair),
        CompareScreen::Nothing | CompareScreen::Opening { .. } => None,
    };
    let data = match &model.table.open {
        Open::Data(data) => Some(data),
        Open::Nothing | Open::Opening { .. } => None,
    };
    // The proof of a finding may open only one side of an overview.
    if let (Some(page), Some(data)) = (&model.overview.page, data)
        && (data.from_overview.is_some() && page.is_about(&data.loaded.opened.names)
            || page.sources.opened.names == data.loaded.opened.names)
        && page.money() == data.loaded.opened.data.money()
    {
        let (loaded, sources) = (page.loaded.clone(), page.sources.clone());
        return Some((loaded, sources, page.title.clone()));
    }
    match (pair, data) {
        (Some(pair), data) if data.is_none_or(|data| stands_for(pair, data, from)) => {
            let amortized = pair.amortized.opened.clone();
            let sources = OverviewSources::of(pair.actual.opened.clone(), Some(amortized));
            Some((pair.actual.clone(), sources, pair.title.clone()))
        }
        (_, Some(data)) => {
            let opened = data.loaded.opened.clone();
            let amortized = other_side(&opened).ok();
            let sources = OverviewSources::of(opened, amortized);
            Some((data.loaded.clone(), sources, data.title.clone()))
        }
        (_, None) => None,
    }
}

/// Whether the overview of a pair is that of the table. The amortized costs that the table shows by themselves have their own.
fn stands_for(pair: &Pair, data: &Explorer, from: View) -> bool {
    let is_actual = pair.actual.opened.names == data.loaded.opened.names;
    is_actual || from == View::Compare && is_side(pair, data)
}

/// Whether the table shows one side of a pair.
fn is_side(pair: &Pair, data: &Explorer) -> bool {
    let sides = [&pair.actual, &pair.amortized];
    sides
        .iter()
        .any(|side| side.opened.names == data.loaded.opened.names)
}

/// Goes on with an action of another screen, if this is one: on the comparison that is open, or else on the table.
pub(super) fn goes_on(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if model.shell.view == View::Overview
        && action == Action::Back
        && !model.overview.lists_findings()
    {
        let effects = leave_proof(model);
        model.shell.request(Request::Show(View::Table));
        return Some(effects);
    }
    let goes = match (model.shell.view, action) {
        (
            View::Overview,
            Action::Compare | Action::Change | Action::Chart | Action::Filter | Action::GroupBy,
        ) => !model.overview.lists_findings(),
        (View::Compare, Action::Compare) => true,
        _ => false,
    };
    goes.then(|| {
        let effects = leave_proof(model);
        go_on(model, action);
        effects
    })
}

/// Shows all of the data again if the table holds a proof of the overview: its figures are not those of one finding.
fn leave_proof(model: &mut Model) -> Vec<Effect> {
    let (Some(page), Open::Data(data)) = (&model.overview.page, &mut model.table.open) else {
        return Vec::new();
    };
    let is_proof = model.shell.view == View::Overview && data.from_overview.is_some();
    if !is_proof || !page.is_about(&data.loaded.opened.names) {
        return Vec::new();
    }
    let titled = (page.loaded.clone(), page.table_title(&model.shell));
    let usual = opening::first_question(None);
    let effects = opening::explore(&mut model.table, &mut model.shell, titled, usual);
    if let Open::Data(data) = &mut model.table.open {
        data.from_overview = None;
    }
    effects
}

fn go_on(model: &mut Model, action: Action) {
    let pair = match (&model.compare, &model.table.open) {
        (CompareScreen::Pair(pair), Open::Data(data)) if is_side(pair, data) => Some(pair),
        (CompareScreen::Pair(pair), Open::Nothing) => Some(pair),
        _ => None,
    };
    // Two months are compared in the table.
    let pair = pair.filter(|_| action != Action::Change);
    let (view, is_shown) = if let Some(pair) = pair {
        let chart = pair.chart.picture != PairPicture::Bridge;
        let shown = action == Action::Compare || action == Action::Chart && chart;
        (View::Compare, shown)
    } else {
        let chart = model.table.has_chart(&model.shell);
        (View::Table, action == Action::Chart && chart)
    };
    model.shell.request(Request::Show(view));
    if !is_shown {
        model.shell.request(Request::Act(action));
    }
}

/// Opens what a line of the overview stands for.
pub(super) fn explore(model: &mut Model, titled: (Loaded, Masked), query: Query) -> Vec<Effect> {
    let page = model.overview.page.as_ref();
    let from = if page.is_some_and(|page| page.list.is_open) {
        FromOverview::Findings
    } else {
        FromOverview::Panels
    };
    let effects = opening::explore(&mut model.table, &mut model.shell, titled, query);
    if let Open::Data(data) = &mut model.table.open {
        data.from_overview = Some(from);
    }
    effects
}
