//! The real client against the emulator, over HTTP, without waiting.

use crate::support::World;
use crate::support::hostile::{Answer, EA, failure, fetch, order_both, stage};
use crate::support::report_answers::report_answers;
use chrono::TimeDelta;
use costscope::domain::metric::Metric;
use costscope::domain::period::{DateRange, Month, Period};
use costscope::domain::report::request::Api;
use costscope::ops::explore::open;
use costscope::ops::orders::order_spec::OrderSpec;
use costscope::ops::orders::outcome;
use costscope::ops::orders::outcome::PartOutcome;
use costscope::ops::orders::report;
use costscope::store::orders::intents::{Intent, Intents};

fn october() -> DateRange {
    Month::parse("2026-10").unwrap().range()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_operations_and_metrics_give_a_pair_without_a_residual() {
    for api in [Api::Details, Api::Detailed] {
        let world = World::new("").await;
        let order = order_both(EA, api);
        let mut keys = Vec::new();
        for metric in [Metric::Actual, Metric::Amortized] {
            let (outcome, _) = fetch(&world.session, &order, metric).await;
            assert_eq!(
                outcome.status(),
                "ready",
                "{api:?} {metric}: {:?}",
                outcome.why()
            );
            keys.push(outcome.key().unwrap().as_str().to_owned());
        }
        let record = world.emulator.record();
        assert_eq!(
            (record.early_polls, record.leaked_tokens),
            (0, 0),
            "{api:?}"
        );
        let open = |key: &String| {
            open::open_in(
                &world.session,
                (&open::Progress::default(), None),
                std::slice::from_ref(key),
            )
            .unwrap()
            .data
        };
        let compared = open::compare(
            &open(&keys[0]),
            &open(&keys[1]),
            &[],
            None,
            Default::default(),
        )
        .unwrap();
        assert!(compared.closed && compared.currencies[0].bridge.adds_up());
        assert_ne!(compared.currencies[0].bridge.purchases.units(), 0);
    }
}

#[tokio::test]
async fn a_closed_month_is_used_again_and_refresh_orders_anew() {
    let world = World::new("").await;
    let mut order = order_both(EA, Api::Details);
    fetch(&world.session, &order, Metric::Actual).await;
    let asked = world.emulator.record().requests.len();
    world.clock.forward(TimeDelta::days(300));
    let (again, _) = fetch(&world.session, &order, Metric::Actual).await;
    assert!(matches!(
        again,
        PartOutcome::Ready {
            from_ledger: true,
            ..
        }
    ));
    assert_eq!(
        world.emulator.record().requests.len(),
        asked,
        "nothing was asked"
    );
    order.refresh = true;
    let (anew, _) = fetch(&world.session, &order, Metric::Actual).await;
    assert!(matches!(
        anew,
        PartOutcome::Ready {
            from_ledger: false,
            ..
        }
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn chosen_api_is_not_answered_from_another_api() {
    let world = World::new("").await;
    let first = order_both(EA, Api::Details);
    fetch(&world.session, &first, Metric::Actual).await;
    let again = fetch(&world.session, &first, Metric::Actual).await.0;
    assert!(matches!(
        again,
        PartOutcome::Ready {
            from_ledger: true,
            ..
        }
    ));
    let (other, _) = fetch(
        &world.session,
        &order_both(EA, Api::Detailed),
        Metric::Actual,
    )
    .await;
    assert!(
        matches!(&other, PartOutcome::Ready { from_ledger: false, entry } if entry.api == Api::Detailed),
        "{other:?}"
    );
    let any = OrderSpec {
        api: None,
        ..order_both(EA, Api::Details)
    };
    let any = fetch(&world.session, &any, Metric::Actual).await.0;
    assert!(matches!(
        any,
        PartOutcome::Ready {
            from_ledger: true,
            ..
        }
    ));
}

#[tokio::test]
async fn the_server_says_how_long_it_took_and_how_long_its_links_work() {
    let body = |code: &str| {
        format!(
            "{{\"id\":\"x\",\"status\":\"Completed\",\"startTime\":\"2026-11-22T09:00:00.8762706Z\",\"endTime\":\"2026-11-22T09:04:12.9Z\",\"properties\":{{\"downloadUrl\":\"/armreports/1?sig=x\",\"validTill\":\"2026-11-22T21:06:19.9295378Z\"}},\"error\":{{\"code\":{code},\"message\":null}}}}"
        )
    };
    for code in ["0", "\"0\"", "\"\""] {
        let stage = stage(vec![
            Answer::new(202)
                .header("location", "/operationStatus/1?api-version=2021-10-01")
                .header("retry-after", "1"),
            Answer::new(200).body(body(code)),
            Answer::new(200).body("Cost,BillingCurrency,Date\n1.5,EUR,10/01/2026\n"),
        ])
        .await;
        let (outcome, _) = fetch(
            &stage.session,
            &order_both(EA, Api::Detailed),
            Metric::Actual,
        )
        .await;
        let times = outcome
            .entry()
            .unwrap_or_else(|| panic!("{code}: {:?}", outcome.why()))
            .times
            .unwrap();
        assert_eq!(times.took().unwrap(), "4 min 12 s");
        assert_eq!(
            times.valid_till.unwrap().to_rfc3339(),
            "2026-11-22T21:06:19.929537800+00:00"
        );
    }
    // A success has no error; for a failed report, a code of 0 gives no reason either.
    let failed = "{\"status\":\"Failed\",\"error\":{\"code\":\"0\",\"message\":null}}";
    let stage = stage(vec![
        Answer::new(202)
            .header("location", "/operationStatus/1?api-version=2021-10-01")
            .header("retry-after", "1"),
        Answer::new(200).body(failed),
    ])
    .await;
    let (outcome, _) = fetch(
        &stage.session,
        &order_both(EA, Api::Detailed),
        Metric::Actual,
    )
    .await;
    let message = failure(outcome).message().to_owned();
    assert!(
        message.contains("gave no reason") && !message.contains(": 0"),
        "{message}"
    );
}

#[tokio::test]
async fn expired_links_are_asked_about_once_more() {
    let world = World::new("dead-links = 1").await;
    let (outcome, told) = fetch(
        &world.session,
        &order_both(EA, Api::Details),
        Metric::Actual,
    )
    .await;
    assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
    assert!(
        told.iter().all(|news| news.note.is_none()),
        "the same order is asked again, nothing is ordered anew"
    );
    let world = World::new("dead-links = 1000000").await;
    let (outcome, _) = fetch(
        &world.session,
        &order_both(EA, Api::Details),
        Metric::Actual,
    )
    .await;
    assert!(failure(outcome).message().contains("new download links"));
    assert!(
        world.emulator.record().requests.len() < 20,
        "no endless asking"
    );
}

#[tokio::test]
async fn cut_downloads_go_on_where_they_broke_off() {
    let world = World::new("cut-downloads = 2").await;
    let (outcome, _) = fetch(
        &world.session,
        &order_both(EA, Api::Details),
        Metric::Actual,
    )
    .await;
    let whole = World::new("").await;
    let (expected, _) = fetch(
        &whole.session,
        &order_both(EA, Api::Details),
        Metric::Actual,
    )
    .await;
    assert_eq!(
        outcome.entry().unwrap().sha256,
        expected.entry().unwrap().sha256
    );
}

#[tokio::test]
async fn a_wrong_checksum_is_exit_six_and_leaves_nothing() {
    let world = World::new("wrong-md5 = 9").await;
    let (outcome, _) = fetch(
        &world.session,
        &order_both(EA, Api::Details),
        Metric::Actual,
    )
    .await;
    let failed = failure(outcome);
    assert_eq!(failed.exit_code(), 6);
    assert!(failed.message().contains("Content-MD5"));
    assert!(world.session.ledger().list().unwrap().entries.is_empty());
    assert!(
        std::fs::read_dir(world.folder.path().join("downloads"))
            .unwrap()
            .next()
            .is_none(),
        "half files are gone"
    );
}

#[tokio::test]
async fn empty_and_failing_scenarios_say_why() {
    for (script, status, code) in [
        ("ending = \"no-data-found\"", "empty", 3),
        ("ending = \"no-content\"", "empty", 3),
        ("ending = \"header-only\"", "empty", 3),
        ("ending = \"failed\"", "failed", 1),
    ] {
        for api in [Api::Details, Api::Detailed] {
            let world = World::new(script).await;
            let (outcome, _) = fetch(&world.session, &order_both(EA, api), Metric::Actual).await;
            assert_eq!(outcome.status(), status, "{script} {api:?}");
            assert!(!outcome.why().unwrap().is_empty());
            assert_eq!(outcome::exit_code(&[outcome]), code, "{script}");
        }
    }
}

#[tokio::test]
async fn refused_scopes_name_the_reason_and_the_exit_code() {
    let world = World::new("").await;
    let cases = [
        ("77b0f3d1-0001-4c8e-b2a4-13579bdf12de", 1, "Usage Details"),
        (
            "10cced00-0001-4d9f-8c3b-fedcba987654",
            4,
            "Cost Management Reader",
        ),
        ("00000000-0000-4000-8000-000000000000", 1, "not found"),
    ];
    for (scope, code, words) in cases {
        let failed = failure(
            fetch(
                &world.session,
                &order_both(scope, Api::Details),
                Metric::Actual,
            )
            .await
            .0,
        );
        assert_eq!(failed.exit_code(), code, "{scope}");
        assert!(
            failed.message().contains(words) && failed.message().contains("request id"),
            "{}",
            failed.message()
        );
    }
    let group = order_both(
        "providers/Microsoft.Management/managementGroups/mg-prod",
        Api::Details,
    );
    let refused = report::plan(&group, october().to).unwrap_err();
    assert_eq!(refused.exit_code(), 2);
}

#[tokio::test]
async fn an_invoice_is_ordered_at_its_billing_profile() {
    let world = World::new("").await;
    let scope = format!(
        "providers/Microsoft.Billing/billingAccounts/{}/billingProfiles/KQ7L-HM2T-BG7-PGB",
        costscope::emulator::bills::accounts::MCA_ACCOUNT
    );
    let order = OrderSpec {
        period: Period::Invoice("G20261001".to_owned()),
        ..order_both(&scope, Api::Details)
    };
    let (outcome, _) = fetch(&world.session, &order, Metric::Actual).await;
    assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
    assert_eq!(outcome.totals()[0].currency.as_deref(), Some("EUR"));
}

#[tokio::test]
async fn the_order_of_a_stored_report_is_put_away_and_another_one_is_kept() {
    let stage = stage(report_answers("5")).await;
    let order = order_both(EA, Api::Details);
    let (first, _) = fetch(&stage.session, &order, Metric::Actual).await;
    let entry = first.entry().unwrap();
    let downloads = stage.folder.path().join("downloads");
    let downloads = downloads.join(entry.key.as_str());
    let intents = Intents::open(stage.folder.path()).unwrap();
    let left = || {
        (
            intents.read(&entry.key).unwrap().is_some(),
            downloads.exists(),
        )
    };
    assert_eq!(left(), (false, false));
    // A run that is killed right after it has stored a report leaves its note and its downloads. A later order of the same
    // report may still be running on the server.
    for (seconds, is_kept) in [(0, false), (1, true)] {
        let ordered_at = entry.fetched_at + TimeDelta::seconds(seconds);
        let note = Intent {
            poll_url: Some(format!("{}/x/poll/1", stage.server.url)),
            ..Intent::new(&entry.request, ordered_at, Api::Details)
        };
        intents.claim(&entry.key).unwrap().write(&note).unwrap();
        std::fs::create_dir_all(&downloads).unwrap();
        std::fs::write(downloads.join("blob-0.csv.part"), "Cost\n").unwrap();
        let (again, _) = fetch(&stage.next_run(), &order, Metric::Actual).await;
        let is_stored = matches!(
            again,
            PartOutcome::Ready {
                from_ledger: true,
                ..
            }
        );
        assert!(is_stored, "{again:?}");
        assert_eq!(left(), (is_kept, is_kept), "{seconds} s later");
    }
    assert_eq!(stage.server.seen().len(), 3, "nothing is requested again");
}
