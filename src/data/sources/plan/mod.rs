//! Decides for each candidate whether it is read, replaced by a newer run, or left out, and why.
//!
//! Pure: it sees names, times and manifests, never a row. Rows are compared when they are read.

pub mod metrics;
#[cfg(test)]
mod metrics_tests;
mod replacing;
mod run;

use super::candidate::{Candidate, CandidateKind};
use super::index::Index;
use super::manifest::ExportManifest;
use super::names;
use chrono::NaiveDate;
use replacing::{one_of, overlap, replaced, same_export, unfinished};
use run::Made;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use run::{Decision, PlannedRun};

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
                    let text = replacing::missing(&kept, &run, missing);
                    return Err(self.refuse(text, false));
                }
                if let Some(decision) = unfinished(&kept, &run) {
                    self.decide(&run.files, &decision);
                    continue;
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

#[cfg(test)]
mod tests;
