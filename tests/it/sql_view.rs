//! SQL in the table view: from a grouped view to a user-written statement and back.
#![cfg(feature = "sql")]

use crate::support::bills::BILL_HEADER;
use crate::support::document;
use crate::support::inside::run_inside;
use crate::support::pair_files::{example, written};
use crate::support::ui_harness::Stage;
use costscope::tui::state::filter_bar::Offers;
use costscope::tui::views::table::state::statement_bar::StatementBar;
use insta::assert_snapshot;
use tempfile::TempDir;

const ROWS: &str = "2026-10-03,rg-web,/x/vm1,D4,Usage,10,1 Hour,20,EUR,\"\"\"env\"\": \"\"prod\"\"\",\n\
    2026-10-03,RG-Web,/x/vm1,D4,Usage,10,1 Hour,0.000000000000000001,EUR,,\n\
    2026-10-04,rg-db,/x/db,E8,Usage,3,1 Hour,30.5,EUR,\"\"\"env\"\": \"\"dev\"\"\",\n\
    2026-10-06,rg-db,/x/db,E8,Usage,3,1 Hour,-4,EUR,,\n";

async fn stage(folder: &TempDir) -> Stage {
    let mut stage =
        Stage::on_file(folder.path(), "bill.csv", &format!("{BILL_HEADER}{ROWS}")).await;
    stage.until(&["RG-Web", "Σ 2"]).await;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn statement_starts_from_a_view_and_returns_to_it() {
    let folder = TempDir::new().unwrap();
    let mut stage = stage(&folder).await;
    stage.press("fcost > 0<enter>");
    stage.until(&["cost > 0", "Σ 2"]).await;
    stage.press(":");
    stage.until(&["sql", "NULLS LAST▏"]).await;
    stage.press("<enter>");
    // Names that differ only by case are one group in SQL too.
    assert_snapshot!(
        "an_answer",
        stage.settled(&["rg-web", "20.00", "Σ 2 lines"]).await
    );
    stage.press("<enter>");
    stage.until(&["The line in full", "cost: 30.5"]).await;
    stage.press("<esc>");
    stage.press("Y");
    let command = stage.copied("costscope sql").await;
    assert!(command.contains("WHERE cost > 0 GROUP BY"), "{command}");
    assert!(command.ends_with("--top 0"), "{command}");
    stage.press("<bksp>");
    stage.until(&["group   resource-group", "cost > 0"]).await;
    stage.press("=");
    stage
        .until(&["both engines agree on 2 groups (3 rows)"])
        .await;
    stage.press("m<enter>");
    stage.until(&["× month"]).await;
    stage.press("=");
    stage.until(&["both engines agree on 2 groups"]).await;
    stage.press("r");
    stage.until(&["not grouped (rows)"]).await;
    stage.press("=");
    stage.until(&["both engines agree on 1 of 1 row"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn typo_is_marked_and_corrected_in_place() {
    let folder = TempDir::new().unwrap();
    let mut stage = stage(&folder).await;
    stage.press(":<ctrl-u>");
    stage.until(&["biggest daily jumps", "tab accept"]).await;
    stage.press("SELECT servce FROM costs<enter>");
    assert_snapshot!("a_typo", stage.settled(&["service", "^"]).await);
    stage.press("<esc>");
    stage.press(":<ctrl-u>SELECT meter, SUM(cost) AS total, MIN(date) AS day FROM costs GROUP BY meter<enter>");
    stage.until(&["26.50", "20.00", "Σ 2 lines"]).await;
    // The mouse selects lines of the answer.
    stage.press("M");
    stage.mouse(costscope::tui::key::Mouse::Press { column: 5, row: 7 });
    stage.until(&["› D4"]).await;
    stage.press("M<home>");
    // Sorted by the second column, smallest first, then largest first.
    stage.press("<right>[");
    stage.until(&["total ↑", "› D4"]).await;
    stage.press("]");
    stage.until(&["total ↓", "› E8"]).await;
    stage.press("/d4<enter>");
    stage.until(&["`d4` in line 2", "› D4"]).await;
    stage.press("/day<enter>");
    stage.until(&["column found"]).await;
    stage.press("V");
    stage.until(&["total by day", "Oct 3"]).await;
    stage.press("yview as TSV<enter>");
    let copied = stage.copied("meter\ttotal\tday").await;
    assert_eq!(
        copied.trim_end(),
        "meter\ttotal\tday\nE8\t26.5\t2026-10-04\nD4\t20.000000000000000001\t2026-10-03"
    );
    let target = folder.path().join("answer.json");
    stage.press("e<ctrl-u>");
    stage.press(&format!("{}<enter>", target.display()));
    stage.until(&["2 lines, in"]).await;
    let written: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&target).unwrap()).unwrap();
    let source = folder.path().join("bill.csv").display().to_string();
    let statement = "SELECT meter, SUM(cost) AS total, MIN(date) AS day FROM costs GROUP BY meter";
    let printed = document(&run_inside(
        folder.path(),
        &["sql", statement, &source, "--format", "json"],
    ));
    let sorted = |document: &serde_json::Value| {
        let mut rows: Vec<String> = document["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        rows.sort();
        rows
    };
    assert_eq!(sorted(&written), sorted(&printed));
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_are_kept_beside_views_and_asked_again() {
    let folder = TempDir::new().unwrap();
    let mut stage = stage(&folder).await;
    stage.press(":<ctrl-u>SELECT COUNT(*) AS n FROM costs<enter>");
    stage.until(&["Σ 1 line"]).await;
    stage.press("whow many<enter>");
    stage.until(&["`how many` saved in"]).await;
    stage.press("<bksp>");
    stage.until(&["group   resource-group"]).await;
    stage.press("Whow many<enter>");
    stage.until(&["SELECT COUNT(*) AS n", "Σ 1 line"]).await;
    stage.press("Wuntagged<enter>");
    stage.until(&["COUNT(*) AS \"rows\"", "-4.00"]).await;
    // The up arrow recalls earlier statements.
    stage.press(":<up><up><enter>");
    stage
        .until(&["SELECT COUNT(*) AS n FROM costs", "Σ 1 line"])
        .await;
    // While masked, the answer is hidden and no statement can be entered.
    stage.press("p");
    stage.until(&["the result is hidden"]).await;
    stage.press(":");
    stage.until(&["would show names and amounts"]).await;
    stage.press("p");
    stage.until(&["Σ 1 line"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_statement_keeps_the_previous_answer() {
    let folder = TempDir::new().unwrap();
    let mut stage = stage(&folder).await;
    stage.press(":<ctrl-u>SELECT COUNT(*) AS n FROM costs<enter>");
    stage.until(&["Σ 1 line"]).await;
    stage.press(":<ctrl-u>SELECT cost / 0 AS x FROM costs<enter>");
    stage.until(&["divides by zero"]).await;
    stage.press("<bksp>");
    stage
        .until(&["SELECT COUNT(*) AS n FROM costs", "Σ 1 line"])
        .await;
    stage.press("<bksp>");
    stage.until(&["group   resource-group"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn polars_answers_the_same_table() {
    let folder = TempDir::new().unwrap();
    let mut stage = stage(&folder).await;
    let lines = |screen: &str| -> Vec<String> {
        let lines = screen.lines().skip(3).take(8);
        lines.map(ToOwned::to_owned).collect()
    };
    let own = lines(&stage.until(&["Σ 2"]).await);
    stage.press("E");
    let polars = lines(&stage.until(&["by polars", "Σ 2"]).await);
    assert_eq!(polars, own);
    // Pivots, rows, searches and the values of a column are answered by polars too.
    stage.press("m<enter>");
    stage.until(&["by polars", "× month", "2026-10"]).await;
    stage.press("u");
    stage.until(&["by polars", "resource-group ▸"]).await;
    stage.press("r");
    stage.until(&["by polars", "not grouped (rows)"]).await;
    stage.press("/1 hour<enter>");
    stage.until(&["by polars", "1 hour", "line"]).await;
    stage.press("Y");
    let command = stage.copied("costscope show").await;
    assert!(command.contains("--engine polars"), "{command}");
    stage.press("E");
    stage.until(&["built-in engine answers"]).await;
    stage.quit().await;
}

fn offers() -> Offers {
    Offers {
        headers: vec!["MeterSubCategory".to_owned()],
        tag_keys: vec!["env".to_owned(), "cost owner".to_owned()],
        ..Offers::default()
    }
}

fn completed(text: &str) -> Option<String> {
    let mut bar = StatementBar::on(text);
    bar.suggest(&offers(), &[]);
    bar.complete().then(|| bar.field.text().to_owned())
}

#[test]
fn names_are_completed_as_statements_have_them() {
    for (typed, wanted) in [
        ("SELECT resource-g", "SELECT \"resource-group\" "),
        ("SELECT serv", "SELECT service "),
        ("SELECT \"tag:cost o", "SELECT \"tag:cost owner\" "),
        ("SELECT metersub", "SELECT \"MeterSubCategory\" "),
        ("SELECT SUM", "SELECT SUM("),
        ("SELECT COUNT(DIST", "SELECT COUNT(DISTINCT "),
    ] {
        assert_eq!(completed(typed).as_deref(), Some(wanted), "{typed}");
    }
    // Nothing is completed inside a string literal.
    assert_eq!(completed("SELECT cost WHERE service = 'Sto"), None);
    assert_eq!(completed("SELECT "), None);
}

#[test]
fn an_empty_line_offers_statements_and_a_full_one_those_before() {
    let mut bar = StatementBar::on("");
    let history = ["SELECT 2".to_owned(), "SELECT 1".to_owned()];
    bar.suggest(&offers(), &history);
    let shown: Vec<&str> = bar.suggestions.iter().map(|s| s.shown.as_str()).collect();
    assert_eq!(shown[..2], ["SELECT 2", "SELECT 1"]);
    assert!(shown.contains(&"biggest daily jumps"), "{shown:?}");
    let mut bar = StatementBar::on("SELECT 3 ");
    for (down, wanted) in [
        (false, "SELECT 2"),
        (false, "SELECT 1"),
        (false, "SELECT 1"),
        (true, "SELECT 2"),
        (true, "SELECT 2"),
    ] {
        bar.pick(down, &history);
        assert_eq!(bar.field.text(), wanted);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_that_was_opened_stops_no_statement_on_the_table() {
    let folder = TempDir::new().unwrap();
    let (actual, amortized) = example(31);
    let (actual, _) = written(folder.path(), &actual, &amortized);
    let mut stage = Stage::open("polls = 0\n", (80, 24), vec![actual]).await;
    stage.until(&["[4 Table]", "Σ"]).await;
    stage.press("x");
    stage.until(&["[5 Compare]", "-365.00"]).await;
    stage.press("4");
    stage.until(&["[4 Table]", "Σ"]).await;
    stage.press(":<ctrl-u>select count(*) as n from costs<enter>");
    stage.until(&["select count(*)", "Σ 1 line"]).await;
    stage.quit().await;
}
