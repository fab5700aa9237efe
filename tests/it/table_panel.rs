//! The chart that a table shows by itself: in a panel beside it with the facts of the line under the cursor, or below it.

use crate::support::bills::BILL_HEADER;
use crate::support::file;
use crate::support::ui_harness::Stage;
use insta::assert_snapshot;
use std::path::Path;
use tempfile::TempDir;

const WIDE: (u16, u16) = (200, 50);

/// Three groups over five days; `rg-web` has two machines and a purchase.
fn bill(folder: &Path, name: &str) -> String {
    let row = |day: &str, group: &str, machine: &str, kind: &str, cost: &str, tags: &str| {
        format!(
            "2026-10-{day},{group},/subscriptions/s1/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{machine},\
             D4,{kind},1,1 Hour,{cost},EUR,\"{tags}\",\n"
        )
    };
    let (prod, dev) = (
        "\"\"env\"\": \"\"prod\"\"",
        "\"\"env\"\": \"\"development\"\"",
    );
    let text = [
        BILL_HEADER.to_owned(),
        row("01", "rg-web", "vm-a", "Usage", "50", prod),
        row("02", "rg-web", "vm-b", "Usage", "30", prod),
        row("03", "rg-web", "vm-a", "Purchase", "20", prod),
        row("02", "rg-db", "vm-c", "Usage", "40", dev),
        row("05", "rg-old", "vm-d", "Usage", "5", ""),
    ]
    .concat();
    file(folder, name, &text).display().to_string()
}

async fn open(folder: &TempDir, size: (u16, u16)) -> Stage {
    let source = bill(folder.path(), "october.csv");
    let mut stage = Stage::open("polls = 0\n", size, vec![source]).await;
    stage.until(&["rg-web", "Σ 3 groups"]).await;
    stage
}

