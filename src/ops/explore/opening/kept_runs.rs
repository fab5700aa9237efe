//! Runs of exports go into the ledger when they have been read: each part as the table of a blob. The next time, blobs with
//! the same `ETag` are read from there, and only the others are fetched.

use crate::data::columns::dates::DateOrder;
use crate::data::dataset::DataPart;
use crate::data::ingest::READING_RULES;
use crate::data::sources::names;
use crate::domain::money::Money;
use crate::domain::report::request::{Api, ReportKey};
use crate::ops::context::OpenContext;
use crate::ops::error::OpsError;
use crate::ops::explore::stored_reports;
use crate::ops::remote_sources::StorageRun;
use crate::store::files;
use crate::store::ledger;
use crate::store::ledger::commit::ReportCommit;
use crate::store::ledger::{
    ExportSource, Ledger, LedgerEntry, Seal, SourceTable, StoredRepair, added, part_name,
};
use std::collections::{BTreeMap, BTreeSet};

/// A run, and the report in the ledger that has rows of it.
pub(super) struct KeptRun {
    run: StorageRun,
    entry: Option<LedgerEntry>,
    /// The blobs whose rows the report has, and that have not changed.
    same: BTreeSet<String>,
}

/// The runs among the sources that the ledger can hold.
#[derive(Default)]
pub(super) struct KeptRuns(Vec<KeptRun>);

/// A part that was read, and the path of its file.
pub(super) type ReadPart<'a> = (&'a str, &'a DataPart);

/// The report that has rows of a run, and the blobs that it was made from and that have not changed.
pub(super) fn stored(
    context: &OpenContext<'_>,
    run: &StorageRun,
) -> Result<Option<(LedgerEntry, BTreeSet<String>)>, OpsError> {
    // Dates in another order are other rows.
    let (Some(ledger), None) = (context.ledger, context.dates) else {
        return Ok(None);
    };
    for key in run.keys() {
        match stored_as_key(context, (ledger, key), run) {
            Ok(None) => {}
            Err(error) if error.exit_code() == 6 && !context.offline => {
                tracing::warn!(%error, "a stored report is damaged, and its run is fetched again");
            }
            found => return found,
        }
    }
    Ok(None)
}

/// The same for one key. Versions before places and folders of exports stored the runs of several under one key.
fn stored_as_key(
    context: &OpenContext<'_>,
    (ledger, key): (&Ledger, &ReportKey),
    run: &StorageRun,
) -> Result<Option<(LedgerEntry, BTreeSet<String>)>, OpsError> {
    let Some(entry) = ledger.find(key)? else {
        return Ok(None);
    };
    let same = same_blobs(&entry, run);
    // Rows that other rules read are read again from their blobs, if these can be fetched.
    let is_old = has_other_rules(&entry);
    if same.is_empty() || (is_old && !context.offline) {
        return Ok(None);
    }
    stored_reports::check(ledger, &entry)?;
    Ok(Some((entry, same)))
}

/// Whether other rules than those of this version have read the rows of a report.
fn has_other_rules(entry: &LedgerEntry) -> bool {
    let source = entry.source.as_ref();
    source.is_none_or(|source| source.rules != READING_RULES)
}

/// The blobs of a run that are as they were when its report was stored.
fn same_blobs(entry: &LedgerEntry, run: &StorageRun) -> BTreeSet<String> {
    let Some(source) = entry
        .source
        .as_ref()
        .filter(|source| source.place == run.source.place)
    else {
        return BTreeSet::new();
    };
    let has_table = |name: &str| source.tables.iter().any(|table| table.blob == name);
    let same = source.blobs.iter();
    let same = same.filter(|blob| run.source.blobs.contains(blob) && has_table(&blob.name));
    same.map(|blob| blob.name.clone()).collect()
}

impl KeptRuns {
    /// Adds a run. A remark says that its rows in the ledger are not what this version would read.
    pub(super) fn add(&mut self, run: StorageRun, entry: Option<LedgerEntry>) -> Option<String> {
        let remark = entry.as_ref().is_some_and(has_other_rules).then(|| {
            format!(
                "{}: its rows were read by the rules of another version; open it once without --offline to read them \
                 again",
                run.name
            )
        });
        let same = entry.as_ref().map(|entry| same_blobs(entry, &run));
        let same = same.unwrap_or_default();
        self.0.push(KeptRun { run, entry, same });
        remark
    }

    fn find(&self, run: &str) -> Option<&KeptRun> {
        self.0.iter().find(|kept| kept.run.name == run)
    }

