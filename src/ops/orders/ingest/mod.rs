//! The blocking last step of an order: converts CSV to Parquet, checks the result, and commits it with a rename.

pub mod received;

use crate::azure::reports::blobs::Fetched;
use crate::data::columns::dates::DateRules;
use crate::data::dataset::convert::{Ingested, Options};
use crate::data::dataset::downloads as tables;
use crate::data::error::DataError;
use crate::data::progress::Progress;
use crate::data::sources::page_rows::RowNumbers;
use crate::data::sources::usage::pages;
pub(crate) use crate::data::sources::usage::pages::PageFile;
use crate::data::sources::usage::sheets::Sorted;
use crate::data::table::footer::OrderFacts;
use crate::domain::money::{Amount, Money};
use crate::domain::report::manifest::ServerTimes;
use crate::domain::report::request::{Api, ReportRequest};
use crate::domain::text::io_words::io_words;
use crate::domain::text::{counted, grouped, hex};
use crate::ops::error::OpsError;
use crate::ops::explore::stored_reports;
use crate::ops::session::Session;
use crate::store::files::NewFile;
use crate::store::ledger;
use crate::store::ledger::commit::ReportCommit;
use crate::store::ledger::{LedgerEntry, Seal, StoredRepair, part_name};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The data received for one report.
pub(crate) enum Received {
    /// CSV files, checked during the download.
    Files(Vec<(PathBuf, Fetched)>),
    /// Pages of Usage Details, in order, and the folder for the files made from them.
    Pages {
        pages: Vec<PageFile>,
        folder: PathBuf,
        /// Whether the server has more rows than were wanted.
        has_more: bool,
    },
}

/// A finished download to be stored in the ledger.
pub(crate) struct ReportIngest {
    pub(crate) session: Session,
    pub(crate) request: ReportRequest,
    pub(crate) api: Api,
    pub(crate) times: Option<ServerTimes>,
    pub(crate) ordered_at: DateTime<Utc>,
    pub(crate) received: Received,
    pub(crate) out: Option<PathBuf>,
}

impl ReportIngest {
    /// Stores the report atomically.
    pub(crate) fn run(self) -> Result<LedgerEntry, OpsError> {
        let key = self.request.key(&self.session.origin);
        let commit = ReportCommit::begin(&self.session.ledger, &key)?;
        let mut entry = LedgerEntry {
            schema: ledger::SCHEMA,
            key: key.clone(),
            request: self.request.clone(),
            // A report is as old as its order, even if it was downloaded hours later or by another run.
            fetched_at: self.ordered_at,
            rows: 0,
            bytes: 0,
            sha256: Vec::new(),
            totals: Vec::new(),
            dialect: String::new(),
            repairs: Vec::new(),
            fingerprints: Vec::new(),
            parts: Vec::new(),
            api: self.api,
            times: self.times,
            seals: Vec::new(),
            source: None,
            check: None,
        };
        let mut totals = BTreeMap::new();
        match &self.received {
            Received::Files(files) => {
                self.add_files(&mut entry, &mut totals, &commit, files)?;
            }
            Received::Pages {
                pages,
                folder,
                has_more,
            } => {
                let sorted = self.add_pages(&mut entry, &mut totals, &commit, (pages, folder))?;
                entry
                    .repairs
                    .extend(received::cut_off(&self.request, &sorted, *has_more));
            }
        }
        self.check_rows(&mut entry, &commit)?;
        entry.totals = totals
            .into_iter()
            .map(|(currency, amount)| Money { currency, amount })
            .collect();
        // Storing the report is the last step: a run that is killed before it is resumed. A failed copy is told after it.
        let out = self.out.as_ref();
        let copied = out.map(|out| self.copy_out(out, key.as_str()));
        if entry.rows > 0 {
            commit.finish(&entry)?;
        }
        copied.transpose()?;
        Ok(entry)
    }

    /// Adds the files of a report; a file that is listed twice is added once.
    fn add_files(
        &self,
        entry: &mut LedgerEntry,
        totals: &mut BTreeMap<Option<String>, Amount>,
        commit: &ReportCommit,
        files: &[(PathBuf, Fetched)],
    ) -> Result<(), OpsError> {
        let mut known: HashMap<&str, usize> = HashMap::new();
        for (index, (path, fetched)) in files.iter().enumerate() {
            let name = format!("{}, file {}", entry.key, index + 1);
            if let Some(first) = known.get(fetched.sha256.as_str()) {
                let said = format!("the same as file {first}");
                let file = format!("file {}", index + 1);
                let repeated = received::noted(&file, "repeated-file", 1, said);
                entry.repairs.push(repeated);
                continue;
            }
            let csv = File::open(path).map_err(DataError::io(&name));
            let csv = Arc::new(csv.map_err(received::of_download)?);
            let ingested = self.convert((csv, None), &name, &commit.part(index));
            let ingested = ingested.map_err(received::of_download)?;
            received::check_file(&name, &ingested, self.request.metric)?;
            if ingested.bytes != fetched.bytes {
                return Err(received::refused(format!(
                    "{name}: {} were read but {} downloaded",
                    counted(ingested.bytes, "byte"),
                    grouped(fetched.bytes)
                )));
            }
            // Files without rows are all alike, so they are not repeats.
            if ingested.rows > 0 {
                known.insert(&fetched.sha256, index + 1);
            }
            entry.bytes += fetched.bytes;
            entry.sha256.push(fetched.sha256.clone());
            add_part(entry, totals, &ingested, (index, commit))?;
        }
        Ok(())
    }

