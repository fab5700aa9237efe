//! Findings on the screen: the panel of the overview, the list of all, their proofs, dismissing, the mask.

use crate::support::findings::findings;
use crate::support::pair_files::{example, written};
use crate::support::planted_bill::{PlantedBill, planted_bill};
use crate::support::ui_harness::Stage;
use crate::support::ui_steps::command;
use insta::assert_snapshot;
use std::path::Path;
use tempfile::TempDir;

/// The overview of a bill of two months with twelve planted findings.
async fn shown(folder: &Path, size: (u16, u16)) -> (Stage, PlantedBill) {
    let bill = planted_bill(folder);
    let sources = vec![bill.before.clone(), bill.now.clone()];
    let mut stage = Stage::open("polls = 0\n", size, sources).await;
    stage.until(&["[4 Table]", "Σ"]).await;
    stage.press("0");
    stage
        .until(&["[0 Overview]", "365.00 EUR", "9 more findings"])
        .await;
    (stage, bill)
}

#[tokio::test(flavor = "multi_thread")]
async fn largest_findings_are_a_panel_that_proves_them() {
    let folder = TempDir::new().unwrap();
    let (mut stage, _) = shown(folder.path(), (80, 24)).await;
    let panel = [
        "one-off purchase: SaaS",
        "240.00 EUR  Friday, 2026-10-23",
        "1 kind not looked for",
    ];
    let screen = stage.settled(&panel).await;
    assert_snapshot!("overview_findings", screen);
    stage.press("<left><left>");
    stage.until(&["› ! "]).await;
    let proof = command(&mut stage, "costscope show").await;
    assert_eq!(proof["totals"][0]["cost"], "365");
    stage.press("<enter>");
    stage.until(&["[4 Table]", "2026-10-02", "365.00"]).await;
    // What goes on from the overview is about all of it again.
    stage.press("0");
    stage.until(&["[0 Overview]", "365.00 EUR"]).await;
    stage.press("g");
    stage.until(&["[4 Table]", "subscription"]).await;
    stage.press("<esc>");
    let whole = command(&mut stage, "costscope show").await;
    assert!(whole["filter"].is_null(), "{whole:#}");
    assert_ne!(whole["totals"][0]["cost"], "365");
    // The last line of the panel opens the list of all.
    stage.press("0<down><down><down>");
    stage.until(&["› 9 more findings"]).await;
    stage.press("<enter>");
    stage.until(&["Findings", "12 of 12"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_findings_are_listed_from_the_table_and_esc_goes_back() {
    let folder = TempDir::new().unwrap();
    let (mut stage, _) = shown(folder.path(), (80, 24)).await;
    stage.press("4");
    stage.until(&["[4 Table]", "Σ"]).await;
    stage.press("*");
    let all = [
        "12 of 12",
        "31.00 EUR  untagged",
        "vm-old in rg-a is gone",
        "not looked for: unused commitments",
    ];
    // The selected finding is in full below the list.
    stage.until(&all).await;
    stage.press("<down>");
    let screen = stage.settled(&["(median"]).await;
    assert_snapshot!("findings_list", screen);
    let proof = command(&mut stage, "costscope show").await;
    assert!(proof["totals"][0]["cost"].is_string(), "{proof}");
    stage.press("<enter>");
    stage.until(&["[4 Table]", "2026-10-23"]).await;
    // The first step of a proof leads back to the list.
    stage.press("<bksp>");
    stage.until(&["12 of 12", "(median"]).await;
    stage.press("<esc>");
    stage.until(&["[0 Overview]", "resource-group"]).await;
    stage.press("*");
    stage.until(&["12 of 12"]).await;
    // `q` goes back from the list, too.
    stage.press("q");
    stage.until(&["[0 Overview]", "resource-group"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dismissed_finding_stays_dismissed_until_it_is_restored() {
    let folder = TempDir::new().unwrap();
    let (mut stage, bill) = shown(folder.path(), (80, 24)).await;
    stage.press("*");
    stage.until(&["12 of 12"]).await;
    stage.press("X");
    stage.until(&["no finding is dismissed"]).await;
    // A dismissal shows at once, and what to do about it once it is saved.
    stage.press("x");
    stage
        .until(&["11 of 12, 1 dismissed", "dismissed; X lists it"])
        .await;
    stage.press("x");
    stage
        .until(&["10 of 12, 2 dismissed", "dismissed; X lists it"])
        .await;
    stage.press("X");
    let screen = stage.settled(&["12 of 12, 2 dismissed", "› x "]).await;
    assert_snapshot!("findings_dismissed", screen);
    // The first of both is under the cursor.
    stage.press("x");
    stage.until(&["12 of 12, 1 dismissed", "restored"]).await;
    stage.press("<esc>");
    stage
        .until(&["[0 Overview]", "99.00 EUR", "8 more findings, 1 dismissed"])
        .await;
    let (_, data) = stage.leave().await;
    let found = findings(data.path(), &[&bill.before, &bill.now, "--all"]);
    let dismissed: Vec<bool> = found["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["dismissed"].as_bool().unwrap())
        .collect();
    assert_eq!(dismissed.iter().filter(|dismissed| **dismissed).count(), 1);
    assert!(dismissed[1], "{found:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn masked_findings_keep_their_words() {
    let folder = TempDir::new().unwrap();
    let (mut stage, _) = shown(folder.path(), (80, 24)).await;
    stage.press("p*");
    let screen = stage.until(&["Findings", "10.3 EUR", " is gone"]).await;
    for secret in ["rg-", "vm-", "365.00", "october"] {
        assert!(!screen.contains(secret), "{secret}: {screen}");
    }
    stage.press("i");
    stage.until(&["unmask first"]).await;
    stage.press("Y");
    stage.until(&["unmask first"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_of_a_pair_are_listed_from_the_comparison() {
    let folder = TempDir::new().unwrap();
    let (actual, amortized) = example(31);
    let (actual, amortized) = written(folder.path(), &actual, &amortized);
    let mut stage = Stage::open("polls = 0\n", (80, 24), vec![actual, amortized]).await;
    stage.until(&["[5 Compare]", "-365.00"]).await;
    stage.press("*");
    // What went unused is known from the amortized side.
    stage.until(&["Findings", "8.00 USD  unused"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn open_month_is_searched_against_the_whole_month_before() {
    let folder = TempDir::new().unwrap();
    let mut text = "Date,ResourceGroup,ResourceId,Cost,BillingCurrencyCode\n".to_owned();
    let mut usage = |date: &str, name: &str, cost: u32| {
        let id = format!("/subscriptions/s1/resourceGroups/rg-a/providers/x/y/{name}");
        text.push_str(&format!("{date},rg-a,{id},{cost},EUR\n"));
    };
    for day in 1..=31 {
        let date = format!("2026-10-{day:02}");
        usage(&date, "vm-a", 1);
        // It is not among the days that the first days of November are compared with.
        if day > 10 {
            usage(&date, "vm-late", 5);
        }
    }
    for day in 1..=10 {
        let date = format!("2026-11-{day:02}");
        usage(&date, "vm-a", 1);
        usage(&date, "vm-late", 5);
    }
    let mut stage = Stage::on_file(folder.path(), "usage.csv", &text).await;
    stage.until(&["[4 Table]", "Σ"]).await;
    stage.press("0");
    let words = ["60.00 EUR", "on the 10.00 of 2026-10-01", "no findings"];
    stage.until(&words).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn finding_of_the_month_before_opens_its_table() {
    let folder = TempDir::new().unwrap();
    let (mut stage, _) = shown(folder.path(), (200, 50)).await;
    stage.until(&["running total", "the month before"]).await;
    stage.press("*");
    let screen = stage.settled(&["12 of 12"]).await;
    assert_snapshot!("findings_list_wide", screen);
    // The sixth is the gone machine.
    stage.press("<down><down><down><down><down>");
    stage.until(&["vm-old in rg-a is gone"]).await;
    let proof = command(&mut stage, "costscope show").await;
    assert_eq!(proof["totals"][0]["cost"], "45");
    stage.press("<enter>");
    stage.until(&["[4 Table]", "45.00"]).await;
    stage.quit().await;
}
