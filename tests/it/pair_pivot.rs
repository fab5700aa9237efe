//! The pivot of a comparison: a column of differences for each value of a key.

use crate::support::pair_files::{HEADER, example, row, written};
use crate::support::ui_harness::Stage;
use crate::support::ui_steps::command;
use costscope::domain::query::saved_view::{ComparisonView, SavedView};
use costscope::store::views::ViewFolder;
use tempfile::TempDir;

/// Usage that both sides have, and a reservation whose purchase and use are in different months.
fn two_months() -> (String, String) {
    let month = |month: &str| format!("2026-{month}-03");
    let plain = [
        row(&month("09"), "vm-3", "Usage", "OnDemand", "2"),
        row(&month("10"), "vm-3", "Usage", "OnDemand", "3"),
    ]
    .concat();
    let bought = row(&month("09"), "", "Purchase", "Reservation", "31");
    let used = [
        row(&month("09"), "vm-1", "Usage", "Reservation", "10"),
        row(&month("10"), "vm-1", "Usage", "Reservation", "20.5"),
    ]
    .concat();
    (
        format!("{HEADER}{plain}{bought}"),
        format!("{HEADER}{plain}{used}"),
    )
}

async fn open(folder: &TempDir, size: (u16, u16), (actual, amortized): (String, String)) -> Stage {
    let (first, second) = written(folder.path(), &actual, &amortized);
    let mut stage = Stage::open("polls = 0\n", size, vec![first, second]).await;
    stage.until(&["[5 Compare]", "rg-web", "Σ 2 groups"]).await;
    stage
}

