//! The ledger of finished reports. Each report is a folder with its Parquet parts and a `report.json`, which is written
//! last.

pub mod commit;
mod recovery;
mod removal;
pub mod stamps;

use crate::domain::money::{Amount, Money};
use crate::domain::report::manifest::ServerTimes;
use crate::domain::report::request::{Api, ReportKey, ReportRequest};
use crate::store::checksum::sum_of_text;
use crate::store::error::{StoreError, Version, newer_than_ours};
use crate::store::folder::{Folder, ItemKind};
use crate::store::lock::Lock;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The version of `report.json` and of the Parquet columns.
pub const SCHEMA: u32 = 1;
/// The version of reports that were made from exports, which older versions of the program do not know.
pub const EXPORT_SCHEMA: u32 = 4;
/// The version of reports of exports before their places were part of their keys.
const UNPLACED_SCHEMA: u32 = 2;
/// The version of reports of exports before their folders were part of their keys.
const UNFOLDERED_SCHEMA: u32 = 3;
pub(crate) const MANIFEST: &str = "report.json";
/// The size limit of a `report.json`, which lists checksums and a few totals for each part.
const LARGEST_MANIFEST: u64 = 64 << 20;

/// How often something was repaired in a file, and where first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRepair {
    pub file: String,
    pub kind: String,
    pub count: u64,
    pub first_line: u64,
    /// Details, such as days and money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
}

/// One finished report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    pub schema: u32,
    pub key: ReportKey,
    pub request: ReportRequest,
    pub fetched_at: DateTime<Utc>,
    pub rows: u64,
    /// Bytes as downloaded.
    pub bytes: u64,
    /// SHA-256 of each file as downloaded.
    pub sha256: Vec<String>,
    pub totals: Vec<Money>,
    pub dialect: String,
    pub repairs: Vec<StoredRepair>,
    /// Identifies the rows of each part whatever its file name (decimal numbers as text).
    #[serde(default)]
    pub fingerprints: Vec<String>,
    /// Parquet files in the entry's folder.
    pub parts: Vec<String>,
    /// Where the rows came from.
    #[serde(default)]
    pub api: Api,
    /// When the server made it, if it said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<ServerTimes>,
    /// The checksums and totals of each part. Reports of older versions have none until they are first read.
    #[serde(default)]
    pub seals: Vec<Seal>,
    /// The run of an export that it was made from; `None` if it was ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<ExportSource>,
    /// The checksum of everything above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
}

/// The run of an export in blob storage that a report was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportSource {
    /// The address of the run, without a credential.
    pub place: String,
    pub run: Option<String>,
    pub submitted: Option<DateTime<Utc>>,
    /// Every blob of the run.
    pub blobs: Vec<SourceBlob>,
    /// One for each part of the report.
    pub tables: Vec<SourceTable>,
    /// The reading rules that its rows were read by; 0 if that is not known.
    #[serde(default, skip_serializing_if = "is_unknown")]
    pub rules: u32,
}

/// Whether a number of rules is not known.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature of serde")]
fn is_unknown(rules: &u32) -> bool {
    *rules == 0
}

/// A blob as it was when its rows were stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceBlob {
    pub name: String,
    pub etag: String,
    pub bytes: u64,
}

/// The blob that a part was made from, and what the table does not say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceTable {
    pub blob: String,
    pub facts: serde_json::Value,
}

/// The contents of a part in numbers, and its checksum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    pub part: String,
    pub bytes: u64,
    pub rows: u64,
    pub totals: Vec<Money>,
    pub sum: String,
    /// The checksum of the Parquet footer, which is small enough to be compared on every open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
}

impl LedgerEntry {
    /// The request, with the place of its export also where an older version has stored it.
    pub fn placed_request(&self) -> ReportRequest {
        let placed = self
            .request
            .export
            .as_ref()
            .zip(self.source.as_ref())
            .map(|(export, source)| export.placed_by(&source.place));
        ReportRequest {
            export: placed.or_else(|| self.request.export.clone()),
            ..self.request.clone()
        }
    }

