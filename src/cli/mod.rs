//! The headless twin: reads arguments, calls one `ops` function a command, prints.
//!
//! No screen code, no network, no files of its own. Data goes to stdout, talk and progress to stderr.

pub mod args;
pub mod change;
pub mod check;
pub mod compare;
mod compare_report;
pub mod doctor;
pub mod export;
pub mod help;
pub mod jobs;
pub mod ledger;
pub mod output;
pub mod print;
pub mod progress;
pub mod report;
pub mod scopes;
pub mod show;
pub mod sql;
