//! Queries over groups: shares, quantities, days, tests on sums, others, pivots. Everything adds up.

use crate::support::inside::run_inside;
use crate::support::{document, file, stderr};
use serde_json::{Value, json};
use tempfile::TempDir;

const ROWS: &str = "CostInBillingCurrency,BillingCurrencyCode,Date,ResourceGroup,MeterCategory,Quantity,UnitOfMeasure\n\
    6,EUR,09/01/2026,rg-a,VM,1.5,1 Hour\n\
    2,EUR,10/02/2026,rg-a,VM,2,1 Hour\n\
    1,EUR,10/03/2026,rg-b,Disk,3,1 GB\n\
    0.5,EUR,10/04/2026,RG-B,VM,4,1 Hour\n\
    -0.25,USD,10/05/2026,rg-c,Disk,,1 GB\n\
    0.75,EUR,,rg-c,Disk,1,1 GB\n";

fn ask(arguments: &[&str]) -> Value {
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), "costs.csv", ROWS);
    let mut all = vec!["show", path.to_str().unwrap(), "--format", "json"];
    all.extend(arguments);
    document(&run_inside(folder.path(), &all))
}

#[test]
fn requested_measures_appear_beside_the_cost() {
    let found = ask(&[
        "--group-by",
        "service",
        "--columns",
        "share,quantity,first-day,last-day",
    ]);
    assert_eq!(
        found["groups"],
        json!([
            { "keys": ["VM"], "currency": "EUR", "cost": "8.5", "rows": 3, "share": "82.9", "quantity": "7.5 1 Hour",
              "first_day": "2026-09-01", "last_day": "2026-10-04" },
            { "keys": ["Disk"], "currency": "EUR", "cost": "1.75", "rows": 2, "share": "17.1", "quantity": "4 1 GB",
              "first_day": "2026-10-03", "last_day": "2026-10-03" },
            { "keys": ["Disk"], "currency": "USD", "cost": "-0.25", "rows": 1, "share": "100.0", "quantity": null,
              "first_day": "2026-10-05", "last_day": "2026-10-05" }
        ])
    );
    // Hours and gigabytes are never added up.
    let mixed = ask(&["--group-by", "resource-group", "--columns", "quantity"]);
    assert_eq!(mixed["groups"][1]["keys"], json!(["RG-B"]));
    assert_eq!(mixed["groups"][1]["quantity"], Value::Null);
}

#[test]
fn inexact_quantity_sum_is_null() {
    let folder = TempDir::new().unwrap();
    let first = "Cost,ResourceGroup,Quantity,UnitOfMeasure\n1,a,2,Hours\n1,b,3,Hours\n";
    let second = "Cost,ResourceGroup,Quantity,UnitOfMeasure\n2,a,unknown,Hours\n2,b,4,Hours\n";
    let one = file(folder.path(), "one.csv", first);
    let two = file(folder.path(), "two.csv", second);
    let found = document(&run_inside(
        folder.path(),
        &[
            "show",
            one.to_str().unwrap(),
            two.to_str().unwrap(),
            "--group-by",
            "resource-group",
            "--columns",
            "quantity",
            "--format",
            "json",
        ],
    ));
    assert_eq!(found["groups"][0]["quantity"], Value::Null);
    assert_eq!(found["groups"][1]["quantity"], "7 Hours");
}

