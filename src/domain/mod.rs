//! Plain values and their rules: scopes, periods, money, operations, queries.
//!
//! Nothing here does I/O, reads a clock or uses a crate beyond std, serde and chrono. Every other layer may import this
//! one; it imports no other layer.

pub mod analysis;
pub mod export;
pub mod metric;
pub mod money;
pub mod period;
pub mod query;
pub mod report;
pub mod scope;
pub mod sign_in;
pub mod sql;
pub mod table;
pub mod text;
pub mod trust;
