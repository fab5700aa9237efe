//! The order of a table on the screen, and of the command that prints it.

use crate::support::ui_harness::Stage;
use crate::support::ui_steps::command;
use tempfile::TempDir;

const ROWS: &str = "Date,ResourceGroup,Cost,Currency\n\
    2026-10-02,rg-large,70,EUR\n2026-10-01,rg-refund,-50,EUR\n2026-10-03,rg-small,1,EUR\n";

async fn open(folder: &TempDir) -> Stage {
    let mut stage = Stage::on_file(folder.path(), "costs.csv", ROWS).await;
    stage.until(&["rg-small", "Σ 3 groups"]).await;
    stage
}

/// The first keys of the groups that the copied command prints.
async fn printed(stage: &mut Stage) -> Vec<String> {
    let found = command(stage, "costscope show").await;
    let groups = found["groups"].as_array().unwrap().iter();
    let keys = groups.map(|group| group["keys"][0].as_str().unwrap().to_owned());
    keys.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_sorts_by_size_so_that_a_large_refund_comes_first() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder).await;
    assert_eq!(
        printed(&mut stage).await,
        ["rg-large", "rg-small", "rg-refund"]
    );
    stage.press("#");
    stage.until(&["|cost| ↓ largest first"]).await;
    let sized = ["rg-large", "rg-refund", "rg-small"];
    assert_eq!(printed(&mut stage).await, sized);
    stage.press("m<enter>");
    stage.until(&["× month", "|cost| ↓ largest first"]).await;
    assert_eq!(printed(&mut stage).await, sized);
    stage.press("#");
    stage.until(&["sort  cost ↓ largest first"]).await;
    stage.press("u");
    stage.until(&["|cost| ↓ largest first"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn days_are_in_order_of_time_unless_only_the_largest_are_shown() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder).await;
    stage.press("gdate<enter>");
    stage.until(&["group   date", "date ↑", "Σ 3 groups"]).await;
    let in_order = ["2026-10-01", "2026-10-02", "2026-10-03"];
    assert_eq!(printed(&mut stage).await, in_order);
    stage.press("o1<enter>");
    stage
        .until(&["top 1", "cost ↓ largest first", "2026-10-02"])
        .await;
    assert_eq!(printed(&mut stage).await, ["2026-10-02"]);
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chart_of_a_table_of_days_is_their_series() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder).await;
    stage.press("gdate<enter>");
    stage.until(&["group   date", "date ↑", "Σ 3 groups"]).await;
    // The first key hides the automatic chart.
    stage.press("V");
    stage.until(&["V chart"]).await;
    stage.press("V");
    let told = ["by day", "2026-10-03", "Σ 3 groups", "V running total"];
    let chart = stage.settled(&told).await;
    // One series has no legend of groups and others.
    assert!(!chart.contains("other"), "{chart}");
    insta::assert_snapshot!("series_of_days", chart);
    stage.press("V");
    stage.until(&["running total"]).await;
    // There is no chart of one day.
    stage.press("V");
    stage
        .until(&["group   date", "Σ 3 groups", "2026-10-03"])
        .await;
    stage.press("V");
    stage.until(&["by day"]).await;
    stage.quit().await;
}
