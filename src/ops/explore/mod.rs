//! Opens cost data, answers questions about it and exports the answers.

pub mod ask;
pub mod command_flags;
pub mod copies;
pub mod early;
pub mod export;
pub mod filter_notes;
pub mod findings;
pub mod levels;
pub mod open;
pub mod opening;
pub mod path_completion;
pub mod quality_report;
pub mod saved_views;
pub mod sql;
pub mod stored_reports;
pub mod verify;
