//! Writes the query of a view as SQL: as a starting point for users, for polars, and for a Spark server.

pub mod condition;
#[cfg(test)]
mod condition_tests;
pub mod dialect;
pub mod digits;
pub mod exact;
#[cfg(test)]
mod exact_tests;
pub mod grouped;
pub mod helpful;
pub mod rows;
#[cfg(test)]
mod rows_tests;
pub mod server;
pub mod sides;
#[cfg(test)]
mod sides_tests;
pub mod spark_address;
pub mod statement;
pub mod view;
