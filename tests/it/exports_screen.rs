//! Exports on the screen: listed for a scope, shown with their runs, run now as a job, created.

use crate::support::ui_harness::Stage;
use crate::support::ui_steps::{SMALL, demo};

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_lists_its_exports_and_runs_one() {
    let mut stage = demo("export-seconds = 60").await;
    stage.until(&["16 of 16"]).await;
    stage.press("e");
    stage
        .until(&[
            "Exports",
            "actual-daily",
            "amortized-daily",
            "ActualCost",
            "· next ",
        ])
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
            " part",
        ])
        .await;
    stage.press("<esc>e");
    stage.until(&["Exports", "amortized-daily"]).await;
    stage.press("<enter>");
    stage.until(&["run now", "MonthToDate"]).await;
    stage.press("<down><down><enter>");
    stage
        .until(&[
            "[3 Jobs ·1]",
            "actual-daily own days",
            "exporting",
            "next look in",
        ])
        .await;
    stage
        .pass_until(&["actual-daily: completed", "1 completed", "opens its files"])
        .await;
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

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_run_is_watched_again_by_the_next_start_or_dropped() {
    let mut stage = demo("export-seconds = 3600").await;
    stage.until(&["16 of 16"]).await;
    stage.press("e");
    stage.until(&["Exports", "actual-daily"]).await;
    stage.press("<enter>");
    stage.until(&["run now", "MonthToDate"]).await;
    stage.press("<down><down><enter>");
    stage
        .until(&["exporting", "next look in", "You may quit"])
        .await;
    stage.press("1q");
    stage
        .until(&["Quit?", "1 run of an export goes on in Azure"])
        .await;
    let (emulator, folder) = stage.leave().await;
    let mut stage = Stage::on(emulator, folder, SMALL);
    stage.until(&["16 of 16", "is watched again"]).await;
    stage.press("3");
    stage
        .until(&["[3 Jobs ·1]", "actual-daily", "exporting"])
        .await;
    stage.press("d");
    stage.until(&["The run goes on in Azure"]).await;
    stage.press("<enter>");
    stage.until(&["cancelled", "stopped following"]).await;
    let starts = stage.emulator.record().requests;
    let starts = starts.iter().filter(|line| line.ends_with("/run"));
    assert_eq!(starts.count(), 1);
    let (emulator, folder) = stage.leave().await;
    let mut stage = Stage::on(emulator, folder, SMALL);
    stage.until(&["16 of 16"]).await;
    stage.press("3");
    stage.until(&["1 earlier", "actual-daily", "dropped"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_management_group_offers_its_exports_and_a_new_one_is_shown_before_it_is_created() {
    let mut stage = demo("polls = 0").await;
    stage.until(&["16 of 16"]).await;
    stage.press("/mg-prod<enter>");
    stage.until(&["/ mg-prod", "1 of 28"]).await;
    stage.press("<enter>");
    stage.until(&["all of them", "exports of the group"]).await;
    stage.press("exports<enter>");
    stage
        .until(&["Exports", "new export", "no exports that you can see"])
        .await;
    stage.press("<enter>");
    stage.until(&["New export", "NAME actual|amortized"]).await;
    let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/costs";
    // What this scope cannot have is refused before anything is sent.
    stage.press(&format!("whole focus az://costs/exports {id}<enter>"));
    stage.until(&["--type usage"]).await;
    stage.press("e");
    stage.until(&["Exports", "new export"]).await;
    stage.press("<enter>");
    stage.until(&["New export"]).await;
    stage.press(&format!("whole usage az://costs/exports {id}<enter>"));
    stage
        .until(&[
            "Create this export?",
            "create it",
            "It runs every day",
            "PUT ",
        ])
        .await;
    let puts = |stage: &Stage| {
        let requests = stage.emulator.record().requests;
        requests
            .iter()
            .filter(|line| line.starts_with("PUT"))
            .count()
    };
    // A line of the request is no answer.
    stage.press("<down><enter>");
    stage.until(&["Create this export?"]).await;
    assert_eq!(puts(&stage), 0);
    stage.press("<enter>");
    stage.until(&["whole is created"]).await;
    assert_eq!(puts(&stage), 1);
    stage.press("e");
    stage.until(&["Exports", "whole", "Usage"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_form_of_a_management_group_leads_to_its_exports() {
    let mut stage = demo("polls = 0").await;
    stage.until(&["16 of 16"]).await;
    stage.press("i");
    stage.until(&["type"]).await;
    stage.press("providers/Microsoft.Management/managementGroups/mg-prod<enter>");
    stage
        .until(&["[2 Order]", "Reports are not made for management groups"])
        .await;
    stage.press("e");
    stage.until(&["[1 Scopes]", "Exports", "new export"]).await;
    stage.quit().await;
}
