//! Cost data: reading the files Azure writes, storing them in columns, answering queries and comparisons.
//!
//! It imports the domain and nothing else of ours; what leaves it is finished [`crate::domain::table::Table`]s,
//! comparisons and the closed handle [`dataset::Dataset`]. Inside: `reading` turns text into columns, `stored` knows
//! Parquet, `engine` answers questions.

mod archive;
mod benefit;
pub mod change;
pub mod commitments;
pub mod compare;
pub mod convert;
mod counting;
pub mod coverage;
pub mod dataset;
pub mod dates;
mod encoding;
mod engine;
pub mod error;
pub mod export;
mod file_kinds;
mod holds;
mod item_numbers;
mod labels;
pub mod layout;
pub mod ledger;
mod list_prices;
pub mod overlap;
mod own_json;
mod part;
pub mod partners;
mod pivoted;
pub mod progress;
pub mod query;
pub mod read;
mod reading;
mod row_identity;
pub mod series;
pub mod server;
mod shared;
mod shared_rows;
mod source;
pub mod sources;
#[cfg(feature = "sql")]
pub mod sql;
mod stored;
pub mod subscriptions;
mod tagging;
pub mod tags;
mod usage_json;
pub mod usage_rows;
mod weights;

pub use engine::delegate::SqlEngine;
pub use reading::outcome::{Fingerprint, Repair, Sketch};
pub use stored::info::About;
