//! The files of a source: listed, planned, and fetched where the plan reads them.

use super::archived;
use super::fetching::Fetching;
use super::listing;
use super::locks::ContainerLocks;
use super::remote::RemoteSources;
use super::source::{ListedSource, RemoteSource, SourceLook, by_path};
use super::storage_run::{ListedFolders, StorageRun};
use crate::azure::storage::address;
use crate::data::progress::Progress;
use crate::data::sources::candidate::CandidateKind;
use crate::data::sources::gather::{FoundFile, Gatherer};
use crate::data::sources::names;
use crate::data::sources::plan::{FilePlan, PlannedRun, plan};
use crate::domain::period::{DateRange, Month};
use crate::domain::report::reply::Failure;
use crate::domain::text::{bytes, counted};
use crate::ops::error::OpsError;
use crate::store::fetched::BlobEntry;
use crate::store::ledger::LedgerEntry;
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

/// The files of a source, and what was fetched.
pub(crate) struct RemoteFiles {
    pub(crate) found: Vec<FoundFile>,
    pub(crate) note: String,
    /// The runs among them that the ledger can hold, with the reports that have rows of them.
    pub(crate) runs: Vec<(StorageRun, Option<LedgerEntry>)>,
}

/// A report of the ledger, and the names of the blobs whose rows it holds. They are not fetched.
pub(crate) type StoredRun = (LedgerEntry, BTreeSet<String>);

/// Finds the report that has rows of a run.
pub(crate) type Stored<'a> = &'a dyn Fn(&StorageRun) -> Result<Option<StoredRun>, OpsError>;

/// The blobs that the plan reads.
struct BlobReading {
    plan: FilePlan,
    runs: Vec<StorageRun>,
    /// Paths of files whose rows the ledger holds.
    stored: BTreeSet<String>,
}

impl RemoteSources {
    /// Locks the containers of all these sources, in one order whatever the order of the sources is: otherwise two processes
    /// could wait for each other for ever.
    pub(crate) fn lock_all(
        &self,
        names: &[String],
        reading: (&Path, &Progress),
        locks: &mut ContainerLocks,
    ) -> Result<(), OpsError> {
        let remote = names.iter().filter(|name| address::is_one(name));
        let sources: Result<Vec<RemoteSource<'_>>, OpsError> =
            remote.map(|name| self.source(name, reading)).collect();
        locks.hold_all(&sources?)
    }

    /// The files of a source, whose container is locked. What the plan reads is on this machine afterwards.
    pub(crate) fn gather(
        &self,
        name: &str,
        origin: usize,
        reading: (&Path, &Progress),
        stored: Stored<'_>,
    ) -> Result<RemoteFiles, OpsError> {
        let source = self.source(name, reading)?;
        Self::settled(&source, |source| self.look(source, origin, stored))
    }

