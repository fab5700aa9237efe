//! The panel beside the groups of a wide comparison: what both sides of the group under the cursor consist of.

use crate::support::pair_files::{example, written};
use crate::support::ui_harness::Stage;
use tempfile::TempDir;

/// The words of the panel in the line with this one.
fn panel_line(picture: &str, word: &str) -> Vec<String> {
    let beside = picture.lines().filter_map(|line| line.split_once('│'));
    let mut beside = beside.map(|(_, panel)| panel);
    let line = beside.find(|panel| panel.split_whitespace().any(|known| known == word));
    let line = line.unwrap_or_else(|| panic!("no {word} in the panel: {picture}"));
    line.split_whitespace().map(ToOwned::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_panel_has_both_sides_of_the_group_under_the_cursor() {
    let folder = TempDir::new().unwrap();
    let (actual, amortized) = example(31);
    let (first, second) = written(folder.path(), &actual, &amortized);
    let mut stage = Stage::open("polls = 0\n", (200, 50), vec![first, second]).await;
    let web = stage
        .settled(&["› rg-web", "Σ 2 groups", "last day", "UnusedReservation"])
        .await;
    insta::assert_snapshot!("pair_panel_200x50", web);
    let cases: [(&str, &[&str]); 8] = [
        ("cost", &["365.00", "31.00", "-334.00"]),
        ("share", &["90.4%", "44.4%"]),
        ("first", &["day", "2026-01-01", "2026-01-01"]),
        ("last", &["day", "2026-01-31", "2026-01-31"]),
        ("Purchase", &["365.00", "0.00", "-365.00"]),
        ("Usage", &["0.00", "23.00", "+23.00"]),
        ("UnusedReservation", &["0.00", "8.00", "+8.00"]),
        ("vm-2", &["0.00", "7.50", "+7.50"]),
    ];
    for (word, rest) in cases {
        assert_eq!(panel_line(&web, word), [&[word], rest].concat(), "{web}");
    }
    stage.press("j");
    let database = stage.until(&["› rg-db", "vm-3", "last day"]).await;
    assert!(!database.contains("vm-1"), "{database}");
    let cost = panel_line(&database, "vm-3");
    assert_eq!(cost, ["vm-3", "38.75", "38.75", "0.00"], "{database}");
    // A pivot needs the whole width.
    stage.press("mmonth<enter>");
    let pivot = stage.until(&["× month", "2026-01"]).await;
    assert!(!pivot.contains("first day"), "{pivot}");
    // A narrower screen has no room for it.
    stage.resize(150, 50);
    stage.press("u");
    let narrow = stage.until(&["cause", "Σ 2 groups"]).await;
    assert!(!narrow.contains('│'), "{narrow}");
    stage.resize(200, 50);
    stage.until(&["last day"]).await;
    stage.press("p");
    let hidden = stage.until(&["names and ids are hidden"]).await;
    assert!(
        !hidden.contains("vm-3") && !hidden.contains("38.75"),
        "{hidden}"
    );
    stage.quit().await;
}
