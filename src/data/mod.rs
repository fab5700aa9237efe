//! Cost data: reading the files Azure writes, storing them in columns, answering queries and comparisons.
//!
//! It imports the domain and nothing else of ours; what leaves it is finished [`crate::domain::table::Table`]s,
//! comparisons and the closed handle [`dataset::Dataset`]. Inside: `reading` turns text into columns, `stored` knows
//! Parquet, `engine` answers questions.

pub mod analysis;
pub mod columns;
pub mod dataset;
pub mod engine;
pub mod error;
pub mod export;
pub mod ingest;
pub mod panics;
pub mod progress;
pub mod query;
pub mod sources;
#[cfg(feature = "sql")]
pub mod sql;
pub mod table;
pub mod threads;
