//! The estimate of groups, on rows whose groups are known.

use super::{HANDED, WIDTH, of_columns, of_groups};
use crate::data::dataset::Dataset;
use crate::data::dataset::convert::Options;
use crate::data::dataset::read::read_file;
use crate::data::progress::Progress;
use crate::data::sql::guard;
use crate::data::sql::names::Names;
use std::fs;
use tempfile::TempDir;

const ROWS: u64 = 1000;

/// Rows with three services and a resource each.
fn rows() -> Dataset {
    let folder = TempDir::new().unwrap();
    let head = "Date,Cost,BillingCurrency,MeterCategory,ResourceId\n";
    let rows: String = (0..ROWS)
        .map(|row| format!("2026-10-01,1,EUR,service {},/r/{row}\n", row % 3))
        .collect();
    let path = folder.path().join("rows.csv");
    fs::write(&path, format!("{head}{rows}")).unwrap();
    let progress = Progress::default();
    let options = Options::new(&progress);
    Dataset::join(read_file(&path, "rows.csv", folder.path(), &options).unwrap())
}

#[test]
fn groups_are_counted_only_where_all_rows_would_not_fit() {
    let data = rows();
    let names = Names::of(&data).unwrap();
    let of = |text: &str, most: u64| {
        let question = guard::read(text, &names).unwrap();
        assert!(!question.is_plain, "{text}");
        of_groups(&data, &names, &question, most)
    };
    let value = WIDTH + HANDED;
    for (text, columns, groups) in [
        ("SELECT SUM(cost) AS c FROM costs", 1, 1),
        (
            "SELECT service, SUM(cost) AS c FROM costs GROUP BY service",
            2,
            3,
        ),
        (
            "SELECT service, currency, SUM(cost) AS c FROM costs GROUP BY service, currency",
            3,
            3,
        ),
        (
            "SELECT resource, SUM(cost) AS c FROM costs GROUP BY resource",
            2,
            ROWS,
        ),
    ] {
        let width = (columns + 1) * value;
        assert_eq!(of(text, 0), groups * width, "{text}");
        assert_eq!(of(text, u64::MAX), ROWS * width, "{text}");
    }
    // Every column of every row.
    assert!(of("SELECT * FROM costs ORDER BY date", 0) > ROWS * 5 * value);
}

#[test]
fn columns_count_once_for_each_reading() {
    let data = rows();
    let names = Names::of(&data).unwrap();
    let of = |text: &str| of_columns(&data, &names, &guard::read(text, &names).unwrap());
    assert_eq!(of("SELECT date, cost FROM costs"), ROWS * 2 * WIDTH);
}
