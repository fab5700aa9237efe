//! Loads the sources that a screen opens.

use crate::ops::compare::pair;
use crate::ops::error::OpsError;
use crate::ops::explore::{open, saved_views};
use crate::ops::session::Session;
use crate::tui::message::Loaded;
use chrono::NaiveDate;

/// The sources of both sides, if every source belongs to exactly one of them.
pub(crate) fn sides(
    sources: &[String],
    actual: &[usize],
    amortized: &[usize],
) -> Option<(Vec<String>, Vec<String>)> {
    let both = actual.iter().any(|at| amortized.contains(at));
    let all = actual.len() + amortized.len() == sources.len();
    let names = |places: &[usize]| -> Vec<String> {
        places
            .iter()
            .filter_map(|at| sources.get(*at).cloned())
            .collect()
    };
    (all && !both).then(|| (names(actual), names(amortized)))
}

pub(crate) fn load(
    session: &Session,
    progress: &open::Progress,
    sources: &[String],
) -> Result<Loaded, OpsError> {
    let opened = open::open_in(session, progress, sources)?;
    let tag_keys = open::tag_keys(&opened.data)?;
    let last = saved_views::last(session, &opened.entries);
    Ok(Loaded {
        opened,
        tag_keys,
        last,
    })
}

pub(crate) fn load_pair(
    session: &Session,
    progress: &open::Progress,
    actual: &[String],
    amortized: &[String],
    today: NaiveDate,
) -> Result<(Loaded, Loaded, Vec<String>), OpsError> {
    let actual = load(session, progress, actual)?;
    let mut amortized = load(session, progress, amortized)?;
    amortized.opened = amortized.opened.into_amortized();
    pair::check(&actual.opened, &amortized.opened)?;
    let notes = pair::notes(&actual.opened, &amortized.opened, today)?;
    Ok((actual, amortized, notes))
}
