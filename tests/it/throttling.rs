//! Throttled orders: waits from headers, per scope and per tenant, across runs.

use crate::support::hostile::{
    Answer, EA, Hostile, Stage, failure, fetch, fetch_actual, fetch_outcome, october_order,
    only_total, order_both, order_by, stage, stage_on,
};
use crate::support::report_answers::{
    POLL, accepted, blob, busy, completed, one_row_page, report_answers,
};
use crate::support::{JumpingClock, World, session};
use chrono::TimeDelta;
use costscope::cli::progress;
use costscope::domain::metric::Metric;
use costscope::domain::report::reply::Failure;
use costscope::domain::report::request::Api;
use costscope::domain::scope::ScopeId;
use costscope::ops::orders::jobs;
use costscope::ops::orders::jobs::JobState;
use costscope::ops::orders::order_spec::OrderSpec;
use costscope::ops::orders::outcome::PartOutcome;
use costscope::store::orders::intents::{Intent, Intents};
use std::time::Duration;
use tempfile::TempDir;

#[tokio::test]
async fn exhausted_tenant_quota_delays_new_orders() {
    let tenant = "x-ms-ratelimit-microsoft.costmanagement-tenant-retry-after";
    let server = Hostile::start(vec![
        Answer::new(429).header(tenant, "7200"),
        accepted(),
        completed("{url}/blob?sig=x"),
        blob(),
    ])
    .await;
    let folder = TempDir::new().unwrap();
    let clock = JumpingClock::new();
    let session = session(
        &server.url,
        folder.path(),
        std::sync::Arc::<JumpingClock>::clone(&clock),
    );
    fetch_actual(&session, &october_order()).await;
    let other = OrderSpec {
        scope: ScopeId::parse("1234567").unwrap(),
        max_wait: Duration::from_secs(10_000),
        ..october_order()
    };
    let before = costscope::ops::clock::Clock::now(&*clock);
    let outcome = fetch_actual(&session, &other).await;
    assert_eq!(outcome.status(), "ready", "{outcome:?}");
    let waited = costscope::ops::clock::Clock::now(&*clock) - before;
    assert!(
        waited.num_seconds() >= 7190,
        "{waited}: another scope waits as well"
    );
}

