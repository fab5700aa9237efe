//! Types of Parquet that Azure does not write: each is read exactly, told, or refused with what to write instead.
//!
//! `pyarrow` wrote the files, with its own schema beside that of Parquet.

use crate::support::cost_files::{assert_refused, total};
use crate::support::{document, fixture, run, stderr};
use serde_json::{Value, json};
use std::process::Output;
use tempfile::TempDir;

fn shown(name: &str, arguments: &[&str]) -> Output {
    let folder = TempDir::new().unwrap();
    let path = fixture(name);
    let all = [&["show", path.to_str().unwrap()], arguments].concat();
    run(folder.path(), &all)
}

/// Date and period are `date64`, the cost is a decimal of 26 bytes, and the quantity is unsigned; another date is INT96.
#[test]
fn rare_types_are_read_exactly() {
    let output = shown("types.parquet", &["--sort", "date", "--format", "json"]);
    let found = document(&output);
    let cells = |name: &str| -> Vec<Value> {
        let records = found["records"].as_array().unwrap().iter();
        records.map(|record| record[name].clone()).collect()
    };
    for (column, expected) in [
        ("Date", json!(["2026-10-01", "2026-10-02", "2026-10-31"])),
        (
            "BillingPeriodStartDate",
            json!(["2026-10-01", "2026-10-01", "2026-10-01"]),
        ),
        ("OrderDate", json!(["2026-10-01", "2026-10-02", null])),
        (
            "CostInBillingCurrency",
            json!(["1.25", "-3.000000000000000001", "12345678901234567890.5"]),
        ),
        ("Quantity", json!(["18446744073709551615", "1", null])),
        ("PayGPrice", json!(["0.1", "1.5", null])),
    ] {
        assert_eq!(json!(cells(column)), expected, "{column}");
    }
    // What is left out is named.
    let said = stderr(&output);
    assert!(
        said.contains("StartTime") && said.contains("Half"),
        "{said}"
    );
}

#[test]
fn the_day_of_a_time_is_its_day_in_utc_and_the_loss_of_digits_is_told() {
    let output = shown("zones.parquet", &["--group-by", "date", "--format", "json"]);
    let groups = document(&output)["groups"].as_array().unwrap().clone();
    let mut days: Vec<&str> = groups
        .iter()
        .map(|group| group["keys"][0].as_str().unwrap())
        .collect();
    days.sort_unstable();
    // Midnight of the first day of February in Berlin is in January.
    assert_eq!(days, ["2026-01-31", "2026-02-01", "2026-02-02"]);
    assert_eq!(total(&output), "16777216.3");
    let folder = TempDir::new().unwrap();
    let path = fixture("zones.parquet");
    let check = run(
        folder.path(),
        &["check", path.to_str().unwrap(), "--format", "json"],
    );
    let repairs = document(&check)["repairs"].as_array().unwrap().clone();
    let count = |kind: &str| {
        let mut found = repairs.iter().filter(|repair| repair["kind"] == kind);
        found.next().and_then(|repair| repair["count"].as_u64())
    };
    for kind in ["other-zone", "float-amount", "float32-amount"] {
        assert_eq!(count(kind), Some(3), "{kind}: {repairs:?}");
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_what_to_write_instead() {
    for (name, words) in [
        (
            "too_wide.parquet",
            [
                "row 2, column CostInBillingCurrency",
                "`123456789012345678901234567890.5`",
                "more than 20 digits",
            ],
        ),
        (
            "half.parquet",
            ["column CostInBillingCurrency", "a FLOAT16", "as a decimal"],
        ),
        (
            "times.parquet",
            ["column Date", "a time without a day", "as a date"],
        ),
    ] {
        assert_refused(&shown(name, &["--group-by", "date"]), &words);
    }
}
