//! The overview on the screen: panels that fill, the table behind them, the mask, wide terminals.

use crate::support::file;
use crate::support::pair_files::{example, written};
use crate::support::ui_harness::Stage;
use crate::support::ui_steps::{actual_of_both, command, demo, order_report};
use insta::assert_snapshot;
use serde_json::json;
use std::path::Path;
use tempfile::TempDir;

/// October, and the first ten days of November, which is open.
fn costs(folder: &Path) -> String {
    let mut text = "Date,Cost,BillingCurrencyCode,ResourceGroup,MeterCategory,Tags\n".to_owned();
    for day in 1..=31 {
        text.push_str(&format!("2026-10-{day:02},1,EUR,rg-data,Storage,\n"));
    }
    for day in 1..=10 {
        let tags = "\"{\"\"owner\"\": \"\"anna\"\"}\"";
        text.push_str(&format!("2026-11-{day:02},2,EUR,rg-data,Storage,{tags}\n"));
        text.push_str(&format!(
            "2026-11-{day:02},{day},EUR,rg-batch,Virtual Machines,\n"
        ));
    }
    file(folder, "costs.csv", text).display().to_string()
}

async fn shown(folder: &Path, size: (u16, u16)) -> Stage {
    let mut stage = Stage::open("polls = 0\n", size, vec![costs(folder)]).await;
    stage.until(&["[4 Table]", "Σ"]).await;
    stage.press("0");
    // The last panel to arrive replaces `working`.
    let whole = [
        "[0 Overview]",
        "rg-batch",
        "Virtual Machines",
        "tag:owner",
        "anna",
        "! only 2026-11-01",
    ];
    stage.until(&whole).await;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn every_panel_fills_and_opens_its_table() {
    let folder = TempDir::new().unwrap();
    let mut stage = shown(folder.path(), (80, 24)).await;
    let screen = stage
        .settled(&[
            "75.00 EUR",
            "+650.0% on the 10.00 of 2026-10-01..2026-10-10",
            "225.00",
        ])
        .await;
    assert_snapshot!("overview", screen);
    // The command of a panel gives the numbers of the panel.
    let found = command(&mut stage, "costscope show").await;
    assert_eq!(found["group_by"], json!(["resource-group"]));
    assert_eq!(found["totals"][0]["cost"], "75");
    assert_eq!(found["groups"][0]["cost"], "55");
    stage.press("<tab><enter>");
    stage
        .until(&["[4 Table]", "Virtual Machines", "55.00"])
        .await;
    // The earlier view is one step back.
    stage.press("u");
    stage.until(&["[4 Table]", "rg-data", "51.00"]).await;
    stage.press("0<left><left><enter>");
    stage.until(&["[4 Table]", "2026-11-10", "12.00"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wide_screen_stacks_the_days() {
    let folder = TempDir::new().unwrap();
    let mut stage = shown(folder.path(), (200, 50)).await;
    let legend = [
        "█ Virtual Machines",
        "▓ Storage",
        "░ others",
        "running",
        "before",
    ];
    stage.until(&legend).await;
    let screen = stage.settled(&["findings, "]).await;
    assert_snapshot!("overview_wide", screen);
    stage.quit().await;
    let mut stage = shown(folder.path(), (120, 24)).await;
    let screen = stage
        .settled(&["[0 Overview]", "▓ Storage", "findings, "])
        .await;
    assert_snapshot!("overview_120", screen);
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tall_screen_lists_more_groups() {
    let folder = TempDir::new().unwrap();
    let mut text = "Date,Cost,BillingCurrencyCode,ResourceGroup,MeterCategory\n".to_owned();
    for group in 1..=30 {
        text.push_str(&format!("2026-10-01,{group},EUR,rg-{group:02},Storage\n"));
    }
    let source = file(folder.path(), "costs.csv", text).display().to_string();
    let mut stage = Stage::open("polls = 0\n", (200, 50), vec![source]).await;
    stage.until(&["[4 Table]", "Σ"]).await;
    stage.press("0");
    let words = [
        "[0 Overview]",
        "rg-30",
        "rg-17",
        "others",
        "no row has a tag",
    ];
    stage.until(&words).await;
    stage.resize(80, 24);
    // The key line of a wide screen has room for `help`.
    let screen = stage.until(&["? more", "rg-30", "others"]).await;
    assert!(!screen.contains("rg-20"), "{screen}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn masked_overview_shows_pseudonyms_and_an_index() {
    let folder = TempDir::new().unwrap();
    let mut stage = shown(folder.path(), (80, 24)).await;
    stage.press("p");
    let screen = stage.until(&["100.0 EUR", "•"]).await;
    for name in ["rg-batch", "anna", "75.00", "costs.csv"] {
        assert!(!screen.contains(name), "{name}: {screen}");
    }
    stage.press("y");
    stage.until(&["unmask first"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_written_masked_if_the_screen_is() {
    let folder = TempDir::new().unwrap();
    let mut stage = shown(folder.path(), (80, 24)).await;
    stage.until(&["findings, "]).await;
    let path = |name: &str| folder.path().join(name).display().to_string();
    let [page, image, masked] = ["page.html", "page.svg", "masked.html"].map(path);
    stage.press("e");
    stage
        .until(&["Export the overview to", "overview.html"])
        .await;
    stage.press(&format!("<ctrl-u>{}<enter>", path("page.csv")));
    stage.until(&["unknown type of page"]).await;
    stage.press(&format!("e<ctrl-u>{page}<enter>"));
    stage.until(&["the overview, in"]).await;
    let text = std::fs::read_to_string(&page).unwrap();
    assert!(
        text.contains("rg-batch") && text.contains("75.00"),
        "{text}"
    );
    // It overwrites nothing.
    stage.press(&format!("e<ctrl-u>{page}<enter>"));
    stage.until(&["already exists"]).await;
    stage.press(&format!("e<ctrl-u>{image}<enter>"));
    stage.until(&["the overview, in"]).await;
    assert!(
        std::fs::read_to_string(&image)
            .unwrap()
            .starts_with("<svg ")
    );
    stage.press("p");
    stage.until(&["100.0 EUR", "•"]).await;
    stage.press(&format!("e<ctrl-u>{masked}<enter>"));
    stage.until(&["[0 Overview]", "(hidden)"]).await;
    let text = std::fs::read_to_string(&masked).unwrap();
    for name in ["rg-batch", "anna", "75.00", "costs.csv"] {
        assert!(!text.contains(name), "{name}: {text}");
    }
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn days_below_zero_hang_below_the_line() {
    let folder = TempDir::new().unwrap();
    let text = "Date,Cost,BillingCurrencyCode,ResourceGroup\n2026-10-01,100,EUR,rg-a\n2026-10-02,-50,EUR,rg-a\n";
    let mut stage = Stage::on_file(folder.path(), "credit.csv", text).await;
    stage.until(&["[4 Table]", "Σ"]).await;
    stage.press("0");
    let words = ["[0 Overview]", "50.00 EUR", "┼", "Oct 1", "no month before"];
    let screen = stage.until(&words).await;
    // Nothing can have changed.
    let mut lines = screen.lines();
    let heads = lines.find(|line| line.contains("resource-group")).unwrap();
    assert!(!heads.contains("change"), "{screen}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pair_shows_the_bridge_in_one_line() {
    let folder = TempDir::new().unwrap();
    let (actual, amortized) = example(31);
    let (actual, amortized) = written(folder.path(), &actual, &amortized);
    let mut stage = Stage::open("polls = 0\n", (200, 50), vec![actual, amortized]).await;
    stage.until(&["[5 Compare]", "-365.00"]).await;
    stage.press("0");
    let words = [
        "[0 Overview]",
        "403.75 USD",
        "= amortized 69.75",
        "plans: 8.00",
    ];
    stage.until(&words).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_screen_has_both_totals_and_the_unused_commitments() {
    let folder = TempDir::new().unwrap();
    let (actual, amortized) = example(31);
    let (actual, amortized) = written(folder.path(), &actual, &amortized);
    let mut stage = Stage::open("polls = 0\n", (80, 24), vec![actual, amortized]).await;
    stage.until(&["[5 Compare]", "-365.00"]).await;
    stage.press("0");
    let words = ["[0 Overview]", "amortized 69.75", "commitments: 8.00"];
    stage.until(&words).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_data_the_months_of_the_ledger_are_listed() {
    let mut stage = Stage::open("polls = 0\n", (80, 24), Vec::new()).await;
    stage.press("0");
    stage.until(&["[0 Overview]", "The ledger is empty"]).await;
    stage.press("<enter>");
    stage.until(&["the ledger is empty"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_before_that_comes_into_the_ledger_is_compared() {
    let mut stage = demo("polls = 0\n").await;
    order_report(&mut stage, "prod-online").await;
    stage.pass_until(&["1 ready"]).await;
    stage.press("<enter>");
    stage.until(&["[4 Table]", "Σ"]).await;
    stage.press("0");
    stage
        .until(&["[0 Overview]", "no month before", "findings"])
        .await;
    // The month that is open, and the two before it.
    stage.press("2");
    stage.until(&["actual: as charged"]).await;
    stage.press("<tab><right><right>");
    stage.until(&["last 3: "]).await;
    stage.press("<enter>0");
    let compared = stage.pass_until(&["[0 Overview]", "% on the "]).await;
    assert!(!compared.contains("no month before"), "{compared}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_proof_in_the_amortized_report_leads_back_to_the_actual_findings() {
    let mut stage = actual_of_both("enrolment").await;
    stage.press("0");
    stage
        .until(&["[0 Overview]", ", amortized ", "* lists all"])
        .await;
    stage.press("*");
    stage.until(&["Findings", "unused part of"]).await;
    stage.press("<home>");
    for _ in 0..40 {
        let list = stage.settled(&["Findings"]).await;
        let selected = list.lines().find(|line| line.starts_with(" › "));
        if selected.is_some_and(|line| line.contains("unused part of")) {
            break;
        }
        stage.press("<down>");
    }
    let before = stage.settled(&["Findings", "unused part of"]).await;
    stage.press("<enter>");
    let proof = stage.until(&["[4 Table]", "· amortized ·", "Σ"]).await;
    assert!(!proof.contains("demo@"), "{proof}");
    stage.press("<bksp>");
    let after = stage.settled(&["[0 Overview]", "Findings"]).await;
    assert_eq!(before, after);
    // Behind the list is the overview, and behind that the whole table again.
    stage.press("<bksp>");
    stage.until(&["[0 Overview]", "· actual ·"]).await;
    stage.press("<bksp>");
    stage
        .until(&["[4 Table]", "· actual ·", "filter  none", "Σ"])
        .await;
    stage.press("<bksp>");
    stage.until(&["[4 Table]", "nothing open"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_amortized_report_of_the_ledger_fills_the_unused_commitments() {
    let mut stage = actual_of_both("prod-online").await;
    stage.press("0");
    let words = ["[0 Overview]", ", amortized ", "unused commitments: 0.00"];
    stage.until(&words).await;
    // The other metric has an overview of its own.
    stage.press("4A");
    stage.until(&["[4 Table]", "· amortized ·", "Σ"]).await;
    stage.press("0");
    stage
        .until(&["[0 Overview]", "· amortized ·", "unused commitments: "])
        .await;
    // It has one also after both were compared, but not on the way from the comparison.
    stage.press("4x");
    stage.until(&["[5 Compare]", "difference"]).await;
    stage.press("0");
    let pair = stage.until(&["[0 Overview]", "amortized "]).await;
    assert!(!pair.contains("· amortized ·"), "{pair}");
    stage.press("4<bksp>");
    stage.until(&["[4 Table]", "nothing open"]).await;
    stage.press("<home><down><enter>");
    stage.until(&["[4 Table]", "· amortized ·", "Σ"]).await;
    stage.press("0");
    stage.until(&["[0 Overview]", "· amortized ·"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amortized_report_that_comes_into_the_ledger_is_used() {
    let mut stage = demo("polls = 0\n").await;
    order_report(&mut stage, "prod-online").await;
    stage.pass_until(&["1 ready"]).await;
    stage.press("<enter>");
    stage.until(&["[4 Table]", "Σ"]).await;
    stage.press("0");
    stage
        .until(&["[0 Overview]", "unused commitments: not in", "findings"])
        .await;
    stage.press("2");
    stage.until(&["actual: as charged"]).await;
    stage.press("<right>");
    stage.until(&["(•) amortized"]).await;
    stage.press("<enter>0");
    let words = ["[0 Overview]", ", amortized ", "unused commitments: 0.00"];
    stage.pass_until(&words).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_leaves_the_view_of_its_scope_as_it_was() {
    let mut stage = demo("polls = 0\n").await;
    order_report(&mut stage, "prod-online").await;
    stage.pass_until(&["1 ready"]).await;
    stage.press("<enter>");
    stage.until(&["[4 Table]", "Σ"]).await;
    stage.press("fcost > 1<enter>");
    stage.until(&["filter  cost > 1", "Σ"]).await;
    stage.press("0");
    stage.until(&["[0 Overview]", "rg-batch"]).await;
    stage.press("<enter>");
    stage.until(&["[4 Table]", "Σ 5 groups"]).await;
    // A change of the proof is no view of the scope either.
    stage.press("fcost > 2<enter>");
    stage.until(&["cost > 2"]).await;
    stage.press("3");
    stage.until(&["[3 Jobs", "1 ready"]).await;
    stage.press("<enter>");
    stage
        .until(&["[4 Table]", "as you left this scope, filtered: cost > 1;"])
        .await;
    stage.quit().await;
}
