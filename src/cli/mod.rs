//! The command-line front end: each command reads its arguments, calls one `ops` function and prints the result.
//!
//! It has no screen code and uses neither the network nor files itself. Data goes to stdout, messages and progress to
//! stderr.

pub mod args;
pub mod commands;
pub mod held;
pub mod output;
pub mod print;
pub mod progress;
pub mod progress_line;
