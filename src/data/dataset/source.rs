//! Where a part of the data came from and what reading it showed.

use crate::data::ingest::findings::Fingerprint;
use crate::data::ingest::findings::Repair;
use crate::domain::metric::Metric;
use crate::domain::money::Money;
use crate::domain::query::columns::Dialect;
use crate::domain::query::columns::Role;
use chrono::NaiveDate;

/// Where a part of the data came from and what reading it showed.
// Each of its flags stands for itself.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Clone)]
pub struct Source {
    pub name: String,
    pub metric: Option<Metric>,
    /// Tells the same rows under another name.
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
    /// Whether it carries the amortized costs, too.
    pub both: bool,
    /// Which of the sources that were named it belongs to.
    pub origin: usize,
    /// The run it is part of: equal rows inside one run are rows of their own.
    pub run: RunMark,
    /// Whether it is a page of a list that goes on behind it.
    pub goes_on: bool,
    /// What its rows leave out of the answer they were printed from.
    pub left: Option<String>,
    /// Which of date, currency, resource and meter no column has.
    pub lacks: Vec<Role>,
    /// Roles whose column only stands in for a better one, and its header.
    pub stand_ins: Vec<(Role, String)>,
    /// Whether rows of FOCUS stand beside those of another layout.
    pub mixes_focus: bool,
    /// Columns of lists or structures, which were left out.
    pub unread: Vec<String>,
}

/// What a source is part of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunMark {
    /// The number of the run among those that are read.
    pub number: usize,
    /// The number of the table inside its file, where the file holds several.
    pub table: usize,
    /// Whether none of its files holds another for certain: a manifest, the ledger or a folder of its own says so.
    pub certain: bool,
    /// The run's id or folder, the time it was made, and the export it belongs to.
    pub id: Option<String>,
    pub made_at: Option<chrono::DateTime<chrono::Utc>>,
    pub export: Option<String>,
    pub data_version: Option<String>,
}

impl Source {
    /// Whether its rows say day, resource and meter, so that the same place in two sources is the same cost.
    pub fn has_places(&self) -> bool {
        let places = [Role::Date, Role::Resource, Role::Meter];
        !places.iter().any(|role| self.lacks.contains(role))
    }
}
