//! The blocking end of an order: CSV to Parquet, the checks, and the rename that makes it a report.

use super::error::OpsError;
use super::session::Session;
use crate::azure::blobs::Fetched;
use crate::data::ingest::Ingested;
use crate::data::parquet;
use crate::domain::money::{Amount, Money};
use crate::domain::reply::Failure;
use crate::domain::request::ReportRequest;
use crate::store::deposit::{self, Deposit};
use crate::store::ledger::{self, Entry, Mended};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A finished download on its way into the ledger.
pub(super) struct Deposition {
    pub(super) session: Session,
    pub(super) request: ReportRequest,
    pub(super) files: Vec<(PathBuf, Fetched)>,
    pub(super) out: Option<PathBuf>,
}

impl Deposition {
    /// Stores the report, whole or not at all.
    pub(super) fn run(self) -> Result<Entry, OpsError> {
        let key = self.request.key(&self.session.origin);
        let deposit = Deposit::begin(&self.session.ledger, &key)?;
        let mut entry = Entry {
            schema: ledger::SCHEMA,
            key: key.clone(),
            request: self.request.clone(),
            fetched_at: self.session.clock.now(),
            rows: 0,
            bytes: 0,
            sha256: Vec::new(),
            totals: Vec::new(),
            dialect: String::new(),
            repairs: Vec::new(),
            fingerprints: Vec::new(),
            parts: Vec::new(),
        };
        let mut totals = BTreeMap::new();
        for (index, (path, fetched)) in self.files.iter().enumerate() {
            let name = format!("{key}, file {}", index + 1);
            let ingested = parquet::convert(path, &name, &deposit.part(index))?;
            if ingested.bytes != fetched.bytes {
                let message = format!(
                    "{name}: {} bytes were read where {} were downloaded",
                    ingested.bytes, fetched.bytes
                );
                return Err(OpsError::Report(Failure::Damaged { message }));
            }
            add_part(&mut entry, &mut totals, &ingested, fetched)?;
            // An empty file has no columns to store.
            if !ingested.layout.headers.is_empty() {
                entry.parts.push(deposit::part_name(index));
                entry.fingerprints.push(ingested.fingerprint.to_string());
            }
        }
        entry.totals = totals
            .into_iter()
            .map(|(currency, amount)| Money { currency, amount })
            .collect();
        if entry.rows > 0 {
            deposit.finish(&entry)?;
        }
        // The report is safe before its copy is made.
        if let Some(out) = &self.out {
            self.copy_out(out, key.as_str())?;
        }
        Ok(entry)
    }

    /// The files as received, each whole or not there.
    fn copy_out(&self, out: &Path, key: &str) -> Result<(), OpsError> {
        for (index, (path, _)) in self.files.iter().enumerate() {
            let part = if self.files.len() > 1 {
                format!(".part{}", index + 1)
            } else {
                String::new()
            };
            let target = out.join(format!("{key}{part}.csv"));
            let partial = out.join(format!("{key}{part}.csv.partial"));
            let copied =
                std::fs::copy(path, &partial).and_then(|_| std::fs::rename(&partial, &target));
            copied.map_err(|error| out_problem(&target, &error))?;
        }
        Ok(())
    }
}

fn out_problem(path: &Path, error: &std::io::Error) -> OpsError {
    OpsError::Failed(format!("--out {}: {error}", path.display()))
}

/// Makes sure that a folder can be written to, before anything is ordered for it.
pub(super) fn check_out(out: &Path) -> Result<(), OpsError> {
    std::fs::create_dir_all(out).map_err(|error| out_problem(out, &error))?;
    tempfile::tempfile_in(out)
        .map(|_| ())
        .map_err(|error| out_problem(out, &error))
}

fn add_part(
    entry: &mut Entry,
    totals: &mut BTreeMap<Option<String>, Amount>,
    ingested: &Ingested,
    fetched: &Fetched,
) -> Result<(), OpsError> {
    entry.rows += ingested.rows;
    entry.bytes += fetched.bytes;
    entry.sha256.push(fetched.sha256.clone());
    if entry.dialect.is_empty() {
        ingested
            .layout
            .dialect
            .word()
            .clone_into(&mut entry.dialect);
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
    let file = format!("file {}", entry.sha256.len());
    entry
        .repairs
        .extend(ingested.repairs.iter().map(|repair| Mended {
            file: file.clone(),
            kind: repair.kind.to_owned(),
            count: repair.count,
            first_line: repair.first_line,
        }));
    Ok(())
}
