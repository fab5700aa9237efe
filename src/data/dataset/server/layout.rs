//! The roles of the columns of a table on a server.

use crate::data::columns::column_types::is_day_column;
use crate::data::columns::layout::Layout;
use crate::domain::query::column_kinds::is_number;
use crate::domain::query::columns::plain;

use crate::data::error::DataError;
use crate::domain::query::columns::{Dialect, Role};
use crate::domain::sql::server::columns::{ColumnType, ReadAs, ServerColumn, ServerTable};

/// The columns of a table on a server, by their roles.
#[derive(Debug, Clone)]
pub struct ServerLayout {
    pub(super) layout: Layout,
    pub(super) table: ServerTable,
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

    /// Reads columns as text if their values are not of the type that their name implies.
    pub fn set_texts(&mut self, columns: &[usize]) {
        for at in columns {
            if let Some(column) = self.table.columns.get_mut(*at) {
                column.read_as = ReadAs::Text;
            }
        }
    }

    /// The table with the server's own names.
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

    /// Whether every row has both costs.
    pub fn has_both_costs(&self) -> bool {
        self.role(Role::EffectiveCost).is_some() && self.role(Role::Cost).is_some()
    }

    /// Whether the amortized amount is the only one.
    pub fn is_amortized_only(&self) -> bool {
        self.layout.is_amortized_only()
    }
}

/// The type that a column is read as, by its role and name.
pub(crate) fn read_as(table: &ServerTable, at: usize, header: &str) -> ReadAs {
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