/// The row of the first line that contains a text.
fn row_of(picture: &str, text: &str) -> usize {
    let found = picture.lines().position(|line| line.contains(text));
    found.unwrap_or_else(|| panic!("no {text}: {picture}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_panel_follows_the_cursor() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder, WIDE).await;
    let web = [
        "EUR by day",
        "2026-10-01 to 2026-10-03",
        "vm-b",
        "V hide chart",
    ];
    let picture = stage.settled(&web).await;
    assert_snapshot!("panel_200x50", picture);
    for (name, facts) in [
        ("  Usage ", "80.00   80.0%"),
        ("  Purchase ", "20.00   20.0%"),
        ("  vm-a ", "70.00   70.0%"),
        ("  prod ", "100.00  100.0%"),
    ] {
        let line = picture.lines().nth(row_of(&picture, name)).unwrap();
        assert!(line.trim_end().ends_with(facts), "{line}");
    }
    stage.press("j");
    let database = stage.until(&["› rg-db", "vm-c", "development"]).await;
    assert!(!database.contains("vm-b"), "{database}");
    stage.press("G");
    let old = stage.until(&["› rg-old", "vm-d", "2026-10-05"]).await;
    // A key that no row has a value of is left out.
    assert!(!old.contains("tag:env"), "{old}");
    // The facts of a line that was looked at are there at once.
    stage.press("<home>");
    stage.until(&["› rg-web", "vm-b"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_panel_has_the_keys_of_the_chart_and_no_lines_to_click() {
    use costscope::tui::key::Mouse;
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder, WIDE).await;
    stage.until(&["EUR by day", "vm-b"]).await;
    stage.press("<tab><right>");
    stage.until(&["Fri Oct 2  70.00 EUR", "▲"]).await;
    stage.press("<tab>");
    stage.until(&["EUR by day"]).await;
    // The second line, in the panel and then in the table.
    let press = |column| Mouse::Press { column, row: 7 };
    stage.mouse(press(150));
    stage.mouse(press(5));
    stage.until(&["› rg-db", "vm-c", "Σ 3 groups"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_chart_stays_hidden_in_the_next_table() {
    let folder = TempDir::new().unwrap();
    let other = bill(folder.path(), "november.csv");
    let mut stage = open(&folder, WIDE).await;
    stage.until(&["EUR by day", "V hide chart"]).await;
    stage.press("V");
    let hidden = stage
        .until(&[
            "automatic charts are off until V shows one again",
            "· V chart",
        ])
        .await;
    assert!(
        !hidden.contains('│') && !hidden.contains("vm-b"),
        "{hidden}"
    );
    stage.press(&format!("O<ctrl-u>{other}<enter>"));
    let next = stage
        .until(&["november.csv", "Σ 3 groups", "· V chart"])
        .await;
    assert!(!next.contains('│'), "{next}");
    stage.press("V");
    stage.until(&["EUR by day", "vm-b"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_table_has_its_chart_below() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder, (80, 24)).await;
    let picture = stage.settled(&["EUR by day", "V hide chart"]).await;
    assert_snapshot!("chart_below_80x24", picture);
    let rows = ["rg-old ", "EUR by day", "Σ 3 groups"].map(|text| row_of(&picture, text));
    assert!(rows.is_sorted(), "{rows:?}: {picture}");
    stage.press("<tab>");
    stage.until(&["Thu Oct 1  50.00 EUR"]).await;
    stage.press("<tab>V");
    let hidden = stage.until(&["automatic charts are off"]).await;
    assert!(!hidden.contains("by day"), "{hidden}");
    // A chart that is asked for stands above, as in every table.
    stage.press("V");
    let above = stage.until(&["EUR by day"]).await;
    assert!(
        row_of(&above, "EUR by day") < row_of(&above, "› rg-web"),
        "{above}"
    );
    stage.quit().await;
    // A small screen has room below two lines, not below three.
    let mut small = open(&folder, (60, 20)).await;
    small.until(&["V chart"]).await;
    small.press("fcost > 10<enter>");
    let below = small.settled(&["Σ 2", "EUR by day"]).await;
    assert_snapshot!("chart_below_60x20", below);
    small.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_and_single_days_have_no_chart_of_their_own() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder, WIDE).await;
    stage.until(&["EUR by day"]).await;
    stage.press("r");
    let rows = stage.until(&["not grouped (rows)", "vm-a"]).await;
    assert!(!rows.contains("by day"), "{rows}");
    stage.press("<bksp>");
    stage.until(&["EUR by day"]).await;
    // Into the first day, where there is nothing to compare.
    stage.press("<tab><enter>");
    let day = stage
        .until(&["› 2026-10-01", "Σ 1 group", "· V chart"])
        .await;
    assert!(!day.contains("by day"), "{day}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_masked_panel_shows_no_name_and_no_amount() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder, WIDE).await;
    stage.until(&["EUR by day", "vm-b", "prod"]).await;
    stage.press("p");
    let masked = stage.until(&["names and ids are hidden", "Purchase"]).await;
    for name in ["rg-web", "vm-a", "prod", "50.00", "70.00", "100.00 EUR"] {
        assert!(!masked.contains(name), "{name}: {masked}");
    }
    // Shares and kinds of charges name nobody.
    assert!(masked.contains("80.0%"), "{masked}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_needs_its_width_has_no_panel() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder, WIDE).await;
    stage.until(&["EUR by day", "vm-b"]).await;
    stage.resize(180, 50);
    stage.press("mdate<enter>");
    let days = stage.until(&["× date", "2026-10-05", "EUR by day"]).await;
    assert!(
        row_of(&days, "EUR by day") > row_of(&days, "rg-old "),
        "{days}"
    );
    stage.press("m<enter>");
    stage.until(&["group   resource-group ▸", "vm-b"]).await;
    stage.resize(149, 50);
    stage.until(&["EUR by day", "rg-web"]).await;
    stage.press("j");
    let narrower = stage.until(&["› rg-db", "EUR by day"]).await;
    assert!(!narrower.contains("vm-c"), "{narrower}");
    stage.quit().await;
}
