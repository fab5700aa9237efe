//! Decides for each candidate whether it is read, replaced by a newer run, or left out, and why.
//!
//! Pure: it sees names, times and manifests, never a row. Rows are compared when they are read.

pub mod metrics;
#[cfg(test)]
mod metrics_tests;

use super::candidate::{Candidate, CandidateKind};
use super::index::Index;
use super::manifest::ExportManifest;
use super::names;
use crate::domain::metric::Metric;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The decision about a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Read,
    /// A newer run has the same days.
    Replaced {
        by: String,
        why: String,
    },
    LeftOut {
        why: String,
    },
    /// It describes other files.
    Manifest,
}

/// The files of one run, which belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedRun {
    /// Indexes of its files among the candidates.
    pub files: Vec<usize>,
    /// The name of the run in messages.
    pub name: String,
    /// Number of rows, from its manifest.
    pub rows: Option<u64>,
    pub manifest: Option<Arc<ExportManifest>>,
    /// Its days, from a manifest or a month's folder.
    pub days: Option<(NaiveDate, NaiveDate)>,
    made: Made,
    /// The first file that its manifest lists but that was not given.
    missing: Option<String>,
    folder: String,
    /// The index of its manifest among the candidates.
    described_at: Option<usize>,
}

/// The time a run was made, and its origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Made {
    Unknown,
    FileTime(DateTime<Utc>),
    FolderTime(DateTime<Utc>),
    Submitted(DateTime<Utc>),
}

impl PlannedRun {
    /// The metric from its manifest.
    pub fn metric(&self) -> Option<Metric> {
        self.manifest.as_ref()?.metric()
    }

    /// Whether its files are certainly the parts of one writer, each of them once: a manifest lists them, or they are
    /// in their own folder under different names.
    pub fn is_certain<'a>(&self, path: impl Fn(usize) -> Option<&'a str>) -> bool {
        let paths = self.files.iter().filter_map(|at| path(*at));
        let stems: BTreeSet<&str> = paths
            .map(|path| names::stem(names::file_name(path)))
            .collect();
        let own_folder = self.name.ends_with('/') && stems.len() == self.files.len();
        self.manifest.is_some() || own_folder
    }

    /// The time it was made, if known.
    pub fn made_at(&self) -> Option<DateTime<Utc>> {
        match self.made {
            Made::Unknown => None,
            Made::FileTime(time) | Made::FolderTime(time) | Made::Submitted(time) => Some(time),
        }
    }

    /// The id of the run: from its manifest, or from its own folder.
    pub fn id(&self) -> Option<String> {
        let named = || self.manifest.as_ref()?.run_id.clone();
        named().or_else(|| {
            let folders = names::run_folders(&self.name);
            folders.last().map(|name| (*name).to_owned())
        })
    }
}

/// The decisions about all candidates.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FilePlan {
    /// Sorted by days, then by name.
    pub runs: Vec<PlannedRun>,
    /// One for each candidate.
    pub decisions: Vec<Decision>,
    /// For each candidate listed in a manifest, that manifest.
    pub manifests: BTreeMap<usize, Arc<ExportManifest>>,
}

/// The reason nothing is read, and the decisions made so far.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanRefusal {
    pub text: String,
    /// Whether the same money would count twice.
    pub twice: bool,
    pub decisions: Vec<Decision>,
}

/// Decides about all candidates.
pub fn plan(candidates: &[Candidate]) -> Result<FilePlan, PlanRefusal> {
    let mut planning = Planning {
        candidates,
        decisions: candidates.iter().map(first_decision).collect(),
    };
    planning.run()
}

fn first_decision(candidate: &Candidate) -> Decision {
    match &candidate.kind {
        CandidateKind::Costs => Decision::Read,
        CandidateKind::Manifest(_) => Decision::Manifest,
        CandidateKind::Other(why) => Decision::LeftOut { why: why.clone() },
    }
}

struct Planning<'a> {
    candidates: &'a [Candidate],
    decisions: Vec<Decision>,
}

