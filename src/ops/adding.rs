//! What may be added up: never the same costs twice, never actual and amortized ones; and what has to be said all the same.

use super::error::OpsError;
use crate::data::Sketch;
use crate::data::dataset::{Dataset, Source};
use crate::domain::columns::{Dialect, Role};
use crate::domain::metric::Metric;
use crate::store::ledger::Entry;
use std::collections::BTreeSet;
use std::collections::HashMap;

/// The same rows under two names would count twice, whatever the line ends or the order of the rows. Sources that share
/// many rows are named.
pub(super) fn check_twice(data: &Dataset) -> Result<(), OpsError> {
    let sources: Vec<&Source> = data
        .sources()
        .iter()
        .filter(|source| source.rows > 0)
        .collect();
    let mut seen: HashMap<(u128, u64), &Source> = HashMap::new();
    for source in &sources {
        if let Some(first) = seen.insert((source.fingerprint.sum, source.rows), source) {
            return Err(OpsError::Twice(format!(
                "{} holds the same rows as {}: adding both would count everything twice",
                source.name, first.name
            )));
        }
    }
    // Files of one report, archive or run may look alike: only what was named apart is compared further.
    for (index, source) in sources.iter().enumerate() {
        let mut before = sources
            .iter()
            .take(index)
            .filter(|other| other.origin != source.origin);
        if let Some(problem) = before.find_map(|other| shared(source, other)) {
            return Err(OpsError::Twice(problem));
        }
    }
    Ok(())
}

/// Why two sources hold the same costs, in whole or in part.
fn shared(one: &Source, two: &Source) -> Option<String> {
    let (a, b) = (&one.fingerprint, &two.fingerprint);
    let most = |first: &Sketch, second: &Sketch| {
        let ways = [first.percent_in(second), second.percent_in(first)];
        ways.into_iter().flatten().max().unwrap_or_default()
    };
    let percent = most(&a.rows, &b.rows);
    // Rows without a day repeat from month to month.
    let dated = !one.lacks.contains(&Role::Date) && !two.lacks.contains(&Role::Date);
    if percent >= if dated { 20 } else { 90 } {
        return Some(format!(
            "{} and {} have rows in common (about {percent} % of the smaller one): adding both would count them twice",
            one.name, two.name
        ));
    }
    // Without a resource and a meter many rows look alike that are not.
    let places = most(&a.places, &b.places);
    (one.has_places() && two.has_places() && places >= 50).then(|| {
        format!(
            "{} and {} have costs of the same days, resources and meters (about {places} % of the smaller one), such as two \
             downloads of one month: adding both would count them twice",
            one.name, two.name
        )
    })
}

/// What the sources do not say and their reader has to know.
pub(super) fn unclear(data: &Dataset) -> Vec<String> {
    let mut notes = Vec::new();
    for source in data.sources().iter().filter(|source| source.columns == 0) {
        notes.push(format!(
            "{}: there is nothing in it (0 bytes): no header and no rows were ever written to it",
            source.name
        ));
    }
    let known = data
        .sources()
        .iter()
        .any(|source| source.metric.is_some() || source.both);
    for source in data.sources().iter().filter(|source| source.rows > 0) {
        let name = &source.name;
        if known && source.metric.is_none() && !source.both {
            notes.push(format!(
                "{name}: nothing in it says whether it is actual or amortized cost; it is added to sources of which that is known"
            ));
        }
        if source.goes_on {
            notes.push(format!(
                "{name}: the list goes on behind this page (nextLink); give the other pages, too"
            ));
        }
        if source.lacks.contains(&Role::Date) {
            notes.push(format!(
                "{name}: no date column was found; its rows have no day and no month"
            ));
        }
        if source.lacks.contains(&Role::Currency) && source.dialect == Dialect::Other {
            notes.push(format!(
                "{name}: no currency column was found; its amounts are kept apart from those of any currency"
            ));
        }
    }
    notes
}

pub(super) fn check_overlaps(entries: &[Entry]) -> Result<(), OpsError> {
    for (index, entry) in entries.iter().enumerate() {
        for other in entries.iter().take(index) {
            let same = entry.request.scope == other.request.scope
                && entry.request.metric == other.request.metric;
            let twice = entry.key == other.key || entry.request.may_overlap(&other.request);
            if same && twice {
                return Err(OpsError::Failed(format!(
                    "{} and {} cover the same days of the same scope: adding both would count them twice",
                    other.key, entry.key
                )));
            }
        }
    }
    Ok(())
}

pub(super) fn check_metrics(data: &Dataset) -> Result<(), OpsError> {
    let mut known = data.sources().iter().filter_map(|source| {
        // Of a source with both costs the actual ones are added.
        let metric = source.both.then_some(Metric::Actual).or(source.metric)?;
        Some((metric, &source.name))
    });
    let Some((first, name)) = known.next() else {
        return Ok(());
    };
    match known.find(|(metric, _)| *metric != first) {
        Some((other, other_name)) => {
            let of = |metric| {
                let own = data
                    .sources()
                    .iter()
                    .filter(move |s| s.metric == Some(metric) && !s.both);
                let places: BTreeSet<usize> = own.map(|source| source.origin).collect();
                places.into_iter().collect::<Vec<_>>()
            };
            Err(OpsError::TwoMetrics {
                text: format!(
                    "{name} is {first} cost and {other_name} {other}: they are never added up. Use `costscope compare`"
                ),
                actual: of(Metric::Actual),
                amortized: of(Metric::Amortized),
            })
        }
        None => Ok(()),
    }
}
