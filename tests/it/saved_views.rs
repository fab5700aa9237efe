//! Saved views, and the last view of each scope.

use crate::support::file;
use crate::support::ui_harness::Stage;
use crate::support::ui_steps::{apply_view, command, order_report, save_view};
use costscope::domain::query::saved_view::{ChangeView, SavedView, name};
use costscope::tui::views::table::state::step::Step;
use std::path::Path;
use tempfile::TempDir;

const BILL: &str = "Date,ResourceGroup,MeterName,Cost,Currency\n\
    2026-09-01,rg-a,D4,5,EUR\n\
    2026-10-01,rg-a,D4,7,EUR\n\
    2026-10-02,rg-b,D4,1.5,EUR\n\
    2026-10-03,rg-b,E8,2,EUR\n";

async fn stage(folder: &TempDir) -> Stage {
    let mut stage = Stage::on_file(folder.path(), "bill.csv", BILL).await;
    stage.until(&["rg-a", "Σ 2"]).await;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn view_is_saved_listed_and_deleted() {
    let folder = TempDir::new().unwrap();
    let mut stage = stage(&folder).await;
    stage.press("W");
    stage.until(&["biggest daily jumps"]).await;
    stage.press("biggest<ctrl-x>");
    stage.until(&["built-in statement"]).await;
    stage.press("fMeterName = D4<enter>");
    stage.until(&["MeterName = D4", "Σ 2"]).await;
    stage.press("d2026-10<enter>");
    stage.until(&["8.50 EUR"]).await;
    stage.press("m<enter>");
    stage.until(&["× month"]).await;
    stage.press("w../x<enter>");
    stage.until(&["use letters"]).await;
    stage.press("<ctrl-u>D4 by month<enter>");
    stage.until(&["`D4 by month` saved in"]).await;
    // Leave the view and come back to it: the picked days are not kept.
    stage.press("uuu");
    stage.until(&["Σ 2", "15.50 EUR"]).await;
    stage.press("r");
    stage.until(&["not grouped (rows)"]).await;
    stage.press("W");
    stage
        .until(&["Saved views", "D4 by month", "MeterName = D4"])
        .await;
    stage.press("<enter>");
    stage.until(&["× month", "MeterName = D4", "13.50"]).await;
    let shown = command(&mut stage, "costscope show").await;
    assert_eq!(shown["pivot"], "month");
    assert_eq!(shown["totals"][0]["cost"], "13.5");
    stage.press("W");
    stage.until(&["D4 by month"]).await;
    stage.press("<ctrl-x>");
    stage.until(&["deleted"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scope_reopens_with_its_last_view() {
    let mut stage = Stage::open("polls = 0\n", (80, 24), Vec::new()).await;
    order_report(&mut stage, "prod-online").await;
    stage.pass_until(&["1 ready"]).await;
    stage.press("<enter>");
    stage.until(&["Σ", "cost ↓ largest"]).await;
    stage.press("gservice<enter>");
    stage.until(&["service"]).await;
    stage.press("<bksp>");
    stage.until(&["in the ledger"]).await;
    stage.press("<enter>");
    stage
        .until(&["as you left this scope", "group   service"])
        .await;
    stage.press("u");
    stage.until(&["group   resource-group"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scope_reopens_in_the_money_it_was_left_with() {
    let mut stage = Stage::open("polls = 0\n", (80, 24), Vec::new()).await;
    order_report(&mut stage, "eu-prod").await;
    stage.pass_until(&["1 ready"]).await;
    stage.press("<enter>");
    stage.until(&["Σ", "cost ↓ largest"]).await;
    stage.press("$");
    stage.until(&["in USD", "costs are in USD"]).await;
    stage.press("<bksp>");
    stage.until(&["in the ledger"]).await;
    stage.press("<enter>");
    stage
        .until(&["as you left this scope", "in USD", "Σ"])
        .await;
    stage.press("u");
    let billed = stage.until(&["billing currencies", "EUR", "Σ"]).await;
    assert!(!billed.contains("in USD"), "{billed}");
    stage.quit().await;
}

/// A view of two periods.
fn two_periods(periods: Option<[&str; 2]>, pivot: Option<&str>) -> SavedView {
    let [before, after] = periods.map_or([None; 2], |periods| periods.map(Some));
    SavedView {
        group_by: vec!["resource-group".to_owned()],
        change: Some(ChangeView {
            before: before.map(ToOwned::to_owned),
            after: after.map(ToOwned::to_owned),
            pivot: pivot.map(ToOwned::to_owned),
            ..ChangeView::default()
        }),
        ..SavedView::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_periods_are_saved_with_their_order_columns_and_pivot() {
    let folder = TempDir::new().unwrap();
    let mut stage = stage(&folder).await;
    stage.press("C");
    stage.until(&["2026-09 2026-10"]).await;
    stage.press("<enter>");
    stage
        .until(&["2026-09 → 2026-10", "5.00 → 10.50 EUR"])
        .await;
    // By the earlier amount.
    stage.press("<right>]");
    stage.until(&["2026-09 ↓"]).await;
    stage.press("w");
    stage.until(&["the newest two months of any data"]).await;
    stage.press("growth<enter>");
    stage.until(&["`growth` saved in"]).await;
    stage.press("m");
    stage.until(&["Pivot: a column"]).await;
    stage.press("MeterName<enter>");
    stage.until(&["× MeterName", "D4", "E8", "+5.50"]).await;
    stage.press("wby meter<enter>");
    stage.until(&["`by meter` saved in"]).await;
    stage.press("C");
    stage.until(&["a single table"]).await;
    stage.press("off<enter>");
    stage.until(&["cost ↓ largest first", "15.50 EUR"]).await;
    stage.press("W");
    stage
        .until(&["growth", "resource-group · the newest two"])
        .await;
    stage.press("growth<enter>");
    stage
        .until(&["2026-09 → 2026-10", "2026-09 ↓", "5.00 → 10.50 EUR"])
        .await;
    apply_view(&mut stage, "by meter").await;
    stage.until(&["× MeterName", "D4", "E8", "+5.50"]).await;
    let found = command(&mut stage, "costscope change").await;
    assert_eq!(found["group_by"][1], "MeterName");
    stage.press("u");
    stage.until(&["2026-09 ↓", "5.00 → 10.50 EUR"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_periods_that_the_data_does_not_have_are_left_out_and_named() {
    let folder = TempDir::new().unwrap();
    let mut stage = stage(&folder).await;
    let of_2025 = two_periods(Some(["2025-09", "2025-10"]), None);
    save_view(&stage, "last year", &of_2025);
    save_view(
        &stage,
        "pivoted",
        &two_periods(None, Some("resource-group")),
    );
    save_view(&stage, "odd", &two_periods(Some(["2026-09", "soon"]), None));
    apply_view(&mut stage, "last year").await;
    stage
        .until(&[
            "`last year` applied; left out: 2025-09 → 2025-10: the data does not have these",
            "12.00",
        ])
        .await;
    apply_view(&mut stage, "pivoted").await;
    stage
        .until(&[
            "left out: pivot by resource-group",
            "2026-09 → 2026-10",
            "5.00 → 10.50 EUR",
        ])
        .await;
    apply_view(&mut stage, "odd").await;
    stage
        .until(&["`odd` cannot be used: change: `soon` is not a period"])
        .await;
    stage.quit().await;
    // One month has no newest two.
    let october = BILL.replace("2026-09-01,rg-a,D4,5,EUR\n", "");
    let source = file(folder.path(), "october.csv", october);
    let mut stage = Stage::open("polls = 0\n", (80, 24), vec![source.display().to_string()]).await;
    stage.until(&["rg-a", "Σ 2"]).await;
    save_view(&stage, "growth", &two_periods(None, None));
    apply_view(&mut stage, "growth").await;
    stage
        .until(&["left out: the newest two months: the newest month has no"])
        .await;
    stage.quit().await;
}

#[test]
fn saved_view_round_trips() {
    let view = SavedView {
        group_by: vec!["tag:env".to_owned(), "Meter, Name".to_owned()],
        filter: Some("cost > 1 and tag:a = \"x y\"".to_owned()),
        sort: vec!["-cost".to_owned(), "tag:env".to_owned()],
        top: Some(5),
        pivot: None,
        columns: Some(vec!["tag:env".to_owned(), "cost".to_owned()]),
        pinned: Some(1),
        picture: Some("heat".to_owned()),
        widths: [("cost".to_owned(), "wide".to_owned())].into(),
        money: None,
        sql: None,
        comparison: None,
        change: None,
    };
    let step = Step::of_saved(String::new(), &view).unwrap();
    assert_eq!(step.saved(), view);
    // Month columns depend on the data.
    let pivoted = SavedView {
        pivot: Some("date".to_owned()),
        columns: None,
        ..view
    };
    let step = Step::of_saved(String::new(), &pivoted).unwrap();
    assert_eq!(step.saved(), pivoted);
    let rows = SavedView::default();
    assert_eq!(Step::of_saved(String::new(), &rows).unwrap().saved(), rows);
}

#[test]
fn unusable_views_are_refused_with_the_reason() {
    let of = |change: fn(&mut SavedView)| {
        let mut view = SavedView {
            group_by: vec!["service".to_owned()],
            ..SavedView::default()
        };
        change(&mut view);
        Step::of_saved(String::new(), &view).unwrap_err()
    };
    assert_eq!(
        of(|view| view.group_by = vec!["cost".to_owned()]),
        "group-by: `cost` is not a group key"
    );
    assert!(of(|view| view.filter = Some("cost >".to_owned())).starts_with("filter: "));
    assert_eq!(
        of(|view| view.pivot = Some("cost".to_owned())),
        "pivot: `cost` is not a group key"
    );
    assert_eq!(
        of(|view| view.picture = Some("pie".to_owned())),
        "picture: `pie` is invalid; expected one of bars, days, heat, nothing"
    );
    for wrong in ["", "  ", ".hidden", "a/b", "a\nb", &"x".repeat(61)] {
        assert!(name(wrong).is_err(), "{wrong}");
    }
    assert_eq!(name(" Ümsätze 2026, (EUR) "), Ok("Ümsätze 2026, (EUR)"));
    assert!(!Path::new("views").exists());
}