impl Planning<'_> {
    fn run(&mut self) -> Result<FilePlan, PlanRefusal> {
        let mut runs = self.runs_of_manifests();
        let described = runs
            .iter()
            .filter_map(|run| Some((run, run.manifest.as_ref()?)));
        let manifests: BTreeMap<usize, Arc<ExportManifest>> = described
            .flat_map(|(run, manifest)| run.files.iter().map(|file| (*file, Arc::clone(manifest))))
            .collect();
        self.leave_out_unlisted(&manifests);
        runs.extend(self.runs_without_manifest(&manifests));
        runs.retain(|run| self.has_costs(run));
        let mut runs = self.newest(runs)?;
        self.refuse_two_exports(&runs)?;
        runs.sort_by(|a, b| a.days.cmp(&b.days).then_with(|| a.name.cmp(&b.name)));
        Ok(FilePlan {
            runs,
            decisions: std::mem::take(&mut self.decisions),
            manifests,
        })
    }

    fn path(&self, at: usize) -> &str {
        self.candidates
            .get(at)
            .map_or("", |candidate| candidate.path.as_str())
    }

    fn decide(&mut self, files: &[usize], decision: &Decision) {
        for file in files {
            if let Some(slot) = self.decisions.get_mut(*file) {
                slot.clone_from(decision);
            }
        }
    }

    fn costs(&self) -> impl Iterator<Item = (usize, &Candidate)> {
        let all = self.candidates.iter().enumerate();
        all.filter(|(_, candidate)| candidate.kind == CandidateKind::Costs)
    }

    fn manifests(&self) -> impl Iterator<Item = (usize, &Candidate, &Arc<ExportManifest>)> {
        let all = self.candidates.iter().enumerate();
        all.filter_map(|(at, candidate)| {
            let CandidateKind::Manifest(manifest) = &candidate.kind else {
                return None;
            };
            Some((at, candidate, manifest))
        })
    }

    /// Whether a file has fewer bytes than its manifest says. Sizes of compressed files mean different things.
    fn is_cut(&self, at: usize, manifest: &ExportManifest, blob: &str) -> bool {
        let is_plain = |name: &str| name.to_ascii_lowercase().ends_with(".csv");
        let file = self.candidates.get(at);
        let sizes = file.map(|file| file.bytes).zip(manifest.sizes.get(blob));
        is_plain(blob)
            && is_plain(self.path(at))
            && sizes.is_some_and(|(have, promised)| have < *promised)
    }

    fn runs_of_manifests(&self) -> Vec<PlannedRun> {
        let index = Index::of(self.costs());
        let run = |(at, candidate, manifest): (usize, &Candidate, &Arc<ExportManifest>)| {
            let (mut files, mut known, mut missing) = (Vec::new(), BTreeSet::new(), None);
            for blob in &manifest.blobs {
                match index.find_blob(candidate, blob) {
                    Some(file) if !known.insert(file) => {}
                    Some(file) => {
                        if self.is_cut(file, manifest, blob) {
                            missing.get_or_insert_with(|| format!("{blob} (the rest of it)"));
                        }
                        files.push(file);
                    }
                    None => {
                        missing.get_or_insert_with(|| blob.clone());
                    }
                }
            }
            let folder_time = names::run_time(&candidate.path).map(Made::FolderTime);
            let file_time = candidate.modified.map(Made::FileTime);
            let made = manifest.submitted.map(Made::Submitted);
            PlannedRun {
                files,
                name: candidate.path.clone(),
                rows: manifest.rows,
                days: days_of(manifest.days, names::days(&candidate.path)),
                made: made.or(folder_time).or(file_time).unwrap_or(Made::Unknown),
                missing,
                folder: names::export_folder(&candidate.path),
                described_at: Some(at),
                manifest: Some(Arc::clone(manifest)),
            }
        };
        self.manifests().map(run).collect()
    }

    /// Leaves out files in a manifest's folder that it does not list: they are not part of its run.
    fn leave_out_unlisted(&mut self, listed: &BTreeMap<usize, Arc<ExportManifest>>) {
        let homes: BTreeSet<&str> = self
            .manifests()
            .map(|(_, candidate, _)| names::folder(&candidate.path))
            .collect();
        let unlisted: Vec<usize> = self
            .costs()
            .filter(|(at, file)| {
                homes.contains(names::folder(&file.path)) && !listed.contains_key(at)
            })
            .map(|(at, _)| at)
            .collect();
        let why = "the manifest in its folder does not list it".to_owned();
        self.decide(&unlisted, &Decision::LeftOut { why });
    }

    /// Groups files that no manifest lists: those in a run's own folder belong together, and parts by their names. Any
    /// other file is a run by itself.
    fn runs_without_manifest(
        &self,
        listed: &BTreeMap<usize, Arc<ExportManifest>>,
    ) -> Vec<PlannedRun> {
        let mut found: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
        for (at, file) in self.costs() {
            if listed.contains_key(&at) || self.decisions.get(at) != Some(&Decision::Read) {
                continue;
            }
            let folder = names::folder(&file.path).to_owned();
            let name = names::file_name(&file.path);
            let in_a_run = names::is_in_a_run(&file.path);
            let key = if in_a_run && !names::run_folders(&file.path).is_empty() {
                (folder, String::new())
            } else if let Some(part) = names::part_of(name) {
                (folder, format!("/{part}"))
            } else {
                // The same path may have been given twice: by itself and in its folder.
                (file.path.clone(), format!("#{at}"))
            };
            found.entry(key).or_default().push(at);
        }
        let run = |((path, part), mut files): ((String, String), Vec<usize>)| {
            files.sort_by(|a, b| self.path(*a).cmp(self.path(*b)));
            let first = files.first().map_or("", |at| self.path(*at)).to_owned();
            let modified = files
                .iter()
                .filter_map(|at| self.candidates.get(*at)?.modified);
            let file_time = modified.max().map(Made::FileTime);
            let folder_time = names::run_time(&first).map(Made::FolderTime);
            PlannedRun {
                files,
                name: if part.is_empty() {
                    format!("{path}/")
                } else {
                    first.clone()
                },
                rows: None,
                manifest: None,
                days: names::days(&first).filter(|_| names::is_in_a_run(&first)),
                made: folder_time.or(file_time).unwrap_or(Made::Unknown),
                missing: None,
                folder: names::export_folder(&first),
                described_at: None,
            }
        };
        found.into_iter().map(run).collect()
    }

    /// Leaves out runs whose manifest says that they hold no costs.
    fn has_costs(&mut self, run: &PlannedRun) -> bool {
        let other = run
            .manifest
            .as_ref()
            .and_then(|manifest| manifest.other_dataset());
        match other {
            Some(why) => {
                self.decide(&run.files, &Decision::LeftOut { why });
                false
            }
            None => true,
        }
    }

    /// Keeps the newest complete run of those of one export with the same days. It has to have all the days of the runs
    /// it replaces.
    fn newest(&mut self, mut runs: Vec<PlannedRun>) -> Result<Vec<PlannedRun>, PlanRefusal> {
        runs.sort_by(|a, b| {
            let rank = |run: &PlannedRun| (run.missing.is_some(), run.manifest.is_none());
            rank(a)
                .cmp(&rank(b))
                .then_with(|| b.made.cmp(&a.made))
                .then_with(|| a.name.cmp(&b.name))
        });
        let mut kept: Vec<PlannedRun> = Vec::new();
        for run in runs {
            let newer = kept
                .iter()
                .find(|other| overlap(other.days, run.days) && same_export(other, &run));
            let Some(newer) = newer else {
                if let Some(missing) = &run.missing {
                    let text = format!(
                        "{}: it lists the file {missing}, which is not in the folder. If the run is still being written, try \
                         again later; otherwise, give the whole run, or the folder of its export",
                        run.name
                    );
                    return Err(self.refuse(text, false));
                }
                kept.push(run);
                continue;
            };
            match replaced(newer, &run) {
                Ok(decision) => {
                    let mut files = run.files.clone();
                    // An incomplete run may have no file at all, and is named all the same.
                    files.extend(run.described_at.filter(|_| run.missing.is_some()));
                    self.decide(&files, &decision);
                }
                Err(text) => return Err(self.refuse(text, true)),
            }
        }
        Ok(kept)
    }

    /// Refuses two exports of one scope and kind, because they hold the same costs.
    fn refuse_two_exports(&mut self, runs: &[PlannedRun]) -> Result<(), PlanRefusal> {
        let of = |run: &PlannedRun| {
            let manifest = run.manifest.as_ref()?;
            Some((manifest.scope.clone()?, manifest.kind.to_lowercase()))
        };
        let mut known: BTreeMap<(String, String), Vec<&PlannedRun>> = BTreeMap::new();
        for run in runs {
            let Some(export) = of(run) else {
                continue;
            };
            let others = known.entry(export).or_default();
            let twice = others.iter().find(|other| overlap(run.days, other.days));
            if let Some(other) = twice.copied() {
                let text = format!(
                    "{} and {} are exports of the same scope and days: adding both would count them twice; {}",
                    other.name,
                    run.name,
                    one_of([other, run])
                );
                return Err(self.refuse(text, true));
            }
            others.push(run);
        }
        Ok(())
    }

    fn refuse(&mut self, text: String, twice: bool) -> PlanRefusal {
        PlanRefusal {
            text,
            twice,
            decisions: std::mem::take(&mut self.decisions),
        }
    }
}