#[test]
fn groups_are_kept_by_their_sums_and_the_rest_is_added_up() {
    let kept = ask(&["--group-by", "resource-group", "--having", "cost >= 1"]);
    let names: Vec<&Value> = kept["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| &group["keys"][0])
        .collect();
    assert_eq!(names, ["rg-a", "RG-B"]);
    assert_eq!(kept["of"], 2);
    let by_rows = ask(&["--group-by", "service", "--having", "rows = 3"]);
    assert_eq!(by_rows["groups"].as_array().unwrap().len(), 1);
    let top = ask(&["--group-by", "resource-group", "--top", "1", "--others"]);
    assert_eq!(top["groups"][0]["cost"], "8");
    assert_eq!(
        top["others"],
        json!({ "groups": 3, "rows": 4, "totals": [{ "currency": "EUR", "cost": "2.25" }, { "currency": "USD", "cost": "-0.25" }] })
    );
    assert_eq!(top["totals"][0]["cost"], "10.25");
}

#[test]
fn a_pivot_has_a_column_for_each_month() {
    let found = ask(&["--group-by", "service", "--pivot", "month"]);
    assert_eq!(found["group_by"], json!(["service"]));
    assert_eq!(found["columns"], json!(["2026-09", "2026-10", null]));
    assert_eq!(
        found["groups"][0],
        json!({ "keys": ["VM"], "currency": "EUR", "cost": "8.5", "rows": 3, "cells": ["6", "2.5", null] })
    );
    assert_eq!(found["groups"][1]["cells"], json!([null, "1", "0.75"]));
    assert_eq!(found["totals"], ask(&["--group-by", "service"])["totals"]);
    // `--having` tests the sum of the whole line, not that of a month.
    let kept = ask(&[
        "--group-by",
        "service",
        "--pivot",
        "month",
        "--having",
        "cost > 8",
    ]);
    assert_eq!(kept["groups"].as_array().unwrap().len(), 1);
    assert_eq!(kept["groups"][0]["cost"], "8.5");
}

#[test]
fn invalid_group_options_exit_two() {
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), "costs.csv", ROWS);
    let path = path.to_str().unwrap();
    for (arguments, words) in [
        (
            vec!["--group-by", "service", "--having", "price > 1"],
            "cost > 100",
        ),
        (vec!["--group-by", "service", "--columns", "Date"], "share"),
        (vec!["--having", "cost > 1"], "--group-by"),
        (vec!["--group-by", "service", "--others"], "--top"),
    ] {
        let mut all = vec!["show", path];
        all.extend(arguments);
        let output = run_inside(folder.path(), &all);
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
}

fn keys(found: &Value) -> Vec<String> {
    let groups = found["groups"].as_array().unwrap();
    let key = |group: &Value| group["keys"][0].as_str().unwrap_or("-").to_owned();
    groups.iter().map(key).collect()
}

#[test]
fn a_sort_by_size_puts_a_large_refund_before_a_small_cost() {
    let folder = TempDir::new().unwrap();
    let rows = "Date,ResourceGroup,Cost,Currency\n2026-10-01,rg-small,1,EUR\n2026-10-01,rg-refund,-50,EUR\n\
        2026-10-01,rg-large,70,EUR\n2026-10-02,rg-none,0,EUR\n";
    let path = file(folder.path(), "costs.csv", rows);
    let path = path.to_str().unwrap();
    let shown = |arguments: &[&str]| {
        let all = [&["show", path, "--format", "json"][..], arguments].concat();
        document(&run_inside(folder.path(), &all))
    };
    let order = ["rg-large", "rg-refund", "rg-small", "rg-none"];
    for engine in ["own", "polars"] {
        let engine = ["--engine", engine, "--group-by", "resource-group"];
        let sized = [&engine[..], &["--sort", "|cost|"]].concat();
        assert_eq!(keys(&shown(&sized)), order, "{engine:?}");
        let pivoted = [&sized[..], &["--pivot", "month"]].concat();
        assert_eq!(keys(&shown(&pivoted)), order, "{engine:?}");
        let back = [&engine[..], &["--sort=-|cost|"]].concat();
        let mut backwards = order;
        backwards.reverse();
        assert_eq!(keys(&shown(&back)), backwards, "{engine:?}");
        let usual = keys(&shown(&engine));
        assert_eq!(usual.last().unwrap(), "rg-refund", "{engine:?}");
    }
    for engine in ["own", "polars"] {
        let rows = shown(&["--engine", engine, "--sort", "|cost|"]);
        let records = rows["records"].as_array().unwrap().iter();
        let costs: Vec<&str> = records.map(|row| row["Cost"].as_str().unwrap()).collect();
        assert_eq!(costs, ["70", "-50", "1", "0"], "{engine}");
    }
}
