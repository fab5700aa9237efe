//! The files of a source: listed, planned, and fetched where the plan reads them.

use super::fetching::Fetching;
use super::listing;
use super::remote::RemoteSources;
use super::source::{Listed, Look, Source, by_path};
use crate::data::progress::Progress;
use crate::data::sources::gather::{FoundFile, Gatherer};
use crate::data::sources::names;
use crate::data::sources::plan::{Plan, plan};
use crate::domain::text::{bytes, counted};
use crate::ops::error::OpsError;
use crate::store::fetched::BlobEntry;
use std::collections::BTreeSet;
use std::path::Path;

/// The files of a source, and what was fetched.
pub(crate) struct RemoteFiles {
    pub(crate) found: Vec<FoundFile>,
    pub(crate) note: String,
}

impl RemoteSources {
    /// The files of a source. What the plan reads is on this machine afterwards.
    pub(crate) fn gather(
        &self,
        name: &str,
        origin: usize,
        reading: (&Path, &Progress),
    ) -> Result<RemoteFiles, OpsError> {
        let source = self.source(name, reading)?;
        Self::settled(&source, |source| self.look(source, origin))
    }

    /// Lists a source, and reads its manifests.
    pub(super) fn listed_files<'a>(
        &self,
        source: &Source<'a>,
        origin: usize,
    ) -> Result<Look<Listed<'a>>, OpsError> {
        let blobs = self.listed(source)?;
        let manifests: Vec<&BlobEntry> = blobs
            .iter()
            .filter(|blob| names::is_manifest(&blob.name) && listing::unusable(blob).is_none())
            .collect();
        let local = match Fetching::new(self, source).all(&manifests)? {
            Ok(local) => local,
            Err(failure) => return Ok(Look::Changed(failure)),
        };
        let mut gatherer = Gatherer::new(source.scratch, source.progress);
        for blob in &blobs {
            let path = local.get(&blob.name).cloned();
            gatherer.add_listed(&listing::file_of(source, blob, path), origin)?;
        }
        let listed = Listed { blobs, gatherer };
        Ok(Look::Ready(listed))
    }

    /// Lists the source once, and fetches what its plan reads.
    fn look(&self, source: &Source<'_>, origin: usize) -> Result<Look<RemoteFiles>, OpsError> {
        let Listed {
            blobs,
            mut gatherer,
        } = match self.listed_files(source, origin)? {
            Look::Ready(listed) => listed,
            Look::Changed(failure) => return Ok(Look::Changed(failure)),
        };
        let by_name = by_path(source, &blobs);
        let mut fetching = Fetching::new(self, source);
        let read = loop {
            let candidates = gatherer.found.iter().map(|found| found.candidate.clone());
            let candidates: Vec<_> = candidates.collect();
            // All sources together are planned again, and refused there.
            let Ok(planned) = plan(&candidates) else {
                break None;
            };
            let wanted = absent(&planned, &gatherer.found);
            if wanted.is_empty() {
                break Some(planned);
            }
            let parts: Vec<&BlobEntry> = wanted
                .iter()
                .filter_map(|at| by_name.get(&candidates.get(*at)?.path).copied())
                .collect();
            listing::refuse_archived(source, &parts)?;
            let local = match fetching.all(&parts)? {
                Ok(local) => local,
                Err(failure) => return Ok(Look::Changed(failure)),
            };
            // From the end, since an archive takes several places.
            for at in wanted.into_iter().rev() {
                let path = candidates.get(at).map(|candidate| &candidate.path);
                let blob = path.and_then(|path| by_name.get(path));
                let Some(path) = blob.and_then(|blob| local.get(&blob.name)) else {
                    return Err(OpsError::Failed("a listed blob has no name".to_owned()));
                };
                gatherer.settle(at, path)?;
            }
        };
        if source.client.is_some() && read.is_some() {
            let shown = &source.address.shown;
            source.kept.tidy(&source.address.path, &blobs)?;
            source
                .kept
                .keep_list(shown, blobs.clone(), self.clock.now())?;
        }
        Ok(Look::Ready(RemoteFiles {
            note: note(source, &blobs, read.as_ref(), &fetching),
            found: gatherer.found,
        }))
    }
}

/// The files that a plan reads and that are not on this machine.
fn absent(plan: &Plan, found: &[FoundFile]) -> BTreeSet<usize> {
    let files = plan.runs.iter().flat_map(|run| run.files.iter().copied());
    files
        .filter(|at| found.get(*at).is_some_and(FoundFile::is_absent))
        .collect()
}

/// What was listed and fetched, in one line.
fn note(
    source: &Source<'_>,
    blobs: &[BlobEntry],
    plan: Option<&Plan>,
    fetching: &Fetching<'_>,
) -> String {
    let runs = plan.map_or(0, |plan| plan.runs.len());
    let listed = counted(blobs.len() as u64, "blob");
    let runs = counted(runs as u64, "run");
    let fetched = match fetching.fetched() {
        (0, _) => "nothing to fetch".to_owned(),
        (parts, size) => format!("{} fetched ({})", counted(parts, "part"), bytes(size)),
    };
    let unchanged = match fetching.unchanged() {
        0 => String::new(),
        parts => format!(", {} unchanged", counted(parts, "part")),
    };
    format!(
        "{}: {listed}, {runs} read; {fetched}{unchanged}",
        source.address.shown
    )
}