#[tokio::test]
async fn throttled_order_stays_recorded_and_is_sent_after_its_wait() {
    let stage = stage(vec![busy()]).await;
    let outcome = fetch_outcome(&stage.session, &order_by(None), Metric::Actual).await;
    assert!(
        matches!(outcome, PartOutcome::Failed(Failure::GaveUp { .. })),
        "{outcome:?}"
    );
    let (noted, _) = jobs::list(&stage.session).unwrap();
    assert_eq!(noted.len(), 1);
    assert_eq!(noted[0].state, JobState::Throttled);
    // Resuming after the wait is over sends the order that the server did not accept.
    stage.server.queue(report_answers("5"));
    let outcome = fetch_outcome(
        &stage.session,
        &noted[0].order(Duration::from_secs(30_000)),
        Metric::Actual,
    )
    .await;
    assert_eq!(
        (outcome.status(), only_total(&outcome)),
        ("ready", "5".into())
    );
    assert_eq!(stage.server.count("POST"), 2);
    assert!(jobs::list(&stage.session).unwrap().0.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn exhausted_scope_quota_delays_only_that_scope() {
    let scope_busy = Answer::new(429)
        .header(
            "x-ms-ratelimit-microsoft.costmanagement-entity-retry-after",
            "600",
        )
        .header("retry-after", "5");
    let stage = stage(vec![scope_busy]).await;
    let short = OrderSpec {
        max_wait: Duration::from_secs(60),
        ..order_by(None)
    };
    fetch_outcome(&stage.session, &short, Metric::Actual).await;
    stage.server.queue(report_answers("9"));
    let other = OrderSpec {
        scope: ScopeId::parse("1234567").unwrap(),
        ..short
    };
    let outcome = fetch_outcome(&stage.session, &other, Metric::Actual).await;
    assert_eq!(
        (outcome.status(), only_total(&outcome)),
        ("ready", "9".into())
    );
}

#[tokio::test]
async fn wait_of_a_cancelled_order_applies_to_the_next_one() {
    let stage = stage(vec![busy()]).await;
    fetch_outcome(&stage.session, &order_by(None), Metric::Actual).await;
    let (noted, _) = jobs::list(&stage.session).unwrap();
    jobs::cancel(&stage.session, &noted[0].id).unwrap();
    for refresh in [false, true] {
        let early = OrderSpec {
            refresh,
            max_wait: Duration::from_secs(60),
            ..order_by(None)
        };
        let outcome = fetch_outcome(&stage.next_run(), &early, Metric::Actual).await;
        assert!(
            matches!(outcome, PartOutcome::Failed(Failure::GaveUp { .. })),
            "{outcome:?}"
        );
    }
    assert_eq!(stage.server.count("POST"), 1, "nothing was sent early");
}

#[tokio::test]
async fn every_retry_header_is_kept_and_no_poll_comes_early() {
    let throttled = include_str!("../../assets/scenarios/throttled.toml");
    for as_date in ["", "retry-after-as-date = true\n"] {
        let world = World::new(&format!("{as_date}{throttled}")).await;
        let (outcome, told) = fetch(
            &world.session,
            &order_both(EA, Api::Details),
            Metric::Actual,
        )
        .await;
        assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
        assert_eq!(world.emulator.record().early_polls, 0);
        let longest = told
            .iter()
            .filter_map(|news| news.operation.wait())
            .map(|wait| (wait.until - wait.since).num_seconds())
            .max();
        assert_eq!(
            longest,
            Some(4),
            "the longest of all headers, and jitter only on top"
        );
    }
}

#[tokio::test]
async fn waiting_ends_with_max_wait_and_is_exit_five() {
    let throttled = Answer::new(429)
        .header("retry-after", "7200")
        .body("{\"error\":{\"code\":\"429\",\"message\":\"Too many requests\"}}");
    let stage = stage(vec![throttled]).await;
    let failed = failure(stage.fetch().await);
    assert_eq!(failed.exit_code(), 5);
    assert!(
        failed.message().contains("Too many requests"),
        "{}",
        failed.message()
    );
    stage.server.queue(vec![
        accepted(),
        Answer::new(202).header("retry-after", "100000"),
    ]);
    let longer = OrderSpec {
        max_wait: Duration::from_secs(3 * 3600),
        ..order_both(EA, Api::Details)
    };
    let (outcome, told) = fetch(&stage.session, &longer, Metric::Actual).await;
    assert_eq!(failure(outcome).exit_code(), 5);
    let first = told.iter().find_map(|news| news.operation.wait()).unwrap();
    assert!(
        (first.until - first.since).num_seconds() >= 7199,
        "the named wait holds across runs"
    );
}

/// Records an order on a clock that is an hour ahead of the one of the next run.
async fn ordered_an_hour_ahead(answers: Vec<Answer>, max_wait: u64) -> (Stage, Failure) {
    let clock = JumpingClock::new();
    clock.forward(TimeDelta::hours(1));
    let stage = stage_on(clock, answers).await;
    let order = within(max_wait, Api::Details);
    let (outcome, _) = fetch(&stage.session, &order, Metric::Actual).await;
    (stage, failure(outcome))
}

fn within(seconds: u64, api: Api) -> OrderSpec {
    OrderSpec {
        max_wait: Duration::from_secs(seconds),
        ..order_both(EA, api)
    }
}

#[tokio::test]
async fn a_wait_that_no_server_named_is_a_minute_after_the_clock_was_set_back() {
    let accepted = Answer::new(202).header("location", POLL);
    let answers = vec![accepted, Answer::new(200).body("<html>")];
    let (stage, failed) = ordered_an_hour_ahead(answers, 300).await;
    assert!(matches!(failed, Failure::Unreadable { .. }), "{failed:?}");
    stage
        .server
        .queue(vec![completed("{url}/blob?sig=x"), blob()]);
    let order = within(300, Api::Details);
    let (outcome, _) = fetch(&stage.next_run(), &order, Metric::Actual).await;
    assert_eq!(outcome.status(), "ready", "{outcome:?}");
    assert_eq!(stage.server.count("POST"), 1);
}

#[tokio::test]
async fn a_wait_is_cut_for_another_api_after_the_clock_was_set_back() {
    let throttled = Answer::new(429).header("retry-after", "5");
    let (stage, failed) = ordered_an_hour_ahead(vec![throttled], 3).await;
    assert!(matches!(failed, Failure::GaveUp { .. }), "{failed:?}");
    let page = one_row_page("2026-10-01", "5", None);
    stage.server.queue(vec![page]);
    let order = within(300, Api::Usage);
    let (outcome, _) = fetch(&stage.next_run(), &order, Metric::Actual).await;
    assert_eq!(
        (outcome.status(), only_total(&outcome)),
        ("ready", "5".into())
    );
}

const DAY: u64 = 24 * 3600;
/// Waits that no server can mean.
const ENDLESS: [&str; 2] = ["100000000000000000000", "Fri, 31 Dec 9999 23:59:59 GMT"];

#[tokio::test]
async fn a_wait_that_cannot_be_meant_ends_with_max_wait_and_delays_the_report_a_week_at_most() {
    for endless in ENDLESS {
        let stage = stage(vec![Answer::new(429).header("retry-after", endless)]).await;
        let failed = failure(stage.fetch().await);
        assert_eq!(failed.exit_code(), 5, "{endless}");
        let said = failed.message();
        let told = said.contains("2026-11-29 10:00") && said.contains("unusually long");
        assert!(told && said.contains("--max-wait"), "{said}");
        let (noted, _) = jobs::list(&stage.session).unwrap();
        assert_eq!(noted.len(), 1, "{endless}");
        // A day later, the wait still holds.
        let later = JumpingClock::new();
        later.forward(TimeDelta::days(1));
        let next = session(&stage.server.url, stage.folder.path(), later);
        let again = fetch_outcome(&next, &order_both(EA, Api::Details), Metric::Actual).await;
        assert_eq!(failure(again).exit_code(), 5, "{endless}");
        assert_eq!(stage.server.count("POST"), 1, "{endless}");
        // A week later, the report is ordered.
        let later = JumpingClock::new();
        later.forward(TimeDelta::days(7));
        let next = session(&stage.server.url, stage.folder.path(), later);
        stage.server.queue(report_answers("5"));
        let again = fetch_outcome(&next, &order_both(EA, Api::Details), Metric::Actual).await;
        assert_eq!((again.status(), only_total(&again)), ("ready", "5".into()));
        assert_eq!(stage.server.count("POST"), 2, "{endless}");
    }
}

#[tokio::test]
async fn the_end_of_an_unusually_long_wait_is_told_while_it_lasts() {
    for endless in ENDLESS {
        let answers = vec![
            accepted(),
            Answer::new(202).header("retry-after", endless),
            completed("{url}/blob?sig=x"),
            blob(),
        ];
        let stage = stage(answers).await;
        let order = within(8 * DAY, Api::Details);
        let (outcome, told) = fetch(&stage.session, &order, Metric::Actual).await;
        assert_eq!(outcome.status(), "ready", "{outcome:?}");
        let said: Vec<String> = told
            .iter()
            .filter_map(|news| progress::step("actual", news))
            .collect();
        let long = "poll 2 in 604800 s (unusually long: until 2026-11-29 10:00 UTC)";
        assert!(said.iter().any(|line| line.ends_with(long)), "{said:#?}");
        let usual = said.iter().find(|line| line.contains("poll 1 in"));
        assert!(!usual.unwrap().contains("unusually"), "{said:#?}");
    }
}

#[tokio::test]
async fn an_endless_wait_in_a_note_of_an_older_version_is_a_week() {
    let stage = stage(vec![busy()]).await;
    stage.fetch().await;
    let (noted, _) = jobs::list(&stage.session).unwrap();
    let key = noted[0].id.clone();
    let orders = Intents::open(stage.folder.path()).unwrap();
    let claim = orders.claim(&key).unwrap();
    let note = claim.read().unwrap().unwrap();
    let never = note.ordered_at + TimeDelta::days(36_500);
    let endless = Intent {
        not_before: Some(never),
        named_wait: Some(36_500 * 24 * 3600),
        ..note
    };
    claim.write(&endless).unwrap();
    drop(claim);
    stage.server.queue(report_answers("5"));
    let order = within(8 * DAY, Api::Details);
    let (outcome, _) = fetch(&stage.next_run(), &order, Metric::Actual).await;
    assert_eq!(outcome.status(), "ready", "{outcome:?}");
}