    /// Lists a source, and reads its manifests.
    pub(super) fn listed_files<'a>(
        &self,
        source: &RemoteSource<'a>,
        origin: usize,
    ) -> Result<SourceLook<ListedSource<'a>>, OpsError> {
        let (blobs, listed_at) = self.listed(source)?;
        let manifests: Vec<&BlobEntry> = blobs
            .iter()
            .filter(|blob| names::is_manifest(&blob.name) && listing::unusable(blob).is_none())
            .collect();
        archived::refuse_manifests(source, &manifests, &blobs)?;
        let local = match Fetching::new(self, source).all(&manifests)? {
            Ok(local) => local,
            Err(failure) => return Ok(SourceLook::Changed(failure)),
        };
        let mut gatherer = Gatherer::new(source.scratch, source.progress);
        let waiting = listing::unusable_runs(&blobs);
        let left_out = source.kept.left_out()?;
        for blob in &blobs {
            let path = local.get(&blob.name).cloned();
            let mut file = listing::file_of(source, blob, path);
            let of_run = waiting.get(names::folder(&blob.name));
            let looked_at = left_out.get(&(blob.name.clone(), blob.etag.clone()));
            file.unusable = file.unusable.or_else(|| of_run.or(looked_at).cloned());
            gatherer.add_listed(&file, origin)?;
        }
        Ok(SourceLook::Ready(ListedSource {
            blobs,
            as_of: listed_at,
            gatherer,
        }))
    }

    /// Lists the source once, and fetches what its plan reads.
    fn look(
        &self,
        source: &RemoteSource<'_>,
        origin: usize,
        stored: Stored<'_>,
    ) -> Result<SourceLook<RemoteFiles>, OpsError> {
        let ListedSource {
            blobs,
            as_of: listed_at,
            mut gatherer,
        } = match self.listed_files(source, origin)? {
            SourceLook::Ready(listed) => listed,
            SourceLook::Changed(failure) => return Ok(SourceLook::Changed(failure)),
        };
        let by_name = by_path(source, &blobs);
        let mut fetching = Fetching::new(self, source);
        let mut asked = BTreeMap::new();
        let folders = Arc::new(ListedFolders::of(source, &blobs));
        let read = loop {
            let candidates = gatherer.found.iter().map(|found| found.candidate.clone());
            let candidates: Vec<_> = candidates.collect();
            // All sources together are planned again, and refused there. Exports of several metrics are not fetched.
            let planned = plan(&candidates).ok();
            let Some(planned) = planned.filter(|plan| plan.metrics().len() < 2) else {
                break None;
            };
            let listed = (&folders, listed_at);
            let of_run = |run| StorageRun::of(source, (run, &candidates), &by_name, listed);
            let runs: Vec<StorageRun> = planned.runs.iter().filter_map(of_run).collect();
            let held = held(&runs, stored, &mut asked)?;
            use_held(&mut gatherer, &held);
            let wanted = absent(&planned, &gatherer.found);
            if wanted.is_empty() {
                break Some(BlobReading {
                    plan: planned,
                    runs,
                    stored: held,
                });
            }
            let parts: Vec<&BlobEntry> = wanted
                .iter()
                .filter_map(|at| by_name.get(&candidates.get(*at)?.path).copied())
                .collect();
            archived::refuse_parts(source, (&planned, &candidates), &by_name, &parts)?;
            let is_fetched = |run: &PlannedRun| run.files.iter().any(|at| wanted.contains(at));
            let days = planned.runs.iter().map(|run| (run.days, is_fetched(run)));
            fetching.describe(months(days), rows_of_parts(&planned));
            if let Err(failure) = take(&mut fetching, &mut gatherer, (wanted, &parts), &by_name)? {
                return Ok(SourceLook::Changed(failure));
            }
            keep_left_out(source, &gatherer.found, (&by_name, &parts))?;
        };
        if let Some(read) = &read {
            fetching.count_stored(read.stored.len());
            self.tidy(
                source,
                (&blobs, listed_at),
                (read, &gatherer.found, &by_name),
            )?;
        }
        let plan = read.as_ref().map(|read| &read.plan);
        Ok(SourceLook::Ready(RemoteFiles {
            note: note(source, (&blobs, listed_at), plan, &fetching),
            found: gatherer.found,
            runs: read.map_or_else(Vec::new, |read| with_reports(read.runs, asked)),
        }))
    }

    /// Keeps the list, and removes blobs that the plan does not read from this machine. Manifests stay.
    fn tidy(
        &self,
        source: &RemoteSource<'_>,
        (blobs, listed_at): (&[BlobEntry], DateTime<Utc>),
        (read, found, by_name): (&BlobReading, &[FoundFile], &HashMap<String, &BlobEntry>),
    ) -> Result<(), OpsError> {
        if source.client.is_none() {
            return Ok(());
        }
        let manifests = blobs.iter().filter(|blob| names::is_manifest(&blob.name));
        let of_file = |found: &FoundFile| blob_of(&found.candidate.path, by_name);
        let files = read.plan.runs.iter().flat_map(|run| &run.files);
        let files = files
            .filter_map(|at| found.get(*at))
            .filter(|found| !found.is_stored())
            .filter_map(of_file);
        let wanted: Vec<&BlobEntry> = manifests.chain(files).collect();
        let now = self.clock.now();
        let (path, shown) = (&source.address.path, &source.address.shown);
        source.kept.tidy(path, (&wanted, blobs), now.into())?;
        Ok(source.kept.keep_list(shown, blobs.to_vec(), listed_at)?)
    }
}

