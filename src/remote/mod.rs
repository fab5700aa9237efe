//! Spark Connect: one server, asked in SQL. What leaves it are finished [`crate::domain::statement::Answer`]s.

mod arrow;
mod client;
pub mod error;
mod messages;

pub use client::{Answered, Client, Patience, new_id};
