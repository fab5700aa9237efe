//! Columns of a table on a server, and how each is read.

use crate::domain::query::columns::Role;
use std::collections::BTreeMap;

/// The type of a column on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    Text,
    Decimal,
    Integer,
    Double,
    Date,
    /// A time, with or without a time zone.
    Timestamp {
        zoned: bool,
    },
    Boolean,
    /// A map or a struct, which is read as JSON.
    Keyed,
    /// Any other nested type, which queries cannot use.
    Nested,
}

/// The type that a column is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadAs {
    Amount,
    Day,
    Text,
}

/// A column of a table on a server.
#[derive(Debug, Clone)]
pub struct ServerColumn {
    /// Name on the server.
    pub name: String,
    /// Name in queries.
    pub header: String,
    pub kind: ColumnType,
    pub read_as: ReadAs,
}

/// A table on a server: its columns and their roles.
#[derive(Debug, Clone)]
pub struct ServerTable {
    pub columns: Vec<ServerColumn>,
    pub roles: BTreeMap<Role, usize>,
    pub is_focus: bool,
    /// Whether 01/02/2026 is the first of February.
    pub day_first: bool,
}

/// The parts of the table that a statement needs.
#[derive(Debug, Clone, Default)]
pub struct StatementNeeds {
    /// Tags named in the statement.
    pub tags: Vec<String>,
    /// Whether the amortized cost is used if a row carries both.
    pub effective: bool,
}
