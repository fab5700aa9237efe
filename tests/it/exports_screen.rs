//! Exports on the screen: listed for a scope, shown with their runs, run now.

use crate::support::ui_steps::demo;

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_lists_its_exports_and_runs_one() {
    let mut stage = demo("export-seconds = 60").await;
    stage.until(&["16 of 16"]).await;
    stage.press("e");
    stage
        .until(&["Exports", "actual-daily", "amortized-daily", "ActualCost"])
        .await;
    stage.press("<enter>");
    stage
        .until(&["open", "runs", "run now", "MonthToDate"])
        .await;
    stage.press("<down><enter>");
    stage
        .until(&[
            "place: az://costscopedemo/exports/cost/actual-daily",
            "Completed",
        ])
        .await;
    stage.press("<esc>e");
    stage.until(&["Exports", "amortized-daily"]).await;
    stage.press("<enter>");
    stage.until(&["run now", "MonthToDate"]).await;
    stage.press("<down><down><enter>");
    stage.pass_until(&["actual-daily: completed"]).await;
    let requests = stage.emulator.record().requests;
    let starts = requests.iter().filter(|line| line.ends_with("/run"));
    assert_eq!(starts.count(), 1);
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_an_export_open_as_a_table() {
    let mut stage = demo("export-seconds = 60").await;
    stage.until(&["16 of 16"]).await;
    stage.press("e");
    stage.until(&["Exports", "actual-daily"]).await;
    stage.press("<enter>");
    stage.until(&["open", "newest complete run"]).await;
    stage.press("<enter>");
    // Both months that have a run.
    stage
        .until(&["[4 Table]", "actual-daily", "2 runs read", "34,372.19 USD"])
        .await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_what_to_do() {
    let body = "{\"error\":{\"code\":\"RBACAccessDenied\",\"message\":\"no role\"}}";
    let script = format!("[[disturbances]]\nmeets = \"exports\"\nstatus = 403\nbody = '{body}'");
    let mut stage = demo(&script).await;
    stage.until(&["16 of 16"]).await;
    stage.press("e");
    stage
        .until(&["RBACAccessDenied", "Cost Management Reader"])
        .await;
    stage.quit().await;
}
