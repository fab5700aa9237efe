//! Cost data: reading the files Azure writes, holding them in columns, answering queries and comparisons.
//!
//! Only this room knows polars. It imports the domain and nothing else of ours; what leaves it is finished
//! [`crate::domain::table::Table`]s, comparisons and the closed handle [`dataset::Dataset`].

mod benefit;
pub mod compare;
pub mod dataset;
pub mod dates;
pub mod error;
pub mod filter;
mod guard;
pub mod ingest;
pub mod keys;
pub mod layout;
pub mod parquet;
pub mod query;
mod rows;
mod source;
pub mod tags;
pub mod usage_rows;

/// The typed amount of each row, beside the text columns as received.
pub(crate) const COST: &str = "costscope.cost";
/// The typed day of each row.
pub(crate) const DATE: &str = "costscope.date";