    /// The parts of a run that the ledger has, by the paths of their files.
    pub(super) fn parts_of(
        &self,
        context: &OpenContext<'_>,
        run: &str,
    ) -> Result<BTreeMap<String, Vec<DataPart>>, OpsError> {
        let mut parts: BTreeMap<String, Vec<DataPart>> = BTreeMap::new();
        let (Some(kept), Some(ledger)) = (self.find(run), context.ledger) else {
            return Ok(parts);
        };
        let Some(entry) = &kept.entry else {
            return Ok(parts);
        };
        let paths: BTreeMap<&str, &str> = kept
            .run
            .blobs
            .iter()
            .filter(|(_, blob)| kept.same.contains(*blob))
            .map(|(path, blob)| (blob.as_str(), path.as_str()))
            .collect();
        let path_of = |blob: &str| paths.get(blob).map(|path| (*path).to_owned());
        for (path, part) in
            stored_reports::parts_of_export(ledger, entry, context.progress, path_of)?
        {
            context.progress.add_rows(part.rows());
            parts.entry(path).or_default().push(part);
        }
        Ok(parts)
    }

    /// Whether a run goes into the ledger once it has been read: all columns are needed then.
    pub(super) fn wait_for(&self, context: &OpenContext<'_>, run: &str) -> bool {
        context.ledger.is_some()
            && context.dates.is_none()
            && self
                .find(run)
                .is_some_and(|kept| kept.same.len() < kept.run.blobs.len())
    }

