//! Opens reports of the ledger, and checks every byte of every part against the checksums in `report.json`.

use crate::data::dataset::convert::Options;
use crate::data::dataset::kept::PartFacts;
use crate::data::dataset::{DataPart, read};
use crate::data::error::DataError;
use crate::data::progress::Progress;
use crate::data::threads::threads;
use crate::domain::metric::Metric;
use crate::domain::period::Period;
use crate::domain::report::request::{Api, ReportKey, Subset};
use crate::domain::text::io_words::is_shortage;
use crate::domain::text::shell::word;
use crate::ops::context::OpenContext;
use crate::ops::error::OpsError;
use crate::store::checksum::{FileSum, footer_sum, sum_of};
use crate::store::ledger::stamps::stamp_of;
use crate::store::ledger::{Ledger, LedgerEntry, Seal, added, broken};
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// A report whose parts are unchanged since it was stored.
#[derive(Default)]
pub(crate) struct CheckedReport {
    pub(crate) parts: Vec<DataPart>,
    /// Whether checksums were added just now.
    pub(crate) sealed_now: bool,
}

/// Checks and opens the parts of a report.
pub(crate) fn open_entry(
    context: &OpenContext<'_>,
    entry: &LedgerEntry,
) -> Result<CheckedReport, OpsError> {
    let Some(ledger) = context.ledger else {
        return Ok(CheckedReport::default());
    };
    let options = Options::new(context.progress);
    if entry.seals.is_empty() {
        return seal_first(ledger, entry, context.scratch, &options);
    }
    let mut parts = Vec::new();
    if entry.source.is_some() {
        let name = |_: &str| Some(entry.key.to_string());
        let all = parts_of_export(ledger, entry, context.progress, name)?;
        let parts = all.into_iter().map(|(_, part)| part).collect();
        return Ok(CheckedReport {
            parts,
            sealed_now: false,
        });
    }
    for checked in checked_files(ledger, entry, true)? {
        if let Some(part) = checked.part {
            parts.push(part);
            continue;
        }
        let (name, metric) = (entry.key.as_str(), entry.request.metric);
        let read = read::read_stored(checked.file, name, metric, context.scratch, &options);
        parts.extend(read.map_err(|error| uncounted(entry, error))?);
    }
    Ok(CheckedReport {
        parts,
        sealed_now: false,
    })
}

/// Checks and opens the parts of a report that was made from an export, as they were when they were read from its blobs.
/// `name_of` names the parts of a blob; `None` leaves them out.
pub(crate) fn parts_of_export(
    ledger: &Ledger,
    entry: &LedgerEntry,
    progress: &Progress,
    name_of: impl Fn(&str) -> Option<String>,
) -> Result<Vec<(String, DataPart)>, OpsError> {
    let tables = entry.source.iter().flat_map(|source| &source.tables);
    let mut parts = Vec::new();
    for (checked, table) in checked_files(ledger, entry, true)?.into_iter().zip(tables) {
        let Some(name) = name_of(&table.blob) else {
            continue;
        };
        let facts: PartFacts = serde_json::from_value(table.facts.clone()).map_err(|error| {
            damaged(
                entry,
                format!("the facts about {} cannot be read ({error})", table.blob),
            )
        })?;
        let file = checked.file.try_clone();
        let file = file.map_err(|error| unread(entry, &table.blob, error))?;
        let part = DataPart::from_table(file, &name, &facts, progress);
        let mut part = part.map_err(|error| uncounted(entry, error))?;
        part.set_metric(Some(entry.request.metric));
        parts.push((name, part));
    }
    Ok(parts)
}

/// The checksums of a part and of its footer. Without them, damage to the part would go unnoticed.
pub(crate) fn sums_of(part: &Path) -> Result<(FileSum, String), OpsError> {
    let read = || -> io::Result<(FileSum, String)> {
        let file = File::open(part)?;
        Ok((sum_of(&file, threads())?, footer_sum(&file)?))
    };
    read().map_err(|error| DataError::io(&part.display().to_string())(error).into())
}

/// Reads every byte of a report and recounts its rows and totals. Returns whether checksums were added just now.
pub fn verify(ledger: &Ledger, entry: &LedgerEntry) -> Result<bool, OpsError> {
    let progress = Progress::default();
    let options = Options::new(&progress);
    let scratch = ledger.scratch();
    if entry.seals.is_empty() {
        return Ok(seal_first(ledger, entry, scratch, &options)?.sealed_now);
    }
    for (checked, seal) in checked_files(ledger, entry, false)?
        .into_iter()
        .zip(&entry.seals)
    {
        let (name, metric) = (entry.key.as_str(), entry.request.metric);
        let parts = read::count_again(checked.file, name, metric, scratch, &options)
            .map_err(|error| uncounted(entry, error))?;
        let rows: u64 = parts.iter().map(DataPart::rows).sum();
        let totals = added(parts.iter().flat_map(|part| &part.source().totals));
        if rows != seal.rows || totals != added(&seal.totals) {
            return Err(damaged(
                entry,
                format!("{} has different rows or totals", seal.part),
            ));
        }
    }
    Ok(false)
}

