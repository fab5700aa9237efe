//! Cost data: reading the files Azure writes, storing them in columns, answering queries and comparisons.
//!
//! It imports the domain and nothing else of ours; what leaves it is finished [`crate::domain::table::Table`]s,
//! comparisons and the closed handle [`dataset::Dataset`]. Inside: `reading` turns text into columns, `stored` knows
//! Parquet, `engine` answers questions.

mod benefit;
pub mod change;
pub mod commitments;
pub mod compare;
pub mod convert;
mod counting;
pub mod dataset;
pub mod dates;
mod engine;
pub mod error;
pub mod export;
pub mod folder;
mod holds;
mod item_numbers;
mod labels;
pub mod layout;
pub mod ledger;
mod list_prices;
mod part;
pub mod partners;
mod pivoted;
pub mod progress;
pub mod query;
mod reading;
pub mod series;
mod shared;
mod source;
mod stored;
pub mod subscriptions;
mod tagging;
pub mod tags;
pub mod usage_rows;
mod weights;

pub use reading::outcome::{Fingerprint, Repair, Sketch};
pub use stored::info::About;