    /// Whether a newer report of `self` makes an older one obsolete.
    fn replaces(&self, older: &Self) -> bool {
        let (new, old) = (self.placed_request(), older.placed_request());
        new.replaces(&old, older.fetched_at) || (new == old && self.key != older.key)
    }

    /// The checksum of this entry without its `check` member.
    fn sum(&self) -> serde_json::Result<String> {
        let bare = Self {
            check: None,
            ..self.clone()
        };
        Ok(sum_of_text(&serde_json::to_vec(&bare)?))
    }

    /// The reason this entry cannot be right, judged without its parts.
    fn problem(&self, folder: &str) -> Option<String> {
        if self.key.as_str() != folder {
            return Some(format!("report.json belongs to {}", self.key));
        }
        if self.check.is_some() && self.sum().ok() != self.check {
            return Some("report.json was changed: its checksum differs".to_owned());
        }
        if !self.request.is_called(&self.key) {
            return Some(
                "report.json describes another report than its folder name says".to_owned(),
            );
        }
        if self.parts.is_empty() {
            return Some("report.json lists no parts".to_owned());
        }
        if let Some(part) = self.parts.iter().find(|part| !is_part(part)) {
            return Some(format!(
                "report.json lists `{part}`, which is not a valid part name"
            ));
        }
        let distinct: BTreeSet<&String> = self.parts.iter().collect();
        if distinct.len() != self.parts.len() {
            return Some("report.json lists a part twice".to_owned());
        }
        if !self.seals.is_empty() && self.check.is_none() {
            return Some("report.json has lost its own checksum".to_owned());
        }
        if self.seals.is_empty() {
            // Only reports of versions before checksums have neither.
            let lost = self.check.is_some();
            return lost.then(|| "report.json has lost the checksums of its parts".to_owned());
        }
        let sealed: Vec<&String> = self.seals.iter().map(|seal| &seal.part).collect();
        if sealed != self.parts.iter().collect::<Vec<_>>() {
            return Some("report.json has checksums for other parts than it lists".to_owned());
        }
        if let Some(source) = &self.source
            && source.tables.len() != self.parts.len()
        {
            return Some("report.json names the blobs of other parts than it lists".to_owned());
        }
        let rows: u64 = self.seals.iter().map(|seal| seal.rows).sum();
        let totals = added(self.seals.iter().flat_map(|seal| &seal.totals));
        let said = added(&self.totals);
        (rows != self.rows || totals.is_none() || totals != said).then(|| {
            format!(
                "report.json lists {} rows but its parts have {rows}, or their totals differ",
                self.rows
            )
        })
    }
}

/// Sums the amounts by currency; `None` on overflow. Currencies with a sum of zero are left out.
pub fn added<'a>(
    money: impl IntoIterator<Item = &'a Money>,
) -> Option<BTreeMap<Option<String>, Amount>> {
    let mut all: BTreeMap<Option<String>, Amount> = BTreeMap::new();
    for money in money {
        let sum = all.entry(money.currency.clone()).or_default();
        *sum = sum.checked_add(money.amount)?;
    }
    all.retain(|_, amount| *amount != Amount::ZERO);
    Some(all)
}

/// The store of finished reports under one folder.
#[derive(Debug, Clone)]
pub struct Ledger {
    root: Folder,
    /// The path of the working folder, which may be missing where nothing can be written.
    scratch: PathBuf,
}

/// The name of the folder in which reports are prepared.
const WORK: &str = ".work";
/// The file in it that is locked while reports are moved.
const LOCK: &str = "lock";

/// The file name of a part.
pub fn part_name(index: usize) -> String {
    format!("part-{index}.parquet")
}

/// Whether a file has the name of a part.
fn is_part(name: &str) -> bool {
    let number = name
        .strip_prefix("part-")
        .and_then(|rest| rest.strip_suffix(".parquet"));
    number
        .and_then(|number| number.parse().ok())
        .map(part_name)
        .as_deref()
        == Some(name)
}

