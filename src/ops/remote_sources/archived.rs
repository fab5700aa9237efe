//! Archived blobs: the months that they belong to, and the sources that leave them out.
//!
//! A source with such a blob is refused before anything of it is fetched: a total without one of its months would be taken
//! for the whole. Whoever wants it without that month gives the other folders.

use super::source::RemoteSource;
use crate::data::sources::candidate::Candidate;
use crate::data::sources::names;
use crate::data::sources::plan::FilePlan;
use crate::domain::period::{DateRange, Month};
use crate::domain::report::reply::Failure;
use crate::domain::text::is_below;
use crate::domain::text::{counted, shell};
use crate::ops::error::OpsError;
use crate::store::fetched::BlobEntry;
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A run of a list: the names of its blobs, and its days.
struct ListedRun<'a> {
    names: Vec<&'a str>,
    days: Option<(NaiveDate, NaiveDate)>,
}

fn is_archived(blob: &BlobEntry) -> bool {
    blob.tier.as_deref() == Some("Archive")
}

/// The blobs that have to be rehydrated before they can be fetched.
fn cold_of<'a>(source: &RemoteSource<'_>, blobs: &[&'a BlobEntry]) -> Vec<&'a BlobEntry> {
    let is_cold = |blob: &&BlobEntry| is_archived(blob) && !source.kept.has(blob);
    blobs.iter().copied().filter(is_cold).collect()
}

/// Refuses archived parts of the runs that a plan reads. They would be refused one by one after hours.
pub(super) fn refuse_parts(
    source: &RemoteSource<'_>,
    (plan, candidates): (&FilePlan, &[Candidate]),
    by_path: &HashMap<String, &BlobEntry>,
    parts: &[&BlobEntry],
) -> Result<(), OpsError> {
    let cold = cold_of(source, parts);
    if cold.is_empty() {
        return Ok(());
    }
    let name = |at: &usize| Some(by_path.get(&candidates.get(*at)?.path)?.name.as_str());
    let runs = plan.runs.iter().map(|run| ListedRun {
        names: run.files.iter().filter_map(name).collect(),
        days: run.days,
    });
    let runs: Vec<ListedRun<'_>> = runs.collect();
    Err(refusal(source, &cold, &runs))
}

/// Refuses archived manifests: without them, nothing tells what the runs consist of, and which of them is the newest.
pub(super) fn refuse_manifests(
    source: &RemoteSource<'_>,
    manifests: &[&BlobEntry],
    blobs: &[BlobEntry],
) -> Result<(), OpsError> {
    let cold = cold_of(source, manifests);
    if cold.is_empty() {
        return Ok(());
    }
    let is_here = |blob: &BlobEntry| source.kept.has(blob);
    let runs = newest_runs(manifests, blobs, is_here);
    Err(refusal(source, &cold, &runs))
}

/// The newest run of each folder of days, as far as names and times tell, if nothing of it is archived.
fn newest_runs<'a>(
    manifests: &[&'a BlobEntry],
    blobs: &'a [BlobEntry],
    is_here: impl Fn(&BlobEntry) -> bool,
) -> Vec<ListedRun<'a>> {
    let mut newest: BTreeMap<&str, &BlobEntry> = BTreeMap::new();
    for manifest in manifests {
        let name = manifest.name.as_str();
        let days = names::days_folder(name).unwrap_or_else(|| names::folder(name));
        let known = newest.entry(days).or_insert(manifest);
        if known.modified < manifest.modified {
            *known = manifest;
        }
    }
    let runs = newest.into_values().filter_map(|manifest| {
        let folder = names::folder(&manifest.name);
        let own: Vec<&BlobEntry> = blobs
            .iter()
            .filter(|blob| is_below(&blob.name, folder))
            .collect();
        // If its manifest is here, it was read before, and its rows may be in the ledger.
        let is_whole = own.iter().all(|blob| !is_archived(blob)) || is_here(manifest);
        is_whole.then(|| ListedRun {
            names: own.iter().map(|blob| blob.name.as_str()).collect(),
            days: names::days(&manifest.name),
        })
    });
    runs.collect()
}