    /// Converts a text, which may be made from JSON.
    fn convert(
        &self,
        (csv, numbers): (Arc<File>, Option<&RowNumbers>),
        name: &str,
        target: &Path,
    ) -> Result<Ingested, DataError> {
        let about = OrderFacts {
            scope: Some(self.request.scope.to_string()),
            metric: Some(self.request.metric),
            period: self
                .request
                .range()
                .map(|range| format!("{} to {}", range.from, range.to)),
        };
        let progress = Progress::default();
        let options = Options::new(&progress);
        let rules = DateRules {
            forced: None,
            expected: self.request.range().map(|range| (range.from, range.to)),
        };
        let options = Options {
            numbers,
            ..options.with_dates(rules)
        };
        tables::commit_file(csv, name, &about, target, &options)
    }

    /// Converts rows of Usage Details. Errors name the row among all that were received.
    fn convert_sorted(
        &self,
        sorted: &Sorted,
        name: &str,
        target: &Path,
    ) -> Result<Ingested, OpsError> {
        let (file, numbers) = (Arc::clone(&sorted.file), Some(&sorted.numbers));
        let ingested = self.convert((file, numbers), name, target);
        ingested.map_err(received::of_download)
    }

    /// The stored rows must match the order.
    fn check_rows(&self, entry: &mut LedgerEntry, commit: &ReportCommit) -> Result<(), OpsError> {
        let parts: Vec<PathBuf> = (0..entry.parts.len())
            .map(|index| commit.part_of(entry, index))
            .collect();
        let by_report = matches!(self.received, Received::Files(_));
        let outside = received::check_rows(&parts, entry, &self.request, by_report)?;
        entry.repairs.extend(outside);
        Ok(())
    }

    /// Adds the rows of all pages, sorted by shape. Every received row is either stored or counted as left out.
    fn add_pages(
        &self,
        entry: &mut LedgerEntry,
        totals: &mut BTreeMap<Option<String>, Amount>,
        commit: &ReportCommit,
        (pages, folder): (&[PageFile], &Path),
    ) -> Result<pages::SortedPages, OpsError> {
        let name = entry.key.to_string();
        let (bytes, sum) = sum_of_pages(pages)?;
        entry.bytes += bytes;
        entry.sha256.push(sum);
        let subset = &self.request.subset;
        let wanted = pages::KeptRows {
            group: self.request.scope.resource_group().map(|(_, group)| group),
            filter: subset.filter.as_ref(),
            most: subset.top_rows.map(|rows| u64::from(rows.get())),
        };
        let sorted = pages::sort(&name, pages, &wanted, folder)?;
        for (index, file) in sorted.files.iter().enumerate() {
            let ingested = self.convert_sorted(file, &name, &commit.part(index))?;
            entry
                .repairs
                .extend(received::other_metric(&ingested, self.request.metric));
            add_part(entry, totals, &ingested, (index, commit))?;
        }
        let left_out = [
            ("other-days", sorted.other_days),
            ("other-groups", sorted.other_groups),
            ("outside-filter", sorted.outside_filter),
            ("repeated-page", sorted.repeated),
        ];
        let none_asked_for = sorted.other_days.0 + sorted.other_groups.0 + sorted.outside_filter.0;
        // If only the filter leaves out rows, the report is simply empty.
        if entry.rows == 0 && none_asked_for > 0 && sorted.outside_filter.0 == 0 {
            return Err(received::refused(format!(
                "{name}: {} received, but none of the ordered days and scope",
                counted(sorted.received, "row")
            )));
        }
        for (kind, (count, first_line)) in left_out {
            if count > 0 {
                entry.repairs.push(StoredRepair {
                    file: "Usage Details".to_owned(),
                    kind: kind.to_owned(),
                    count,
                    first_line,
                    said: None,
                });
            }
        }
        if entry.rows + none_asked_for + sorted.repeated.0 + sorted.beyond != sorted.received {
            return Err(received::refused(format!(
                "{name}: {} rows received but {} stored",
                sorted.received, entry.rows
            )));
        }
        Ok(sorted)
    }

