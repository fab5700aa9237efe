//! The totals below a table: one for every currency and for every column of a pivot.

use crate::support::ui_harness::Stage;
use std::fmt::Write;
use tempfile::TempDir;

/// Where a word ends in a line, in columns.
fn end(line: &str, word: &str) -> usize {
    let at = line
        .find(word)
        .unwrap_or_else(|| panic!("no {word}: {line}"));
    line[..at].chars().count() + word.chars().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_column_of_a_pivot_has_its_total_below_it() {
    let folder = TempDir::new().unwrap();
    let mut text = "Date,ResourceGroup,Cost,Currency\n".to_owned();
    for month in 1..=12 {
        let _ = writeln!(text, "2025-{month:02}-01,rg-a,{},EUR", month * 10);
        let _ = writeln!(text, "2025-{month:02}-02,rg-b,1,EUR");
    }
    let mut stage = Stage::on_file(folder.path(), "year.csv", &text).await;
    stage.until(&["rg-a", "Σ 2 groups", "792.00 EUR"]).await;
    stage.press("m<enter>");
    let line = |picture: &str, start: &str| {
        let mut lines = picture.lines();
        let found = lines.find(|line| line.starts_with(start));
        found
            .unwrap_or_else(|| panic!("no {start}: {picture}"))
            .to_owned()
    };
    let first = stage.until(&["× month", "2025-01", "11.00"]).await;
    let total = line(&first, "   Σ 2 groups ");
    for (month, sum) in [("2025-01", "11.00"), ("2025-02", "21.00")] {
        let heading = line(&first, "   resource-group ");
        assert_eq!(end(&heading, month), end(&total, sum), "{first}");
    }
    // The totals move with the columns.
    stage.press(&"<right>".repeat(13));
    let last = stage.settled(&["2025-12", "121.00", "EUR by "]).await;
    let heading = line(&last, "   resource-group ");
    let total = line(&last, "   Σ 2 groups ");
    assert_eq!(end(&heading, "2025-12"), end(&total, "121.00"), "{last}");
    insta::assert_snapshot!("pivot_totals", last);
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_currency_has_a_total_in_view() {
    let folder = TempDir::new().unwrap();
    let codes = [
        "AUD", "BRL", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP", "JPY", "USD",
    ];
    let mut text = "Date,ResourceGroup,Cost,Currency\n".to_owned();
    for (cost, code) in (1..).zip(codes) {
        let _ = writeln!(text, "2026-09-01,rg-{code},{cost},{code}");
        let _ = writeln!(text, "2026-10-01,rg-{code},{},{code}", cost + 1);
    }
    let mut stage = Stage::on_file(folder.path(), "world.csv", &text).await;
    let picture = stage.until(&["rg-USD", "Σ 10 groups", "21.00 USD"]).await;
    for (cost, code) in (1..).zip(codes) {
        let total = format!(" {}.00 {code}", 2 * cost + 1);
        assert!(picture.contains(&total), "{total}: {picture}");
    }
    stage.press("C<enter>");
    let picture = stage.until(&["10.00 → 11.00 USD, +1.00 (+10.0%)"]).await;
    for (cost, code) in (1..).zip(codes) {
        let total = format!("{cost}.00 → {}.00 {code}, +1.00", cost + 1);
        assert!(picture.contains(&total), "{total}: {picture}");
    }
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn totals_of_a_pivot_that_do_not_fit_follow_the_cursor() {
    let folder = TempDir::new().unwrap();
    let codes = [
        "AUD", "BRL", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP", "HUF", "INR", "JPY", "NOK", "SEK",
        "USD",
    ];
    let mut text = "Date,ResourceGroup,MeterName,Cost,Currency\n".to_owned();
    for (cost, code) in (10..).zip(codes) {
        let _ = writeln!(text, "2026-09-01,rg-{code},D4,{cost},{code}");
        let _ = writeln!(text, "2026-10-01,rg-{code},D4,{},{code}", cost + 100);
    }
    let mut stage = Stage::on_file(folder.path(), "world.csv", &text).await;
    stage.until(&["Σ 14 groups"]).await;
    stage.press("m<enter>");
    // The dearest group is the last one.
    let picture = stage.until(&["× month", "2026-10", "3-14 of 14"]).await;
    assert!(picture.contains("Σ 14 groups"), "{picture}");
    assert!(!picture.contains("AUD"), "{picture}");
    stage.press("<end>");
    let picture = stage.until(&["1-12 of 14", "› rg-AUD"]).await;
    // That of the dearest group is out of sight.
    assert!(!picture.contains("146.00"), "{picture}");
    stage.press("C<enter>");
    stage.until(&["2026-09 → 2026-10", "+100.00"]).await;
    stage.press("m");
    stage.until(&["Pivot: a column"]).await;
    stage.press("MeterName<enter>");
    let picture = stage
        .until(&["× MeterName", "D4", "1-12 of 14", "› rg-AUD"])
        .await;
    assert!(picture.contains("Σ 14 groups"), "{picture}");
    stage.press("<end>");
    stage.until(&["3-14 of 14", "› rg-USD"]).await;
    stage.quit().await;
}
