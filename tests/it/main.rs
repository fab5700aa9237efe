//! All tests in one binary, so that the program is linked only once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
// A test may be long and declare items where it uses them: it reads best from top to bottom.
#![allow(
    clippy::too_many_lines,
    clippy::items_after_statements,
    clippy::type_complexity
)]
#![allow(
    clippy::format_collect,
    clippy::naive_bytecount,
    clippy::format_push_string
)]

mod advice;
mod architecture;
mod cli;
mod cockpit;
mod compare;
mod engines;
mod explorer;
mod exports;
mod failures;
mod files;
mod filters;
mod groups;
mod hostile_files;
mod intruders;
mod jobs;
mod kept_views;
mod layering;
mod leaks;
mod ledger_checks;
mod ledgers;
mod manual;
mod mask;
mod mended;
mod money;
mod odd_files;
mod odd_views;
mod opening;
mod operation;
mod orders;
mod packed;
mod pair_screen;
mod pair_views;
mod pairs;
mod periods;
mod plans;
mod problems;
mod questions;
mod reading;
mod received;
mod redaction;
mod retry;
mod rows;
mod scopes;
mod screens;
mod second_opinion;
mod secrets;
mod seeds;
mod settings;
mod sign_in;
mod sources;
mod spark;
mod spec;
mod sql;
mod support;
mod terminal;
mod tokens;
mod updates;
mod usage;
mod usage_parts;
