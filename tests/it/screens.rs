//! Snapshots of every screen at 80x24, drawn by the real loop against the emulator and reviewed by hand.

use crate::support::file;
use crate::support::ui_harness::Stage;
use insta::assert_snapshot;

const SMALL: (u16, u16) = (80, 24);

const FAST: &str = "polls = 2\nretry-after = 3\n";

async fn demo(script: &str) -> Stage {
    Stage::open(script, SMALL, Vec::new()).await
}

/// Orders one metric of last month for a subscription, from the tree.
async fn order_subscription(stage: &mut Stage, name: &str) {
    stage.until(&["Contoso Enrolment"]).await;
    stage.press(&format!("/{name}"));
    // The agreement of a subscription arrives after the list, and the form tells what it means.
    stage
        .until(&[&format!("/ {name}"), "subscription        EA"])
        .await;
    stage.press("<enter><enter>");
    stage.until(&["[2 Order]", "= 2 reports"]).await;
    // One metric, so that request numbers are the same in every run.
    stage.press("<right>");
    stage.until(&["This orders 1 report."]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_screen() {
    let mut stage = demo(FAST).await;
    stage.until(&["16 of 16"]).await;
    stage.press("<right>");
    stage.until(&["Retail", "data@contoso.example"]).await;
    stage.press("<down><down><down>");
    // The agreement of a subscription arrives after the list.
    let told = [
        "›     ops",
        "EA    reports ✓  3f1c2…a9a05",
        "MCA   reports ✓  8d2e4…b1103",
    ];
    assert_snapshot!(stage.settled(&told).await);
    stage.press("/eu prod");
    assert_snapshot!(
        "scopes_searched",
        stage.settled(&["/ eu prod▏", "of 28"]).await
    );
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_management_group_opens_in_a_search_and_offers_its_subscriptions() {
    let mut stage = demo(FAST).await;
    stage.until(&["16 of 16"]).await;
    stage.press("/mg-prod");
    stage.until(&["/ mg-prod", "1 of 28"]).await;
    stage.press("<enter><right>");
    let open = stage
        .until(&["▾ mg-prod", "       prod-data", "fabrikam-prod"])
        .await;
    assert!(open.contains("1 of"), "{open}");
    stage.press("<left>");
    let closed = stage.until(&["▸ mg-prod"]).await;
    assert!(!closed.contains("prod-data"), "{closed}");
    stage.press("<enter>");
    let offered = stage
        .until(&["space ticks", "[ ] all of them", "4 subscriptions"])
        .await;
    assert!(offered.contains("[ ] prod-online"), "{offered}");
    // One at the cursor, then two that are ticked, then all.
    stage.press("<down><enter>");
    stage.until(&["[2 Order]", "eu-prod"]).await;
    stage.press("1<enter><down> <down><down> <enter>");
    stage
        .until(&[
            "and 1 other subscription",
            "The same for each of 2 subscriptions: 4 reports in all.",
        ])
        .await;
    stage.press("1<enter><enter>");
    stage
        .until(&["and 3 other subscriptions", "8 reports in all."])
        .await;
    stage.press("<right><enter>");
    stage.until(&["[3 Jobs ·4]", "4 running"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_management_group_is_listed_before_its_subscriptions_are_offered() {
    let mut stage = demo(FAST).await;
    stage.until(&["16 of 16"]).await;
    stage.press("/mg-prod<enter>");
    stage.until(&["/ mg-prod", "1 of 28"]).await;
    stage.press("<enter>");
    stage.until(&["[ ] all of them", "4 subscriptions"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn order_screen() {
    let mut stage = demo(FAST).await;
    order_subscription(&mut stage, "prod-online").await;
    assert_snapshot!(stage.settled(&["This orders 1 report."]).await);
    stage.press("<tab><left><left><tab><ctrl-u>2026-02-30");
    assert_snapshot!("order_wrong_date", stage.settled(&["no such day"]).await);
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_usage_details_is_ordered_from_the_form_and_named_as_one() {
    let mut stage = demo(FAST).await;
    stage.until(&["16 of 16"]).await;
    let scope = "providers/Microsoft.Billing/billingAccounts/8608480/providers/Microsoft.Billing/billingPeriods/202610";
    stage.press(&format!("i{scope}<enter>"));
    stage.until(&["[2 Order]", "‹billing›", "202610"]).await;
    stage.press("<tab><tab><tab><left>");
    stage.until(&["‹usage›", "Filter", "Top rows"]).await;
    stage.press("<tab>cost > 1");
    assert_snapshot!(
        "order_usage_wrong_filter",
        stage.settled(&["the server does not filter by cost"]).await
    );
    stage.press("<ctrl-u>resource-group = rg-web<tab>5");
    stage.until(&["only so many of the most recent rows"]).await;
    // The metric `usage` is only available with this API.
    stage.press("<tab><right>");
    assert_snapshot!(
        "order_usage",
        stage.settled(&["This orders 1 report.", "‹usage›"]).await
    );
    stage.press("p");
    let masked = stage.until(&["! (hidden)"]).await;
    assert!(!masked.contains("rg-web"), "{masked}");
    stage.press("p<right><enter>");
    stage.until(&["1 ready"]).await;
    stage.press("4");
    stage.until(&["billing 202610: resource-gr"]).await;
    stage.press("i");
    assert_snapshot!(
        "report_in_full",
        stage.settled(&["limited to resource-group = rg-web"]).await
    );
    stage.press("<esc>p");
    stage.until(&["names and ids are hidden"]).await;
    stage.press("i");
    stage.until(&["names and amounts"]).await;
    stage.press("p<enter>");
    assert_snapshot!(
        "table_of_a_part",
        stage.settled(&["5 of 5 rows", "Σ 1 limited"]).await
    );
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_line_keeps_its_scope_its_days_and_the_next_poll() {
    use costscope::emulator::bills::accounts::MCA_ACCOUNT;
    let mut stage = demo("polls = 9\nretry-after = 1800\n").await;
    stage.until(&["16 of 16"]).await;
    let profile = "billingProfiles/KQ7L-HM2T-BG7-PGB/invoiceSections/PR0D-7XQ2-PJA-PGB";
    let scope = format!("providers/Microsoft.Billing/billingAccounts/{MCA_ACCOUNT}/{profile}");
    // Amortized, this month.
    stage.press(&format!("i{scope}<enter><left><tab><right><enter>"));
    let told = ["PR0D-7XQ… amortized 2026-11-01..22", "next poll in 30:00"];
    stage.until(&told).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_count_down() {
    let mut stage = demo(FAST).await;
    order_subscription(&mut stage, "prod-online").await;
    stage.press("<enter>");
    stage.until(&["next poll in 00:03"]).await;
    stage.advance(1);
    assert_snapshot!(stage.settled(&["next poll in 00:02"]).await);
    stage.advance(2);
    stage.until(&["poll 2"]).await;
    stage.advance(3);
    stage.until(&["poll 3"]).await;
    stage.advance(3);
    assert_snapshot!(
        "jobs_ready",
        stage.settled(&["1 ready", "enter open"]).await
    );
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_report_says_why() {
    let mut stage = demo("polls = 0\nretry-after = 1\nending = \"no-data-found\"").await;
    order_subscription(&mut stage, "prod-online").await;
    stage.press("<enter>");
    stage.until(&["next poll in 00:01"]).await;
    stage.advance(1);
    assert_snapshot!(stage.settled(&["1 empty", "NoDataFound"]).await);
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_report_says_why() {
    let mut stage = demo(FAST).await;
    order_subscription(&mut stage, "locked-down").await;
    stage.press("<enter>");
    assert_snapshot!(stage.settled(&["1 failed", "or a billing role"]).await);
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn table_and_compare_screens() {
    let mut stage = demo(FAST).await;
    stage.until(&["16 of 16"]).await;
    stage.press("<enter>");
    stage.until(&["= 2 reports"]).await;
    stage.press("<enter>");
    stage.pass_until(&["2 ready"]).await;
    stage.press("<enter>");
    assert_snapshot!(
        "table_grouped",
        stage
            .settled(&["resource-group", "Σ", "rg-web", "USD by day"])
            .await
    );
    stage.press("g");
    assert_snapshot!(
        "table_group_picker",
        stage.settled(&["Group by", "charge-type"]).await
    );
    stage.press("tag:team<tab>charge<tab><enter>");
    stage
        .until(&["resource-group, tag:team, charge-type"])
        .await;
    stage.press("g<bksp>resource-group<tab>tag:team<tab>tag:env<tab><enter>");
    stage.settled(&["charge-type, tag:env", "Purchase  "]).await;
    stage.press("f");
    stage.press("charge-type = Usage and cots > 10<enter>");
    assert_snapshot!(
        "table_wrong_filter",
        stage.settled(&["there is no column `cots`"]).await
    );
    stage.press("f<ctrl-u>charge-type = Usage and cost > 10<enter>");
    stage.until(&["488 of 2,971 rows"]).await;
    stage.press("<enter>");
    assert_snapshot!(
        "table_rows",
        stage.settled(&["not grouped (rows)", "of 55, "]).await
    );
    stage.press("<bksp><bksp>");
    assert_snapshot!(
        "ledger",
        stage.settled(&["nothing open", "amortized"]).await
    );
    stage.press("x");
    assert_snapshot!(
        "compare",
        stage
            .settled(&["the same usage on both sides", "rg-platform"])
            .await
    );
    stage.resize(200, 50);
    assert_snapshot!(
        "compare_wide",
        stage
            .settled(&["describe the same usage", "cause", "last day"])
            .await
    );
    stage.resize(40, 10);
    assert_snapshot!("too_small", stage.settled(&["needs at least 60"]).await);
    stage.press("q");
    stage.resize(80, 24);
    stage.until(&["[4 Table]"]).await;
    stage.press("?");
    assert_snapshot!("help", stage.settled(&["Help", "1 of "]).await);
    assert_eq!(stage.emulator.record().early_polls, 0);
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twelve_months_open_as_one_table_with_missing_months() {
    let mut stage = demo("polls = 0\nretry-after = 1\n[[disturbances]]\nmeets = \"order\"\nafter = 0\ntimes = 0\nstatus = 500").await;
    stage.until(&["16 of 16"]).await;
    stage.press("/prod-data<enter><enter><right><tab><right><right>");
    stage.until(&["= 3 reports"]).await;
    stage.press("<enter>");
    stage.pass_until(&["3 ready"]).await;
    stage.press("<enter>");
    let whole = stage.until(&["2026-08-01..2026-10-31", "Σ"]).await;
    assert!(!whole.contains("not in this table"), "{whole}");
    // Without September, the table of all months names the gap.
    let ledger = stage.folder.path().join("ledger");
    let september = std::fs::read_dir(&ledger).unwrap().find(|item| {
        item.as_ref()
            .unwrap()
            .file_name()
            .to_string_lossy()
            .contains("2026-09")
    });
    std::fs::remove_dir_all(september.unwrap().unwrap().path()).unwrap();
    stage.press("<bksp>r");
    stage.until(&["2 reports"]).await;
    stage.press("a");
    assert_snapshot!(
        stage
            .settled(&["not in this table: 2026-09", "Σ ", "USD by "])
            .await
    );
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn local_files_open_straight_and_text_cannot_drive_the_screen() {
    let folder = tempfile::TempDir::new().unwrap();
    let costs = file(
        folder.path(),
        "costs.csv",
        "Cost,Currency,ResourceGroup\n1,EUR,rg\u{1b}[31m\n-0.001,EUR,ok\n2,USD,\n",
    );
    let mut stage = Stage::open(FAST, SMALL, vec![costs.to_str().unwrap().to_owned()]).await;
    let picture = stage.until(&["Σ 3", "ok"]).await;
    assert!(
        picture.contains("rg␛[31m") && picture.contains(">-0.01") && picture.contains("(none)"),
        "{picture}"
    );
    let mut missing = Stage::open(FAST, SMALL, vec!["no-such-file.csv".to_owned()]).await;
    missing
        .until(&["neither a file or folder nor a ledger key"])
        .await;
    stage.quit().await;
    missing.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn order_form_shows_the_number_of_reports() {
    let mut stage = Stage::open("", (80, 24), Vec::new()).await;
    stage.until(&["16 of 16"]).await;
    stage.press("<enter><tab><right><right><right>");
    assert_snapshot!(
        stage
            .settled(&["12 months x 2 metrics = 24 reports, two at a time"])
            .await
    );
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_that_is_too_small_names_the_keys_that_act() {
    let mut stage = demo(FAST).await;
    for (keys, words, said) in [
        ("", "16 of", "q quits."),
        ("/", "leave", "esc leaves the field."),
        ("?", "close", "esc closes what is open."),
    ] {
        // The search has counted what it looked through.
        stage.until(&["16 of"]).await;
        stage.press(keys);
        stage.until(&[words]).await;
        stage.resize(200, 5);
        stage.until(&["needs at least 60", said]).await;
        // A key without effect changes nothing behind it.
        stage.press("x<esc>");
        stage.until(&["q quits."]).await;
        stage.resize(80, 24);
    }
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_form_explains_its_words_and_names_what_the_ledger_has() {
    let mut stage = demo(FAST).await;
    order_subscription(&mut stage, "prod-online").await;
    stage.until(&["actual: as charged", "not known yet"]).await;
    stage.press("<right>");
    stage.until(&["amortized: reservations"]).await;
    stage.press("<left><enter>");
    stage.pass_until(&["1 ready"]).await;
    stage.press("2");
    stage
        .until(&["1 already in the ledger (just now): 2026-10 actual; used as"])
        .await;
    stage.press("<tab><right>");
    let this = stage
        .until(&["this month: up to today", "The ledger has 1 other report"])
        .await;
    assert!(this.contains("from 2026-10-01"), "{this}");
    // Every period has its dates, and the chosen one is always in view.
    for preset in [
        "last 3",
        "last 12",
        "last 7 days",
        "last 30 days",
        "this quarter",
        "last quarter",
        "this year",
        "last year",
        "dates",
        "billing",
    ] {
        stage.press("<right>");
        stage
            .until(&[&format!("‹{preset}›"), &format!("{preset}: ")])
            .await;
    }
    stage.quit().await;
}