/// The blob of a file: a member of an archive is below the name of its blob.
fn blob_of<'a>(path: &str, by_name: &HashMap<String, &'a BlobEntry>) -> Option<&'a BlobEntry> {
    let mut ends = path.rmatch_indices('/').map(|(at, _)| at);
    let own = by_name.get(path);
    own.or_else(|| ends.find_map(|end| by_name.get(path.get(..end)?)))
        .copied()
}

/// Keeps the reasons of fetched blobs that are left out: the next command does not fetch them.
fn keep_left_out(
    source: &RemoteSource<'_>,
    found: &[FoundFile],
    (by_name, fetched): (&HashMap<String, &BlobEntry>, &[&BlobEntry]),
) -> Result<(), OpsError> {
    // Offline, the container is not locked.
    if source.client.is_none() {
        return Ok(());
    }
    let mut kinds: HashMap<&str, Vec<&CandidateKind>> = HashMap::new();
    for found in found {
        if let Some(blob) = blob_of(&found.candidate.path, by_name) {
            let own = kinds.entry(&blob.name).or_default();
            own.push(&found.candidate.kind);
        }
    }
    for blob in fetched {
        // An archive takes several places, or none if it is empty.
        let own = kinds.get(blob.name.as_str()).into_iter().flatten();
        let whys = own.map(|kind| match kind {
            CandidateKind::Other(why) => Some(why.as_str()),
            CandidateKind::Costs | CandidateKind::Manifest(_) => None,
        });
        if let Some(whys) = whys.collect::<Option<Vec<&str>>>() {
            let why = whys.first().copied().unwrap_or("it is empty");
            source.kept.leave_out(blob, why)?;
        }
    }
    Ok(())
}

/// Fetches parts, and looks into them. The inner error says that one was rewritten or deleted since it was listed.
fn take(
    fetching: &mut Fetching<'_>,
    gatherer: &mut Gatherer<'_>,
    (wanted, parts): (BTreeSet<usize>, &[&BlobEntry]),
    by_name: &HashMap<String, &BlobEntry>,
) -> Result<Result<(), Failure>, OpsError> {
    let local = match fetching.all(parts)? {
        Ok(local) => local,
        Err(failure) => return Ok(Err(failure)),
    };
    let path_of = |path: &str| Some(local.get(&by_name.get(path)?.name)?.as_path());
    settle(gatherer, wanted, path_of)?;
    Ok(Ok(()))
}

/// Looks into files that were fetched, from the end: an archive takes several places.
fn settle<'a>(
    gatherer: &mut Gatherer<'_>,
    fetched: BTreeSet<usize>,
    local: impl Fn(&str) -> Option<&'a Path>,
) -> Result<(), OpsError> {
    for at in fetched.into_iter().rev() {
        let found = gatherer.found.get(at);
        let Some(path) = found.and_then(|found| local(&found.candidate.path)) else {
            return Err(OpsError::Failed("a listed blob has no name".to_owned()));
        };
        gatherer.settle(at, path)?;
    }
    Ok(())
}

/// The paths of files whose rows the ledger holds. Each run is asked for once.
fn held(
    runs: &[StorageRun],
    stored: Stored<'_>,
    asked: &mut BTreeMap<String, Option<StoredRun>>,
) -> Result<BTreeSet<String>, OpsError> {
    let mut paths = BTreeSet::new();
    for run in runs {
        if !asked.contains_key(&run.name) {
            asked.insert(run.name.clone(), stored(run)?);
        }
        let report = asked.get(&run.name).and_then(Option::as_ref);
        let names = report.map(|(_, names)| names);
        let held = run
            .blobs
            .iter()
            .filter(|(_, blob)| names.is_some_and(|names| names.contains(*blob)));
        paths.extend(held.map(|(path, _)| path.clone()));
    }
    Ok(paths)
}

/// The runs with the reports that were found for them.
fn with_reports(
    runs: Vec<StorageRun>,
    mut asked: BTreeMap<String, Option<StoredRun>>,
) -> Vec<(StorageRun, Option<LedgerEntry>)> {
    let mut report = |run: &StorageRun| Some(asked.remove(&run.name).flatten()?.0);
    let runs = runs.into_iter().map(|run| {
        let report = report(&run);
        (run, report)
    });
    runs.collect()
}