/// The last line of the body with these words.
fn line<'a>(picture: &'a str, word: &str) -> &'a str {
    let text = picture.split("--- styles").next().unwrap();
    let mut lines = text.lines().rev();
    let found = lines.find(|line| line.contains(word));
    found.unwrap_or_else(|| panic!("no {word}: {picture}"))
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace()
        .filter(|word| *word != "›")
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn months_become_columns_with_their_totals() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder, (80, 24), two_months()).await;
    stage.press("m");
    stage
        .until(&["Pivot: a column of differences", "month", "charge-type"])
        .await;
    stage.press("month<enter>");
    let pivot = stage
        .until(&["by resource-group × month", "2026-09", "2026-10", "1 more)"])
        .await;
    let web = words(line(&pivot, "rg-web"));
    assert_eq!(web, ["rg-web", "-0.50", "-21.00", "+20.50"], "{pivot}");
    let db = words(line(&pivot, "rg-db"));
    assert_eq!(db, ["rg-db", "0.00", "0.00", "0.00"], "{pivot}");
    let totals = words(line(&pivot, "Σ 2 groups"));
    assert_eq!(
        totals,
        ["Σ", "2", "groups", "-0.50", "-21.00", "+20.50"],
        "{pivot}"
    );
    insta::assert_snapshot!("pair_pivot", pivot);
    // The command gives the same differences, one line for each cell.
    let found = command(&mut stage, "costscope compare").await;
    stage
        .until(&["the command lists the columns of the pivot as lines"])
        .await;
    assert_eq!(
        found["group_by"],
        serde_json::json!(["resource-group", "month"])
    );
    let cell = |month: &str| {
        let groups = found["groups"].as_array().unwrap();
        let wanted = serde_json::json!(["rg-web", month]);
        let group = groups.iter().find(|group| group["keys"] == wanted);
        group.unwrap()["difference"].clone()
    };
    assert_eq!(cell("2026-09"), "-21");
    assert_eq!(cell("2026-10"), "20.5");
    // It ends as it began, and each change is undone.
    stage.press("moff<enter>");
    stage.until(&["amortized", "cause", "Σ 2 groups   "]).await;
    stage.press("u");
    stage.until(&["× month", "2026-10"]).await;
    stage.press("u");
    stage.until(&["amortized", "cause", "Σ 2 groups   "]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_of_the_pivot_sorts_and_is_copied_and_exported() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder, (80, 24), two_months()).await;
    stage.press("m");
    stage.until(&["Pivot: a column"]).await;
    stage.press("month<enter>");
    stage.until(&["× month", "2026-10", "› rg-web"]).await;
    stage.press("<right>[");
    stage
        .until(&[
            "2026-09 ↑",
            "sorted by 2026-09 ↑ smallest first",
            "› rg-web",
        ])
        .await;
    stage.press("]");
    stage.until(&["2026-09 ↓", "› rg-db"]).await;
    stage.press("w");
    stage.until(&["the table leaves", "out the order"]).await;
    stage.press("<esc><down>y");
    stage.until(&["view as TSV"]).await;
    stage.press("cell<enter>");
    assert_eq!(stage.copied("-21").await, "-21");
    stage.press("y");
    stage.until(&["view as TSV"]).await;
    stage.press("<enter>");
    let copied = stage.copied("resource-group\t").await;
    assert!(copied.contains("cause\t2026-09\t2026-10"), "{copied}");
    assert!(copied.contains("\t-21\t20.5"), "{copied}");
    let path = folder.path().join("pivot.json");
    stage.press("e<ctrl-u>");
    stage.press(path.to_str().unwrap());
    stage.press("<enter>");
    stage.until(&["2 lines, in ", "pivot.json"]).await;
    let text = std::fs::read_to_string(&path).unwrap();
    let found: serde_json::Value = serde_json::from_str(&text).unwrap();
    let records = found["records"].as_array().unwrap();
    let web = records.iter().find(|one| one["resource-group"] == "rg-web");
    assert_eq!(web.unwrap()["2026-10"], "20.5");
    let totals = found["totals"][0].as_str().unwrap();
    assert!(
        totals.ends_with("by month: 2026-09 -21 · 2026-10 20.5"),
        "{totals}"
    );
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_columns_than_fit_follow_the_cursor_and_say_where_they_are() {
    let folder = TempDir::new().unwrap();
    for size in [(60, 20), (80, 24)] {
        let mut stage = open(&folder, size, example(31)).await;
        stage.press("m");
        stage.until(&["Pivot: a column"]).await;
        stage.press("date<enter>");
        let first = stage.until(&["× date", "2026-01-01", " of 31"]).await;
        assert!(!first.contains("2026-01-31"), "{first}");
        assert!(first.contains("Σ 2 groups"), "{first}");
        for _ in 0..31 {
            stage.press("<right>");
        }
        let last = stage.until(&["2026-01-31", "31 of 31"]).await;
        assert!(!last.contains("2026-01-01"), "{last}");
        // The group and its whole difference stay.
        assert!(
            last.contains("difference") && last.contains("rg-web"),
            "{last}"
        );
        stage.quit().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_currency_has_its_totals_in_each_column() {
    let folder = TempDir::new().unwrap();
    let (actual, amortized) = two_months();
    let euro = row("2026-10-04", "vm-9", "Usage", "OnDemand", "7").replace("USD", "EUR");
    let (actual, amortized) = (actual, format!("{amortized}{euro}"));
    let (first, second) = written(folder.path(), &actual, &amortized);
    let mut stage = Stage::open("polls = 0\n", (80, 24), vec![first, second]).await;
    stage.until(&["[5 Compare]", "Σ 3 groups"]).await;
    stage.press("m");
    stage.until(&["Pivot: a column"]).await;
    stage.press("month<enter>");
    let pivot = stage
        .settled(&["× month", "2026-10", "Σ 3 groups", "4 more)"])
        .await;
    let totals = words(line(&pivot, "Σ 3 groups"));
    assert_eq!(
        totals,
        ["Σ", "3", "groups", "+7.00", "EUR", "+7.00"],
        "{pivot}"
    );
    let dollars = words(line(&pivot, "USD"));
    assert_eq!(dollars, ["-0.50", "USD", "-21.00", "+20.50"], "{pivot}");
    insta::assert_snapshot!("pair_pivot_currencies", pivot);
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn totals_of_many_currencies_follow_the_cursor_and_are_all_exported() {
    let folder = TempDir::new().unwrap();
    let (mut actual, mut amortized) = two_months();
    for (at, code) in ["AUD", "BRL", "CHF", "DKK", "EUR", "GBP", "INR"]
        .iter()
        .enumerate()
    {
        let cost = format!("{}", at + 1);
        let more = row("2026-10-04", "vm-9", "Usage", "OnDemand", &cost).replace("USD", code);
        actual.push_str(&more.replace("2026-10", "2026-09"));
        amortized.push_str(&more);
    }
    let (first, second) = written(folder.path(), &actual, &amortized);
    let mut stage = Stage::open("polls = 0\n", (80, 40), vec![first, second]).await;
    stage.until(&["[5 Compare]", "Σ 9 groups"]).await;
    stage.press("s");
    stage.until(&["Sort by"]).await;
    stage.press("key<enter>");
    stage.press("m");
    stage.until(&["Pivot: a column"]).await;
    stage.press("month<enter>");
    let top = stage.until(&["× month", "2026-10", "1-6 of 8"]).await;
    let total = |picture: &str, code: &str| {
        let lines = picture
            .lines()
            .skip_while(|line| !line.contains("Σ 9 groups"));
        let mut lines = lines.map(words);
        lines.any(|line| line.contains(&code))
    };
    assert!(total(&top, "AUD") && !total(&top, "USD"), "{top}");
    stage.press("<end>");
    let end = stage.until(&["3-8 of 8"]).await;
    assert!(total(&end, "INR") && total(&end, "USD"), "{end}");
    assert!(!total(&end, "AUD"), "{end}");
    stage.press("y");
    stage.until(&["view as TSV"]).await;
    stage.press("view as Markdown<enter>");
    let copied = stage.copied("| resource-group").await;
    for totals in ["AUD by month: 2026-09 -1 · 2026-10 1", "USD by month: "] {
        assert!(copied.contains(totals), "{copied}");
    }
    // Without the pivot it is the same.
    stage.press("moff<enter>");
    stage.until(&["amortized", "3-8 of 8 currencies"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_column_ends_the_pivot_and_an_empty_result_has_no_columns() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder, (80, 24), two_months()).await;
    let view = |pivot: &str| SavedView {
        group_by: vec!["resource-group".to_owned()],
        comparison: Some(ComparisonView {
            pivot: Some(pivot.to_owned()),
            ..ComparisonView::default()
        }),
        ..SavedView::default()
    };
    let views = ViewFolder::new(stage.folder.path());
    views.save("by colour", &view("Colour")).unwrap();
    stage.press("W");
    stage.until(&["Saved views", "by colour"]).await;
    stage.press("<enter>");
    // The comparison itself is whole.
    stage
        .until(&["there is no column `Colour`", "amortized", "rg-db"])
        .await;
    stage.press("m");
    stage.until(&["Pivot: a column"]).await;
    stage.press("charge-type<enter>");
    stage.until(&["× charge-type", "Purchase", "Usage"]).await;
    stage.press("fresource-group = rg-none<enter>");
    stage
        .until(&["no row matches on either side", "Σ 0 groups"])
        .await;
    // A key of the groups is no column beside itself.
    stage.press("u");
    stage.until(&["Purchase", "Σ 2 groups"]).await;
    stage.press("g<tab>");
    stage.until(&["Group by"]).await;
    stage.press("charge-type<tab><enter>");
    let grouped = stage.until(&["charge-type", "cause", "Σ"]).await;
    assert!(!grouped.contains("× charge-type"), "{grouped}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_masked_pivot_names_no_column() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder, (80, 24), two_months()).await;
    stage.press("gcharge-type<enter>");
    stage.until(&["by charge-type", "Purchase"]).await;
    stage.press("m");
    stage.until(&["Pivot: a column"]).await;
    stage.press("resource-group<enter>");
    stage
        .until(&["× resource-group", "rg-db", "rg-web", "Purchase"])
        .await;
    stage.press("p");
    let masked = stage.until(&["names and ids are hidden", "•"]).await;
    assert!(!masked.contains("rg-web"), "{masked}");
    assert!(!masked.contains("31.00"), "{masked}");
    stage.press("<right>[");
    let sorted = stage.until(&[" ↑"]).await;
    assert!(!sorted.contains("rg-db"), "{sorted}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pivot_is_saved_with_the_view_and_the_table_takes_that_of_months() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder, (80, 24), two_months()).await;
    stage.press("m");
    stage.until(&["Pivot: a column"]).await;
    stage.press("month<enter>");
    stage.until(&["× month", "2026-10"]).await;
    stage.press("w");
    stage.until(&["Save this view as"]).await;
    stage.press("by month<enter>");
    stage.until(&["`by month` saved in"]).await;
    stage.press("moff<enter>");
    stage.until(&["cause", "Σ 2 groups   "]).await;
    stage.press("W");
    stage.until(&["Saved views", "by month"]).await;
    stage.press("<enter>");
    stage.until(&["× month", "2026-10"]).await;
    stage.press(">");
    stage.until(&["[4 Table]", "· amortized"]).await;
    stage.press("W");
    stage.until(&["Saved views", "by month"]).await;
    stage.press("by month<enter>");
    stage.until(&["× month", "2026-09", "30.50"]).await;
    stage.quit().await;
}
