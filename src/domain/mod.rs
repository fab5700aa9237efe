//! Plain values and the rules that hold for them: scopes, periods, money, operations, queries.
//!
//! Nothing here does I/O, reads a clock or knows a crate beyond std, serde and chrono. Everything else in the
//! house may import this floor; this floor imports nothing of ours.

pub mod change;
pub mod column_kinds;
pub mod columns;
pub mod commitments;
pub mod comparison;
pub mod document;
pub mod escape;
mod escapes;
pub mod filter;
pub mod filter_help;
pub mod filter_text;
pub mod manifest;
pub mod metric;
pub mod money;
pub mod operation;
pub mod partners;
pub mod period;
pub mod pivot;
pub mod query;
pub mod quota;
pub mod redaction;
pub mod reply;
pub mod request;
pub mod saved_view;
pub mod scope;
pub mod secret;
pub mod sheet;
pub mod shell;
pub mod sort;
pub mod spark;
pub mod sql;
pub mod statement;
pub mod table;
pub mod text;
pub mod trust;
pub mod usage_filter;