    /// Copies the files as received, each atomically.
    fn copy_out(&self, out: &Path, key: &str) -> Result<(), OpsError> {
        let (paths, kind): (Vec<&PathBuf>, _) = match &self.received {
            Received::Files(files) => (files.iter().map(|(path, _)| path).collect(), "csv"),
            Received::Pages { pages, .. } => {
                (pages.iter().map(|page| &page.path).collect(), "json")
            }
        };
        for (index, path) in paths.iter().enumerate() {
            let part = if paths.len() > 1 {
                format!(".part{}", index + 1)
            } else {
                String::new()
            };
            let target = out.join(format!("{key}{part}.{kind}"));
            copy_file(path, &target).map_err(|error| out_problem(&target, &error))?;
        }
        Ok(())
    }
}

/// The size of all pages together, and their checksum as one text.
fn sum_of_pages(pages: &[PageFile]) -> Result<(u64, String), OpsError> {
    let (mut bytes, mut sum) = (0, Sha256::new());
    for PageFile { path, .. } in pages {
        let added = File::open(path).and_then(|page| add_to(&mut sum, page));
        bytes += added.map_err(DataError::io(&path.display().to_string()))?;
    }
    Ok((bytes, hex(&sum.finalize())))
}

/// Adds a file to a checksum, and returns its size.
fn add_to(sum: &mut Sha256, file: File) -> std::io::Result<u64> {
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut bytes = 0;
    loop {
        let read = reader.fill_buf()?;
        if read.is_empty() {
            return Ok(bytes);
        }
        sum.update(read);
        let length = read.len();
        bytes += length as u64;
        reader.consume(length);
    }
}

fn copy_file(from: &Path, target: &Path) -> std::io::Result<()> {
    let copy = NewFile::create(target)?;
    std::io::copy(&mut File::open(from)?, &mut copy.file())?;
    copy.finish().map(|_| ())
}

fn out_problem(path: &Path, error: &std::io::Error) -> OpsError {
    OpsError::Failed(format!("--out {}: {}", path.display(), io_words(error)))
}

/// Checks that a folder is writable before anything is ordered for it.
pub(crate) fn check_out(out: &Path) -> Result<(), OpsError> {
    std::fs::create_dir_all(out).map_err(|error| out_problem(out, &error))?;
    tempfile::tempfile_in(out)
        .map(|_| ())
        .map_err(|error| out_problem(out, &error))
}

fn add_part(
    entry: &mut LedgerEntry,
    totals: &mut BTreeMap<Option<String>, Amount>,
    ingested: &Ingested,
    (index, commit): (usize, &ReportCommit),
) -> Result<(), OpsError> {
    entry.rows += ingested.rows;
    if entry.dialect.is_empty() {
        ingested
            .layout
            .dialect
            .word()
            .clone_into(&mut entry.dialect);
    }
    // An empty file has no columns to store.
    if !ingested.layout.headers.is_empty() {
        entry.parts.push(part_name(index));
        let (sum, footer) = stored_reports::sums_of(&commit.part(index))?;
        entry.seals.push(Seal {
            part: part_name(index),
            bytes: sum.bytes,
            rows: ingested.rows,
            totals: ingested.totals.clone(),
            sum: sum.sum,
            footer: Some(footer),
        });
        entry
            .fingerprints
            .push(ingested.fingerprint.sum.to_string());
    }
    for money in &ingested.totals {
        let total = totals.entry(money.currency.clone()).or_default();
        let overflow = || {
            OpsError::Failed(
                "the sum of the report has more than 20 digits before the decimal point".to_owned(),
            )
        };
        *total = total.checked_add(money.amount).ok_or_else(overflow)?;
    }
    let file = format!("file {}", index + 1);
    entry
        .repairs
        .extend(ingested.repairs.iter().map(|repair| StoredRepair {
            file: file.clone(),
            kind: repair.kind.to_owned(),
            count: repair.count,
            first_line: repair.first_line,
            said: None,
        }));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{PageFile, sum_of_pages};
    use crate::domain::text::hex;
    use sha2::{Digest, Sha256};

    #[test]
    fn pages_have_the_checksum_of_their_text() {
        let folder = tempfile::TempDir::new().unwrap();
        // Larger than what is read at once.
        let texts = [vec![b'a'; 200_000], Vec::new(), b"bc".to_vec()];
        let pages: Vec<PageFile> = (0..)
            .zip(&texts)
            .map(|(number, text)| {
                let path = folder.path().join(format!("{number}.json"));
                std::fs::write(&path, text).unwrap();
                PageFile { path, days: None }
            })
            .collect();
        let right = hex(&Sha256::digest(texts.concat()));
        assert_eq!(sum_of_pages(&pages).unwrap(), (200_002, right));
        std::fs::remove_file(&pages[1].path).unwrap();
        let said = sum_of_pages(&pages).unwrap_err().to_string();
        assert!(said.contains("1.json"), "{said}");
    }
}
