//! The pivot of two periods: a column of differences for each value of a key.

use crate::support::ui_harness::Stage;
use crate::support::ui_steps::{apply_view, command, two_months};
use tempfile::TempDir;

const HEADER: &str = "Date,ResourceGroup,MeterName,ChargeType,Quantity,Cost,Currency\n";

/// Two groups in two currencies, with usage, a purchase and a refund.
const ROWS: &str = "2026-09-01,rg-a,D4,Usage,1,30,EUR\n2026-10-01,rg-a,D4,Usage,1,33,EUR\n\
    2026-09-01,rg-a,R1,Purchase,1,100,EUR\n2026-10-02,rg-b,D4,Usage,1,7,EUR\n\
    2026-10-03,rg-b,D4,Refund,1,-2.5,EUR\n2026-09-01,rg-d,D4,Usage,1,4,USD\n\
    2026-10-01,rg-d,D4,Usage,1,5,USD\n";

/// Opens a bill, compares its two months, and opens the list of keys to pivot by.
async fn pivoting(folder: &TempDir, size: (u16, u16), rows: &str) -> Stage {
    let mut stage = two_months(folder, size, &format!("{HEADER}{rows}")).await;
    stage.press("m");
    stage
        .until(&["Pivot: a column of differences", "charge-type"])
        .await;
    stage
}

async fn pivoted(folder: &TempDir, size: (u16, u16), rows: &str, by: &str) -> Stage {
    let mut stage = pivoting(folder, size, rows).await;
    stage.press(&format!("{by}<enter>"));
    // A narrow screen cuts what stands behind the sign.
    stage.until(&["resource-group ×", "Σ"]).await;
    stage
}

