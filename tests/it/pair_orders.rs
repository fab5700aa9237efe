//! The order of a comparison: its mark in the list of sorts, and a column of the pivot in a saved view.

use crate::support::pair_files::{example, written};
use crate::support::ui_harness::Stage;
use tempfile::TempDir;

async fn pair(folder: &TempDir) -> Stage {
    let (actual, amortized) = example(31);
    let (first, second) = written(folder.path(), &actual, &amortized);
    let mut stage = Stage::open("polls = 0\n", (80, 24), vec![first, second]).await;
    stage.until(&["[5 Compare]", "rg-web", "Σ 2 groups"]).await;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn the_current_sort_is_marked_and_turned() {
    let folder = TempDir::new().unwrap();
    let mut stage = pair(&folder).await;
    stage.press("s");
    let list = stage
        .until(&["Sort by", "now; pick again to reverse"])
        .await;
    let marked = list.lines().find(|line| line.contains("now;")).unwrap();
    assert!(
        marked.contains("difference") && marked.contains('↓'),
        "{list}"
    );
    stage.press("<enter>");
    stage.until(&["difference ↑"]).await;
    stage.press("skey<enter>");
    stage.until(&["resource-group ↑"]).await;
    stage.press("s");
    let list = stage.settled(&["Sort by", "now;"]).await;
    let marked = list.lines().find(|line| line.contains("now;")).unwrap();
    assert!(marked.contains("key") && marked.contains('↑'), "{list}");
    insta::assert_snapshot!("sorts_of_a_pair", list);
    stage.press("<enter>");
    stage.until(&["resource-group ↓"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_view_keeps_the_order_by_a_column_of_the_pivot() {
    let folder = TempDir::new().unwrap();
    let mut stage = pair(&folder).await;
    stage.press("mcharge-type<enter>");
    stage.until(&["× charge-type", "Purchase", "Usage"]).await;
    stage.press("<right>[");
    let sorted = stage.until(&["sorted by", "↑ smallest first"]).await;
    let column = ["Purchase ↑", "UnusedReservation ↑", "Usage ↑"]
        .into_iter()
        .find(|head| sorted.contains(head));
    let column = column.unwrap_or_else(|| panic!("no column is sorted: {sorted}"));
    stage.press("s");
    stage
        .until(&["now: a column of the pivot, ↑ smallest first"])
        .await;
    stage.press("<esc>wby kind<enter>");
    stage.until(&["`by kind` saved in"]).await;
    stage.press("uu");
    stage.until(&["amortized", "cause", "Σ 2 groups"]).await;
    stage.press("W");
    stage.until(&["Saved views", "by kind"]).await;
    stage.press("<enter>");
    stage.until(&["× charge-type", column]).await;
    stage.quit().await;
}