/// Checks that a report is unchanged, so that it can be used instead of a new order.
pub(crate) fn check(ledger: &Ledger, entry: &LedgerEntry) -> Result<(), OpsError> {
    if entry.seals.is_empty() {
        verify(ledger, entry)?;
    } else {
        checked_files(ledger, entry, true)?;
    }
    Ok(())
}

/// A file of a report whose bytes were compared.
pub(crate) struct CheckedFile {
    pub(crate) file: Arc<File>,
    /// Its table, if only the columns that are read are compared.
    part: Option<DataPart>,
}

/// The files of a report, checked against their stored sizes and checksums. If a file has not been touched since its
/// last comparison, only the columns that are read are compared; a part of an older version has no checksums of columns
/// and is compared as a whole each time.
pub(crate) fn checked_files(
    ledger: &Ledger,
    entry: &LedgerEntry,
    trust_stamp: bool,
) -> Result<Vec<CheckedFile>, OpsError> {
    let mut files = Vec::with_capacity(entry.seals.len());
    for seal in &entry.seals {
        let file = Arc::new(open_part(ledger, entry, &seal.part)?);
        let size = file.metadata().map(|meta| meta.len());
        let have = size.map_err(|error| unread(entry, &seal.part, error))?;
        if have != seal.bytes {
            let (part, said) = (&seal.part, seal.bytes);
            let problem = format!("{part} has {have} bytes but {said} were stored");
            return Err(damaged(entry, problem));
        }
        let footer = match footer_sum(&file) {
            Err(error) if is_shortage(&error) => return Err(unread(entry, &seal.part, error)),
            // A footer that cannot be read is not the one that was stored.
            read => read.ok(),
        };
        if seal.footer.is_some() && seal.footer != footer {
            let problem = format!(
                "{} has changed since it was stored: its footer differs",
                seal.part
            );
            return Err(damaged(entry, problem));
        }
        let known = trust_stamp && seal.footer.is_some();
        if known && ledger.is_stamped(&entry.key, seal, &file) {
            let (name, metric) = (entry.key.as_str(), entry.request.metric);
            if let Some(part) = read::open_comparing(&file, name, metric) {
                let part = Some(part);
                files.push(CheckedFile { file, part });
                continue;
            }
        }
        let before = stamp_of(seal, &file);
        let found = sum_of(&file, threads()).map_err(|error| unread(entry, &seal.part, error))?;
        if found.sum != seal.sum {
            let problem = format!(
                "{} has changed since it was stored: its checksum differs",
                seal.part
            );
            return Err(damaged(entry, problem));
        }
        ledger.stamp(&entry.key, seal, before.as_deref());
        files.push(CheckedFile { file, part: None });
    }
    Ok(files)
}

/// Opens a part's file; links are not followed.
fn open_part(ledger: &Ledger, entry: &LedgerEntry, part: &str) -> Result<File, OpsError> {
    match ledger.open_file(&entry.key, part) {
        Ok(Some(file)) => Ok(file),
        Ok(None) => Err(damaged(entry, format!("{part} is missing"))),
        Err(error) if error.is_shortage() => Err(error.into()),
        Err(error) => Err(damaged(entry, format!("{part} cannot be opened ({error})"))),
    }
}

/// The error of a part that could not be read to its end. A machine that has run out of something is no damage: the report
/// must not be ordered again for it.
fn unread(entry: &LedgerEntry, part: &str, error: io::Error) -> OpsError {
    if is_shortage(&error) {
        return DataError::io(&format!("{}, {part}", entry.key))(error).into();
    }
    damaged(entry, format!("{part} cannot be read ({error})"))
}

/// The error of a part whose rows could not be counted.
fn uncounted(entry: &LedgerEntry, error: DataError) -> OpsError {
    if error.is_shortage() || matches!(error, DataError::Cancelled) {
        return error.into();
    }
    damaged(entry, error.to_string())
}

