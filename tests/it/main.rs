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
mod azurite;
mod broken_output;
mod cache;
mod cache_limits;
mod calm_months;
mod change_pivot;
mod change_screen;
mod change_ways;
mod changes;
mod cli;
mod commitments;
mod compare;
mod compressed_files;
mod copied_commands;
mod crash_reports;
mod crate_homes;
mod data_folder;
mod dates;
mod disk_damage;
mod doctor;
mod edge_views;
mod emulator;
mod emulator_requests;
mod engines;
mod exhaustive;
mod explorer;
mod exports;
mod exports_api;
mod exports_command;
mod exports_repeats;
mod exports_runs;
mod exports_screen;
mod file_safety;
mod files;
mod filters;
mod findings;
mod findings_screen;
mod first_numbers;
mod groups;
mod help_screen;
mod hostile_files;
mod job_history;
mod job_notes;
mod jobs;
mod jobs_screen;
mod key_hints;
mod key_lines;
mod kills;
mod layering;
mod leaks;
mod ledger_checks;
mod ledger_screen;
mod ledgers;
mod leftovers;
mod level_search;
mod level_ways;
mod limits;
mod limits_of_size;
mod little_memory;
mod manual;
mod mask;
mod money;
mod money_ways;
mod mouse;
mod narrow;
mod network;
mod one_shots;
mod opening;
mod orders;
mod overlaps;
mod overview;
mod overview_findings;
mod overview_screen;
mod pair_columns;
mod pair_orders;
mod pair_panel;
mod pair_pivot;
mod pair_saved_views;
mod pair_screen;
mod pair_views;
mod pair_ways;
mod pairs;
mod parquet_exports;
mod parquet_types;
mod parsers;
mod parts_together;
mod plans;
mod printed_rows;
mod problems;
mod random_keys;
mod read_only;
mod reading;
mod reference_reader;
mod released;
mod report_checks;
mod report_command;
mod report_protocol;
mod saved_views;
mod scope_lists;
mod scopes_screen;
mod screens;
mod secrets;
mod seeds;
mod settings;
mod sign_in;
mod sorting;
mod sources;
mod spark;
mod spec;
mod sql;
mod sql_agreement;
mod sql_numbers;
mod sql_view;
mod storage;
mod storage_archived;
mod storage_commands;
mod storage_ledger;
mod storage_places;
mod storage_processes;
mod storage_screen;
mod storage_secrets;
mod storage_waits;
mod support;
mod table_panel;
mod table_pivot;
mod terminal;
mod text_columns;
mod throttling;
mod time_limits;
mod tokens;
mod totals;
mod two_at_once;
mod typed_columns;
mod usage;
mod usage_filters;
mod usage_pages;
mod usage_parts;
mod ways;
mod week;
