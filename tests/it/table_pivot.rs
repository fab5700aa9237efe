//! A table with a column for each of the largest values of any key: on the screen, printed, exported and saved.

use crate::support::inside::run_inside;
use crate::support::ui_steps::{SMALL, apply_view, command, open_bill};
use crate::support::{document, file, stderr};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::fmt::Write;
use tempfile::TempDir;

/// Four environments: one is called like a column, one is absent.
const ENVIRONMENTS: &str = "Date,ResourceGroup,MeterCategory,Cost,Currency,Tags\n\
    2026-09-01,rg-a,VM,5,EUR,\"{\"\"env\"\":\"\"prod\"\"}\"\n\
    2026-09-02,rg-a,VM,2,EUR,\"{\"\"env\"\":\"\"cost\"\"}\"\n\
    2026-10-01,rg-b,Disk,3,EUR,\n\
    2026-10-02,rg-b,VM,-4,EUR,\"{\"\"env\"\":\"\"test\"\"}\"\n";

/// 25 services in EUR, which cost 1 to 25, and one in USD.
fn many() -> String {
    let mut text = "Date,ResourceGroup,MeterCategory,Cost,Currency\n".to_owned();
    for cost in 1..=25 {
        let _ = writeln!(text, "2026-10-01,rg-a,S{cost:02},{cost},EUR");
    }
    text.push_str("2026-10-01,rg-a,Abroad,0.5,USD\n");
    text
}

fn ask(text: &str, pivot: &str, more: &[&str]) -> Value {
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), "costs.csv", text);
    let path = path.to_str().unwrap();
    let mut all = vec!["show", path, "--group-by", "resource-group"];
    all.extend(["--pivot", pivot, "--format", "json"]);
    all.extend(more);
    document(&run_inside(folder.path(), &all))
}

#[test]
fn the_largest_values_are_columns_and_absent_ones_come_last() {
    let found = ask(ENVIRONMENTS, "tag:env", &[]);
    assert_eq!(found["pivot"], "tag:env");
    assert_eq!(found["columns"], json!(["prod", "test", "cost", null]));
    assert_eq!(found["other_values"], Value::Null);
    assert_eq!(found["groups"][0]["keys"], json!(["rg-a"]));
    assert_eq!(found["groups"][0]["cells"], json!(["5", null, "2", null]));
    assert_eq!(found["groups"][1]["cells"], json!([null, "-4", null, "3"]));
    assert_eq!(found["totals"], json!([{ "currency": "EUR", "cost": "6" }]));
}

#[test]
fn the_values_beyond_the_largest_of_each_currency_share_a_column() {
    let found = ask(&many(), "service", &[]);
    let columns = found["columns"].as_array().unwrap();
    assert_eq!(columns.len(), 20);
    assert_eq!(columns[0], "S25");
    assert_eq!(columns[1], "Abroad");
    assert_eq!(columns[19], "S07");
    assert_eq!(found["other_values"], 6);
    let cells = |at: usize| found["groups"][at]["cells"].as_array().unwrap();
    assert_eq!(cells(0).len(), 21);
    assert_eq!(cells(0)[20], "21");
    assert_eq!(cells(1)[1], "0.5");
    assert_eq!(cells(1)[20], Value::Null);
}

#[test]
fn a_column_that_lines_are_sorted_by_is_always_shown() {
    for (sort, column) in [
        ("service = S01", "S01"),
        ("-S01", "S01"),
        ("service = Nothing", "Nothing"),
    ] {
        let found = ask(&many(), "service", &["--sort", sort]);
        let columns = found["columns"].as_array().unwrap();
        assert_eq!(columns.len(), 21, "{sort}");
        assert_eq!(columns[20], column);
    }
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), "costs.csv", many());
    let said = |sort: &str| {
        let keys = ["--group-by", "resource-group", "--pivot", "service"];
        let sorted = ["show", path.to_str().unwrap(), "--sort", sort];
        let output = run_inside(folder.path(), &[&sorted[..], &keys].concat());
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let warned = said("service = s1");
    let closest = "cannot be sorted by `service = s1`: its column is empty";
    assert!(warned.contains(closest), "{warned}");
    assert!(!said("service = S01").contains("sorted"));
    let first = ask(ENVIRONMENTS, "tag:env", &["--sort=-tag:env = (none)"]);
    assert_eq!(first["groups"][0]["keys"][0], "rg-b");
    // A value that is called like a column is sorted by after its key.
    let first = ask(ENVIRONMENTS, "tag:env", &["--sort=-tag:env = cost"]);
    assert_eq!(first["groups"][0]["keys"][0], "rg-a");
}