/// The words of the first line with this one, apart from the group `rg-d`.
fn words<'a>(picture: &'a str, word: &str) -> Vec<&'a str> {
    let mut lines = picture.lines();
    let found = lines.find(|line| line.contains(word) && !line.contains("rg-d"));
    let line = found.unwrap_or_else(|| panic!("no {word}: {picture}"));
    line.split_whitespace()
        .filter(|word| *word != "›")
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn charge_types_become_columns_with_totals_of_each_currency() {
    let folder = TempDir::new().unwrap();
    let mut stage = pivoted(&folder, (120, 24), ROWS, "charge-type").await;
    let pivot = stage
        .until(&["Purchase", "Refund", "Usage", "%", "EUR by day"])
        .await;
    assert_eq!(
        words(&pivot, "rg-a"),
        ["rg-a", "EUR", "-97.00", "-74.6%", "-100.00", "·", "+3.00"],
        "{pivot}"
    );
    assert_eq!(
        words(&pivot, "rg-b"),
        ["rg-b", "EUR", "+4.50", "-", "·", "-2.50", "+7.00"],
        "{pivot}"
    );
    assert_eq!(
        words(&pivot, "Σ 3 groups"),
        [
            "Σ", "3", "groups", "EUR", "-92.50", "-71.2%", "-100.00", "-2.50", "+10.00"
        ],
        "{pivot}"
    );
    assert_eq!(
        words(&pivot, "+25.0%"),
        ["USD", "+1.00", "+25.0%", "+1.00"],
        "{pivot}"
    );
    insta::assert_snapshot!("change_pivot", pivot);
    // The command gives the same differences, one line for each cell.
    let found = command(&mut stage, "costscope change").await;
    stage
        .until(&["the command lists the columns of the pivot as lines"])
        .await;
    let groups = found["groups"].as_array().unwrap();
    let wanted = serde_json::json!(["rg-a", "Purchase"]);
    let cell = groups.iter().find(|group| group["keys"] == wanted);
    assert_eq!(cell.unwrap()["difference"], "-100");
    // It ends as it began, and each change is undone.
    stage.press("moff<enter>");
    stage.until(&["cause", "2026-09", "Σ 3 groups"]).await;
    stage.press("u");
    stage.until(&["× charge-type", "Refund"]).await;
    stage.press("u");
    stage.until(&["cause", "2026-09", "Σ 3 groups"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_sorts_opens_its_rows_and_is_copied_and_exported() {
    let folder = TempDir::new().unwrap();
    let mut stage = pivoted(&folder, (120, 24), ROWS, "charge-type").await;
    stage.until(&["Purchase", "› rg-a"]).await;
    // The key, the currency, the difference and the percent come before the first column.
    stage.press("<right><right><right><right><right><right>[");
    let smallest = stage
        .until(&[
            "Usage ↑",
            "sorted by charge-type = Usage ↑ smallest first",
            "› rg-d",
        ])
        .await;
    let places = ["rg-d  ", "rg-a  ", "rg-b  "].map(|name| smallest.find(name));
    assert!(places.is_sorted() && places[0].is_some(), "{smallest}");
    stage.press("<left><left>]");
    // Groups without a purchase come last.
    stage.until(&["Purchase ↓", "› rg-a"]).await;
    stage.press("y");
    stage.until(&["view as TSV"]).await;
    stage.press("cell<enter>");
    assert_eq!(stage.copied("-100").await, "-100");
    stage.press("y");
    stage.until(&["view as TSV"]).await;
    stage.press("view as TSV<enter>");
    let copied = stage.copied("resource-group\t").await;
    assert!(
        copied.contains("price\tPurchase\tRefund\tUsage"),
        "{copied}"
    );
    assert!(copied.contains("\t-100\t\t3\n"), "{copied}");
    let path = folder.path().join("pivot.json");
    stage.press("e<ctrl-u>");
    stage.press(path.to_str().unwrap());
    stage.press("<enter>");
    stage.until(&["3 lines, ", "/pivot.json"]).await;
    let text = std::fs::read_to_string(&path).unwrap();
    let found: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(found["pivot"], "charge-type");
    assert_eq!(
        found["columns"],
        serde_json::json!(["Purchase", "Refund", "Usage"])
    );
    assert_eq!(found["groups"][0]["cells"][0], "-100");
    assert_eq!(
        found["currencies"][0]["cells"],
        serde_json::json!(["-100", "-2.5", "10"])
    );
    // A view keeps the order by a column.
    stage.press("w");
    stage.until(&["Save this view as"]).await;
    stage.press("by purchase<enter>");
    stage.until(&["by purchase.toml"]).await;
    stage.press("uu");
    stage.until(&["Σ 3 groups"]).await;
    apply_view(&mut stage, "by purchase").await;
    stage.until(&["Purchase ↓", "› rg-a"]).await;
    stage.press("<right><right><right><right>");
    // Another sort takes its place.
    stage.press("<left><left>[");
    stage.until(&["difference ↑", "› rg-a"]).await;
    // The cell under the cursor is entered with its value.
    stage.press("<right><right><right><right>r");
    stage
        .until(&["rg-a · EUR · Usage", "charge-type = Usage", "Σ 2 rows"])
        .await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_screen_scrolls_the_columns_and_keeps_the_totals() {
    let folder = TempDir::new().unwrap();
    for size in [(60, 20), (80, 24)] {
        let mut stage = pivoted(&folder, size, ROWS, "charge-type").await;
        let first = stage.until(&["difference", "Σ"]).await;
        assert!(first.contains("Σ 3") && first.contains("-92.50"), "{first}");
        stage.press("<right><right><right><right><right><right>");
        let last = stage.until(&["Usage", "rg-b", "+7.00"]).await;
        assert!(last.contains("+10.00"), "{last}");
        stage.quit().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_masked_pivot_hides_the_names_of_its_columns() {
    let folder = TempDir::new().unwrap();
    let mut stage = pivoted(&folder, (120, 24), ROWS, "charge-type").await;
    stage.press("moff<enter>");
    stage.until(&["cause", "Σ 3 groups"]).await;
    stage.press("gcharge-type<enter>");
    stage.until(&["group   charge-type", "Refund", "Σ 4"]).await;
    stage.press("m");
    stage.until(&["Pivot: a column"]).await;
    stage.press("resource-group<enter>");
    stage
        .until(&["× resource-group", "rg-a", "rg-b", "Purchase"])
        .await;
    stage.press("p");
    let masked = stage.until(&["names and ids are hidden", "•"]).await;
    assert!(!masked.contains("rg-b"), "{masked}");
    assert!(!masked.contains("97.00"), "{masked}");
    stage.press("<right><right><right><right>[");
    let sorted = stage.until(&[" ↑"]).await;
    assert!(!sorted.contains("rg-a"), "{sorted}");
    stage.press("c");
    let columns = stage.until(&["Columns, in the order ticked"]).await;
    assert!(!columns.contains("rg-a"), "{columns}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_the_groups_is_no_column_and_an_empty_result_has_none() {
    let folder = TempDir::new().unwrap();
    let mut stage = pivoted(&folder, (120, 24), ROWS, "charge-type").await;
    stage.press("fresource-group = rg-none<enter>");
    stage.until(&["no row matches", "× charge-type"]).await;
    stage.press("u");
    stage.until(&["rg-a", "× charge-type", "Purchase"]).await;
    stage.press("gcharge-type<enter>");
    let grouped = stage.until(&["group   charge-type", "cause"]).await;
    assert!(!grouped.contains("×"), "{grouped}");
    stage.press("gresource-group<enter>");
    stage.until(&["× charge-type", "rg-a", "Purchase"]).await;
    stage.quit().await;
}
