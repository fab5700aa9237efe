//! Searches of all levels of a view, and messages of several lines that leave the totals in view.

use crate::support::bills::BILL_HEADER;
use crate::support::ui_harness::Stage;
use insta::assert_snapshot;
use std::fmt::Write;
use tempfile::TempDir;

/// Three groups with four machines; `vm-c` is in `rg-db`.
fn bill() -> String {
    let row = |group: &str, machine: &str, cost: &str| {
        format!(
            "2026-10-01,{group},/subscriptions/s1/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{machine},\
             D4,Usage,1,1 Hour,{cost},EUR,,\n"
        )
    };
    [
        BILL_HEADER.to_owned(),
        row("rg-web", "vm-a", "70"),
        row("rg-web", "vm-b", "30"),
        row("rg-db", "vm-c", "40"),
        row("rg-old", "vm-d", "-5"),
    ]
    .concat()
}

/// The lines of a picture with a word, in order.
fn places(picture: &str, words: &[&str]) -> Vec<Option<usize>> {
    let place = |word: &&str| picture.lines().position(|line| line.contains(*word));
    words.iter().map(place).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_levels_are_searched_and_enter_goes_to_a_group() {
    let folder = TempDir::new().unwrap();
    let mut stage = Stage::on_file(folder.path(), "october.csv", &bill()).await;
    stage.until(&["rg-web", "Σ 3 groups"]).await;
    // This level has no machines; the message says where they are looked for.
    stage.press("/vm-c<enter>");
    let missing = stage
        .until(&["`vm-c` not found in this level", "searches all levels"])
        .await;
    assert!(missing.contains("Σ 3 groups"), "{missing}");
    // Without a text, the last one is searched.
    stage.press("/<tab>");
    stage
        .until(&["Found in all levels: 1 group", "vm-c in rg-db", "40.00 EUR"])
        .await;
    stage.press("<enter>");
    stage
        .until(&["› rg-db › vm-c", "group   meter", "D4", "Σ 1 group "])
        .await;
    // The way back is that of the levels, and undo is one change.
    stage.press("<bksp>");
    stage
        .until(&["group   resource", "vm-c", "Σ 1 group "])
        .await;
    stage.press("uu");
    stage.until(&["group   resource-group", "Σ 3 groups"]).await;
    // The largest are listed first, a refund by its size.
    stage.press("/VM<tab>");
    let list = stage
        .settled(&["Found in all levels: 4 groups", "vm-d in rg-old"])
        .await;
    let order = places(&list, &["vm-a in", "vm-c in", "vm-b in", "vm-d in"]);
    assert!(order.is_sorted() && order[0].is_some(), "{list}");
    assert_snapshot!("found_in_levels", list);
    // The list narrows as one types.
    stage.press("old<enter>");
    stage.until(&["› rg-old › vm-d", "-5.00"]).await;
    stage.press("u");
    stage.until(&["Σ 3 groups"]).await;
    stage.press("/rg-w<tab>");
    // A group of the first level is no hit of those below it, whose ids have its name, too.
    stage
        .until(&[
            "Found in all levels: 1 group",
            "100.00 EUR",
            "resource-group",
        ])
        .await;
    stage.press("<enter>");
    stage
        .until(&["› rg-web", "vm-a", "vm-b", "Σ 2 groups"])
        .await;
    stage.press("/nowhere<tab>");
    stage.until(&["`nowhere` not found in any level"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_have_no_levels() {
    let folder = TempDir::new().unwrap();
    let mut stage = Stage::on_file(folder.path(), "october.csv", &bill()).await;
    stage.until(&["rg-web", "Σ 3 groups"]).await;
    stage.press("r");
    stage.until(&["not grouped (rows)"]).await;
    stage.press("/vm<tab>");
    stage.until(&["only groups have levels"]).await;
    stage.press("<esc>");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_message_leaves_the_totals_and_the_cursor_in_view() {
    let folder = TempDir::new().unwrap();
    let mut text = "Date,ResourceGroup,Cost,Currency\n".to_owned();
    for at in 10..60 {
        let _ = writeln!(text, "2026-10-01,rg-{at},{},EUR", 100 - at);
    }
    let mut stage = Stage::on_file(folder.path(), "many.csv", &text).await;
    stage.until(&["rg-10", "Σ 50 groups"]).await;
    stage.press("G");
    stage.until(&["› rg-59", "Σ 50 groups"]).await;
    let word = "x".repeat(70);
    stage.press(&format!("/{word}<enter>"));
    let told = stage
        .settled(&["found in this level;", "› rg-59", "Σ 50 groups"])
        .await;
    assert_snapshot!("long_message", told);
    // The lines come back with the next key.
    stage.press("k");
    let after = stage.until(&["› rg-58", "Σ 50 groups"]).await;
    assert!(!after.contains("not found"), "{after}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_sorts_marks_the_current_one() {
    let folder = TempDir::new().unwrap();
    let mut stage = Stage::on_file(folder.path(), "october.csv", &bill()).await;
    stage.until(&["rg-web", "Σ 3 groups"]).await;
    stage.press("s");
    let list = stage.until(&["Sort by", "↓ largest first · now"]).await;
    assert_eq!(list.matches("· now").count(), 1, "{list}");
    stage.press("<esc>]");
    stage.until(&["sorted by"]).await;
    stage.press("s");
    let list = stage.until(&["Sort by", "· now"]).await;
    let marked = list.lines().find(|line| line.contains("· now")).unwrap();
    assert!(marked.contains("-resource-group"), "{marked}");
    stage.press("<esc>");
    stage.quit().await;
}