    /// Puts a run that was read into the ledger, and removes its blobs. A remark says why it is not possible, or that rows of
    /// another folder are replaced.
    pub(super) fn keep(
        &self,
        context: &OpenContext<'_>,
        run: &str,
        parts: &[ReadPart<'_>],
    ) -> Result<Option<String>, OpsError> {
        let (Some(kept), Some(ledger)) = (self.find(run), context.ledger) else {
            return Ok(None);
        };
        if !self.wait_for(context, run) || !is_whole(&kept.run, parts) {
            return Ok(None);
        }
        let newer = newer_run(ledger, &kept.run);
        if newer.as_ref().is_some_and(|newer| !newer.is_deleted) {
            return Ok(None);
        }
        let replaced = replaced_elsewhere(ledger, &kept.run)
            .or_else(|| Some(replaces_deleted(&kept.run, newer.as_ref()?)));
        let stored = stored_as(ledger, &kept.run, parts, context);
        match stored {
            Ok(()) => {
                // Offline, the container is not locked: another process may need them.
                if !context.offline {
                    kept.run.remove_blobs()?;
                }
                Ok(replaced)
            }
            Err(_) if context.progress.is_cancelled() => Err(OpsError::Interrupted),
            Err(error) => Ok(Some(format!(
                "{run}: it could not be put into the ledger ({error}); its blobs are kept as they were fetched"
            ))),
        }
    }
}

/// Whether these parts are all rows of the run, read in the only way that is possible.
fn is_whole(run: &StorageRun, parts: &[ReadPart<'_>]) -> bool {
    let have: BTreeSet<&str> = parts.iter().map(|(path, _)| *path).collect();
    let fits = |part: &DataPart| {
        let is_certain = !matches!(part.dates(), DateOrder::Assumed | DateOrder::Undecided);
        is_certain && !part.headers().is_empty()
    };
    let rows: u64 = parts.iter().map(|(_, part)| part.rows()).sum();
    rows > 0
        && run.blobs.keys().all(|path| have.contains(path.as_str()))
        && parts.iter().all(|(_, part)| fits(part))
}

/// A newer run of the same days in the ledger.
struct NewerRun {
    place: String,
    /// Whether it was deleted in the storage: an older one takes its place then.
    is_deleted: bool,
}

/// The newer run that the ledger has: one that is still in the storage before one that was deleted. An older run that is
/// looked at does not replace the first kind.
fn newer_run(ledger: &Ledger, run: &StorageRun) -> Option<NewerRun> {
    let newer = |key: &ReportKey| {
        let stored = ledger.find(key).ok().flatten();
        let stored = stored.filter(|entry| entry.placed_request() == run.request)?;
        // A list of an earlier time says nothing about what came later.
        let is_listed_later = run.listed_at >= stored.fetched_at;
        let source = stored.source?;
        (source.submitted > run.source.submitted).then(|| NewerRun {
            is_deleted: is_listed_later && run.has_lost(&source.place),
            place: source.place,
        })
    };
    run.keys()
        .filter_map(newer)
        .min_by_key(|newer| newer.is_deleted)
}

/// The remark on a newer run that was deleted in the storage, and that this one takes the place of.
fn replaces_deleted(run: &StorageRun, newer: &NewerRun) -> String {
    format!(
        "{}: its rows take the place of those of {} in the ledger, which was deleted in the storage",
        run.name, newer.place
    )
}

/// A remark on a report that a run takes the place of although its rows come from another folder: an export that was moved,
/// or another one with the same name, scope and days. Without folders of months, both have the same key in one container.
fn replaced_elsewhere(ledger: &Ledger, run: &StorageRun) -> Option<String> {
    let mut keys = run.request.replaceable(&run.key);
    keys.push(run.key.clone());
    // A place is the folder of a run, and the path of a file in it is expected.
    let folder_of = |place: &str| names::export_folder(&format!("{place}/manifest.json"));
    let folder = folder_of(&run.source.place);
    let entries = keys
        .iter()
        .filter_map(|key| ledger.find(key).ok().flatten());
    let places = entries.filter_map(|entry| {
        let older = entry.placed_request();
        // The owner of the key of the run is replaced, whichever folder an older version put there.
        let is_replaced = entry.key == run.key
            || older == run.request
            || run.request.replaces(&older, entry.fetched_at);
        let place = entry.source?.place;
        (is_replaced && folder_of(&place) != folder).then_some(place)
    });
    let place = places.min()?;
    Some(format!(
        "{}: its rows take the place of those of {place} in the ledger: in one container, exports of the same name, scope and \
         days without a folder of days (20261001-20261031) are the same report. Give one of them another name to keep both",
        run.name
    ))
}

fn stored_as(
    ledger: &Ledger,
    run: &StorageRun,
    parts: &[ReadPart<'_>],
    context: &OpenContext<'_>,
) -> Result<(), OpsError> {
    let commit = ReportCommit::begin(ledger, &run.key)?;
    let size = parts.iter().map(|(_, part)| part.table_bytes()).sum();
    files::check_space(ledger.root(), size)?;
    let mut entry = entry_of(run, parts)?;
    let mut tables = Vec::new();
    for (index, (path, part)) in parts.iter().enumerate() {
        let written = commit.write_part(index, |file| part.write_table(file, context.progress))?;
        let (sum, footer) = stored_reports::sums_of(&written)?;
        entry.parts.push(part_name(index));
        entry.seals.push(Seal {
            part: part_name(index),
            bytes: sum.bytes,
            rows: part.rows(),
            totals: part.source().totals.clone(),
            sum: sum.sum,
            footer: Some(footer),
        });
        let facts = part
            .facts(path)
            .and_then(|facts| serde_json::to_value(facts).ok());
        let (Some(facts), Some(blob)) = (facts, run.blobs.get(*path)) else {
            return Err(OpsError::Failed(format!("{path} is not a blob of its run")));
        };
        let blob = blob.clone();
        tables.push(SourceTable { blob, facts });
    }
    entry.source = Some(ExportSource {
        tables,
        ..run.source.clone()
    });
    Ok(commit.finish(&entry)?)
}

/// The description of a report, without its parts.
fn entry_of(run: &StorageRun, parts: &[ReadPart<'_>]) -> Result<LedgerEntry, OpsError> {
    let sources: Vec<_> = parts
        .iter()
        .map(|(path, part)| (*path, part.source()))
        .collect();
    let totals = added(sources.iter().flat_map(|(_, source)| &source.totals));
    let totals = totals.ok_or_else(|| {
        OpsError::Failed("its sum has more than 20 digits before the decimal point".to_owned())
    })?;
    let dialect = sources.first().map(|(_, source)| source.dialect.word());
    let repairs = sources.iter().flat_map(|(path, source)| {
        let file = path.rsplit('/').next().unwrap_or(path);
        source.repairs.iter().map(|repair| StoredRepair {
            file: file.to_owned(),
            kind: repair.kind.to_owned(),
            count: repair.count,
            first_line: repair.first_line,
            said: None,
        })
    });
    Ok(LedgerEntry {
        schema: ledger::EXPORT_SCHEMA,
        key: run.key.clone(),
        request: run.request.clone(),
        fetched_at: run.listed_at,
        rows: sources.iter().map(|(_, source)| source.rows).sum(),
        bytes: run.source.blobs.iter().map(|blob| blob.bytes).sum(),
        sha256: sources
            .iter()
            .map(|(_, source)| source.sha256.clone())
            .collect(),
        totals: totals
            .into_iter()
            .map(|(currency, amount)| Money { currency, amount })
            .collect(),
        dialect: dialect.unwrap_or_default().to_owned(),
        repairs: repairs.collect(),
        fingerprints: sources
            .iter()
            .map(|(_, source)| source.fingerprint.sum.to_string())
            .collect(),
        parts: Vec::new(),
        api: Api::default(),
        times: None,
        seals: Vec::new(),
        source: None,
        check: None,
    })
}
