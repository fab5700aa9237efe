//! Finds the data that the overview is about among what is open.

use super::Model;
use crate::ops::explore::open::other_side;
use crate::ops::overview::sources::OverviewSources;
use crate::tui::views::compare::state::CompareScreen;
use crate::tui::views::overview::update::Subject;
use crate::tui::views::table::state::Open;
use crate::tui::views::table::state::explorer::Explorer;

/// The data that the overview is about: the pair if one is compared, or else the data of the table.
pub(super) fn subject(model: &Model) -> Option<Subject> {
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
        && page.is_about(&data.loaded.opened.names)
        && page.money() == data.loaded.opened.data.money()
    {
        let (loaded, sources) = (page.loaded.clone(), page.sources.clone());
        return Some((loaded, sources, page.title.clone()));
    }
    let is_side = |data: &Explorer| {
        let names = &data.loaded.opened.names;
        pair.is_some_and(|pair| {
            let sides = [&pair.actual, &pair.amortized];
            sides.iter().any(|side| side.opened.names == *names)
        })
    };
    match (pair, data) {
        (Some(pair), data) if data.is_none_or(|data| is_side(data)) => {
            let sources = OverviewSources {
                opened: pair.actual.opened.clone(),
                amortized: Some(pair.amortized.opened.clone()),
                before: None,
                not_compared: None,
            };
            Some((pair.actual.clone(), sources, pair.title.clone()))
        }
        (_, Some(data)) => {
            let opened = data.loaded.opened.clone();
            let sources = OverviewSources {
                amortized: other_side(&opened).ok(),
                opened,
                before: None,
                not_compared: None,
            };
            Some((data.loaded.clone(), sources, data.title.clone()))
        }
        (_, None) => None,
    }
}