/// An error for a damaged report. `again` says how to get it again, where the request is known.
pub fn broken(key: &ReportKey, problem: String, again: Option<String>) -> StoreError {
    StoreError::Broken {
        key: key.to_string(),
        problem,
        again: again.unwrap_or_else(|| {
            format!("Remove it with `costscope ledger remove {key}` and order the report again")
        }),
    }
}

/// Whether a folder holds a report, or parts of one: parts without a `report.json` are the remains of a report.
fn has_report(folder: &Folder) -> Result<bool, StoreError> {
    if folder.kind(MANIFEST).is_some() {
        return Ok(true);
    }
    Ok(folder.items()?.iter().any(|(name, _)| is_part(name)))
}

/// Whether the folder lies where nothing can be written.
fn is_read_only(error: &StoreError) -> bool {
    match error {
        StoreError::Unwritable { .. } => true,
        StoreError::Io { source, .. } => {
            let kind = source.kind();
            kind == ErrorKind::PermissionDenied || kind == ErrorKind::ReadOnlyFilesystem
        }
        StoreError::Damaged { .. }
        | StoreError::NotOurs { .. }
        | StoreError::Journal { .. }
        | StoreError::Broken { .. }
        | StoreError::DiskFull { .. }
        | StoreError::Newer { .. }
        | StoreError::Busy { .. } => false,
    }
}

/// The reports of a ledger, and the errors of those that could not be read.
#[derive(Debug, Default)]
pub struct Listing {
    pub entries: BTreeMap<ReportKey, LedgerEntry>,
    pub damaged: Vec<StoreError>,
}

