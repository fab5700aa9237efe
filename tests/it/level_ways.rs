//! Searches of all levels beyond the costs of a table: absent values, two periods, and both sides of a comparison.

use crate::support::pair_files::{example, written};
use crate::support::ui_harness::Stage;
use crate::support::ui_steps::{SMALL, command, open_bill, two_months};
use insta::assert_snapshot;
use tempfile::TempDir;

const HEADER: &str = "Date,ResourceGroup,MeterName,Quantity,Cost,Currency\n";

#[tokio::test(flavor = "multi_thread")]
async fn absent_and_empty_values_are_found_as_they_are_shown() {
    let folder = TempDir::new().unwrap();
    let bill = "Date,ResourceGroup,Cost,Currency,Tags\n\
        2026-10-01,rg-a,5,EUR,\"{\"\"env\"\":\"\"prod\"\"}\"\n\
        2026-10-01,,3,EUR,\"{\"\"env\"\":\"\"\"\"}\"\n";
    let mut stage = open_bill(&folder, bill).await;
    stage.press("/none<enter>");
    stage.until(&["`none` in line 2", "› (none)"]).await;
    stage.press("gtag:env<enter>");
    stage.until(&["group   tag:env", "(empty)"]).await;
    stage.press("/EMPTY<tab>");
    stage
        .until(&["Found in all levels: 1 group", "3.00 EUR"])
        .await;
    stage.press("<enter>");
    stage.until(&["› (empty)", "Σ 1 group "]).await;
    stage.quit().await;
}

/// `rg-a` costs more in October, `rg-b` less.
const PRICES: &str = "2026-09-01,rg-a,D4,1,30,EUR\n2026-10-01,rg-a,D4,1,33,EUR\n\
    2026-09-01,rg-b,D4,1,10,EUR\n2026-10-01,rg-b,D4,1,8,EUR\n\
    2026-11-01,rg-b,D4,1,100,EUR\n";

#[tokio::test(flavor = "multi_thread")]
async fn two_periods_are_searched_and_entered_in_all_levels() {
    let folder = TempDir::new().unwrap();
    let source = crate::support::file(folder.path(), "bill.csv", format!("{HEADER}{PRICES}"));
    let source = source.display().to_string();
    let mut stage = Stage::open("polls = 0\n", SMALL, vec![source]).await;
    stage.until(&["rg-a", "Σ"]).await;
    stage.press("C2026-09 2026-10<enter>");
    stage.until(&["2026-09 → 2026-10", "+3.00"]).await;
    stage.press("/D4<tab>");
    let found = stage
        .settled(&[
            "Found in all levels: 2 groups, with their differences",
            "+3.00 EUR",
            "-2.00 EUR",
        ])
        .await;
    assert_snapshot!("found_in_periods", found);
    stage.press("rg-b<enter>");
    // Only the rows of the two months.
    stage.until(&["› rg-b › (none) › D4", "2 of"]).await;
    let rows = command(&mut stage, "costscope show").await;
    assert_eq!(rows["rows"], 2);
    stage.press("<bksp><bksp>");
    stage.until(&["› rg-b", "2026-09 → 2026-10", "-2.00"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_of_a_comparison_are_searched_in_all_levels() {
    let folder = TempDir::new().unwrap();
    let (actual, amortized) = example(31);
    let (first, second) = written(folder.path(), &actual, &amortized);
    let mut stage = Stage::open("polls = 0\n", SMALL, vec![first, second]).await;
    stage.until(&["[5 Compare]", "rg-web", "Σ 2 groups"]).await;
    stage.press("/vm-2<enter>");
    stage
        .until(&["`vm-2` not found in this level", "searches all levels"])
        .await;
    stage.press("/<tab>");
    let found = stage
        .settled(&[
            "Found in all levels: 1 group, with their differences",
            "vm-2 in rg-web",
            "+7.50 USD",
        ])
        .await;
    assert_snapshot!("found_in_pair", found);
    stage.press("<enter>");
    stage.until(&["› rg-web › vm-2", "by meter"]).await;
    stage.press("<bksp>");
    stage.until(&["› rg-web", "by resource", "vm-2"]).await;
    // Both steps are undone as one change.
    stage.press("uu");
    stage.until(&["Σ 2 groups", "rg-db"]).await;
    stage.press("/nowhere<tab>");
    stage.until(&["`nowhere` not found in any level"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_panel_of_two_months_has_both_and_their_difference() {
    let folder = TempDir::new().unwrap();
    let bill = "Date,ResourceGroup,MeterName,ChargeType,Quantity,Cost,Currency,Tags\n\
        2026-09-01,rg-a,D4,Usage,1,30,EUR,\"{\"\"env\"\":\"\"prod\"\"}\"\n\
        2026-10-02,rg-a,D4,Usage,1,33,EUR,\"{\"\"env\"\":\"\"prod\"\"}\"\n\
        2026-10-03,rg-a,D4,Refund,1,-4,EUR,\n\
        2026-09-04,rg-b,D4,Usage,1,10,EUR,\n\
        2026-10-05,rg-b,D4,Usage,1,8,EUR,\n";
    let mut stage = two_months(&folder, (200, 50), bill).await;
    let panel = stage
        .until(&[
            "› rg-b",
            "last day",
            "2026-09-04",
            "2026-10-05",
            "charge-type",
        ])
        .await;
    assert!(!panel.contains("Refund"), "{panel}");
    stage.press("j");
    let panel = stage
        .settled(&["› rg-a", "Refund", "-4.00", "prod", "2026-10-03"])
        .await;
    assert_snapshot!("change_panel_200x50", panel);
    stage.press("p");
    let hidden = stage.until(&["names and ids are hidden"]).await;
    assert!(
        !hidden.contains("prod") && !hidden.contains("33.00"),
        "{hidden}"
    );
    stage.quit().await;
}
