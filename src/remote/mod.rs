//! Spark Connect: a client that runs SQL on one server and returns finished [`crate::domain::sql::statement::SqlAnswer`]s.

pub mod arrow;
pub mod client;
pub mod connecting;
pub mod error;
pub mod messages;
pub mod patience;
pub mod running;
