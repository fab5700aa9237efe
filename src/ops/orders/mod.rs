//! Orders reports, follows them across sessions and commits them to the ledger.

pub mod advice;
pub mod api_choice;
pub mod export_jobs;
pub mod follow;
pub mod history;
pub mod ingest;
pub mod jobs;
pub mod order;
pub mod order_spec;
pub mod outcome;
pub mod queue;
pub mod report;
pub mod reuse;
