//! Orders reports, follows them across sessions and commits them to the ledger.

pub mod advice;
pub mod api_choice;
pub mod download_progress;
pub mod driver;
pub mod ingest;
pub mod jobs;
pub mod order;
pub mod order_journal;
pub mod order_spec;
pub mod outcome;
pub mod pages;
pub mod queue;
pub mod received;
pub mod report;
pub mod reuse;
pub mod time_limit;
pub mod waiting;
