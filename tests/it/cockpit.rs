//! Screens against the live service: the tree loaded as it is expanded, throttled jobs, errors in full, jobs of an
//! earlier run.

use crate::support::stage::Stage;
use insta::assert_snapshot;

const SMALL: (u16, u16) = (80, 24);
const THROTTLED: &str = include_str!("../../assets/scenarios/throttled.toml");

async fn demo(script: &str) -> Stage {
    Stage::open(script, SMALL, Vec::new()).await
}

/// Orders one metric of last month for a scope found by its name.
pub(crate) async fn order(stage: &mut Stage, name: &str) {
    stage.until(&["16 of 16"]).await;
    stage.press(&format!("/{name}"));
    stage.until(&[&format!("/ {name}"), "1 of"]).await;
    stage.press("<enter><enter>");
    stage.until(&["[2 Order]"]).await;
    stage.press("<right>");
    stage.until(&["This orders 1 report."]).await;
    stage.press("<enter>");
}

#[tokio::test(flavor = "multi_thread")]
async fn branches_are_listed_when_they_open_and_a_refused_one_says_why() {
    // The first request for each list is refused, and so is each second page.
    let script = "[[disturbances]]\nmeets = \"list\"\nstatus = 403\nbody = '{\"error\":{\"code\":\"BillingAccessDenied\",\"message\":\"no role\"}}'";
    let mut stage = demo(script).await;
    stage
        .until(&["403 BillingAccessDenied: no role", "or for a billing role"])
        .await;
    let lists = |stage: &Stage, what: &str| {
        let requests = stage.emulator.record().requests;
        requests.iter().filter(|line| line.ends_with(what)).count()
    };
    stage.press("r");
    stage.until(&["16 of 16"]).await;
    assert_eq!(
        lists(&stage, "/departments"),
        0,
        "nothing is asked for before it is wanted"
    );
    stage.press("<right>");
    stage
        .until(&["! departments of 8608480", "! enrolment accounts"])
        .await;
    stage.press("<down>");
    assert_snapshot!(
        "a_refused_branch",
        stage.until(&["or for a billing role"]).await
    );
    stage.press("r");
    stage.until(&["Retail", "ops@contoso"]).await;
    assert_eq!(lists(&stage, "/departments"), 2);
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn management_groups_open_to_their_subscriptions_and_customers_to_cost_scopes() {
    let mut stage = demo("").await;
    stage.until(&["16 of 16"]).await;
    stage.press("<down><down><right>");
    stage.until(&["Partner EUR"]).await;
    stage.press("<down><right>");
    stage.until(&["Fabrikam"]).await;
    stage.press("<down><enter>");
    // The list returns customers under a profile; costs are read directly under the account.
    stage
        .until(&["[2 Order]", "Fabrikam", "/4d1b8e21-0000"])
        .await;
    stage.press("1<end><up><up><up><up><up><up><up><up><up><up>");
    stage.until(&["› ▸ mg-prod"]).await;
    stage.press("<right>");
    assert_snapshot!(stage.until(&["▾ mg-prod", "       prod-data"]).await);
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pinned_and_recent_scopes_stand_on_top() {
    let mut stage = demo("").await;
    stage.until(&["16 of 16"]).await;
    stage.press("<down> ");
    stage
        .until(&["★ Contoso Europe", "› ▸ Contoso Europe"])
        .await;
    order_again(&mut stage).await;
    stage.press("1<home>");
    assert_snapshot!(
        stage
            .until(&[
                "★ Contoso Europe",
                "⟲ prod-online",
                "16 of 28",
                "enter order"
            ])
            .await
    );
    // The same key removes the pin.
    stage.press(" ");
    stage.until(&["› ⟲ prod-online"]).await;
    stage.quit().await;
}

async fn order_again(stage: &mut Stage) {
    stage.press("/prod-online");
    stage.until(&["/ prod-online", "1 of"]).await;
    stage.press("<enter><enter>");
    stage.until(&["[2 Order]"]).await;
    stage.press("<enter>");
    stage.until(&["[3 Jobs"]).await;
    stage.press("1/<ctrl-u><esc>");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_job_names_the_quota_the_wait_and_what_is_next() {
    let mut stage = demo(THROTTLED).await;
    order(&mut stage, "prod-online").await;
    assert_snapshot!(stage.until(&["throttled", "scope quota", "retry in"]).await);
    stage.press("m");
    stage.until(&["2:00:00 left"]).await;
    stage.pass_until(&["1 ready"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_without_reports_come_page_by_page() {
    let mut stage = demo(THROTTLED).await;
    order(&mut stage, "payg-sandbox").await;
    assert_snapshot!(stage.until(&["unavailable", "halves in"]).await);
    stage.pass_until(&["1 ready", "744 rows"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_told_in_full_with_the_ids_for_support() {
    let mut stage = demo("").await;
    order(&mut stage, "locked-down").await;
    stage.until(&["1 failed"]).await;
    stage.press("<enter>");
    assert_snapshot!(
        stage
            .until(&["y copy all", "request id", "Ask for Cost Management"])
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
async fn the_next_start_goes_on_with_what_an_earlier_run_has_ordered() {
    let mut stage = demo("polls = 2\nretry-after = 30\n").await;
    order(&mut stage, "prod-online").await;
    stage.until(&["next poll in 00:30"]).await;
    let (emulator, folder) = stage.leave().await;
    let mut stage = Stage::on(emulator, folder, SMALL);
    stage
        .until(&["resumed an earlier order; press 3 to see it"])
        .await;
    stage.press("3");
    assert_snapshot!(stage.until(&["next poll in 00:30", "prod-online ·"]).await);
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
async fn the_form_says_what_an_order_takes() {
    let mut stage = Stage::open("", (80, 24), Vec::new()).await;
    stage.until(&["16 of 16"]).await;
    stage.press("<enter><tab><right><right><right>");
    assert_snapshot!(
        stage
            .until(&["12 months x 2 metrics = 24 reports, two at a time"])
            .await
    );
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_minute_of_waiting_costs_less_than_4_kb() {
    let mut stage = demo("polls = 1\nretry-after = 90\n").await;
    order(&mut stage, "prod-online").await;
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
async fn the_mouse_scrolls_selects_and_opens_once_it_is_ours() {
    use costscope::tui::key::Mouse;
    let press = |column, row| Mouse::Press { column, row };
    let mut stage = demo("polls = 0\n").await;
    stage.until(&["16 of 16"]).await;
    stage.press("M");
    stage.until(&["wheel scrolls"]).await;
    stage.mouse(Mouse::WheelDown);
    let picture = stage.until(&["16 of 16"]).await;
    // The list starts on the fourth line.
    let picture = stage.until(&["› "]).await + &picture;
    assert!(picture.contains("16 of 16"));
    stage.mouse(press(10, 4));
    stage.until(&["› ▸ Contoso Europe"]).await;
    stage.mouse(press(10, 4));
    stage.until(&["[2 Order]", "Contoso Europe"]).await;
    // The screen names are clickable too; a click on an empty place does nothing.
    stage.mouse(press(2, 20));
    stage.mouse(press(20, 0));
    stage.until(&["[1 Scopes]"]).await;
    stage.press("4");
    stage.until(&["[4 Table]"]).await;
    stage.mouse(press(20, 9));
    stage.press("M");
    stage.until(&["mouse off"]).await;
    stage.quit().await;
}
