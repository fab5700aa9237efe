//! The headless twin: reads arguments, calls one `ops` function a command, prints.
//!
//! No screen code, no network, no files of its own. Data goes to stdout, talk and progress to stderr.

pub mod args;
pub mod commands;
pub mod output;
pub mod print;
pub mod progress;