/// The error: the first archived blob, its month, and the two ways on.
fn refusal(source: &RemoteSource<'_>, cold: &[&BlobEntry], runs: &[ListedRun<'_>]) -> OpsError {
    let address = &source.address;
    let cold_names: BTreeSet<&str> = cold.iter().map(|blob| blob.name.as_str()).collect();
    let first = cold.first().map_or("", |blob| blob.name.as_str());
    let more = match cold.len().saturating_sub(1) {
        0 => String::new(),
        more => format!(" and {}", counted(more as u64, "other blob")),
    };
    let months = match month_words(&cold_names, runs) {
        Some(months) => format!(", costs of {months}"),
        None => String::new(),
    };
    let others = sources_without(&address.path, &cold_names, runs);
    let others: Vec<String> = others
        .iter()
        .map(|name| shell::word(&address.source_of(name)))
        .collect();
    let without = if others.is_empty() {
        String::new()
    } else {
        let what = if others.len() == 1 {
            "this source"
        } else {
            "these sources"
        };
        format!(
            ". To leave out what is archived, give {what} in the place of {}: {}",
            address.shown,
            others.join(" ")
        )
    };
    OpsError::Report(Failure::Rejected {
        message: format!(
            "{}{more}: archived (AccessTier Archive){months}. Rehydrate to Hot or Cool, which takes hours: az storage blob \
             set-tier --account-name {} --container-name {} --name {} --tier Hot --auth-mode login{without}",
            address.source_of(first),
            address.account,
            address.container,
            shell::word(first),
        ),
    })
}

