//! The list of a source: from the storage, or the last one that was kept.

use super::remote::RemoteSources;
use super::source::{RemoteSource, stopped};
use super::waits::Wait;
use crate::azure::error::AzureError;
use crate::azure::storage::address::decoded_path;
use crate::azure::storage::listing;
use crate::azure::storage::listing::{ListedBlob, Listening};
use crate::azure::storage::sas::Sas;
use crate::data::sources::gather::listed::ListedFile;
use crate::data::sources::names;
use crate::domain::report::reply::Failure;
use crate::domain::text::shell::word;
use crate::domain::text::{counted, is_below};
use crate::ops::error::OpsError;
use crate::store::fetched::BlobEntry;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

impl RemoteSources {
    /// The blobs of a source, sorted by name, and when they were listed.
    pub(super) fn listed(
        &self,
        source: &RemoteSource<'_>,
    ) -> Result<(Vec<BlobEntry>, DateTime<Utc>), OpsError> {
        let shown = &source.address.shown;
        let Some(client) = &source.client else {
            return self.kept_list(source);
        };
        let listed_at = self.clock.now();
        let (address, progress) = (&source.address, source.progress);
        let mut heard = ListWatch::new(source);
        let path = &address.path;
        let work = async {
            if address.sas.as_ref().is_some_and(Sas::is_for_one_blob) {
                return Ok::<_, OpsError>(vec![listing::one(client, address, &mut heard).await?]);
            }
            let prefix = match path.as_str() {
                "" => String::new(),
                path => format!("{path}/"),
            };
            let below = listing::list(client, address, &prefix, &mut heard).await?;
            if !below.is_empty() || path.is_empty() {
                return Ok(below);
            }
            heard = ListWatch::new(source);
            let alike = listing::list(client, address, path, &mut heard).await?;
            Ok(alike
                .into_iter()
                .filter(|blob| blob.name == *path)
                .collect())
        };
        let found = source.runtime.block_on(Self::heard(source, work));
        stopped(progress)?;
        if let (Err(error), true) = (&found, heard.is_over) {
            let error = error.to_string();
            let said = error.trim_end_matches('.');
            let message = format!("{said}; timed out: {}", source.waits.over());
            return Err(OpsError::Report(Failure::GaveUp { message }));
        }
        let found: Vec<ListedBlob> = found.map_err(|error| match error {
            OpsError::Azure(AzureError::Unauthorized(why)) if address.sas.is_some() => {
                source.needs_sas(&why)
            }
            error => error,
        })?;
        if found.is_empty() {
            return Err(OpsError::Failed(nothing_below(shown)));
        }
        let blobs = without_folders(found).map_err(OpsError::Failed)?;
        Ok((blobs, listed_at))
    }
}

impl RemoteSources {
    /// The newest list of a source: its own, or its part of that of a folder above it.
    fn kept_list(
        &self,
        source: &RemoteSource<'_>,
    ) -> Result<(Vec<BlobEntry>, DateTime<Utc>), OpsError> {
        let (shown, path) = (&source.address.shown, &source.address.path);
        let lists = source.kept.lists()?;
        for list in &lists {
            // The same place may be written in several ways.
            let listed = self.address(&list.source);
            if !listed.is_ok_and(|(listed, _)| is_below(path, &listed.path)) {
                continue;
            }
            let is_inside = |blob: &&BlobEntry| is_below(&blob.name, path);
            let blobs: Vec<BlobEntry> = list.blobs.iter().filter(is_inside).cloned().collect();
            if !blobs.is_empty() {
                return Ok((blobs, list.listed_at));
            }
        }
        let mut known: Vec<&str> = lists.iter().map(|list| list.source.as_str()).collect();
        known.sort_unstable();
        let known = match known.as_slice() {
            [] => String::new(),
            known => format!(". Listed places of its container: {}", known.join(", ")),
        };
        Err(OpsError::Failed(format!(
            "--offline: {shown} was never fetched; open it once without --offline{known}"
        )))
    }
}

