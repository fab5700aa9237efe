//! All tests, in one binary: the program links polars once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
// A test reads best as one story.
#![allow(clippy::too_many_lines, clippy::missing_panics_doc)]

mod architecture;
mod cli;
mod compare;
mod files;
mod filters;
mod money;
mod operation;
mod orders;
mod periods;
mod retry;
mod rows;
mod scopes;
mod screens;
mod support;
mod terminal;
mod updates;
