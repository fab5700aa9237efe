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
    stage.press("m");
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
    let last = stage.until(&["2025-12", "121.00", "EUR by "]).await;
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
