//! The metrics of planned exports, as their manifests tell before anything is read, and the folders that keep them apart.

use super::{FilePlan, PlannedRun};
use crate::data::sources::names;
use crate::domain::metric::Metric;
use crate::domain::text::is_below;
use std::collections::{BTreeMap, BTreeSet};

/// The exports of one metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricExports {
    pub metric: Metric,
    /// The folder of the first of them.
    pub first: String,
    /// The folders above the months of its exports. No run of another metric is below them; empty where one is.
    pub folders: Vec<String>,
}

impl FilePlan {
    /// The metrics of the runs that have a manifest, in the order of [`Metric`]. FOCUS has both costs, and counts as actual
    /// cost.
    pub fn metrics(&self) -> Vec<MetricExports> {
        let mut folders = BTreeMap::<Metric, BTreeSet<&str>>::new();
        let mut others = BTreeSet::new();
        for run in &self.runs {
            let folder = folder_of(run);
            match run.counts_as() {
                Some(metric) => folders.entry(metric).or_default().insert(folder),
                None => others.insert(folder),
            };
        }
        let of = |(metric, own): (&Metric, &BTreeSet<&str>)| {
            let foreign = folders.iter().filter(|(other, _)| *other != metric);
            let mut foreign = foreign.flat_map(|(_, folders)| folders).chain(&others);
            let first = own.first().map_or("", |folder| folder);
            let is_mixed = foreign.any(|other| own.iter().any(|folder| is_below(other, folder)));
            MetricExports {
                metric: *metric,
                first: first.to_owned(),
                folders: if is_mixed { Vec::new() } else { topmost(own) },
            }
        };
        folders.iter().map(of).collect()
    }
}

impl PlannedRun {
    /// The metric whose costs its rows add, from its manifest.
    pub fn counts_as(&self) -> Option<Metric> {
        self.manifest.as_ref()?.counts_as()
    }
}

/// The folder above the month of a run, or its own folder if it has no month.
fn folder_of(run: &PlannedRun) -> &str {
    let own = names::folder(&run.name);
    names::days_folder(&run.name).map_or(own, names::folder)
}

/// The folders that are not below another one of them.
fn topmost(folders: &BTreeSet<&str>) -> Vec<String> {
    let above = |folder: &&&str| {
        let mut others = folders.iter().filter(|other| other != folder);
        !others.any(|other| is_below(folder, other))
    };
    let kept = folders.iter().filter(above);
    kept.map(|folder| (*folder).to_owned()).collect()
}
