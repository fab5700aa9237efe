//! The context for opening data, and the opened dataset.

use super::conversion_cache::ConversionCache;
use super::engine::Engine;
use super::remote_sources::RemoteSources;
use crate::domain::money::Money;
use crate::domain::query::money_column::MoneyColumn;
use chrono::NaiveDate;
use serde::Serialize;

use super::error::OpsError;
use crate::azure::net::Network;
use crate::data::columns::dates::DayOrder;
use crate::data::dataset::Dataset;
use crate::data::dataset::early::EarlyRows;
use crate::data::progress::Progress;
use crate::store::ledger::{Ledger, LedgerEntry};
use std::path::Path;

/// The resources for opening and querying data: ledger, scratch folder, settings and progress.
#[derive(Clone, Copy)]
pub struct OpenContext<'a> {
    pub ledger: Option<&'a Ledger>,
    /// The folder for data that does not fit into memory. It is created on demand.
    pub scratch: &'a Path,
    /// Converted tables of earlier runs; `None` converts every file anew.
    pub cache: Option<&'a ConversionCache>,
    /// Fetches sources in blob storage; `None` refuses them.
    pub remote: Option<&'a RemoteSources>,
    pub progress: &'a Progress,
    /// Takes rows while they are read, for first numbers; `None` shows nothing before everything is read.
    pub early: Option<&'a dyn EarlyRows>,
    /// The order of day and month in dates, if the user has set it.
    pub dates: Option<DayOrder>,
    /// The engine that runs queries.
    pub engine: Engine,
    /// The money that counts as cost.
    pub money: MoneyColumn,
    /// The network settings for reaching servers.
    pub network: &'a Network,
    /// Never use the network.
    pub offline: bool,
}

/// Opened data and its sources.
#[derive(Debug, Clone)]
pub struct OpenDataset {
    pub data: Dataset,
    /// File names or ledger keys, in the order given.
    pub names: Vec<String>,
    /// Ledger entries among them.
    pub entries: Vec<LedgerEntry>,
    /// Remarks on what was left out and why.
    pub notes: Vec<String>,
    /// Remarks on costs without an amount in USD, which concern totals in USD only; `None` if they were not counted.
    pub without_usd: Option<Vec<String>>,
    /// The decision about each source.
    pub plan: Vec<PlanLine>,
}

impl OpenDataset {
    /// The remarks that concern its money.
    pub fn noted(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        if self.data.money() == MoneyColumn::Usd {
            notes.extend(self.without_usd.iter().flatten().cloned());
        }
        notes
    }
}

/// The source that stands for standard input.
pub const STDIN: &str = "-";

/// Refuses sources that contain standard input more than once.
pub fn only_once(sources: &[String]) -> Result<(), OpsError> {
    if sources.iter().filter(|source| *source == STDIN).count() > 1 {
        return Err(OpsError::Usage(
            "standard input (-) can be read only once; save it to a file".to_owned(),
        ));
    }
    Ok(())
}

/// Whether the rows of a side are on a server.
pub fn is_on_server(actual: &OpenDataset, amortized: &OpenDataset) -> bool {
    actual.data.server().or(amortized.data.server()).is_some()
}

/// One source, and the decision about it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanLine {
    pub path: String,
    pub decision: &'static str,
    pub why: Option<String>,
    pub replaced_by: Option<String>,
    pub coverage: Covered,
    /// The opened source, if it was read.
    #[serde(skip)]
    pub(crate) source: Option<usize>,
}

/// The known facts about the rows of a line. They are empty if the rows were not read and no manifest has them.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Covered {
    pub dataset: Option<String>,
    pub accounts: Option<Vec<String>>,
    pub subscriptions: Option<Vec<String>>,
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    pub rows: Option<u64>,
    pub totals: Option<Vec<Money>>,
    pub run: Option<String>,
    pub export: Option<String>,
}