/// The error of an empty list.
fn nothing_below(shown: &str) -> String {
    let advice = decoded_path(shown).map_or_else(
        || "check its spelling and case".to_owned(),
        |plain| format!("names are not percent-encoded here: try {}", word(&plain)),
    );
    format!("{shown}: there is no blob below this path; {advice}")
}

/// The callbacks of a list: its progress, and its waits.
struct ListWatch<'a> {
    source: &'a RemoteSource<'a>,
    /// Blobs that were looked at, and the runs among them.
    seen: usize,
    runs: u64,
    /// When the storage was first busy or away since the last page, by the steady clock, and the tries since.
    away_since: Option<TimeDelta>,
    tries: u32,
    /// Whether the time to wait was over.
    is_over: bool,
}

impl<'a> ListWatch<'a> {
    fn new(source: &'a RemoteSource<'a>) -> Self {
        Self {
            source,
            seen: 0,
            runs: 0,
            away_since: None,
            tries: 1,
            is_over: false,
        }
    }
}

impl Listening for ListWatch<'_> {
    fn page(&mut self, pages: usize, found: &[ListedBlob]) -> bool {
        (self.away_since, self.tries) = (None, 1);
        let new = found.iter().skip(self.seen);
        self.runs += new.filter(|blob| names::is_manifest(&blob.name)).count() as u64;
        self.seen = found.len();
        let pages = counted(pages as u64, "page");
        let blobs = counted(found.len() as u64, "blob");
        let runs = counted(self.runs, "run");
        self.source
            .say(format!("listing: {pages}, {blobs}, {runs}"));
        !self.source.progress.is_cancelled()
    }

    fn may_wait(&mut self, length: TimeDelta, why: &str) -> bool {
        let now = self.source.waits.steady();
        let gone = now - *self.away_since.get_or_insert(now);
        if self.source.waits.with_next(gone, length).is_none() {
            self.is_over = true;
            return false;
        }
        self.tries += 1;
        let wait = Wait {
            what: "listing",
            // The error of a connection names its host.
            is_name: !why.starts_with("the storage answered"),
            why,
            length,
            next_try: self.tries,
        };
        self.source.waits.begin(self.source.progress, &wait);
        true
    }
}

/// The blobs as they are kept, without the markers of folders.
fn without_folders(found: Vec<ListedBlob>) -> Result<Vec<BlobEntry>, String> {
    let mut folders: HashSet<String> = HashSet::new();
    for blob in &found {
        let mut name = blob.name.as_str();
        while let Some((folder, _)) = name.rsplit_once('/') {
            if !folders.insert(folder.to_owned()) {
                break;
            }
            name = folder;
        }
    }
    let is_marker = |blob: &ListedBlob| {
        let name = blob.name.trim_end_matches('/');
        blob.bytes == 0 && (folders.contains(name) || blob.name.ends_with('/'))
    };
    let mut entries: Vec<BlobEntry> = found
        .into_iter()
        .filter(|blob| !is_marker(blob))
        .map(|blob| BlobEntry {
            name: blob.name,
            etag: blob.etag,
            bytes: blob.bytes,
            modified: blob.modified,
            tier: blob.tier,
            copy: blob.copy,
        })
        .collect();
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let mut pairs = entries.iter().zip(entries.iter().skip(1));
    // Its rows would count twice.
    match pairs.find(|(one, next)| one.name == next.name) {
        Some((twice, _)) => Err(format!(
            "the storage lists {} twice; run the command again",
            twice.name
        )),
        None => Ok(entries),
    }
}

/// The reason a blob cannot be read yet.
pub(super) fn unusable(blob: &BlobEntry) -> Option<String> {
    match blob.copy.as_deref() {
        None | Some("success") => {
            (blob.bytes == 0).then(|| "it is empty (0 bytes), without a header or rows".to_owned())
        }
        Some(state) => Some(format!("its copy to this account has not ended ({state})")),
    }
}

/// The reason why nothing in a folder can be read yet, for each folder whose manifest cannot be read: only the manifest tells
/// what its run consists of.
pub(super) fn unusable_runs(blobs: &[BlobEntry]) -> BTreeMap<&str, String> {
    let manifests = blobs.iter().filter(|blob| names::is_manifest(&blob.name));
    let unread = manifests.filter_map(|blob| {
        let is_copied = matches!(blob.copy.as_deref(), None | Some("success"));
        let why = if is_copied {
            "the manifest of its run is empty"
        } else {
            "the manifest of its run has not been copied yet"
        };
        unusable(blob).map(|_| (names::folder(&blob.name), why.to_owned()))
    });
    unread.collect()
}

