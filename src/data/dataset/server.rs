//! Cost data that lies on a server: what its columns mean is known here, its rows are not. Every question goes to the server's
//! own engine; what needs the rows themselves says that it cannot be answered.

use super::{Dataset, RunMark, Source};
use crate::data::columns::layout::Layout;
use crate::data::engine::external::delegate::SqlEngine;
use crate::data::error::DataError;
use crate::data::ingest::findings::Fingerprint;
use crate::data::ingest::head::is_day_column;
use crate::domain::metric::Metric;
use crate::domain::money::Money;
use crate::domain::period::DateRange;
use crate::domain::query::column_kinds::is_number;
use crate::domain::query::columns::{Dialect, Role, plain};
use crate::domain::sql::server::{ColumnType, ReadAs, ServerColumn, ServerTable};
use crate::domain::table::text_table::Holds;
use std::collections::HashMap;
use std::sync::Arc;

/// The columns of a table on a server, by their roles.
#[derive(Debug, Clone)]
pub struct ServerLayout {
    layout: Layout,
    table: ServerTable,
}

/// What a server says of a table as a whole.
#[derive(Debug, Clone, Default)]
pub struct ServerTotals {
    pub rows: u64,
    pub days: Option<DateRange>,
    pub totals: Vec<Money>,
    /// None where nothing in the rows shows it.
    pub metric: Option<Metric>,
}

impl ServerLayout {
    /// Finds the roles of columns; a table without a cost column is refused.
    pub fn read(
        place: &str,
        columns: &[(String, ColumnType)],
        day_first: bool,
    ) -> Result<Self, DataError> {
        let names: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
        let layout = Layout::read(place, &names)?;
        let roles = Role::ALL.into_iter();
        let roles = roles.filter_map(|role| Some((role, layout.role(role)?)));
        let mut table = ServerTable {
            columns: Vec::new(),
            roles: roles.collect(),
            is_focus: layout.dialect == Dialect::Focus,
            day_first,
        };
        let headers = layout.headers.iter().zip(columns).enumerate();
        table.columns = headers
            .map(|(at, (header, (name, kind)))| ServerColumn {
                name: name.clone(),
                header: header.clone(),
                kind: *kind,
                read_as: read_as(&table, at, header),
            })
            .collect();
        Ok(Self { layout, table })
    }

    /// Takes columns for text in which values are not what their names say.
    pub fn set_texts(&mut self, columns: &[usize]) {
        for at in columns {
            if let Some(column) = self.table.columns.get_mut(*at) {
                column.read_as = ReadAs::Text;
            }
        }
    }

    /// The table in the words of the server.
    pub fn table(&self) -> &ServerTable {
        &self.table
    }

    /// The header of the column with a role.
    pub fn role(&self, role: Role) -> Option<&str> {
        self.layout.role_header(role)
    }

    pub(crate) fn headers(&self) -> &[String] {
        &self.layout.headers
    }

    /// Whether every row carries both costs.
    pub fn has_both_costs(&self) -> bool {
        self.role(Role::EffectiveCost).is_some() && self.role(Role::Cost).is_some()
    }

    /// Whether the amortized amount is the only one.
    pub fn is_amortized_only(&self) -> bool {
        self.layout.is_amortized_only()
    }
}

/// What a column is read as, by its role and its name.
fn read_as(table: &ServerTable, at: usize, header: &str) -> ReadAs {
    let mut roles = table.roles.iter();
    let role = roles.find(|(_, place)| **place == at).map(|(role, _)| role);
    match role {
        Some(Role::Cost | Role::EffectiveCost | Role::Quantity) => ReadAs::Amount,
        Some(Role::Date) => ReadAs::Day,
        None if is_day_column(&plain(header)) => ReadAs::Day,
        None if is_number(&plain(header)) => ReadAs::Amount,
        _ => ReadAs::Text,
    }
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
