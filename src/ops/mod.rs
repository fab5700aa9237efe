//! Everything the program can do, once: both twins call these functions and nothing below them.
//!
//! Time comes in through [`clock::Clock`]; data leaves as finished tables, or as the closed handle [`Dataset`].

mod adding;
pub mod advice;
pub mod ask;
pub mod clock;
pub mod commitments;
pub mod copies;
mod deposition;
pub mod doctor;
mod driver;
mod driver_pages;
pub mod engine;
pub mod error;
pub mod explore;
pub mod export;
pub mod filter_notes;
mod following;
mod gate;
pub mod jobs;
pub mod manual;
pub mod nearest;
pub mod opening;
mod order;
pub mod pair;
pub mod pair_files;
pub mod plan_lines;
mod received;
pub mod report;
pub mod scopes;
pub mod session;
mod spark;
pub mod sql;
pub mod stored_reports;
pub mod trust;
pub mod verify;
pub mod views;
mod watch;
mod way;

pub use crate::azure::credential::{Attempt, Identity};
pub use crate::data::dataset::{Dataset, Source};
pub use crate::data::{Repair, SqlEngine};
pub use crate::store::ledger::{Entry, Ledger};