/// A blob for the plan.
pub(super) fn file_of(
    source: &RemoteSource<'_>,
    blob: &BlobEntry,
    local: Option<PathBuf>,
) -> ListedFile {
    let path = &source.address.path;
    let below = blob.name.strip_prefix(path.as_str());
    let below = below.filter(|_| is_below(&blob.name, path));
    let name = below.unwrap_or(&blob.name).trim_start_matches('/');
    ListedFile {
        path: source.address.source_of(&blob.name),
        name: if name.is_empty() { &blob.name } else { name }.to_owned(),
        bytes: blob.bytes,
        modified: blob.modified,
        local,
        unusable: unusable(blob),
        named: blob.name == *path,
    }
}

#[cfg(test)]
mod tests {
    use crate::azure::storage::listing::ListedBlob;
    use crate::ops::remote_sources::listing::{unusable, unusable_runs, without_folders};
    use crate::store::fetched::BlobEntry;

    fn entry(name: &str, bytes: u64, copy: Option<&str>) -> BlobEntry {
        BlobEntry {
            name: name.to_owned(),
            etag: "0x1".to_owned(),
            bytes,
            modified: None,
            tier: None,
            copy: copy.map(ToOwned::to_owned),
        }
    }

    #[test]
    fn empty_blobs_and_copies_that_have_not_ended_cannot_be_read() {
        for (bytes, copy, why) in [
            (5, None, None),
            (5, Some("success"), None),
            (5, Some("pending"), Some("pending")),
            (0, Some("pending"), Some("pending")),
            (0, None, Some("empty (0 bytes)")),
            (0, Some("success"), Some("empty (0 bytes)")),
        ] {
            let found = unusable(&entry("a.csv", bytes, copy));
            let is_it = found
                .as_deref()
                .zip(why)
                .map(|(found, why)| found.contains(why));
            assert_eq!(
                (found.is_some(), is_it),
                (why.is_some(), why.map(|_| true)),
                "{bytes} {copy:?}"
            );
        }
    }

    #[test]
    fn a_run_without_a_readable_manifest_is_not_read() {
        let blobs = [
            entry("e/a/manifest.json", 5, None),
            entry("e/b/manifest.json", 5, Some("pending")),
            entry("e/b/part_0.csv", 5, None),
            entry("e/c/manifest.json", 0, None),
            entry("e/d/manifest.json", 0, Some("pending")),
            entry("e/f/part_0.csv", 0, None),
        ];
        let found: Vec<(&str, String)> = unusable_runs(&blobs).into_iter().collect();
        let copied = "the manifest of its run has not been copied yet";
        let expected = [
            ("e/b", copied),
            ("e/c", "the manifest of its run is empty"),
            ("e/d", copied),
        ];
        let expected = expected.map(|(folder, why)| (folder, why.to_owned()));
        assert_eq!(found, expected);
    }

    #[test]
    fn markers_of_folders_are_no_blobs() {
        let blob = |name: &str, bytes: u64| ListedBlob {
            name: name.to_owned(),
            bytes,
            etag: "0x1".to_owned(),
            modified: None,
            tier: None,
            copy: None,
        };
        let found = vec![
            blob("cost", 0),
            blob("cost/daily", 0),
            blob("cost/daily/b.csv", 5),
            blob("cost/daily/a.csv", 0),
            blob("cost/other/", 0),
        ];
        let names: Vec<String> = without_folders(found)
            .unwrap()
            .into_iter()
            .map(|blob| blob.name)
            .collect();
        assert_eq!(names, ["cost/daily/a.csv", "cost/daily/b.csv"]);
        let twice = vec![blob("cost/a.csv", 5), blob("cost/a.csv", 6)];
        assert!(
            without_folders(twice)
                .unwrap_err()
                .contains("cost/a.csv twice")
        );
    }
}
