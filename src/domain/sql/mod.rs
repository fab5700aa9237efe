//! The question of a view as text in SQL, for people to go on from, for polars, and for a Spark server.

pub mod condition;
pub mod dialect;
pub mod exact;
pub mod grouped;
pub mod helpful;
pub mod rows;
pub mod server;
pub mod sides;
pub mod spark_address;
pub mod statement;
pub mod view;
