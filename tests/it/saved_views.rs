//! Saved views, and the last view of each scope.

use crate::support::ui_harness::Stage;
use crate::support::ui_steps::{command, order_report};
use costscope::domain::query::saved_view::{SavedView, name};
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
    stage.press("m");
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
        of(|view| view.pivot = Some("week".to_owned())),
        "pivot: `week` is invalid; expected one of month, date"
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
