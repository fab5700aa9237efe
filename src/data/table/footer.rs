//! The description of a stored table, kept in the metadata of its Parquet file.

use super::checksum::TableChecksum;
use super::row_checksums::RowGroupChecksum;
use crate::data::ingest::findings::{Fingerprint, Repair, Sketch};
use crate::domain::metric::Metric;
use crate::domain::money::Money;
use crate::domain::query::columns::Dialect;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The version of the columns and of this description. Version 1 had text columns only, plus two typed ones.
pub(crate) const SCHEMA: u32 = 2;
/// The Parquet metadata keys.
pub(crate) const INFO: &str = "costscope";
pub(crate) const TAG_SETS: &str = "costscope.tag_sets";

/// The column that says how many rows each row stands for, in a table that answers one question. No header begins with a
/// blank, so that no column of a source has this name.
pub(crate) const COUNTS: &str = " costscope.rows";

/// A repair as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RepairRecord {
    pub(crate) kind: String,
    pub(crate) count: u64,
    pub(crate) first_line: u64,
}

impl RepairRecord {
    pub(crate) fn of(repair: &Repair) -> Self {
        Self {
            kind: repair.kind.to_owned(),
            count: repair.count,
            first_line: repair.first_line,
        }
    }
}

/// A repair as it was found.
pub(crate) fn known_repair(record: &RepairRecord) -> Repair {
    let mut kinds = KINDS.into_iter();
    Repair {
        kind: kinds.find(|kind| *kind == record.kind).unwrap_or("other"),
        count: record.count,
        first_line: record.first_line,
    }
}

/// The order that the table was downloaded for, if any.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderFacts {
    pub scope: Option<String>,
    pub metric: Option<Metric>,
    pub period: Option<String>,
}

/// The origin of a table and the findings of reading it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Info {
    pub(crate) schema: u32,
    #[serde(flatten)]
    pub(crate) about: OrderFacts,
    pub(crate) dialect: String,
    pub(crate) rows: u64,
    /// The size of the source as given, compressed or not.
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
    pub(crate) bom: bool,
    pub(crate) day_first: bool,
    pub(crate) totals: Vec<Money>,
    /// The amortized totals of a file that has both costs.
    #[serde(default)]
    pub(crate) effective_totals: Vec<Money>,
    pub(crate) repairs: Vec<RepairRecord>,
    /// Whether the places of repairs are rows, counted from 1: the source has no lines.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) by_row: bool,
    pub(crate) days: Option<(NaiveDate, NaiveDate)>,
    /// Columns of the source that have no text form and were left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) unread: Vec<String>,
    /// All columns of the source, if the table has only some of them: it answers one question and is never stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) headers: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) fingerprint: (String, Vec<u64>, Vec<u64>),
    /// The sums over all rows, to tell whether another table describes the same usage; `None` for files with both
    /// costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sealed: Option<RowGroupChecksum>,
    /// The checksum of all row groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seal: Option<TableChecksum>,
    /// The checksum of each column of each row group.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) segments: String,
}

impl Info {
    pub(crate) fn set_fingerprint(&mut self, fingerprint: &Fingerprint) {
        self.fingerprint = (
            fingerprint.sum.to_string(),
            fingerprint.rows.hashes().collect(),
            fingerprint.places.hashes().collect(),
        );
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        Fingerprint {
            sum: self.fingerprint.0.parse().unwrap_or_default(),
            rows: Sketch::of(self.fingerprint.1.iter().copied()),
            places: Sketch::of(self.fingerprint.2.iter().copied()),
        }
    }

    pub(crate) fn repairs(&self) -> Vec<Repair> {
        self.repairs.iter().map(known_repair).collect()
    }

    pub(crate) fn dialect(&self) -> Dialect {
        Dialect::read(&self.dialect)
    }
}

/// Every kind of repair.
pub(crate) const KINDS: [&str; 30] = [
    "bad-utf8",
    "blank-cost",
    "blank-date",
    "broken-tags",
    "control-character",
    "day-first",
    "float-amount",
    "float32-amount",
    "invisible-character",
    "literal-quote",
    "long-row",
    "no-billed-cost",
    "no-number",
    "null-word",
    "open-header",
    "other-zone",
    "outer-blanks",
    "preamble",
    "repeated-header",
    "rival-column",
    "rounded-amount",
    "rounded-number",
    "second-bom",
    "short-row",
    "tag-keys-alike",
    "two-layouts",
    "unread-column",
    "utc-day",
    "utf-16",
    "windows-1252",
];