/// Reads a report of a version without checksums. If its rows and totals match `report.json`, checksums are added.
fn seal_first(
    ledger: &Ledger,
    entry: &LedgerEntry,
    scratch: &Path,
    options: &Options<'_>,
) -> Result<CheckedReport, OpsError> {
    let (mut all, mut seals) = (Vec::new(), Vec::new());
    for part in &entry.parts {
        let file = Arc::new(open_part(ledger, entry, part)?);
        // A file that has grown may be larger than can be read.
        let footer = footer_sum(&file).map_err(|error| unread(entry, part, error))?;
        let before = sum_of(&file, threads()).map_err(|error| unread(entry, part, error))?;
        let (name, metric) = (entry.key.as_str(), entry.request.metric);
        let parts = read::count_again(Arc::clone(&file), name, metric, scratch, options)
            .map_err(|error| uncounted(entry, error))?;
        let totals = added(parts.iter().flat_map(|part| &part.source().totals));
        seals.push(Seal {
            part: part.clone(),
            bytes: before.bytes,
            rows: parts.iter().map(DataPart::rows).sum(),
            totals: totals
                .unwrap_or_default()
                .into_iter()
                .map(|(currency, amount)| crate::domain::money::Money { currency, amount })
                .collect(),
            sum: before.sum,
            footer: Some(footer),
        });
        all.extend(parts);
    }
    let rows: u64 = seals.iter().map(|seal| seal.rows).sum();
    let totals = added(seals.iter().flat_map(|seal| &seal.totals));
    if rows != entry.rows || totals != added(&entry.totals) {
        let problem = format!(
            "report.json lists {} rows but its parts have {rows}, or their totals differ",
            entry.rows
        );
        return Err(damaged(entry, problem));
    }
    let sealed_now = entry.rows > 0 && ledger.seal(entry, seals).is_ok();
    Ok(CheckedReport {
        parts: all,
        sealed_now,
    })
}

/// The error for a damaged report, with the command to get it again.
pub(crate) fn damaged(entry: &LedgerEntry, problem: String) -> OpsError {
    OpsError::Store(broken(&entry.key, problem, Some(again(entry))))
}

/// The command that orders a report again.
fn again(entry: &LedgerEntry) -> String {
    if let Some(source) = &entry.source {
        return format!(
            "Get it again: costscope ledger remove {}, and open {}",
            entry.key,
            word(&source.place)
        );
    }
    let request = &entry.request;
    let metric = match request.metric {
        Metric::Usage => "usage",
        metric => metric.word(),
    };
    let api = match entry.api {
        Api::Details => "",
        Api::Detailed => " --api detailed",
        Api::Usage => " --api usage",
    };
    let public = entry.key.as_str().starts_with(PUBLIC);
    let elsewhere = if public {
        ""
    } else {
        ", with the --cloud or --endpoint that it was ordered with"
    };
    format!(
        "Get it again: costscope report --scope {} --metric {metric}{api} {}{} --refresh{elsewhere}",
        word(request.scope.path()),
        period_flags(entry),
        subset_flags(&request.subset)
    )
}

fn subset_flags(subset: &Subset) -> String {
    let filter = subset.filter.as_ref();
    let filter = filter.map(|filter| format!(" --usage-filter {}", word(&filter.to_string())));
    let rows = subset.top_rows.map(|rows| format!(" --top-rows {rows}"));
    format!("{}{}", filter.unwrap_or_default(), rows.unwrap_or_default())
}

/// The prefix of ledger keys for public Azure.
const PUBLIC: &str = "public";

fn period_flags(entry: &LedgerEntry) -> String {
    match &entry.request.period {
        Period::Dates(range) => format!("--from {} --to {}", range.from, range.to),
        Period::Invoice(id) => format!("--invoice {}", word(id)),
        Period::Billing(name) => format!("--billing-period {}", word(name)),
    }
}

/// The result of a ledger check.
#[derive(Debug)]
pub struct Verified {
    pub key: ReportKey,
    pub rows: u64,
    pub bytes: u64,
    pub sealed_now: bool,
}

/// Checks these reports, or all of them. Damaged ones are returned as errors along with the intact ones.
pub fn verify_all(
    ledger: &Ledger,
    keys: &[ReportKey],
) -> Result<(Vec<Verified>, Vec<OpsError>), OpsError> {
    let (mut entries, mut wrong) = (Vec::new(), Vec::new());
    if keys.is_empty() {
        let listing = ledger.list()?;
        entries.extend(listing.entries.into_values());
        wrong.extend(listing.damaged.into_iter().map(OpsError::from));
    }
    for key in keys {
        match ledger.find(key) {
            Ok(Some(entry)) => entries.push(entry),
            Ok(None) => {
                return Err(OpsError::Failed(format!(
                    "report `{key}` not found in the ledger; `costscope ledger list` shows all reports"
                )));
            }
            Err(error) if error.is_shortage() => return Err(error.into()),
            // One that cannot be read does not keep the others from being checked.
            Err(error) => wrong.push(error.into()),
        }
    }
    let mut good = Vec::new();
    for entry in entries {
        match verify(ledger, &entry) {
            Ok(sealed_now) => {
                let sealed = ledger.find(&entry.key).ok().flatten();
                let entry = sealed.filter(|_| sealed_now).unwrap_or(entry);
                good.push(Verified {
                    rows: entry.rows,
                    bytes: entry.seals.iter().map(|seal| seal.bytes).sum(),
                    key: entry.key,
                    sealed_now,
                });
            }
            // The rest cannot be checked either.
            Err(error) if error.is_shortage() => return Err(error),
            Err(error) => wrong.push(error),
        }
    }
    Ok((good, wrong))
}
