//! The mouse through the real loop: heads sort, keys of the last line act, tabs and breadcrumbs open, the wheel scrolls.

use crate::support::pair_files::{example, written};
use crate::support::ui_harness::Stage;
use crate::support::ui_steps::{demo, open_bill};
use costscope::tui::key::Mouse;
use tempfile::TempDir;

/// Three groups with different numbers of rows, which cost less the more rows they have.
const BILL: &str = "Date,ResourceGroup,Rows,Cost,Currency\n\
                    2026-10-01,rg-a,one,9,EUR\n\
                    2026-10-01,rg-b,one,2,EUR\n\
                    2026-10-02,rg-b,two,3,EUR\n\
                    2026-10-01,rg-c,one,1,EUR\n\
                    2026-10-02,rg-c,two,1,EUR\n\
                    2026-10-03,rg-c,two,1,EUR\n";

/// A click on a text in the line that contains another one.
fn click(picture: &str, line: &str, text: &str) -> Mouse {
    let mut lines = picture.lines().enumerate();
    let (row, found) = lines
        .find(|(_, l)| l.contains(line) && l.contains(text))
        .unwrap();
    let before = &found[..found.find(text).unwrap()];
    Mouse::Press {
        column: u16::try_from(before.chars().count()).unwrap(),
        row: u16::try_from(row).unwrap(),
    }
}

/// The first group of a table.
fn first(picture: &str) -> &str {
    let line = picture.lines().find(|line| line.contains("rg-")).unwrap();
    let at = line.find("rg-").unwrap();
    &line[at..at + 4]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_on_a_head_sorts_and_a_second_one_turns_the_direction() {
    let folder = TempDir::new().unwrap();
    let mut stage = open_bill(&folder, BILL).await;
    let table = stage.until(&["cost EUR ↓", "Σ 3"]).await;
    assert_eq!(first(&table), "rg-a");
    stage.mouse(click(&table, "cost EUR ↓", "rows"));
    let table = stage
        .until(&["rows ↓", "sorted by rows ↓ largest first"])
        .await;
    let table = if first(&table) == "rg-c" {
        table
    } else {
        stage.until(&["rows ↓", "› rg-c"]).await
    };
    stage.mouse(click(&table, "cost EUR", "rows ↓"));
    stage.until(&["rows ↑", "› rg-a"]).await;
    // Names begin with the smallest.
    let table = stage.until(&["rows ↑", "› rg-a"]).await;
    stage.mouse(click(&table, "cost EUR", "resource-group"));
    stage.until(&["resource-group ↑", "› rg-a"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_of_a_comparison_sort_too() {
    let folder = TempDir::new().unwrap();
    let (actual, amortized) = example(31);
    let (one, other) = written(folder.path(), &actual, &amortized);
    let mut stage = Stage::open("polls = 0\n", (80, 24), vec![one, other]).await;
    let pair = stage
        .until(&["[5 Compare]", "difference ↓", "Σ 2 groups"])
        .await;
    stage.mouse(click(&pair, "difference ↓", "actual"));
    let pair = stage.until(&["actual ↓", "› rg-web"]).await;
    stage.mouse(click(&pair, "amortized ", "actual ↓"));
    let pair = stage.until(&["actual ↑", "› rg-db"]).await;
    // A bar has no head, and a cause does not sort.
    stage.mouse(click(&pair, "actual ↑", "cause"));
    stage.mouse(click(&pair, "actual ↑", "resource-group"));
    stage
        .until(&["sorted by resource-group ↑ smallest first", "› rg-db"])
        .await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_the_last_line_and_breadcrumbs_act() {
    let folder = TempDir::new().unwrap();
    let mut stage = open_bill(&folder, BILL).await;
    let table = stage.until(&["g group", "f filter", "Σ 3"]).await;
    stage.mouse(click(&table, "f filter", "group"));
    let list = stage.until(&["Group by", "esc close"]).await;
    stage.mouse(click(&list, "esc close", "esc"));
    let table = stage.until(&["enter into", "Σ 3"]).await;
    stage.mouse(click(&table, "enter into", "into"));
    stage.until(&["1 of 6 rows"]).await;
    // The first breadcrumb stands behind the name of the screen.
    stage.mouse(Mouse::Press { column: 11, row: 2 });
    stage.until(&["6 of 6 rows", "Σ 3"]).await;
    // Between two keys, and behind the last one, nothing acts.
    stage.mouse(Mouse::Press {
        column: 79,
        row: 23,
    });
    stage.mouse(Mouse::WheelDown);
    stage.until(&["› rg-c"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tabs_are_clicked_where_only_their_numbers_fit() {
    let mut stage = Stage::open("polls = 0\n", (60, 20), Vec::new()).await;
    let narrow = stage.until(&["[1 Scopes]", "16 of 16"]).await;
    stage.mouse(click(&narrow, "[1 Scopes]", "  5"));
    let compare = stage.until(&["[5 Compare]"]).await;
    stage.mouse(click(&compare, "[5 Compare]", "1"));
    stage.until(&["[1 Scopes]"]).await;
    stage.quit().await;
    let mut stage = demo("polls = 0\n").await;
    let wide = stage.until(&["[1 Scopes]", "4 Table"]).await;
    stage.mouse(click(&wide, "[1 Scopes]", "Table"));
    stage.until(&["[4 Table]"]).await;
    stage.quit().await;
}

#[cfg(feature = "sql")]
#[tokio::test(flavor = "multi_thread")]
async fn heads_of_an_answer_sort_too() {
    let folder = TempDir::new().unwrap();
    let mut stage = open_bill(&folder, BILL).await;
    stage.press(":<ctrl-u>SELECT date, SUM(cost) AS total FROM costs GROUP BY date<enter>");
    let answer = stage.until(&["   date ", "Σ 3 lines"]).await;
    stage.mouse(click(&answer, "   date ", "total"));
    let answer = stage.until(&["total ↓", "› 2026-10-01"]).await;
    stage.mouse(click(&answer, "   date ", "total ↓"));
    stage.until(&["total ↑", "› 2026-10-03"]).await;
    stage.quit().await;
}
