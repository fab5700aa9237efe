//! Plain values and the rules that hold for them: scopes, periods, money, operations, queries.
//!
//! Nothing here does I/O, reads a clock or knows a crate beyond std, serde and chrono. Everything else in the
//! house may import this floor; this floor imports nothing of ours.

pub mod analysis;
pub mod metric;
pub mod money;
pub mod period;
pub mod query;
pub mod report;
pub mod scope;
pub mod sql;
pub mod table;
pub mod text;
pub mod trust;
