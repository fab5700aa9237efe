//! Damaged input for every parser: no panic, no hang, little memory; and either an error that names a place, or the
//! answer of a slow reader.
//!
//! Each parser has a corpus of small valid inputs and one function that checks one input. A plain `cargo test` plays a
//! slice of seeds; `tests/fuzz/run [PARSER] --minutes N` plays as many as one likes and keeps the input that fails.

mod cost_files;
mod csv_text;
mod filters;
mod json_pages;
mod manifests;
mod mutate;
mod parquet_files;
mod places;
mod play;
mod reports;
mod settings;
mod slow_csv;
mod slow_json;
#[cfg(feature = "sql")]
mod sql;
mod tags;

use play::play;

// `tests/fuzz/run` finds the parsers by the names of these functions.

#[test]
fn mutated_csv() {
    play(&csv_text::PARSER);
}

#[test]
fn mutated_json() {
    play(&json_pages::PARSER);
}

#[test]
fn mutated_manifest() {
    play(&manifests::PARSER);
}

#[test]
fn mutated_report() {
    play(&reports::PARSER);
}

#[test]
fn mutated_filter() {
    play(&filters::PARSER);
}

#[cfg(feature = "sql")]
#[test]
fn mutated_sql() {
    play(&sql::PARSER);
}

#[test]
fn mutated_settings() {
    play(&settings::PARSER);
}

#[test]
fn mutated_parquet() {
    play(&parquet_files::PARSER);
}

#[test]
fn mutated_tags() {
    play(&tags::PARSER);
}
