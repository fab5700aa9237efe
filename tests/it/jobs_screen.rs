//! Jobs against the live service on the screen: throttled jobs, errors in full, jobs of an earlier run.

use crate::support::ui_harness::Stage;
use crate::support::ui_steps::{SMALL, demo, order_report};
use insta::assert_snapshot;

const THROTTLED: &str = include_str!("../../assets/scenarios/throttled.toml");

#[tokio::test(flavor = "multi_thread")]
async fn throttled_job_shows_quota_wait_and_next_step() {
    let mut stage = demo(THROTTLED).await;
    order_report(&mut stage, "prod-online").await;
    assert_snapshot!(
        stage
            .settled(&["throttled", "scope quota", "retry in"])
            .await
    );
    stage.press("m");
    stage.until(&["2:00:00 left"]).await;
    stage.pass_until(&["1 ready"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_without_reports_come_page_by_page() {
    let mut stage = demo(THROTTLED).await;
    order_report(&mut stage, "payg-sandbox").await;
    assert_snapshot!(stage.settled(&["unavailable", "halves in"]).await);
    stage.pass_until(&["1 ready", "744 rows"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failure_details_include_support_ids() {
    let mut stage = demo("").await;
    order_report(&mut stage, "locked-down").await;
    stage.until(&["1 failed"]).await;
    stage.press("<enter>");
    assert_snapshot!(
        stage
            .settled(&["y copy all", "request id", "Ask for Cost Management"])
            .await
    );
    stage.press("y");
    stage.press("<esc>y");
    stage
        .until(&["copied (if the terminal allows it): request id"])
        .await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn next_start_resumes_earlier_orders() {
    let mut stage = demo("polls = 2\nretry-after = 30\n").await;
    order_report(&mut stage, "prod-online").await;
    stage.until(&["next poll in 00:30"]).await;
    let (emulator, folder) = stage.leave().await;
    let mut stage = Stage::on(emulator, folder, SMALL);
    stage
        .until(&["resumed an earlier order; press 3 to see it"])
        .await;
    stage.press("3");
    assert_snapshot!(
        stage
            .settled(&["next poll in 00:30", "prod-online ·"])
            .await
    );
    stage.pass_until(&["1 ready"]).await;
    let requests = stage.emulator.record().requests;
    assert_eq!(
        requests
            .iter()
            .filter(|line| line.starts_with("POST"))
            .count(),
        1,
        "{requests:?}"
    );
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_minute_of_waiting_costs_less_than_4_kb() {
    let mut stage = demo("polls = 1\nretry-after = 90\n").await;
    order_report(&mut stage, "prod-online").await;
    stage.until(&["next poll in 01:30"]).await;
    let before = stage.sent();
    for second in 1..=60 {
        stage.advance(1);
        let left = 90 - second;
        let left = format!("next poll in {:02}:{:02}", left / 60, left % 60);
        stage.until(&[&left]).await;
    }
    let cost = stage.sent() - before;
    assert!(cost > 60 && cost < 4096, "{cost} bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_that_cannot_be_read_are_named_and_listed() {
    let mut stage = demo("").await;
    stage.until(&["16 of 16"]).await;
    let (emulator, folder) = stage.leave().await;
    let jobs = folder.path().join("jobs");
    let note = |month: &str, text: &str| {
        let name = format!("test@ba-8608480@{month}@actual.json");
        std::fs::write(jobs.join(name), text).unwrap();
    };
    note("2026-09", "{\"cut");
    note("2026-10", "{\"schema\": 9}");
    let mut stage = Stage::on(emulator, folder, (120, 30));
    stage
        .until(&[
            "! ",
            "test@ba-8608480@2026-09@actual.json",
            "damaged:",
            "more:",
        ])
        .await;
    stage.press("3");
    stage
        .until(&[
            "2 unreadable",
            "› an earlier order",
            "The note of an earlier order",
            "damaged:",
        ])
        .await;
    stage.press("<down><enter>");
    stage
        .until(&["2026-10@actual.json", "newer", "9):", "close"])
        .await;
    stage.press("<esc>d");
    stage.until(&["cannot be read; enter shows why"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn earlier_orders_keep_their_calls_and_teach_the_usual_wait() {
    let mut stage = demo("polls = 2\nretry-after = 30\n").await;
    order_report(&mut stage, "prod-online").await;
    let first = stage.until(&["next poll in 00:30"]).await;
    assert!(
        !first.contains("last time"),
        "nothing is known yet: {first}"
    );
    stage.press("i");
    stage
        .until(&["accepted, not ready yet", "wait 30 s", "request id"])
        .await;
    stage.press("<esc>");
    stage.pass_until(&["1 ready"]).await;
    let (emulator, folder) = stage.leave().await;
    let mut stage = Stage::on(emulator, folder, SMALL);
    stage.until(&["16 of 16"]).await;
    stage.press("3");
    let past = stage
        .until(&["1 earlier", "actual 2026-10", "ready", "took 0", "744 rows"])
        .await;
    assert!(past.contains("shows them"), "{past}");
    stage.press("i");
    stage
        .until(&["ready: 744 rows", "accepted, not ready yet"])
        .await;
    stage.press("<end>");
    stage.until(&["finished: ", "downloaded, "]).await;
    stage.press("<esc>d");
    stage.until(&["this order has ended; i shows"]).await;
    stage.press("<enter>");
    let words = ["[4 Table]", "prod-online · actual · 2026-10", "744 of 744"];
    stage.until(&words).await;
    stage.press("1/prod-online");
    stage.until(&["/ prod-online", "1 of"]).await;
    stage.press("<enter><enter>");
    stage.until(&["[2 Order]"]).await;
    stage.press("<right><right>");
    stage.until(&["This orders 1 report."]).await;
    stage.press("<enter>");
    let gauge = stage.until(&["next poll in 00:30", "last time"]).await;
    assert!(gauge.contains("░░░░░░░░░░"), "{gauge}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_asks_and_says_what_the_server_goes_on_doing() {
    let mut stage = demo("polls = 2\nretry-after = 30\n").await;
    order_report(&mut stage, "prod-online").await;
    stage.until(&["next poll in 00:30"]).await;
    stage.press("d");
    assert_snapshot!(
        stage
            .settled(&["Stop following?", "keep following", "Azure has no cancel"])
            .await
    );
    stage.press("<esc>");
    stage.until(&["next poll in", "1 running"]).await;
    stage.press("d<enter>");
    stage.until(&["cancelled", "stopped following"]).await;
    // It is not resumed, and it is kept with the orders that have ended.
    let (emulator, folder) = stage.leave().await;
    let mut stage = Stage::on(emulator, folder, SMALL);
    stage.until(&["16 of 16"]).await;
    stage.press("3");
    stage.until(&["1 earlier", "cancelled"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_a_demo_that_was_restarted_is_one_entry_of_the_past() {
    let mut stage = demo("polls = 2\nretry-after = 30\n").await;
    order_report(&mut stage, "prod-online").await;
    stage.until(&["next poll in 00:30"]).await;
    let (_, folder) = stage.leave().await;
    // Its link is that of another server, so the report is ordered again.
    let (emulator, _) = demo("polls = 0\n").await.leave().await;
    let mut stage = Stage::on(emulator, folder, SMALL);
    stage.until(&["16 of 16"]).await;
    stage.press("3");
    stage.pass_until(&["1 ready"]).await;
    let (emulator, folder) = stage.leave().await;
    let mut stage = Stage::on(emulator, folder, SMALL);
    stage.until(&["16 of 16"]).await;
    stage.press("3");
    let past = stage.until(&["1 earlier", "ready"]).await;
    assert!(!past.contains("cancelled"), "{past}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gauge_of_the_selected_job_is_not_reversed() {
    let mut stage = demo("polls = 2\nretry-after = 30\n").await;
    order_report(&mut stage, "prod-online").await;
    let picture = stage.until(&["next poll in 00:30", "░"]).await;
    let styles = picture.lines().find(|line| line.contains(" selected "));
    let end = styles.and_then(|line| line.rsplit('-').next());
    let end: usize = end.unwrap().trim().parse().unwrap();
    let gauge = picture.lines().find(|line| line.starts_with(" ›")).unwrap();
    let place = gauge.chars().position(|c| c == '░').unwrap();
    assert!(end < place, "{picture}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_heading_of_an_order_shows_the_calls_of_all_its_reports() {
    let mut stage = demo("polls = 0\n").await;
    stage.until(&["16 of 16"]).await;
    stage.press("/prod-online");
    stage.until(&["/ prod-online", "1 of"]).await;
    stage.press("<enter><enter>");
    stage.until(&["= 2 reports"]).await;
    stage.press("<enter>");
    stage.pass_until(&["2 of 2 reports ready"]).await;
    stage.press("<home>i");
    let page = ["actual 2026-10, ordered ", "amortized 2026-10, ordered "];
    stage.until(&page).await;
    stage.press("<esc>");
    stage.quit().await;
}