#[test]
fn a_pivot_is_printed_and_exported_in_every_form() {
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), "costs.csv", many());
    let path = path.to_str().unwrap();
    let asked = ["--group-by", "resource-group", "--pivot", "service"];
    let csv = run_inside(
        folder.path(),
        &[&["show", path, "--format", "csv"][..], &asked].concat(),
    );
    let csv = String::from_utf8_lossy(&csv.stdout).into_owned();
    let head = csv.lines().next().unwrap();
    assert!(
        head.starts_with("resource-group,cost,currency,S25,Abroad,"),
        "{head}"
    );
    assert!(head.ends_with(",S07,(6 others)"), "{head}");
    assert!(csv.lines().nth(1).unwrap().ends_with(",21"), "{csv}");
    for ending in ["csv", "parquet", "xlsx", "json", "md"] {
        let to = folder.path().join(format!("pivot.{ending}"));
        let to = to.to_str().unwrap();
        let done = run_inside(
            folder.path(),
            &[&["export", path, "--to", to][..], &asked].concat(),
        );
        assert_eq!(done.status.code(), Some(0), "{ending}: {}", stderr(&done));
    }
    let verified = run_inside(
        folder.path(),
        &[&["show", path, "--verify"][..], &asked].concat(),
    );
    assert_eq!(verified.status.code(), Some(0), "{}", stderr(&verified));
    let two = run_inside(
        folder.path(),
        &[
            "show",
            path,
            "--group-by",
            "month",
            "--pivot",
            "service,region",
        ],
    );
    assert_eq!(two.status.code(), Some(2));
    assert!(
        stderr(&two).contains("a pivot has one key"),
        "{}",
        stderr(&two)
    );
}

