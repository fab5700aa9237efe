//! Notes on a pair besides its numbers: rows without a counterpart, sides that do not belong together, the report for a
//! ticket.

use crate::support::inside::run_inside;
use crate::support::pair_files::{HEADER, compared, example, on_demand, row, written};
use crate::support::{file, stderr, stdout};
use serde_json::{Value, json};
use std::fmt::Write as _;
use tempfile::TempDir;

fn costs(delta: &Value) -> Vec<String> {
    let steps = delta["bridge"].as_array().unwrap().iter();
    steps
        .map(|step| step["cost"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_reservation_for_365_dollars_is_a_dollar_a_day() {
    // Of the 31 days of the month, 15 have two machines and 16 have one.
    let (actual, amortized) = example(31);
    let month = compared(&actual, &amortized, &["--strict"]);
    assert_eq!(
        costs(&month["currencies"][0]),
        ["403.75", "-365", "23", "8", "0", "0", "69.75"]
    );
    // Over the whole year, the purchase is fully used or unused: both sides have the same sum.
    let (actual, amortized) = example(365);
    let year = compared(
        &actual,
        &amortized,
        &["--strict", "--group-by", "charge-type"],
    );
    assert_eq!(
        costs(&year["currencies"][0]),
        ["821.25", "-365", "273.5", "91.5", "0", "0", "821.25"]
    );
    assert_eq!(year["currencies"][0]["difference"], "0");
    let keys: Vec<&Value> = year["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| &group["keys"][0])
        .collect();
    assert_eq!(
        keys,
        [
            &json!("Purchase"),
            &json!("Usage"),
            &json!("UnusedReservation")
        ]
    );
    assert_eq!(year["covered"]["only_actual"]["rows"], 0);
    assert!(year.get("residual").is_none());
}

#[test]
fn a_removed_row_is_found_and_is_the_residual() {
    let (actual, amortized) = example(4);
    let gone = row("2026-01-02", "vm-3", "Usage", "OnDemand", "1.25");
    let less = compared(
        &actual.replacen(&gone, "", 1),
        &amortized,
        &["--group-by", "resource-group"],
    );
    assert_eq!(less["currencies"][0]["residual"], "1.25");
    let found = &less["residual"]["only_amortized"];
    assert_eq!(found["rows"], 1);
    assert_eq!(
        found["totals"],
        json!([{"currency": "USD", "cost": "1.25"}])
    );
    assert_eq!(found["examples"][0]["date"], "2026-01-02");
    assert!(
        found["examples"][0]["resource"]
            .as_str()
            .unwrap()
            .ends_with("vm-3")
    );
    let more = compared(&actual, &amortized.replacen(&gone, "", 1), &[]);
    assert_eq!(more["currencies"][0]["residual"], "-1.25");
    assert_eq!(more["residual"]["only_actual"]["totals"][0]["cost"], "1.25");
    // The same row with another cost.
    let dearer = row("2026-01-02", "vm-3", "Usage", "OnDemand", "1.75");
    let other = compared(&actual, &amortized.replacen(&gone, &dearer, 1), &[]);
    assert_eq!(other["currencies"][0]["residual"], "0.5");
    assert_eq!(other["residual"]["different"]["totals"][0]["cost"], "0.5");
    assert_eq!(other["residual"]["only_actual"]["rows"], 0);
}

#[test]
fn removed_covered_rows_are_counted_although_the_residual_is_0() {
    let (actual, amortized) = example(4);
    let gone = row("2026-01-02", "vm-1", "Usage", "Reservation", "0");
    let less = compared(&actual.replacen(&gone, "", 1), &amortized, &["--strict"]);
    assert_eq!(less["currencies"][0]["residual"], "0");
    assert_eq!(less["covered"]["only_amortized"]["rows"], 1);
    assert_eq!(
        less["covered"]["only_amortized"]["examples"][0]["date"],
        "2026-01-02"
    );
    let gone = row("2026-01-02", "vm-1", "Usage", "Reservation", "0.5");
    let more = compared(&actual, &amortized.replacen(&gone, "", 1), &["--strict"]);
    assert_eq!(more["covered"]["only_actual"]["rows"], 1);
    let notes = more["notes"].as_array().unwrap();
    assert!(
        notes.iter().any(|note| note
            .as_str()
            .unwrap()
            .contains("1 covered row on the actual side")),
        "{notes:?}"
    );
    // A filter limits the rows that are compared.
    let none = compared(
        &actual,
        &amortized.replacen(&gone, "", 1),
        &["--filter", "resource-group = rg-db"],
    );
    assert_eq!(none["covered"]["only_actual"]["rows"], 0);
}

/// The same rows in reverse order.
fn turned(text: &str) -> String {
    let rows: Vec<&str> = text.lines().skip(1).collect();
    let turned = rows.iter().rev();
    turned.fold(HEADER.to_owned(), |mut all, line| {
        let _ = writeln!(all, "{line}");
        all
    })
}

/// The notes of a pair.
fn notes(actual: &str, amortized: &str) -> String {
    compared(actual, amortized, &[])["notes"].to_string()
}

/// The reason why two sides are not a pair.
fn refused(actual: &str, amortized: &str) -> String {
    let folder = TempDir::new().unwrap();
    let first = file(folder.path(), "actual.csv", actual)
        .display()
        .to_string();
    let second = file(folder.path(), "amortized.csv", amortized)
        .display()
        .to_string();
    let output = run_inside(folder.path(), &["compare", &first, &second, "--strict"]);
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    assert!(output.stdout.is_empty());
    stderr(&output)
}

#[test]
fn sides_that_do_not_belong_together_are_named() {
    let (actual, amortized) = example(4);
    let other_days = amortized.replace("2026-01-04", "2026-01-05");
    assert!(notes(&actual, &other_days).contains(
        "different days: actual 2026-01-01 to 2026-01-04, amortized 2026-01-01 to 2026-01-05"
    ));
    let other_money = amortized.replace("USD", "EUR");
    assert!(
        notes(&actual, &other_money)
            .contains("different currencies: actual in USD, amortized in EUR")
    );
    let other_scope = amortized.replace(",s1,", ",s2,");
    assert!(notes(&actual, &other_scope).contains(
        "only actual has usage of subscription s1; only amortized has usage of subscription s2"
    ));
    assert!(
        refused(&amortized, &format!("{amortized}\n")).contains("both sides"),
        "the same rows or the same metric"
    );
    let dearer = amortized.replace("1.25", "1.5");
    assert!(refused(&amortized, &dearer).contains("both sides are amortized cost"));
}

#[test]
fn an_account_without_commitments_says_that_there_is_nothing_to_amortize() {
    let rows = on_demand(9);
    let text = format!("{HEADER}{rows}");
    let same = notes(&text, &text);
    assert!(
        same.contains("same file") && same.contains("pay-as-you-go"),
        "{same}"
    );
    let turned = turned(&text);
    let same = notes(&text, &turned);
    assert!(
        same.contains("the same rows with the same costs") && same.contains("pay-as-you-go"),
        "{same}"
    );
}

#[test]
fn rows_of_days_to_come_are_counted_beside_the_total() {
    let text = format!(
        "{HEADER}{}{}",
        row("2026-10-01", "vm-3", "Usage", "OnDemand", "1.25"),
        row("2099-01-01", "vm-3", "Usage", "OnDemand", "7")
    );
    let said = notes(&text, &text);
    assert!(
        said.contains("actual: 1 row (7 USD) dated after today"),
        "{said}"
    );
    assert!(said.contains("to date: 1.25 USD"), "{said}");
}

#[test]
fn missing_purchases_and_unused_benefits_are_reported() {
    let (actual, amortized) = example(4);
    let bought = row("2026-01-01", "", "Purchase", "Reservation", "365");
    let said = notes(&actual.replace(&bought, ""), &amortized);
    assert!(
        said.contains("no purchase of a reservation or savings plan on the actual side"),
        "{said}"
    );
    let unused: String = amortized
        .lines()
        .filter(|line| !line.contains("Unused"))
        .fold(String::new(), |mut all, line| {
            let _ = writeln!(all, "{line}");
            all
        });
    assert!(notes(&actual, &unused).contains("no unused benefit on the amortized side"));
}

#[test]
fn the_report_has_everything_a_ticket_needs() {
    let folder = TempDir::new().unwrap();
    let (actual, amortized) = example(31);
    let (first, second) = written(folder.path(), &actual, &amortized);
    let line = [
        "compare",
        &first,
        &second,
        "--group-by",
        "resource-group",
        "--format",
        "md",
    ];
    let done = run_inside(folder.path(), &line);
    let report = stdout(&done);
    for part in [
        "# Actual and amortized cost",
        "| actual |",
        "2026-01-31",
        "| USD | purchases | -365 |",
        "the residual 0: both sides",
        "## By resource-group",
        "rg-web",
        "2 of 2 groups",
        "69.75 USD",
    ] {
        assert!(report.contains(part), "{part}\n{report}");
    }
    let hash = stdout(&run_inside(
        folder.path(),
        &["check", &first, "--format", "json"],
    ));
    let hash: Value = serde_json::from_str(&hash).unwrap();
    if let Some(hash) = hash["files"][0]["sha256"].as_str() {
        assert!(report.contains(hash));
    }
    let gone = row("2026-01-02", "vm-3", "Usage", "OnDemand", "1.25");
    let (first, second) = written(folder.path(), &actual.replacen(&gone, "", 1), &amortized);
    let strict = run_inside(
        folder.path(),
        &["compare", &first, &second, "--strict", "--format", "md"],
    );
    assert_eq!(strict.status.code(), Some(6));
    assert_eq!(stdout(&strict), "");
    assert!(
        stderr(&strict).contains("1 row without a benefit, only on the amortized side: 1.25 USD"),
        "{}",
        stderr(&strict)
    );
}

#[test]
fn the_same_usage_is_claimed_only_row_by_row() {
    // Sums that cancel out: 5 and 1 against 6.
    let plain = |cost: &str| row("2026-10-01", "vm-3", "Usage", "OnDemand", cost);
    let actual = format!("{HEADER}{}{}", plain("5"), plain("1"));
    let amortized = format!("{HEADER}{}", plain("6"));
    let found = compared(&actual, &amortized, &["--strict"]);
    assert_eq!(found["currencies"][0]["residual"], "0");
    assert_eq!(found["residual"]["different"]["rows"], 2);
    assert_eq!(found["residual"]["different"]["totals"][0]["cost"], "0");
    let folder = TempDir::new().unwrap();
    let (first, second) = written(folder.path(), &actual, &amortized);
    let report = stdout(&run_inside(
        folder.path(),
        &["compare", &first, &second, "--format", "md"],
    ));
    assert!(
        report.contains("the residual 0.") && !report.contains("same usage"),
        "{report}"
    );
    // One row with two costs is one row that differs.
    let dearer = compared(
        &format!("{HEADER}{}", plain("5")),
        &format!("{HEADER}{}", plain("6")),
        &[],
    );
    assert_eq!(dearer["residual"]["different"]["rows"], 1);
    assert_eq!(dearer["residual"]["different"]["examples"][0]["cost"], "1");
    // Currency codes ignore case, in rows as in sums.
    let cases = [
        format!("{HEADER}{}{}", plain("5"), plain("5").replace("USD", "usd")),
        format!("{HEADER}{}", plain("6")),
    ];
    let found = compared(&cases[0], &cases[1], &[]);
    let explained = &found["residual"];
    assert_eq!(
        explained["different"]["totals"],
        json!([{"currency": "USD", "cost": "-4"}])
    );
    assert_eq!(explained["only_actual"]["totals"], json!([]));
}

#[test]
fn extra_covered_row_adds_no_cost_to_a_shared_item() {
    let covered = |cost: &str| row("2026-10-01", "vm-1", "Usage", "Reservation", cost);
    let actual = format!("{HEADER}{}", covered("0"));
    let amortized = format!(
        "{HEADER}{}{}{}",
        covered("0.5"),
        covered("0.75"),
        row(
            "2026-10-01",
            "vm-1",
            "UnusedReservation",
            "Reservation",
            "9"
        )
    );
    let found = compared(&actual, &amortized, &[]);
    assert_eq!(found["covered"]["only_amortized"]["rows"], 1);
    assert_eq!(
        found["covered"]["only_amortized"]["totals"],
        json!([{"currency": "USD", "cost": "0"}])
    );
}

#[test]
fn the_same_rows_of_a_known_metric_are_the_wrong_file() {
    let (actual, amortized) = example(4);
    let turned = turned(&actual);
    let said = refused(&actual, &turned);
    assert!(
        said.contains("both sides are actual cost") && said.contains("wrong file"),
        "{said}"
    );
    assert!(notes(HEADER, &amortized).contains("the actual side has no rows"));
}

#[test]
fn a_filter_by_cost_keeps_one_side_and_raises_no_alarm() {
    let (actual, amortized) = example(4);
    let found = compared(&actual, &amortized, &["--filter", "cost > 0.3"]);
    assert_eq!(found["covered"]["only_amortized"]["rows"], 0, "{found}");
    // A row missing from the whole file is missing under a filter too.
    let gone = row("2026-01-02", "vm-1", "Usage", "Reservation", "0");
    let found = compared(
        &actual.replacen(&gone, "", 1),
        &amortized,
        &["--filter", "cost > 0.3"],
    );
    assert_eq!(found["covered"]["only_amortized"]["rows"], 1, "{found}");
    let none = compared(
        &actual,
        &amortized,
        &["--filter", "resource-group = nosuch", "--strict"],
    );
    assert!(
        none["notes"]
            .to_string()
            .contains("no row matches the filter on either side")
    );
}
