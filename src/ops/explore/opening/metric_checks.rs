//! Refuses sources of several metrics: their rows have the same costs, counted in different ways.

use crate::data::dataset::Dataset;
use crate::data::sources::plan::FilePlan;
use crate::data::sources::plan::metrics::MetricExports;
use crate::domain::metric::Metric;
use crate::domain::text::is_below;
use crate::ops::context::STDIN;
use crate::ops::error::OpsError;
use crate::ops::explore::command_flags::source_word;
use crate::ops::remote_sources;
use std::collections::BTreeSet;
use std::path::Path;

/// The sources of both sides of a pair, actual cost first.
type Sides = [Vec<String>; 2];

/// Refuses exports of several metrics by their manifests, before anything of them is read.
pub(super) fn check_planned(plan: &FilePlan, names: &[String]) -> Result<(), OpsError> {
    let metrics = plan.metrics();
    let mut told = metrics
        .iter()
        .map(|exports| (exports.metric, exports.first.as_str()));
    let (Some(one), Some(other)) = (told.next(), told.next()) else {
        return Ok(());
    };
    let are_known = plan.runs.iter().all(|run| run.counts_as().is_some());
    let sides = are_known.then(|| sides_of_exports(&metrics, names));
    Err(refusal(one, other, sides.flatten()))
}

/// Refuses rows of several metrics.
pub(super) fn check_read(data: &Dataset, names: &[String]) -> Result<(), OpsError> {
    let mut known = data.sources().iter().filter_map(|source| {
        // For a source with both costs, the actual cost is added.
        let metric = source.both.then_some(Metric::Actual).or(source.metric)?;
        Some((metric, source.name.as_str()))
    });
    let Some(one) = known.next() else {
        return Ok(());
    };
    let other = known.find(|(metric, _)| *metric != one.0);
    other.map_or(Ok(()), |other| {
        Err(refusal(one, other, sides_of_sources(data, names)))
    })
}

fn refusal(one: (Metric, &str), other: (Metric, &str), sides: Option<Sides>) -> OpsError {
    let listed = |names: &[String]| {
        let is_file = |name: &str| remote_sources::is_one(name) || Path::new(name).exists();
        let words = names.iter();
        let words = words.map(|name| source_word(name, is_file(name), names.len() > 1));
        words.collect::<Vec<_>>().join(",")
    };
    let is_pair = one.0 != Metric::Usage && other.0 != Metric::Usage;
    let advice = match &sides {
        Some([actual, amortized]) => format!(
            "Compare them with `costscope compare {} {}`",
            listed(actual),
            listed(amortized)
        ),
        None if is_pair => {
            "Give the sources of one metric, or each side to `costscope compare`".to_owned()
        }
        None => "Give the sources of one metric".to_owned(),
    };
    let said = |metric: Metric| match metric {
        Metric::Usage => "usage".to_owned(),
        Metric::Actual | Metric::Amortized => format!("{metric} cost"),
    };
    OpsError::TwoMetrics {
        text: format!(
            "{} is {} and {} is {}: they are never added up. {advice}",
            one.1,
            said(one.0),
            other.1,
            said(other.0)
        ),
        sides,
    }
}

/// The sources that have only actual cost, and those that have only amortized cost, if these are all of them. Standard
/// input cannot be read again.
fn sides_of_sources(data: &Dataset, names: &[String]) -> Option<Sides> {
    let of = |metric| {
        let own = data.sources().iter();
        let own = own.filter(|source| source.metric == Some(metric) && !source.both);
        own.map(|source| source.origin).collect::<BTreeSet<usize>>()
    };
    let (actual, amortized) = (of(Metric::Actual), of(Metric::Amortized));
    let are_apart = actual.is_disjoint(&amortized);
    let are_all = actual.len() + amortized.len() == names.len();
    let can_be_read = are_apart && are_all && names.iter().all(|name| name != STDIN);
    let sources_at = |places: &BTreeSet<usize>| -> Vec<String> {
        let places = places.iter();
        places.filter_map(|at| names.get(*at).cloned()).collect()
    };
    can_be_read
        .then(|| [sources_at(&actual), sources_at(&amortized)])
        .or_else(|| sides_of_files(data))
}

/// The files of each side, such as those of one folder, if all of them can be opened by themselves.
fn sides_of_files(data: &Dataset) -> Option<Sides> {
    let of = |metric| -> Vec<String> {
        let own = data.sources().iter();
        let own = own.filter(|source| source.metric == Some(metric) && !source.both);
        let files = own.filter(|source| Path::new(&source.name).is_file());
        files.map(|source| source.name.clone()).collect()
    };
    let (actual, amortized) = (of(Metric::Actual), of(Metric::Amortized));
    let are_all = actual.len() + amortized.len() == data.sources().len();
    are_all.then_some([actual, amortized])
}

/// The sources, or the folders below them, that have the exports of one metric alone, if no source is without exports.
fn sides_of_exports(metrics: &[MetricExports], names: &[String]) -> Option<Sides> {
    let [actual, amortized] = metrics else {
        return None;
    };
    if (actual.metric, amortized.metric) != (Metric::Actual, Metric::Amortized) {
        return None;
    }
    let root = |name: &String| name.trim_end_matches('/').to_owned();
    let mut folders = actual.folders.iter().chain(&amortized.folders);
    let mut roots = names.iter().map(root);
    if !roots.all(|root| folders.clone().any(|folder| is_below(folder, &root))) {
        return None;
    }
    let can_be_opened =
        |folder: &String| remote_sources::is_one(folder) || Path::new(folder).is_dir();
    if !folders.all(can_be_opened) {
        return None;
    }
    let side = |own: &MetricExports, other: &MetricExports| -> Vec<String> {
        let is_own = |name: &&String| {
            let root = root(name);
            !other.folders.iter().any(|folder| is_below(folder, &root))
        };
        let wider = |folder: &String| {
            let mut own = names.iter().filter(is_own);
            own.find(|name| is_below(folder, &root(name)))
                .unwrap_or(folder)
                .clone()
        };
        let wide: BTreeSet<String> = own.folders.iter().map(wider).collect();
        wide.into_iter().collect()
    };
    let sides = [side(actual, amortized), side(amortized, actual)];
    sides.iter().all(|side| !side.is_empty()).then_some(sides)
}