#[test]
fn the_printed_statement_has_the_columns_of_the_pivot() {
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), "costs.csv", many());
    let path = path.to_str().unwrap();
    let asked = ["--group-by", "resource-group", "--pivot", "service"];
    let printed = run_inside(
        folder.path(),
        &[&["show", path][..], &asked, &["--print-sql"]].concat(),
    );
    let statement = String::from_utf8_lossy(&printed.stdout).into_owned();
    let answer = run_inside(
        folder.path(),
        &["sql", statement.trim(), path, "--format", "json"],
    );
    let answer = document(&answer);
    let names = answer["columns"].as_array().unwrap();
    assert_eq!(names.last().unwrap()["name"], "(6 others)");
    let first = answer["rows"][0].as_array().unwrap();
    assert_eq!(first.last().unwrap(), "21");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_pivoted_by_a_tag_sorted_entered_saved_and_masked() {
    let folder = TempDir::new().unwrap();
    let mut stage = open_bill(&folder, ENVIRONMENTS).await;
    stage.resize(SMALL.0, SMALL.1);
    stage.press("m");
    stage
        .until(&["Pivot: a column for each value of", "month"])
        .await;
    stage.press("tag:env<enter>");
    let picture = stage.settled(&["× tag:env", "prod", "EUR by day"]).await;
    insta::assert_snapshot!("table_pivot", picture);
    let shown = command(&mut stage, "costscope show").await;
    assert_eq!(shown["pivot"], "tag:env");
    assert_eq!(shown["columns"], json!(["prod", "test", "cost", null]));
    // The columns are the group, its cost, and those of the pivot.
    stage.press(&"<right>".repeat(5));
    stage.press("]");
    stage.until(&["tag:env = (none) ↓"]).await;
    let sorted = command(&mut stage, "costscope show").await;
    assert_eq!(sorted["groups"][0]["keys"][0], "rg-b");
    stage.press("r");
    stage.until(&["› rg-b · (none)", "1 of"]).await;
    stage.press("<bksp>");
    stage.until(&["× tag:env"]).await;
    // The value of the column is kept, as that of a key is.
    stage.press("+");
    stage.until(&["tag:env is missing", "Σ 1"]).await;
    stage.press("u");
    stage.until(&["× tag:env", "Σ 2 groups"]).await;
    stage.press("wby env<enter>");
    stage.until(&["`by env` saved in"]).await;
    stage.press("moff<enter>");
    stage.until(&["group   resource-group ▸", "share"]).await;
    apply_view(&mut stage, "by env").await;
    stage.until(&["× tag:env", "tag:env = (none) ↓"]).await;
    stage.press("p");
    let masked = stage.until(&["names and ids are hidden", "•"]).await;
    assert!(!masked.contains("prod"), "{masked}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_column_of_the_others_is_entered_and_not_sorted_by() {
    let folder = TempDir::new().unwrap();
    let mut stage = open_bill(&folder, &many()).await;
    stage.press("mservice<enter>");
    stage
        .until(&["× service", "S25", "Abroad", "column 1 of 24"])
        .await;
    stage.press(&"<right>".repeat(23));
    stage.until(&["… 6 others"]).await;
    stage.press("]");
    stage.until(&["this column adds up several values"]).await;
    stage.press("r");
    stage.until(&["(6 others)", "6 of 26"]).await;
    let rows = command(&mut stage, "costscope show").await;
    assert_eq!(rows["rows"], 6);
    stage.quit().await;
}

/// Values of a tag that are empty, and that are named like outputs and columns of the statement.
const ODD: &str = "Date,ResourceGroup,Cost,Currency,Tags\n\
    2026-09-01,rg-a,5,EUR,\"{\"\"env\"\":\"\"total\"\"}\"\n\
    2026-09-01,rg-a,1,EUR,\"{\"\"env\"\":\"\"\"\"}\"\n\
    2026-09-02,rg-b,2,EUR,\"{\"\"env\"\":\"\"cost\"\"}\"\n\
    2026-10-01,rg-b,3,EUR,\"{\"\"env\"\":\"\"\"\"}\"\n\
    2026-10-02,rg-c,9,EUR,\"{\"\"env\"\":\"\"p1\"\"}\"\n";

#[test]
fn a_column_is_found_by_its_heading() {
    for name in ["tag:env = (empty)", "\"tag:env = \"", "(empty)"] {
        let found = ask(ODD, "tag:env", &["--sort", name]);
        let groups = found["groups"].as_array().unwrap();
        let keys: Vec<&Value> = groups.iter().map(|group| &group["keys"][0]).collect();
        assert_eq!(keys, ["rg-a", "rg-b", "rg-c"], "{name}");
        assert_eq!(found["columns"].as_array().unwrap().len(), 4, "{name}");
    }
}

#[cfg(feature = "sql")]
#[test]
fn a_printed_pivot_has_an_output_for_each_value() {
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), "costs.csv", ODD);
    let path = path.to_str().unwrap();
    let view = ["show", path, "--group-by", "resource-group"];
    let pivot = ["--pivot", "tag:env", "--print-sql"];
    let printed = run_inside(folder.path(), &[&view[..], &pivot].concat());
    let statement = String::from_utf8(printed.stdout).unwrap();
    let answer = run_inside(
        folder.path(),
        &["sql", &statement, path, "--format", "json"],
    );
    assert_eq!(answer.status.code(), Some(0), "{}", stderr(&answer));
    let lines = document(&answer)["rows"].as_array().unwrap().clone();
    let groups: Vec<&Value> = lines.iter().map(|line| &line[0]).collect();
    assert_eq!(groups, ["rg-c", "rg-a", "rg-b"], "{statement}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_the_chart_takes_the_sort_of_a_table_without_a_pivot() {
    let folder = TempDir::new().unwrap();
    let mut stage = open_bill(&folder, ENVIRONMENTS).await;
    stage.resize(SMALL.0, SMALL.1);
    stage.press("mdate<enter>");
    stage.until(&["× date", "2026-09-01"]).await;
    stage.press("<right><right>]");
    stage.until(&["sort  2026-09-01", "EUR by day"]).await;
    stage.press("<tab>");
    stage
        .until(&["Tue Sep 1  5.00 EUR", "enter into the day"])
        .await;
    stage.press("<enter>");
    stage.until(&["› 2026-09-01", "Σ 1 group "]).await;
    let shown = command(&mut stage, "costscope show").await;
    assert_eq!(shown["groups"][0]["keys"][0], "rg-a");
    assert_eq!(shown["groups"][0]["cost"], "5");
    stage.quit().await;
}

