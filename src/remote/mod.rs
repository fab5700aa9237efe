//! Spark Connect: one server, asked in SQL. What leaves it are finished [`crate::domain::statement::Answer`]s.

mod arrow;
mod client;
mod connecting;
pub mod error;
mod messages;
mod running;

pub use client::{Answered, Client, Patience, new_id};
