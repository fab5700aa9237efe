//! Cost Management exports: what they are, their runs, the watch over one run, the watches that have ended,
//! and the definition of a new export.
//!
//! Azure adds words to its vocabularies without a new API version, so every word that is unknown is kept as it is.

pub mod create;
#[cfg(test)]
mod create_tests;
pub mod definition;
pub mod history;
pub mod run;
pub mod typed;
pub mod watch;
