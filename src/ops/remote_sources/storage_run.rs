//! Runs of exports that the ledger can hold: their keys, and the blobs that they consist of.

use super::source::RemoteSource;
use crate::data::ingest::READING_RULES;
use crate::data::sources::candidate::Candidate;
use crate::data::sources::names;
use crate::data::sources::plan::PlannedRun;
use crate::domain::period::{DateRange, Period};
use crate::domain::report::request::{ExportName, ReportKey, ReportRequest, Subset};
use crate::domain::scope::ScopeId;
use crate::domain::text::is_below;
use crate::ops::error::OpsError;
use crate::store::fetched::{BlobEntry, FetchedBlobs};
use crate::store::ledger::{ExportSource, SourceBlob};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The folders with manifests in a list, as places in the ledger are written.
pub(super) struct ListedFolders {
    /// The place that was listed.
    below: String,
    folders: BTreeSet<String>,
}

impl ListedFolders {
    pub(super) fn of(source: &RemoteSource<'_>, blobs: &[BlobEntry]) -> Self {
        let address = &source.address;
        let place = |path: &str| format!("{}/{path}", address.home);
        Self {
            below: place(&address.path).trim_end_matches('/').to_owned(),
            folders: blobs
                .iter()
                .filter(|blob| names::is_manifest(&blob.name))
                .map(|blob| place(names::folder(&blob.name)))
                .collect(),
        }
    }

    /// Whether a place would have been listed, and has no manifest any more.
    fn lacks(&self, place: &str) -> bool {
        is_below(place, &self.below) && !self.folders.contains(place)
    }
}

/// One run of an export in storage.
pub(crate) struct StorageRun {
    /// The name of the run in the plan.
    pub(crate) name: String,
    pub(crate) request: ReportRequest,
    pub(crate) key: ReportKey,
    /// The keys that versions before folders and before places of exports stored it under.
    pub(crate) older_keys: Vec<ReportKey>,
    /// Its parts. Its tables are known when it has been read.
    pub(crate) source: ExportSource,
    /// The names of its blobs by the paths of its files.
    pub(crate) blobs: BTreeMap<String, String>,
    /// When it was listed.
    pub(crate) listed_at: DateTime<Utc>,
    fetched: FetchedBlobs,
    entries: Vec<BlobEntry>,
    listed: Arc<ListedFolders>,
}

impl StorageRun {
    /// A run of a plan, if its manifest says all that a key of the ledger needs.
    pub(super) fn of(
        source: &RemoteSource<'_>,
        (run, candidates): (&PlannedRun, &[Candidate]),
        by_path: &HashMap<String, &BlobEntry>,
        (listed, listed_at): (&Arc<ListedFolders>, DateTime<Utc>),
    ) -> Option<Self> {
        let manifest = run.manifest.as_deref()?;
        run.rows?;
        let (from, to) = run.days.filter(|(from, to)| from <= to)?;
        let address = &source.address;
        let folder = names::folder(&run.name);
        let below = folder.strip_prefix(address.root.as_str())?;
        let place = format!("{}{below}", address.home);
        let export = ExportName {
            name: manifest
                .export_name
                .clone()
                .filter(|name| !name.is_empty())?,
            place: Some(address.home.clone()),
            folder: None,
        };
        let request = ReportRequest {
            scope: ScopeId::parse(manifest.scope.as_deref()?).ok()?,
            metric: manifest.counts_as()?,
            period: Period::Dates(DateRange { from, to }),
            subset: Subset::default(),
            export: Some(export.placed_by(&place)),
        };
        let (mut blobs, mut entries) = (BTreeMap::new(), Vec::new());
        for at in &run.files {
            let path = &candidates.get(*at)?.path;
            let blob = *by_path.get(path)?;
            blobs.insert(path.clone(), blob.name.clone());
            entries.push(blob.clone());
        }
        if entries.is_empty() {
            return None;
        }
        let marks = entries.iter().map(|blob| SourceBlob {
            name: blob.name.clone(),
            etag: blob.etag.clone(),
            bytes: blob.bytes,
        });
        let older = request.older_forms();
        Some(Self {
            name: run.name.clone(),
            key: request.key(&source.origin),
            older_keys: older.iter().map(|form| form.key(&source.origin)).collect(),
            request,
            source: ExportSource {
                place,
                run: run.id(),
                submitted: manifest.submitted,
                blobs: marks.collect(),
                tables: Vec::new(),
                rules: READING_RULES,
            },
            blobs,
            listed_at,
            fetched: source.kept.clone(),
            entries,
            listed: Arc::clone(listed),
        })
    }

    /// Whether the run of a place was deleted: its manifest would have been listed with this run.
    pub(crate) fn has_lost(&self, place: &str) -> bool {
        self.listed.lacks(place)
    }

    /// The keys that it may be stored under, its own first.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &ReportKey> {
        [&self.key].into_iter().chain(&self.older_keys)
    }

    /// Removes its blobs from this machine. Their rows are in the ledger.
    pub(crate) fn remove_blobs(&self) -> Result<(), OpsError> {
        Ok(self.fetched.remove(&self.entries)?)
    }
}
