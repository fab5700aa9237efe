//! Two months beside each other in the table: names of the months, percent, bars, and which columns a narrow screen keeps.

use crate::support::ui_harness::Stage;
use crate::support::ui_steps::two_months;
use tempfile::TempDir;

const HEADER: &str = "Date,ResourceGroup,MeterName,Quantity,Cost,Currency\n";

/// Opens a bill and compares its two months.
async fn changed(folder: &TempDir, size: (u16, u16), rows: &str) -> Stage {
    two_months(folder, size, &format!("{HEADER}{rows}")).await
}

/// The line of the headings.
fn headings(picture: &str) -> &str {
    let mut lines = picture.lines();
    let found = lines.find(|line| line.contains("resource-group  ") && line.contains("difference"));
    found.unwrap_or_else(|| panic!("no headings: {picture}"))
}

/// Only prices differ, so nothing is new, gone or of another quantity.
const PRICES: &str = "2026-09-01,rg-a,D4,1,30,EUR\n2026-10-01,rg-a,D4,1,33,EUR\n\
    2026-09-01,rg-b,D4,1,10,EUR\n2026-10-01,rg-b,D4,1,8,EUR\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_screen_drops_columns_of_zeros_before_one_with_money() {
    let folder = TempDir::new().unwrap();
    let mut stage = changed(&folder, (80, 24), PRICES).await;
    let picture = stage.until(&["+10.0%", "-20.0%", "+1.00 (+2.5%)"]).await;
    let names: Vec<&str> = headings(&picture).split_whitespace().collect();
    assert_eq!(
        names,
        [
            "resource-group",
            "2026-09",
            "2026-10",
            "difference",
            "%",
            "cause",
            "price"
        ],
        "{picture}"
    );
    stage.press("/RG-B<enter>");
    stage.until(&["in line 2", "› rg-b"]).await;
    stage.press("n");
    stage.until(&["in line 2", "› rg-b"]).await;
    stage.press("/rg-z<enter>");
    stage.until(&["`rg-z` not found"]).await;
    stage.quit().await;
    let mut stage = changed(&folder, (200, 50), PRICES).await;
    let picture = stage
        .settled(&["+10.0%", "-20.0%", "█", "EUR by ", "last day"])
        .await;
    for name in ["new", "gone", "quantity", "price"] {
        assert!(headings(&picture).contains(name), "{name}: {picture}");
    }
    insta::assert_snapshot!("change_wide", picture);
    stage.quit().await;
}

/// New, gone, another quantity and another price, in two currencies.
const MIXED: &str = "2026-09-01,rg-a,D4,10,20,EUR\n2026-10-01,rg-a,D4,15,30,EUR\n\
    2026-09-01,rg-b,D4,1,10,EUR\n2026-10-01,rg-c,D4,1,8,EUR\n\
    2026-09-01,rg-d,D4,1,4,USD\n2026-10-01,rg-d,D4,1,5,USD\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_bar_shows_the_size_of_a_difference_within_its_currency() {
    let folder = TempDir::new().unwrap();
    let mut stage = changed(&folder, (140, 24), MIXED).await;
    let picture = stage.until(&["rg-d", "+25.0%", "rg-b", "-100.0%"]).await;
    let line = |name: &str| {
        let mut lines = picture.lines();
        let found = lines.find(|line| line.contains(name));
        found.unwrap_or_else(|| panic!("no {name}: {picture}"))
    };
    // The largest difference of each currency has a full bar.
    for name in ["rg-a", "rg-d"] {
        let line = line(name);
        assert!(line.contains('█') && !line.contains('░'), "{line}");
    }
    assert!(line("rg-b").contains("-▒"), "{picture}");
    // Nothing came before, so there is no percent.
    assert!(line("rg-c").contains("  -  "), "{picture}");
    stage.press("<right><right><right><right><right>[");
    let sorted = stage.until(&["percent ↑", "› rg-b"]).await;
    let places = ["rg-b", "rg-d", "rg-a", "rg-c"].map(|name| sorted.find(name));
    assert!(places.is_sorted() && places[0].is_some(), "{sorted}");
    stage.quit().await;
}
