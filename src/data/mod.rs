//! Reads the files that Azure writes, stores them in columns, and answers queries and comparisons.
//!
//! This layer imports only the domain. It returns finished [`crate::domain::table::Table`]s, comparisons and the opaque
//! handle [`dataset::Dataset`]. Inside, [`ingest`] turns text into columns, [`table`] handles Parquet, and [`engine`]
//! runs queries.

pub mod analysis;
pub mod columns;
pub mod dataset;
pub mod engine;
pub mod error;
pub mod export;
pub mod ingest;
pub mod nearest;
pub mod panics;
pub mod pipe;
pub mod progress;
pub mod query;
pub mod room;
pub mod sources;
#[cfg(feature = "sql")]
pub mod sql;
pub mod table;
pub mod threads;