/// Environments that differ by case only, and one that is called like a column.
const SPELLED: &str = "Date,ResourceGroup,Cost,Currency,Tags\n\
    2026-09-01,rg-a,5,EUR,\"{\"\"env\"\":\"\"prod\"\"}\"\n\
    2026-09-01,rg-b,3,EUR,\"{\"\"env\"\":\"\"Prod\"\"}\"\n\
    2026-09-01,rg-c,2,EUR,\"{\"\"env\"\":\"\"PROD\"\"}\"\n\
    2026-09-01,rg-c,1,EUR,\"{\"\"env\"\":\"\"cost\"\"}\"\n";

#[test]
fn values_that_differ_by_case_have_headings_that_differ_by_more() {
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), "costs.csv", SPELLED);
    let view = ["show", path.to_str().unwrap(), "--pivot", "tag:env"];
    let view = [&view[..], &["--group-by", "resource-group"]].concat();
    let head = "resource-group,cost,currency,prod,tag:env = Prod,tag:env = PROD (spelling 3),tag:env = cost";
    let csv = run_inside(folder.path(), &[&view[..], &["--format", "csv"]].concat());
    let csv = String::from_utf8_lossy(&csv.stdout).into_owned();
    assert_eq!(csv.lines().next(), Some(head));
    // The statement has the same names, and the heading of a value finds its column.
    let printed = run_inside(folder.path(), &[&view[..], &["--print-sql"]].concat());
    let printed = String::from_utf8_lossy(&printed.stdout).into_owned();
    for name in head.split(',').skip(3) {
        assert!(printed.contains(&format!("AS \"{name}\"")), "{printed}");
    }
    let sorted = ask(SPELLED, "tag:env", &["--sort=-tag:env = Prod"]);
    assert_eq!(sorted["groups"][0]["keys"][0], "rg-b");
}

/// The pseudonyms in a line, in order.
fn pseudonyms(line: &str) -> Vec<String> {
    let parts = line.split('•').skip(1);
    parts.map(|part| part.chars().take(6).collect()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_differ_by_case_have_pseudonyms_of_their_own() {
    let folder = TempDir::new().unwrap();
    let mut stage = open_bill(&folder, SPELLED).await;
    stage.press("mtag:env<enter>");
    stage.until(&["× tag:env", "PROD"]).await;
    stage.press("p");
    let masked = stage.until(&["names and ids are hidden", "•"]).await;
    let head = masked.lines().find(|line| line.contains("cost EUR ↓"));
    let head = pseudonyms(head.unwrap());
    // Three of the four columns fit.
    assert_eq!(head.len(), 3, "{masked}");
    assert_eq!(head.iter().collect::<HashSet<_>>().len(), 3, "{masked}");
    // The list of sorts and the way into a column call them the same, and amounts begin with the largest.
    stage.press("s");
    let list = stage.settled(&["Sort by", "tag:env = •"]).await;
    let columns = list.lines().filter(|line| line.contains("tag:env = •"));
    let columns: Vec<&str> = columns.collect();
    assert!(
        columns[0].contains(&format!("-tag:env = •{}", head[0])),
        "{list}"
    );
    assert!(columns[0].contains("↓ largest first"), "{list}");
    assert!(columns[1].contains("↑ smallest first"), "{list}");
    stage.press("<esc><down><right><right><right>");
    stage.until(&["column 4 of 6"]).await;
    stage.press("r");
    let crumbs = stage.until(&["1 of 4 rows"]).await;
    assert!(!crumbs.contains("Prod"), "{crumbs}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pseudonym_of_a_tag_is_the_same_in_the_table_and_above_it() {
    let folder = TempDir::new().unwrap();
    let mut stage = open_bill(&folder, SPELLED).await;
    stage.press("gtag:env<enter>");
    stage.until(&["› prod", "Prod", "PROD"]).await;
    stage.press("p");
    let masked = stage.until(&["names and ids are hidden", "› •"]).await;
    let lines = masked
        .lines()
        .filter(|line| line.contains("EUR") || line.contains('•'));
    let lines: Vec<String> = lines
        .filter(|line| line.contains('%'))
        .map(|line| pseudonyms(line).concat())
        .collect();
    let named: HashSet<&String> = lines.iter().filter(|name| !name.is_empty()).collect();
    assert!(named.len() >= 4, "{masked}");
    stage.press("<down><enter>");
    let inside = stage.until(&["1 of 4 rows"]).await;
    let crumb = inside.lines().find(|line| line.contains("› •")).unwrap();
    assert!(
        named.contains(pseudonyms(crumb).last().unwrap()),
        "{masked}\n{inside}"
    );
    stage.quit().await;
}
