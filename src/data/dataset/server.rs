//! Cost data that lies on a server: what its columns mean is known here, its rows are not. Every question goes to the server's
//! own engine; what needs the rows themselves says that it cannot be answered.

use super::Dataset;
use super::SqlEngine;
use super::server_layout::ServerLayout;
use super::source::{RunMark, Source};
use crate::data::ingest::findings::Fingerprint;
use crate::domain::metric::Metric;
use crate::domain::money::Money;
use crate::domain::period::DateRange;
use crate::domain::query::columns::{Role, plain};
use crate::domain::sql::server::{ColumnType, ReadAs, ServerTable};
use crate::domain::table::text_table::Holds;
use std::collections::HashMap;
use std::sync::Arc;

/// What a server says of a table as a whole.
#[derive(Debug, Clone, Default)]
pub struct ServerTotals {
    pub rows: u64,
    pub days: Option<DateRange>,
    pub totals: Vec<Money>,
    /// None where nothing in the rows shows it.
    pub metric: Option<Metric>,
}

impl Dataset {
    /// A table on a server, and whoever asks it.
    pub fn of_server(
        name: &str,
        server: ServerLayout,
        totals: ServerTotals,
        engine: Arc<dyn SqlEngine>,
    ) -> Self {
        let (layout, both) = (&server.layout, server.has_both_costs());
        let places = [Role::Date, Role::Currency, Role::Resource, Role::Meter];
        let source = Source {
            name: name.to_owned(),
            metric: totals.metric.filter(|_| !both),
            fingerprint: Fingerprint::default(),
            dialect: layout.dialect,
            rows: totals.rows,
            bytes: 0,
            sha256: String::new(),
            columns: layout.headers.len(),
            bom: false,
            repairs: Vec::new(),
            days: totals.days.map(|days| (days.from, days.to)),
            totals: totals.totals,
            unknown_columns: layout.unknown(),
            both,
            origin: 0,
            run: RunMark::default(),
            goes_on: false,
            left: None,
            lacks: places
                .into_iter()
                .filter(|role| layout.role(*role).is_none())
                .collect(),
            stand_ins: layout.stand_ins(),
            mixes_focus: false,
            unread: unread(&server.table),
        };
        let columns = server.table.columns.iter();
        let holds: HashMap<String, Holds> = columns
            .map(|column| {
                let held = match column.read_as {
                    ReadAs::Amount => Holds::Number,
                    ReadAs::Day => Holds::Day,
                    ReadAs::Text => Holds::Text,
                };
                (plain(&column.header), held)
            })
            .collect();
        Self::of_engine(server, holds, source, engine)
    }
}

/// Columns of lists, which no question can use.
fn unread(table: &ServerTable) -> Vec<String> {
    let columns = table.columns.iter();
    let nested = columns.filter(|column| column.kind == ColumnType::Nested);
    nested.map(|column| column.header.clone()).collect()
}
