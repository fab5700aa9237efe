//! The tree of scopes on the screen: loaded as it is expanded, pinned and recent scopes, the mouse.

use crate::support::ui_harness::Stage;
use crate::support::ui_steps::demo;
use insta::assert_snapshot;

#[tokio::test(flavor = "multi_thread")]
async fn branches_load_on_expansion_and_show_refusals() {
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
        stage.settled(&["or for a billing role"]).await
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
    assert_snapshot!(stage.settled(&["▾ mg-prod", "       prod-data"]).await);
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pinned_and_recent_scopes_come_first() {
    let mut stage = demo("").await;
    stage.until(&["16 of 16"]).await;
    stage.press("<down> ");
    stage
        .until(&["★ Contoso Europe", "› ▸★Contoso Europe"])
        .await;
    order_again(&mut stage).await;
    stage.press("1<home>");
    assert_snapshot!(
        stage
            .settled(&[
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
    // The agreement arrives after the list.
    stage
        .until(&["/ prod-online", "1 of", "subscription        EA"])
        .await;
    stage.press("<enter><enter>");
    stage.until(&["[2 Order]"]).await;
    stage.press("<enter>");
    stage.until(&["[3 Jobs"]).await;
    stage.press("1/<ctrl-u><esc>");
}

#[tokio::test(flavor = "multi_thread")]
async fn enabled_mouse_scrolls_selects_and_opens() {
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
    stage.mouse(press(30, 0));
    stage.until(&["[1 Scopes]"]).await;
    stage.press("4");
    stage.until(&["[4 Table]"]).await;
    stage.mouse(press(20, 9));
    stage.press("M");
    stage.until(&["mouse off"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pins_that_cannot_be_read_are_named_at_the_start() {
    let mut stage = demo("").await;
    stage.until(&["16 of 16"]).await;
    let (emulator, folder) = stage.leave().await;
    let pins = folder.path().join("scopes.json");
    std::fs::write(&pins, "{\"test\": 5}").unwrap();
    let mut stage = Stage::on(emulator, folder, (120, 30));
    stage.until(&["! ", "scopes.json cannot be read"]).await;
    let (_, folder) = stage.leave().await;
    let kept = std::fs::read_to_string(folder.path().join("scopes.json")).unwrap();
    assert_eq!(kept, "{\"test\": 5}");
}
