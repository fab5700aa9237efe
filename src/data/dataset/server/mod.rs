//! Cost data on a server: the roles of its columns are known here, its rows are not. Every query goes to the server's
//! own engine; operations that need the rows themselves return an error.

pub(crate) mod layout;

use super::{Dataset, SqlEngine};
use crate::data::dataset::source::Source;
use crate::domain::metric::Metric;
use crate::domain::money::Money;
use crate::domain::period::DateRange;
use crate::domain::query::columns::plain;
use crate::domain::sql::server::columns::{ColumnType, ReadAs, ServerTable};
use crate::domain::table::text_table::Holds;
use layout::ServerLayout;
use std::collections::HashMap;
use std::sync::Arc;

/// Totals of a table, as the server reports them.
#[derive(Debug, Clone, Default)]
pub struct ServerTotals {
    pub rows: u64,
    pub days: Option<DateRange>,
    pub totals: Vec<Money>,
    /// `None` if the rows do not show it.
    pub metric: Option<Metric>,
}

impl Dataset {
    /// The data of a table on a server, and the engine that queries it.
    pub fn of_server(
        name: &str,
        server: ServerLayout,
        totals: ServerTotals,
        engine: Arc<dyn SqlEngine>,
    ) -> Self {
        let source = Source {
            name: name.to_owned(),
            metric: totals.metric.filter(|_| !server.has_both_costs()),
            rows: totals.rows,
            days: totals.days.map(|days| (days.from, days.to)),
            totals: totals.totals,
            unread: unread(&server.table),
            ..Source::of(&server.layout)
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

/// Nested columns, which queries cannot use.
fn unread(table: &ServerTable) -> Vec<String> {
    let columns = table.columns.iter();
    let nested = columns.filter(|column| column.kind == ColumnType::Nested);
    nested.map(|column| column.header.clone()).collect()
}
