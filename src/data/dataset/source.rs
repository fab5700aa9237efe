//! The origin of a part of the data, and the findings from reading it.

use crate::data::columns::layout::Layout;
use crate::data::ingest::findings::{Fingerprint, Repair};
use crate::domain::metric::Metric;
use crate::domain::money::Money;
use crate::domain::query::columns::{Dialect, Role};
use chrono::NaiveDate;

/// The origin of a part of the data, and the findings from reading it.
// The flags are independent of each other.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Clone, Default)]
pub struct Source {
    pub name: String,
    pub metric: Option<Metric>,
    /// Identifies the same rows under another name.
    pub fingerprint: Fingerprint,
    pub dialect: Dialect,
    pub rows: u64,
    pub bytes: u64,
    pub sha256: String,
    pub columns: usize,
    pub bom: bool,
    pub repairs: Vec<Repair>,
    pub days: Option<(NaiveDate, NaiveDate)>,
    pub totals: Vec<Money>,
    /// Headers that no known layout has.
    pub unknown_columns: Vec<String>,
    /// Whether it also has the amortized costs.
    pub both: bool,
    /// Which of the sources that were named it belongs to.
    pub origin: usize,
    /// The run it is part of. Equal rows inside one run are separate rows.
    pub run: RunMark,
    /// Whether it is a page of a list that continues on further pages.
    pub goes_on: bool,
    /// A message about rows that were left out when it was printed.
    pub left: Option<String>,
    /// The roles among date, currency, resource and meter that have no column.
    pub lacks: Vec<Role>,
    /// Roles whose column is a substitute for a better one, with its header.
    pub stand_ins: Vec<(Role, String)>,
    /// Whether FOCUS rows are mixed with rows of another layout.
    pub mixes_focus: bool,
    /// Columns of a type that is not text, number or date, which were left out.
    pub unread: Vec<String>,
    /// Whether the places of repairs are rows, counted from 1: JSON and Parquet have no lines.
    pub by_row: bool,
}

/// The export run that a source is part of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunMark {
    /// Index of the run among those that are read.
    pub number: usize,
    /// Index of the table inside its file, if that has several.
    pub table: usize,
    /// Whether its files are known not to contain each other: a manifest, the ledger or a folder of its own proves it.
    pub certain: bool,
    /// The run's id or folder, the time it was made, and the export it belongs to.
    pub id: Option<String>,
    pub made_at: Option<chrono::DateTime<chrono::Utc>>,
    pub export: Option<String>,
    pub data_version: Option<String>,
}

impl Source {
    /// Facts that follow from the columns of a source.
    pub(super) fn of(layout: &Layout) -> Self {
        let places = [Role::Date, Role::Currency, Role::Resource, Role::Meter].into_iter();
        Self {
            dialect: layout.dialect,
            columns: layout.headers.len(),
            unknown_columns: layout.unknown(),
            both: layout.role(Role::EffectiveCost).is_some(),
            lacks: places.filter(|role| layout.role(*role).is_none()).collect(),
            stand_ins: layout.stand_ins(),
            mixes_focus: layout.mixes_focus(),
            ..Self::default()
        }
    }

    /// The word for the places of repairs.
    pub fn place_word(&self) -> &'static str {
        if self.by_row { "row" } else { "line" }
    }

    /// Whether its rows have day, resource and meter, so that equal ones in two sources are the same cost.
    pub fn has_places(&self) -> bool {
        let places = [Role::Date, Role::Resource, Role::Meter];
        !places.iter().any(|role| self.lacks.contains(role))
    }
}
