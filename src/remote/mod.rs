//! Spark Connect: one server, asked in SQL. What leaves it are finished [`crate::domain::sql::statement::Answer`]s.

pub mod arrow;
pub mod client;
pub mod connecting;
pub mod error;
pub mod messages;
pub mod patience;
pub mod running;
