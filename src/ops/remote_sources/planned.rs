//! The blobs that the newest complete runs of a source consist of, without fetching them: other programs can read them.

use super::archived;
use super::locks::ContainerLocks;
use super::remote::RemoteSources;
use super::source::{ListedSource, by_path};
use crate::data::progress::Progress;
use crate::data::sources::plan::{Decision, FilePlan, plan};
use crate::domain::text::counted;
use crate::ops::error::OpsError;
use crate::store::fetched::BlobEntry;
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A blob that the plan of a source reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedBlob {
    pub account: String,
    pub container: String,
    pub name: String,
    /// Its address over https (or http on loopback), encoded, without a credential.
    pub url: String,
    pub bytes: u64,
    pub etag: String,
    pub days: Option<(NaiveDate, NaiveDate)>,
    pub export: Option<String>,
    pub run: Option<String>,
}

/// The parts of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedSource {
    pub blobs: Vec<PlannedBlob>,
    /// The fate of the other blobs, and the facts that only reading can tell.
    pub notes: Vec<String>,
}

impl RemoteSources {
    /// The blobs that the plan of a source reads. Only manifests are fetched.
    pub fn planned(
        &self,
        name: &str,
        reading: (&Path, &Progress),
    ) -> Result<PlannedSource, OpsError> {
        let source = self.source(name, reading)?;
        let mut locks = ContainerLocks::default();
        locks.hold(&source)?;
        let ListedSource {
            blobs,
            as_of,
            gatherer,
        } = Self::settled(&source, |source| self.listed_files(source, 0))?;
        let candidates = gatherer.found.iter().map(|found| found.candidate.clone());
        let candidates: Vec<_> = candidates.collect();
        let planned = plan(&candidates)?;
        refuse_mixed(&planned, &source.address.shown)?;
        let by_path = by_path(&source, &blobs);
        let blob_of = |at: &usize| by_path.get(&candidates.get(*at)?.path).copied();
        let parts = planned.runs.iter().flat_map(|run| &run.files);
        let parts: Vec<&BlobEntry> = parts.filter_map(blob_of).collect();
        archived::refuse_parts(&source, (&planned, &candidates), &by_path, &parts)?;
        let (mut out, address) = (Vec::new(), &source.address);
        for run in &planned.runs {
            let manifest = run.manifest.as_ref();
            for blob in run.files.iter().filter_map(blob_of) {
                let url = address.blob_url(&blob.name).map_err(OpsError::Failed)?;
                out.push(PlannedBlob {
                    account: address.account.clone(),
                    container: address.container.clone(),
                    name: blob.name.clone(),
                    url: url.to_string(),
                    bytes: blob.bytes,
                    etag: blob.etag.clone(),
                    days: run.days,
                    export: manifest.and_then(|manifest| manifest.export_name.clone()),
                    run: run.id(),
                });
            }
        }
        let mut notes = notes(&planned, &out);
        notes.extend(source.age(as_of));
        Ok(PlannedSource { blobs: out, notes })
    }
}

/// Refuses runs of several datasets: their rows have the same costs, counted in different ways.
fn refuse_mixed(plan: &FilePlan, shown: &str) -> Result<(), OpsError> {
    let manifests = plan.runs.iter().filter_map(|run| run.manifest.as_ref());
    let kinds: BTreeMap<String, &str> = manifests
        .map(|manifest| (manifest.kind.to_lowercase(), manifest.kind.as_str()))
        .collect();
    if kinds.len() < 2 {
        return Ok(());
    }
    let kinds: Vec<&str> = kinds.into_values().collect();
    Err(OpsError::Failed(format!(
        "{shown} has exports of {}, which must not be added up: give the folder of one export",
        kinds.join(" and ")
    )))
}

/// The other blobs, counted by the reason that they are not among these.
fn notes(plan: &FilePlan, blobs: &[PlannedBlob]) -> Vec<String> {
    let (mut replaced, mut left_out) = (0, BTreeMap::<&str, u64>::new());
    for decision in &plan.decisions {
        match decision {
            Decision::Replaced { .. } => replaced += 1,
            Decision::LeftOut { why } => *left_out.entry(why).or_default() += 1,
            Decision::Read | Decision::Manifest => {}
        }
    }
    let runs = counted(plan.runs.len() as u64, "run");
    let mut notes = vec![format!("{} of {runs}", counted(blobs.len() as u64, "blob"))];
    if replaced > 0 {
        let blobs = counted(replaced, "blob");
        notes.push(format!(
            "{blobs} of older runs left out: newer runs have their days"
        ));
    }
    for (why, count) in left_out {
        notes.push(format!("{} left out: {why}", counted(count, "blob")));
    }
    let unknown = plan.runs.iter().filter(|run| run.manifest.is_none());
    let unknown: BTreeSet<&str> = unknown.map(|run| run.name.as_str()).collect();
    if let Some(first) = unknown.first() {
        let more = match unknown.len() {
            1 => String::new(),
            count => format!(" (and {} more)", count - 1),
        };
        notes.push(format!(
            "{first}{more} has no manifest: nothing tells whether it is complete, or whether it has costs"
        ));
    }
    notes
}