impl Ledger {
    /// Opens the ledger under a data folder. Creates its folders and finishes renames that a crash interrupted. A ledger
    /// that cannot be written is only read.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        let root = Folder::private(data_dir)?.child("ledger")?;
        let scratch = root.item(WORK);
        let ledger = Self { root, scratch };
        match ledger.recover() {
            Err(error) if !is_read_only(&error) => Err(error),
            _ => Ok(ledger),
        }
    }

    fn recover(&self) -> Result<(), StoreError> {
        let work = self.work()?;
        // While another process moves reports, its working folders are not leftovers.
        if let Some(_lock) = work.try_lock(LOCK)? {
            recovery::recover(&self.root, &work)?;
        }
        Ok(())
    }

    /// The folder that holds the reports.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    pub(super) fn reports(&self) -> &Folder {
        &self.root
    }

    /// Reports are prepared here. It is on the same disk, so that the last step is a rename.
    pub(super) fn work(&self) -> Result<Folder, StoreError> {
        self.root.child(WORK)
    }

    /// A folder for working data, on the same disk.
    pub fn scratch(&self) -> &Path {
        &self.scratch
    }

    /// The folder of a stored report, whether or not it can be read.
    pub(super) fn stored(&self, key: &ReportKey) -> Result<Option<Folder>, StoreError> {
        let name = key.as_str();
        // Keys begin with a word; names that begin with a dot are working folders.
        if name.starts_with('.') {
            return Ok(None);
        }
        let problem = match self.root.kind(name) {
            None => return Ok(None),
            Some(ItemKind::File) => "there is a file in its place",
            Some(ItemKind::Foreign) => {
                let problem =
                    "there is a link, a pipe or a device in its place, and none of them is used";
                return Err(broken(key, problem.to_owned(), None));
            }
            Some(ItemKind::Folder) => {
                let Some(folder) = self.root.existing(name)? else {
                    return Ok(None);
                };
                if has_report(&folder)? {
                    return Ok(Some(folder));
                }
                "its files are missing"
            }
        };
        // Other files and folders are not ours.
        if ReportKey::is_form(name) {
            return Err(broken(key, problem.to_owned(), None));
        }
        Ok(None)
    }

    /// Whether something is stored under a key, readable or damaged.
    pub fn holds(&self, key: &ReportKey) -> bool {
        !matches!(self.stored(key), Ok(None))
    }

    /// Reads one report, if it is stored.
    pub fn find(&self, key: &ReportKey) -> Result<Option<LedgerEntry>, StoreError> {
        let Some(folder) = self.stored(key)? else {
            return Ok(None);
        };
        let text = match folder.read(MANIFEST, LARGEST_MANIFEST) {
            Ok(Some(text)) => text,
            // `report.json` is written before the folder gets its name, so parts without it mean damage.
            Ok(None) => return Err(broken(key, "report.json is missing".to_owned(), None)),
            Err(error @ (StoreError::NotOurs { .. } | StoreError::Damaged { .. })) => {
                return Err(broken(key, error.to_string(), None));
            }
            Err(error) => return Err(error),
        };
        let entry: LedgerEntry = serde_json::from_slice(&text).map_err(|error| {
            // A newer version may have written other members.
            match Version::newer(&text, EXPORT_SCHEMA) {
                Some(schema) => newer_than_ours(folder.item(MANIFEST), schema),
                None => broken(key, format!("report.json cannot be read ({error})"), None),
            }
        })?;
        if entry.schema > EXPORT_SCHEMA {
            let as_ours = |schema| LedgerEntry {
                schema,
                ..entry.clone()
            };
            let is_ours = |ours: LedgerEntry| ours.check.is_some() && ours.sum().ok() == ours.check;
            if [SCHEMA, UNPLACED_SCHEMA, UNFOLDERED_SCHEMA, EXPORT_SCHEMA]
                .map(as_ours)
                .into_iter()
                .any(is_ours)
            {
                let problem = "report.json was changed: its version differs".to_owned();
                return Err(broken(key, problem, None));
            }
            let schema = entry.schema.into();
            return Err(newer_than_ours(folder.item(MANIFEST), schema));
        }
        let lost = || {
            let mut parts = entry.parts.iter();
            let lost = parts.find(|part| folder.kind(part) != Some(ItemKind::File))?;
            Some(format!("{lost} is missing or is not a file"))
        };
        if let Some(problem) = entry.problem(key.as_str()).or_else(lost) {
            return Err(broken(key, problem, None));
        }
        Ok(Some(entry))
    }

    /// Lists every report. Unreadable ones are listed as errors and do not hide the rest.
    pub fn list(&self) -> Result<Listing, StoreError> {
        let mut listing = Listing::default();
        for (name, _) in self.root.items()? {
            let found = self.find(&ReportKey::from_text(&name));
            if let Some(entry) = StoreError::keep_apart(found, &mut listing.damaged)? {
                listing.entries.insert(entry.key.clone(), entry);
            }
        }
        Ok(listing)
    }

    /// Takes the lock for moving reports, waiting if needed.
    pub(crate) fn lock_wait(&self) -> Result<Lock, StoreError> {
        self.work()?.lock(LOCK)
    }

    /// Opens a file in the folder of a report, if it exists.
    pub fn open_file(&self, key: &ReportKey, name: &str) -> Result<Option<File>, StoreError> {
        match self.stored(key)? {
            Some(folder) => folder.open(name),
            None => Ok(None),
        }
    }

    /// Writes the manifest into a prepared folder.
    pub(super) fn write_manifest(
        &self,
        folder: &Folder,
        entry: &LedgerEntry,
    ) -> Result<(), StoreError> {
        let sealed = LedgerEntry {
            check: entry.sum().ok(),
            ..entry.clone()
        };
        folder.write_json_by(&self.work()?, MANIFEST, &sealed)
    }

    /// Adds checksums to a report that an older version wrote, unless it was replaced meanwhile.
    pub fn seal(&self, entry: &LedgerEntry, seals: Vec<Seal>) -> Result<(), StoreError> {
        let _lock = self.lock_wait()?;
        let Some(folder) = self.stored(&entry.key)? else {
            return Ok(());
        };
        if self.find(&entry.key)?.as_ref() != Some(entry) {
            return Ok(());
        }
        let sealed = LedgerEntry {
            seals,
            ..entry.clone()
        };
        self.write_manifest(&folder, &sealed)
    }
}
