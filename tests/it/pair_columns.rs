//! The columns of a comparison: chosen, hidden, saved, undone, and on narrow screens; and the pivot key in a change.

use crate::support::file;
use crate::support::pair_files::{HEADER, example, row, written};
use crate::support::ui_harness::Stage;
use crate::support::ui_steps::command;
use tempfile::TempDir;

async fn pair(folder: &TempDir, size: (u16, u16)) -> Stage {
    let (actual, amortized) = example(31);
    let (first, second) = written(folder.path(), &actual, &amortized);
    let mut stage = Stage::open("polls = 0\n", size, vec![first, second]).await;
    stage.until(&["[5 Compare]", "rg-web", "Σ 2 groups"]).await;
    stage
}

/// The words of the last line of the body that contains a word.
fn words<'a>(picture: &'a str, word: &str) -> Vec<&'a str> {
    let text = picture.split("--- styles").next().unwrap();
    let mut lines = text.lines().rev();
    let found = lines.find(|line| line.contains(word));
    let found = found.unwrap_or_else(|| panic!("no {word}: {picture}"));
    let all = found.split_whitespace();
    all.filter(|word| *word != "›").collect()
}

/// The titles of the columns.
fn titles(picture: &str) -> Vec<&str> {
    let heads = words(picture, "resource-group  ");
    heads.into_iter().filter(|title| *title != "↓").collect()
}

/// Picks columns by their names, after unticking those that are shown.
async fn choose(stage: &mut Stage, shown: &[&str], wanted: &[&str]) {
    stage.press("c");
    stage
        .until(&["Columns after the keys, in the order ticked", "residual"])
        .await;
    for name in shown.iter().chain(wanted) {
        stage.press(&format!("{name}<tab>"));
    }
    stage.press("<enter>");
}

const USUAL: [&str; 6] = [
    "actual",
    "amortized",
    "difference",
    "percent",
    "bar",
    "cause",
];

