//! Views of unusual bills: rows with several currencies or without one, undated rows, others, unfolded groups.

use crate::support::bills::MIXED_CURRENCIES;
use crate::support::inside::run_inside;
use crate::support::ui_steps::{command, open_bill};
use crate::support::{document, file};
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread")]
async fn a_group_without_a_currency_opens_as_itself() {
    let folder = TempDir::new().unwrap();
    let mut stage = open_bill(&folder, MIXED_CURRENCIES).await;
    // By cost: USD 7, EUR 5, EUR 2, none 1.
    stage.press("<end>r");
    stage.until(&["› rg-a · (none)", "1 of"]).await;
    let rows = command(&mut stage, "costscope show").await;
    assert_eq!(rows["rows"], 1);
    assert_eq!(rows["records"][0]["Cost"], "1");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn picked_days_replace_picked_days_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    let mut stage = open_bill(&folder, MIXED_CURRENCIES).await;
    stage.press("fdate != 2026-10-01<enter>");
    stage.until(&["date != 2026-10-01", "Σ 3"]).await;
    stage.press("d2026-10<enter>");
    stage.until(&["<= 2026-10-31)", "Σ 2"]).await;
    stage.press("d2026-09<enter>");
    stage.until(&["<= 2026-09-30)", "Σ 1"]).await;
    stage.press("dall<enter>");
    let all = stage.until(&["date != 2026-10-01", "Σ 3"]).await;
    assert!(!all.contains("date >="), "{all}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_column_of_undated_rows_is_sorted_by_and_opened() {
    let folder = TempDir::new().unwrap();
    let text = "Date,ResourceGroup,Cost,Currency\n\
        2026-10-01,rg-a,5,EUR\n,rg-a,1,EUR\n,rg-b,3,EUR\n";
    let source = file(folder.path(), "odd.csv", text).display().to_string();
    let table = document(&run_inside(
        folder.path(),
        &[
            "show",
            &source,
            "--group-by",
            "resource-group",
            "--pivot",
            "month",
            "--sort=-(none)",
            "--format",
            "json",
        ],
    ));
    assert_eq!(table["groups"][0]["keys"][0], "rg-b");
    let mut stage = open_bill(&folder, text).await;
    stage.press("m<enter>");
    stage.until(&["× month", "(none)"]).await;
    stage.press("<right><right><right>]");
    stage.until(&["(none) ↓"]).await;
    stage.press("<down>r");
    stage.until(&["rg-a · (none)", "1 of"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn period_comparison_has_no_line_of_others() {
    let folder = TempDir::new().unwrap();
    let mut stage = open_bill(&folder, MIXED_CURRENCIES).await;
    stage.press("C<enter>");
    stage.until(&["largest difference first"]).await;
    stage.press("o");
    stage
        .until(&["a comparison of periods shows every group"])
        .await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pivot_of_the_largest_has_a_line_of_the_others() {
    let folder = TempDir::new().unwrap();
    let text = "Date,ResourceGroup,Cost,Currency\n\
        2026-09-01,rg-a,5,EUR\n2026-10-01,rg-a,5,EUR\n2026-09-01,rg-b,2,EUR\n2026-10-01,rg-c,1.25,EUR\n2026-10-01,rg-d,1,USD\n";
    let mut stage = open_bill(&folder, text).await;
    stage.press("o1<enter>");
    stage.until(&["top 1", "3 others"]).await;
    stage.press("m<enter>");
    let picture = stage
        .until(&["× month", "2026-09  ", "3 others", "1.00"])
        .await;
    assert!(
        picture.matches("3 others").count() == 2,
        "one line for each currency: {picture}"
    );
    let pivot = command(&mut stage, "costscope show").await;
    assert_eq!(
        pivot["others"][0]["cells"],
        serde_json::json!(["2", "1.25"])
    );
    assert_eq!(pivot["others"][1]["cost"], "1");
    stage.press("<end>+");
    stage
        .until(&["these are several groups; enter lists them"])
        .await;
    stage.press("<enter>");
    stage.until(&["› all groups", "rg-d"]).await;
    stage.press("<bksp>");
    stage.until(&["top 1"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_unfold_in_place_level_by_level() {
    let folder = TempDir::new().unwrap();
    let resource = |group: &str, name: &str| {
        format!(
            "/subscriptions/s/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}"
        )
    };
    let mut text = "Date,ResourceGroup,ResourceId,MeterName,Cost,Currency\n".to_owned();
    for (group, name, meter, cost) in [
        ("rg-a", "vm-1", "D4", "5"),
        ("rg-a", "vm-1", "Disk", "1"),
        ("rg-a", "vm-2", "D4", "3"),
        ("rg-b", "vm-3", "D4", "2"),
    ] {
        text.push_str(&format!(
            "2026-10-01,{group},{},{meter},{cost},EUR\n",
            resource(group, name)
        ));
    }
    for at in 0..60 {
        text.push_str(&format!(
            "2026-10-01,rg-b,{},D4,0.01,EUR\n",
            resource("rg-b", &format!("vm-x{at}"))
        ));
    }
    let mut stage = open_bill(&folder, &text).await;
    stage.press(" ");
    stage.until(&["▾ rg-a", "  ▸ vm-1", "  ▸ vm-2", "› "]).await;
    stage.press("<down> ");
    insta::assert_snapshot!(
        "unfolded",
        stage.settled(&["▾ vm-1", "      D4", "      Disk"]).await
    );
    // Filtering on a nested line uses the key of its level.
    stage.press("<down>+");
    stage.until(&["filter  meter = D4", "63 of 64"]).await;
    stage.press("u<down><down>");
    // Opening the line of the others shows the whole level.
    stage.press("<home><down> ");
    stage.until(&["▾ rg-b", "vm-x1"]).await;
    stage.press("<end>");
    stage.until(&["… 11 others"]).await;
    stage.press("<enter>");
    stage.until(&["› by resource", "Σ 61"]).await;
    stage.press("u<home><down>");
    stage.until(&["rg-b"]).await;
    stage.press(" <down><down><enter>");
    stage.until(&["› vm-x"]).await;
    stage.quit().await;
}
