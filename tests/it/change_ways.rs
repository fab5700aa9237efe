//! Ways from a comparison of two months: undone, redone, stepped, and how many rows it is about.

use crate::support::ui_harness::Stage;
use crate::support::ui_steps::{newest_of_three_months, two_months};
use tempfile::TempDir;

/// Compares the newest two of three months of a subscription in the ledger, by service and under a filter.
async fn compared() -> Stage {
    let mut stage = newest_of_three_months().await;
    stage.press("fcharge-type = Usage<enter>");
    stage.until(&["filter  charge-type = Usage", "Σ"]).await;
    stage.press("C");
    stage
        .until(&["2026-09 2026-10", "opens the month before"])
        .await;
    stage.press("<enter>");
    stage
        .until(&["charge-type = Usage", "2026-09 → 2026-10", "Σ"])
        .await;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_that_opened_another_month_is_undone_and_redone() {
    let mut stage = compared().await;
    stage.press("u");
    let month = [
        "actual · 2026-10",
        "filter  charge-type = Usage",
        "group   service ",
        "share",
    ];
    let picture = stage.until(&month).await;
    assert!(!picture.contains("2026-09"), "{picture}");
    stage.press("U");
    stage
        .until(&[
            "2026-09-01..2026-10-31",
            "charge-type = Usage",
            "2026-09 → 2026-10",
            "Σ",
        ])
        .await;
    // What was done before the months were compared is undone, too.
    stage.press("u");
    stage.until(&month).await;
    stage.press("u");
    stage
        .until(&["actual · 2026-10", "filter  none", "group   service ", "Σ"])
        .await;
    stage.press("u");
    stage
        .until(&["filter  none", "group   resource-group ", "Σ"])
        .await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_months_of_a_comparison_step() {
    let mut stage = compared().await;
    stage.press("{");
    stage
        .until(&[
            "charge-type = Usage",
            "2026-08 → 2026-09",
            "group   service ",
            "Σ",
        ])
        .await;
    stage.press("{");
    stage
        .until(&["the ledger has no report of 2026-07", "2026-08 → 2026-09"])
        .await;
    stage.press("}");
    stage.until(&["2026-09 → 2026-10", "Σ"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn months_that_are_open_step_without_the_ledger() {
    let folder = TempDir::new().unwrap();
    let rows = "Date,ResourceGroup,MeterName,Quantity,Cost,Currency\n\
        2026-08-01,rg-a,D4,1,10,EUR\n2026-09-01,rg-a,D4,1,30,EUR\n\
        2026-10-01,rg-a,D4,1,33,EUR\n2026-10-01,rg-b,D4,1,8,EUR\n";
    let mut stage = two_months(&folder, (80, 24), rows).await;
    stage.until(&["2026-09 → 2026-10", "3 of 4 rows"]).await;
    stage.press("fresource-group = rg-a<enter>");
    stage.until(&["= rg-a", "2 of 4 rows", "+3.00"]).await;
    stage.press("{");
    stage
        .until(&["= rg-a", "2026-08 → 2026-09", "2 of 4 rows", "+20.00"])
        .await;
    stage.press("{");
    stage.until(&["are not both open", "+20.00"]).await;
    stage.press("u");
    stage.until(&["2026-09 → 2026-10", "+3.00"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_month_opens_without_the_filter_on_days() {
    let mut stage = compared().await;
    stage.press("u");
    stage.until(&["actual · 2026-10", "share", "Σ"]).await;
    stage.press("f and date >= 2026-10-20<enter>");
    stage.until(&["date >= 2026-10-20", "Σ"]).await;
    stage.press("{");
    let month = ["actual · 2026-09", "without the filter on days", "Σ"];
    let picture = stage.until(&month).await;
    assert!(
        picture.contains("filter  charge-type = Usage "),
        "{picture}"
    );
    stage.press("u");
    stage
        .until(&["actual · 2026-10", "date >= 2026-10-20"])
        .await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_months_are_compared_without_a_filter_on_days() {
    let folder = TempDir::new().unwrap();
    let bill = "Date,ResourceGroup,MeterName,Quantity,Cost,Currency\n\
        2026-09-01,rg-a,D4,1,30,EUR\n2026-10-01,rg-a,D4,1,33,EUR\n2026-10-02,rg-b,D4,1,8,EUR\n";
    let mut stage = Stage::on_file(folder.path(), "bill.csv", bill).await;
    stage.until(&["rg-a", "71.00"]).await;
    // The overview of the newest month opens the table with its days.
    stage.press("0");
    stage.until(&["[0 Overview]", "41.00 EUR"]).await;
    stage.press("<enter>");
    stage
        .until(&["[4 Table]", "date >= 2026-10-01", "41.00"])
        .await;
    stage.press("C<enter>");
    let words = ["2026-09 → 2026-10", "without the filter on days", "+11.00"];
    stage.until(&words).await;
    // The month before the one that the overview showed is one step away.
    stage.press("u");
    stage.until(&["date >= 2026-10-01", "41.00"]).await;
    stage.press("{");
    stage.until(&["days: 2026-09", "30.00 EUR"]).await;
    stage.quit().await;
}
