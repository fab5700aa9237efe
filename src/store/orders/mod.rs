//! Orders on disk: those that wait, those that were sent, and those that have ended.

pub mod export_runs;
pub mod history;
pub mod intents;
pub mod queue;