/// The months of archived blobs: from the days of their runs, else from their folders.
fn month_words(cold: &BTreeSet<&str>, runs: &[ListedRun<'_>]) -> Option<String> {
    let of_run = |name: &&str| runs.iter().find(|run| run.names.contains(name))?.days;
    let days = cold
        .iter()
        .filter_map(|name| of_run(name).or_else(|| names::days(name)));
    let months: BTreeSet<Month> = days
        .filter(|(from, to)| from <= to)
        .flat_map(|(from, to)| DateRange { from, to }.by_month())
        .map(|part| Month::of(part.from))
        .collect();
    let words: Vec<String> = months.iter().map(Month::to_string).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// The names of folders and blobs below a path that have all runs without archived blobs, and no archived one.
fn sources_without<'a>(
    path: &str,
    cold: &BTreeSet<&str>,
    runs: &[ListedRun<'a>],
) -> BTreeSet<&'a str> {
    let has_cold = |folder: &str| cold.iter().any(|name| is_below(name, folder));
    let fits = |folder: &&str, run: &ListedRun<'_>| {
        *folder != path
            && is_below(folder, path)
            && !has_cold(folder)
            && run.names.iter().all(|name| is_below(name, folder))
    };
    let mut found = BTreeSet::new();
    for run in runs {
        let Some(first) = run.names.first() else {
            continue;
        };
        if run.names.iter().any(|name| cold.contains(name)) {
            continue;
        }
        let folders = [names::days_folder(first), Some(names::folder(first))];
        match folders.into_iter().flatten().find(|name| fits(name, run)) {
            Some(folder) => {
                found.insert(folder);
            }
            None => found.extend(run.names.iter().copied()),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::ops::remote_sources::archived::{
        ListedRun, month_words, newest_runs, sources_without,
    };
    use crate::store::fetched::BlobEntry;
    use chrono::{DateTime, Utc};
    use std::collections::BTreeSet;

    fn run<'a>(names: &[&'a str], days: Option<(&str, &str)>) -> ListedRun<'a> {
        let days = days.map(|(from, to)| (from.parse().unwrap(), to.parse().unwrap()));
        ListedRun {
            names: names.to_vec(),
            days,
        }
    }

    #[test]
    fn other_months_are_given_by_the_largest_folder_without_an_archived_blob() {
        let september = "c/20260901-20260930/r1/p0.csv";
        let october = [
            "c/20261001-20261031/r2/p0.csv",
            "c/20261001-20261031/r2/p1.csv",
        ];
        let same_days = "c/20261001-20261031/r3/p0.csv";
        let cases: [(&str, &str, &[&[&str]], &[&str]); 7] = [
            // Another month, by its folder of days.
            (
                "c",
                september,
                &[&[september], &october],
                &["c/20261001-20261031"],
            ),
            (
                "",
                september,
                &[&[september], &october],
                &["c/20261001-20261031"],
            ),
            // Another run of the same days, by its own folder.
            (
                "c",
                same_days,
                &[&october, &[same_days]],
                &["c/20261001-20261031/r2"],
            ),
            // What was asked for is never the answer.
            ("c/20261001-20261031/r2", october[0], &[&october], &[]),
            // Loose blobs, by themselves.
            ("c", "c/a.csv", &[&["c/a.csv"], &["c/b.csv"]], &["c/b.csv"]),
            ("c", "c/a.csv", &[&["c/a.csv"], &["c/d/b.csv"]], &["c/d"]),
            ("c", "c/a.csv", &[&["c/a.csv"]], &[]),
        ];
        for (path, cold, runs, expected) in cases {
            let runs: Vec<ListedRun<'_>> = runs.iter().map(|names| run(names, None)).collect();
            let found = sources_without(path, &BTreeSet::from([cold]), &runs);
            let found: Vec<&str> = found.into_iter().collect();
            assert_eq!(found, expected, "{path} without {cold}");
        }
    }

    #[test]
    fn months_are_those_of_the_run_or_of_the_folder() {
        let runs = [
            run(&["c/x/p0.csv"], Some(("2026-08-01", "2026-09-30"))),
            run(&["c/y/p0.csv"], Some(("2026-10-01", "2026-10-31"))),
        ];
        for (cold, expected) in [
            (&["c/x/p0.csv"][..], Some("2026-08, 2026-09")),
            (
                &["c/x/p0.csv", "c/y/p0.csv"],
                Some("2026-08, 2026-09, 2026-10"),
            ),
            (&["c/20260701-20260731/manifest.json"], Some("2026-07")),
            (&["c/loose.csv"], None),
        ] {
            let cold: BTreeSet<&str> = cold.iter().copied().collect();
            assert_eq!(month_words(&cold, &runs).as_deref(), expected, "{cold:?}");
        }
    }

    #[test]
    fn the_newest_run_of_each_month_is_read_if_all_of_it_can_be() {
        let blob = |name: &str, day: u32, is_archived: bool| BlobEntry {
            name: name.to_owned(),
            etag: "0x1".to_owned(),
            bytes: 1,
            modified: Some(time(day)),
            tier: is_archived.then(|| "Archive".to_owned()),
            copy: None,
        };
        let blobs = [
            // Its manifest is archived.
            blob("c/20260801-20260831/r/manifest.json", 1, true),
            blob("c/20260801-20260831/r/p0.csv", 1, true),
            // A part of it is.
            blob("c/20260901-20260930/r/manifest.json", 2, false),
            blob("c/20260901-20260930/r/p0.csv", 2, true),
            // Only an older run is.
            blob("c/20261001-20261031/new/manifest.json", 4, false),
            blob("c/20261001-20261031/new/p0.csv", 4, false),
            blob("c/20261001-20261031/old/manifest.json", 3, true),
            blob("c/20261001-20261031/old/p0.csv", 3, true),
        ];
        let manifests: Vec<&BlobEntry> = blobs
            .iter()
            .filter(|blob| blob.name.ends_with("manifest.json"))
            .collect();
        let runs = newest_runs(&manifests, &blobs, |_| false);
        let names: Vec<&str> = runs.iter().flat_map(|run| run.names.clone()).collect();
        let new = "c/20261001-20261031/new";
        assert_eq!(
            names,
            [format!("{new}/manifest.json"), format!("{new}/p0.csv")]
        );
        let cold = BTreeSet::from(["c/20261001-20261031/old/manifest.json"]);
        assert_eq!(sources_without("c", &cold, &runs), BTreeSet::from([new]));
        // The ledger may have the rows of a run whose manifest is here.
        let of_august = |blob: &BlobEntry| blob.name.contains("20260831");
        let runs = newest_runs(&manifests, &blobs, of_august);
        assert_eq!(runs.len(), 2);
    }

    fn time(day: u32) -> DateTime<Utc> {
        format!("2026-11-{day:02}T00:00:00Z").parse().unwrap()
    }
}