/// Takes the rows of files that the ledger holds from there.
fn use_held(gatherer: &mut Gatherer<'_>, held: &BTreeSet<String>) {
    for found in &mut gatherer.found {
        if found.is_absent() && held.contains(&found.candidate.path) {
            found.use_stored();
        }
    }
}

/// The files that a plan reads and that are not on this machine.
fn absent(plan: &FilePlan, found: &[FoundFile]) -> BTreeSet<usize> {
    let files = plan.runs.iter().flat_map(|run| run.files.iter().copied());
    files
        .filter(|at| found.get(*at).is_some_and(FoundFile::is_absent))
        .collect()
}

/// The rows of all parts by the names of their blobs, as far as manifests say.
fn rows_of_parts(plan: &FilePlan) -> BTreeMap<String, u64> {
    let manifests = plan.runs.iter().filter_map(|run| run.manifest.as_ref());
    let rows = manifests.flat_map(|manifest| &manifest.row_counts);
    rows.map(|(blob, rows)| (blob.clone(), *rows)).collect()
}

/// The months of runs by their days, and whether parts of each are fetched: `13 months: 9 unchanged, 4 to fetch`. A run has
/// every month from its first day to its last. `None` where no run says its days.
fn months(runs: impl Iterator<Item = (Option<(NaiveDate, NaiveDate)>, bool)>) -> Option<String> {
    let (mut all, mut to_fetch) = (BTreeSet::new(), BTreeSet::new());
    for (days, is_fetched) in runs {
        let days = days.filter(|(from, to)| from <= to);
        let days = days.map(|(from, to)| DateRange { from, to }.by_month());
        let months = days.into_iter().flatten();
        let months: Vec<Month> = months.map(|part| Month::of(part.from)).collect();
        all.extend(months.iter().copied());
        if is_fetched {
            to_fetch.extend(months);
        }
    }
    let unchanged = all.len() - to_fetch.len();
    (!all.is_empty()).then(|| {
        format!(
            "{}: {unchanged} unchanged, {} to fetch",
            counted(all.len() as u64, "month"),
            to_fetch.len()
        )
    })
}

/// Counts of the listed and the fetched blobs, in one line.
fn note(
    source: &RemoteSource<'_>,
    (blobs, listed_at): (&[BlobEntry], DateTime<Utc>),
    plan: Option<&FilePlan>,
    fetching: &Fetching<'_>,
) -> String {
    let runs = plan.map_or(0, |plan| plan.runs.len());
    let mut listed = counted(blobs.len() as u64, "blob");
    if let Some(age) = source.age(listed_at) {
        listed = format!("{listed} {age}");
    }
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

#[cfg(test)]
mod tests {
    use crate::ops::remote_sources::gathered::months;
    use chrono::NaiveDate;

    #[test]
    fn every_month_of_a_run_counts() {
        let run = |(from, to, is_fetched): &(&str, &str, bool)| {
            let day = |text: &str| text.parse::<NaiveDate>().unwrap();
            (Some((day(from), day(to))), *is_fetched)
        };
        let cases: [(&[(&str, &str, bool)], Option<&str>); 6] = [
            (&[], None),
            (
                &[("2026-10-01", "2026-10-31", true)],
                Some("1 month: 0 unchanged, 1 to fetch"),
            ),
            (
                &[("2026-10-01", "2026-10-31", false)],
                Some("1 month: 1 unchanged, 0 to fetch"),
            ),
            (
                &[("2025-11-15", "2026-02-01", true)],
                Some("4 months: 0 unchanged, 4 to fetch"),
            ),
            (
                &[
                    ("2026-01-01", "2026-12-31", false),
                    ("2026-06-01", "2026-06-30", true),
                ],
                Some("12 months: 11 unchanged, 1 to fetch"),
            ),
            // Days that go backwards are none.
            (&[("2026-10-31", "2026-10-01", true)], None),
        ];
        for (runs, expected) in cases {
            let found = months(runs.iter().map(run));
            assert_eq!(found.as_deref(), expected, "{runs:?}");
        }
        assert_eq!(months([(None, true)].into_iter()), None);
    }
}