#[tokio::test(flavor = "multi_thread")]
async fn columns_are_chosen_in_order_and_undone() {
    let folder = TempDir::new().unwrap();
    let mut stage = pair(&folder, (80, 24)).await;
    choose(&mut stage, &USUAL, &["percent", "difference", "residual"]).await;
    let chosen = stage.until(&["-91.5%", "Σ 2 groups   403.75"]).await;
    assert_eq!(
        titles(&chosen),
        ["resource-group", "%", "difference", "residual"],
        "{chosen}"
    );
    assert_eq!(
        words(&chosen, "rg-web"),
        ["rg-web", "-91.5%", "-334.00", "0.00"],
        "{chosen}"
    );
    // The copied command has every column, and says so.
    let found = command(&mut stage, "costscope compare").await;
    stage.until(&["the command shows every column"]).await;
    assert_eq!(found["groups"][0]["difference"], "-334");
    stage.press("u");
    stage.until(&["amortized", "%", "cause"]).await;
    stage.press("U");
    stage.until(&["-91.5%"]).await;
    // Without a tick, the usual columns come back.
    choose(&mut stage, &["percent", "difference", "residual"], &[]).await;
    stage.until(&["the usual columns", "amortized"]).await;
    stage.press("c");
    let list = stage.until(&["Columns after the keys"]).await;
    assert!(list.contains("difference in percent of actual"), "{list}");
    stage.press("<esc>");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn percents_sort_in_both_directions_with_the_unknown_last() {
    let folder = TempDir::new().unwrap();
    let of = |group: &str, cost: &str| {
        row("2026-01-02", group, "Usage", "OnDemand", cost).replace("rg-db", group)
    };
    // rg-a doubles, rg-db stays, rg-web falls, and rg-c has no actual cost.
    let (mut actual, mut amortized) = example(31);
    actual.push_str(&of("rg-a", "2"));
    amortized.push_str(&[of("rg-a", "4"), of("rg-c", "9")].concat());
    let (first, second) = written(folder.path(), &actual, &amortized);
    let mut stage = Stage::open("polls = 0\n", (80, 24), vec![first, second]).await;
    stage.until(&["[5 Compare]", "rg-c", "Σ 4 groups"]).await;
    choose(&mut stage, &USUAL, &["difference", "percent"]).await;
    stage.until(&["+100.0%", "-91.5%"]).await;
    stage.press("s");
    stage.until(&["Sort by", "percent"]).await;
    stage.press("percent<enter>");
    let largest = stage.until(&["% ↓", "› rg-a"]).await;
    let lines = ["  rg-db", "  rg-web", "  rg-c"].map(|name| largest.find(name));
    assert!(lines.is_sorted() && lines[0].is_some(), "{largest}");
    stage.press("<right>[");
    let smallest = stage
        .until(&["% ↑", "sorted by percent ↑", "› rg-web"])
        .await;
    let lines = ["  rg-db", "  rg-a", "  rg-c"].map(|name| smallest.find(name));
    assert!(lines.is_sorted() && lines[0].is_some(), "{smallest}");
    stage.press("y");
    stage.until(&["view as TSV"]).await;
    stage.press("column<enter>");
    assert_eq!(stage.copied("-91.5").await, "-91.5\n0.0\n100.0\n");
    let found = command(&mut stage, "costscope compare").await;
    let keys = |at: usize| found["groups"][at]["keys"][0].clone();
    let keys = [0, 1, 2, 3].map(keys);
    assert_eq!(keys, ["rg-web", "rg-db", "rg-a", "rg-c"]);
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_column_still_sorts_and_counts_and_is_exported() {
    let folder = TempDir::new().unwrap();
    let mut stage = pair(&folder, (80, 24)).await;
    stage.press("<left><left>]");
    stage.until(&["actual ↓", "sorted by actual"]).await;
    stage.press("H");
    let hidden = stage
        .until(&["actual is hidden; c shows it again, u undoes", "↓ actual ▸"])
        .await;
    let heads = ["resource-group", "amortized", "difference", "%", "cause"];
    assert_eq!(titles(&hidden), heads, "{hidden}");
    let lines = ["› rg-web", "  rg-db"].map(|name| hidden.find(name));
    assert!(lines.is_sorted() && lines[0].is_some(), "{hidden}");
    // The total and the file have both sides.
    stage.press("<left>H");
    stage
        .until(&["the groups are named by this key; g groups by others"])
        .await;
    let path = folder.path().join("groups.csv");
    stage.press(&format!("e<ctrl-u>{}<enter>", path.display()));
    stage.until(&["2 lines"]).await;
    let text = std::fs::read_to_string(&path).unwrap();
    let head = "\"resource-group\",\"currency\",\"actual\",\"amortized\",\"difference\",\"residual\",\"cause\"";
    assert_eq!(text.lines().next().unwrap(), head, "{text}");
    stage.press("u");
    stage
        .until(&["actual ↓", "403.75 → 69.75 USD, -334.00 (-82.7%)"])
        .await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_view_keeps_the_columns() {
    let folder = TempDir::new().unwrap();
    let mut stage = pair(&folder, (80, 24)).await;
    choose(&mut stage, &USUAL, &["difference", "percent"]).await;
    stage.until(&["-91.5%"]).await;
    stage.press("wpercents<enter>");
    stage.until(&["`percents` saved in"]).await;
    let saved = stage.folder.path().join("views/percents.toml");
    let saved = std::fs::read_to_string(saved).unwrap();
    let names: Vec<&str> = ["[comparison]", "\"difference\"", "\"percent\""]
        .into_iter()
        .filter(|name| saved.contains(name))
        .collect();
    assert_eq!(names.len(), 3, "{saved}");
    stage.press("u");
    stage.until(&["amortized", "cause"]).await;
    stage.press("W");
    stage.until(&["Saved views", "percents"]).await;
    stage.press("<enter>");
    let applied = stage.until(&["-91.5%", "Σ 2 groups   "]).await;
    assert!(!applied.contains("left out"), "{applied}");
    assert_eq!(titles(&applied), ["resource-group", "difference", "%"]);
    // The table has other columns.
    stage.press("<");
    stage.until(&["[4 Table]", "· actual"]).await;
    stage.press("W");
    stage.until(&["Saved views", "percents"]).await;
    stage.press("percents<enter>");
    stage.until(&["left out: columns"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pivot_has_columns_of_its_own_which_give_way_to_its_values() {
    let folder = TempDir::new().unwrap();
    let mut stage = pair(&folder, (80, 24)).await;
    stage.press("m");
    stage.until(&["Pivot: a column"]).await;
    stage.press("charge-type<enter>");
    stage.until(&["× charge-type", "Purchase"]).await;
    choose(
        &mut stage,
        &["difference"],
        &["bar", "actual", "difference"],
    )
    .await;
    let wide = stage.until(&[" 365.00", "Purchase", "Σ 2 groups"]).await;
    let heads = titles(&wide);
    assert_eq!(
        heads[..3],
        ["resource-group", "actual", "difference"],
        "{wide}"
    );
    stage.press("Y");
    stage.copied("costscope compare").await;
    stage.until(&["pivot as lines, and shows every"]).await;
    // Without the pivot the usual columns are there.
    stage.press("moff<enter>");
    stage.until(&["amortized", "%", "cause"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_screen_keeps_the_difference_wherever_it_stands() {
    let folder = TempDir::new().unwrap();
    let mut stage = pair(&folder, (60, 20)).await;
    // In a pivot, the bar and the sides give way to its values.
    stage.press("m");
    stage.until(&["Pivot: a column"]).await;
    stage.press("charge-type<enter>");
    stage.until(&["difference", "Purchase"]).await;
    let all = ["bar", "actual", "amortized", "residual", "difference"];
    choose(&mut stage, &["difference"], &all).await;
    let pivot = stage.until(&["amortized  difference ↓", "Purchase"]).await;
    let heads = words(&pivot, "difference ↓");
    assert!(heads.contains(&"actual"), "{pivot}");
    assert!(!heads.contains(&"residual"), "{pivot}");
    stage.press("moff<enter>");
    stage.until(&["amortized", "rg-db", "difference ↓"]).await;
    let wanted = [
        "bar",
        "share",
        "percent",
        "residual",
        "actual",
        "amortized",
        "difference",
    ];
    choose(&mut stage, &USUAL, &wanted).await;
    let narrow = stage
        .until(&["residual     actual", "amortized  difference ↓"])
        .await;
    let heads = words(&narrow, "difference ↓");
    assert!(heads.contains(&"amortized"), "{narrow}");
    assert!(!heads.contains(&"share"), "{narrow}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_masked_screen_lists_and_chooses_columns() {
    let folder = TempDir::new().unwrap();
    let mut stage = pair(&folder, (80, 24)).await;
    stage.press("p");
    stage.until(&["names and ids are hidden"]).await;
    choose(&mut stage, &USUAL, &["percent"]).await;
    let masked = stage.until(&["-91.5%"]).await;
    assert!(!masked.contains("rg-web"), "{masked}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pivot_by_months_says_that_it_leaves_a_change() {
    let folder = TempDir::new().unwrap();
    let month = |month: &str, cost: &str| {
        row(
            &format!("2026-{month}-03"),
            "vm-3",
            "Usage",
            "OnDemand",
            cost,
        )
    };
    let text = format!("{HEADER}{}{}", month("09", "2"), month("10", "3"));
    let source = file(folder.path(), "months.csv", text)
        .display()
        .to_string();
    let mut stage = Stage::open("polls = 0\n", (80, 24), vec![source]).await;
    stage.until(&["rg-db", "Σ 1 group"]).await;
    stage.press("C");
    stage.until(&["2026-09 2026-10"]).await;
    stage.press("<enter>");
    stage.until(&["2.00 → 3.00 USD"]).await;
    // The list of columns names the months.
    stage.press("c");
    stage
        .until(&["before", "2026-09", "after", "2026-10"])
        .await;
    stage.press("<esc>H");
    stage.until(&["resource-group is hidden"]).await;
    stage.press("Y");
    stage.copied("costscope change").await;
    stage.until(&["the command shows every column"]).await;
    stage.press("um");
    stage
        .until(&["Pivot: a column", "costs instead of two periods"])
        .await;
    stage.press("month<enter>");
    stage
        .until(&[
            "× month",
            "pivoted by month, no longer 2026-09 against 2026-10",
        ])
        .await;
    stage.press("u");
    stage.until(&["2.00 → 3.00 USD"]).await;
    stage.quit().await;
}
