//! Writes the query of a view as SQL: as a starting point for users, for polars, and for a Spark server.

pub mod condition;
pub mod dialect;
pub mod digits;
pub mod exact;
pub mod grouped;
pub mod helpful;
pub mod rows;
pub mod server;
pub mod sides;
pub mod spark_address;
pub mod statement;
pub mod view;
