//! Ways that must not end in a wall or mislead: the path, escape, search, copies and pictures, in the real loop.

use crate::support::bills::BILL_HEADER;
use crate::support::file;
use crate::support::ui_harness::Stage;
use std::path::Path;
use tempfile::TempDir;

/// October of four groups; `rg-web` has two machines, and `rg-back` gives money back.
fn bill(folder: &Path) -> String {
    let row = |day: &str, group: &str, meter: &str, cost: &str| {
        format!(
            "2026-10-{day},{group},/subscriptions/s1/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/vm-{meter},\
             {meter},Usage,1,1 Hour,{cost},EUR,,\n"
        )
    };
    let text = [
        BILL_HEADER.to_owned(),
        row("03", "rg-web", "D4", "50"),
        row("04", "rg-web", "D8", "7.5"),
        row("05", "rg-db", "E8", "63.3"),
        row("06", "rg-old", "A1", "5"),
        row("03", "rg-back", "B2", "-10"),
        row("05", "rg-back", "B2", "-40"),
    ]
    .concat();
    file(folder, "october.csv", &text).display().to_string()
}

async fn open(folder: &TempDir) -> Stage {
    let source = bill(folder.path());
    let mut stage = Stage::open("polls = 0\n", (80, 24), vec![source]).await;
    stage.until(&["rg-web", "Σ 4"]).await;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn the_path_drops_a_group_that_the_filter_has_left() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder).await;
    stage.press("<down><enter>");
    stage.until(&["› rg-web", "vm-D8"]).await;
    stage.press("<enter>");
    stage.until(&["› rg-web › vm-D4", "group   meter"]).await;
    // The filter keeps the resource group, and so does the path.
    stage.press("f<ctrl-u>resource-group = rg-web and cost > 1<enter>");
    stage.until(&["› rg-web › by meter", "D8", "Σ 2"]).await;
    stage.press("f<ctrl-u><enter>");
    let all = stage.until(&["› by meter", "E8", "Σ 5"]).await;
    assert!(!all.contains("rg-web"), "{all}");
    stage.press("u");
    stage.until(&["› rg-web › by meter", "Σ 2"]).await;
    stage.press("<bksp>");
    stage.until(&["› rg-web", "vm-D8", "Σ 2"]).await;
    stage.press("<bksp>");
    let all = stage.until(&["rg-old", "Σ 4"]).await;
    let deeper = |line: &str| line.starts_with(" Table") && line.contains('›');
    assert!(!all.lines().any(deeper), "{all}");
    stage.quit().await;
}