/// Whether two runs belong to one export: by its id if both have one, else by the folder above their months.
fn same_export(one: &PlannedRun, other: &PlannedRun) -> bool {
    let id = |run: &PlannedRun| {
        let manifest = run.manifest.as_ref()?;
        let kind = manifest.kind.to_lowercase();
        Some((manifest.export_id.clone()?, kind))
    };
    if let (Some(one), Some(other)) = (id(one), id(other)) {
        return one == other;
    }
    let called = |run: &PlannedRun| {
        let manifest = run.manifest.as_ref();
        manifest.and_then(|manifest| manifest.export_name.clone())
    };
    let names = called(one).zip(called(other));
    names.is_none_or(|(one, other)| one == other) && one.folder == other.folder
}

/// Advises to give one of two runs: by its folder, unless both are in one.
fn one_of(runs: [&PlannedRun; 2]) -> String {
    let [one, other] = runs.map(|run| names::folder(&run.name));
    if one == other || one.is_empty() || other.is_empty() {
        return "give one of them".to_owned();
    }
    format!("give {one} or {other} alone")
}

/// Decides about a run that overlaps a higher-ranked one. Fails if it is unclear which one counts.
fn replaced(newer: &PlannedRun, run: &PlannedRun) -> Result<Decision, String> {
    let (Some((first, last)), Some((from, to))) = (newer.days, run.days) else {
        return Err(format!(
            "{} and {} are runs of one export, and it is unknown which days they hold; {}",
            newer.name,
            run.name,
            one_of([newer, run])
        ));
    };
    if let Some(missing) = &run.missing {
        let why = format!("the run is incomplete: {missing} is missing");
        return Ok(Decision::LeftOut { why });
    }
    let is_later = newer
        .made_at()
        .zip(run.made_at())
        .is_some_and(|(described, bare)| bare > described);
    if newer.manifest.is_some() && run.manifest.is_none() && is_later {
        let why = "its manifest is not there yet: the run is not complete".to_owned();
        return Ok(Decision::LeftOut { why });
    }
    if first > from || to > last {
        return Err(format!(
            "{} is newer than {} and holds only some of its days: adding both would count those twice; {}",
            newer.name,
            run.name,
            one_of([newer, run])
        ));
    }
    let why = match (newer.made, run.made) {
        _ if newer.manifest.is_some() && run.manifest.is_none() => {
            Some("a run with a manifest replaces one without")
        }
        (Made::Submitted(new), Made::Submitted(old))
        | (Made::FolderTime(new), Made::FolderTime(old)) => (new > old).then_some("an older run"),
        (_, _) => {
            let times = newer.made_at().zip(run.made_at());
            let is_newer = times.is_some_and(|(new, old)| new - old > TimeDelta::hours(1));
            is_newer.then_some("an older run, by the times of the files")
        }
    };
    let Some(why) = why else {
        return Err(format!(
            "{} and {} are runs of the same days, and it is unclear which is newer: adding both would count the days \
             twice. Read one of them: costscope show '{}'",
            newer.name, run.name, newer.name
        ));
    };
    Ok(Decision::Replaced {
        by: newer.name.clone(),
        why: why.to_owned(),
    })
}

/// The days of a manifest. If its end is the first day after the month's folder, the end is exclusive.
fn days_of(
    said: Option<(NaiveDate, NaiveDate)>,
    folder: Option<(NaiveDate, NaiveDate)>,
) -> Option<(NaiveDate, NaiveDate)> {
    match (said, folder) {
        (Some((from, to)), Some((first, last))) if from == first && last.succ_opt() == Some(to) => {
            Some((first, last))
        }
        (said, folder) => said.or(folder),
    }
}

fn overlap(a: Option<(NaiveDate, NaiveDate)>, b: Option<(NaiveDate, NaiveDate)>) -> bool {
    match (a, b) {
        (Some((first, last)), Some((from, to))) => first <= to && from <= last,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
