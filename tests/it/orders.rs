//! The real client against the emulator and against misbehaving servers, over HTTP, without waiting.

use crate::support::hostile::{Answer, Stage, fetch, request, stage};
use crate::support::{JumpingClock, World, october_of, session};
use chrono::TimeDelta;
use costscope::domain::metric::{Metric, MetricChoice};
use costscope::domain::period::{DateRange, Month, Period};
use costscope::domain::report::reply::Failure;
use costscope::domain::report::request::Api;
use costscope::ops::explore::open;
use costscope::ops::orders::order_spec::Order;
use costscope::ops::orders::outcome::{self, Outcome, Progress};
use costscope::ops::orders::report;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

fn october() -> DateRange {
    Month::parse("2026-10").unwrap().range()
}

fn order(scope: &str, api: Api) -> Order {
    Order {
        metric: MetricChoice::Both,
        api: Some(api),
        ..october_of(scope)
    }
}

fn failure(outcome: Outcome) -> Failure {
    match outcome {
        Outcome::Failed(failure) => failure,
        other => panic!("not failed: {other:?}"),
    }
}

const EA: &str = "8608480";

#[tokio::test(flavor = "multi_thread")]
async fn both_operations_and_metrics_give_a_pair_without_a_residual() {
    for api in [Api::Details, Api::Detailed] {
        let world = World::new("").await;
        let order = order(EA, api);
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
                &open::Progress::default(),
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
    let mut order = order(EA, Api::Details);
    fetch(&world.session, &order, Metric::Actual).await;
    let asked = world.emulator.record().requests.len();
    world.clock.forward(TimeDelta::days(300));
    let (again, _) = fetch(&world.session, &order, Metric::Actual).await;
    assert!(matches!(
        again,
        Outcome::Ready {
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
        Outcome::Ready {
            from_ledger: false,
            ..
        }
    ));
}

#[tokio::test]
async fn every_retry_header_is_kept_and_no_poll_comes_early() {
    let throttled = include_str!("../../assets/scenarios/throttled.toml");
    for as_date in ["", "retry-after-as-date = true\n"] {
        let world = World::new(&format!("{as_date}{throttled}")).await;
        let (outcome, told) = fetch(&world.session, &order(EA, Api::Details), Metric::Actual).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn a_way_that_was_chosen_is_not_answered_by_what_came_another_way() {
    let world = World::new("").await;
    let first = order(EA, Api::Details);
    fetch(&world.session, &first, Metric::Actual).await;
    let again = fetch(&world.session, &first, Metric::Actual).await.0;
    assert!(matches!(
        again,
        Outcome::Ready {
            from_ledger: true,
            ..
        }
    ));
    let (other, _) = fetch(&world.session, &order(EA, Api::Detailed), Metric::Actual).await;
    assert!(
        matches!(&other, Outcome::Ready { from_ledger: false, entry } if entry.api == Api::Detailed),
        "{other:?}"
    );
    let any = Order {
        api: None,
        ..order(EA, Api::Details)
    };
    let any = fetch(&world.session, &any, Metric::Actual).await.0;
    assert!(matches!(
        any,
        Outcome::Ready {
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
        let (outcome, _) = fetch(&stage.session, &order(EA, Api::Detailed), Metric::Actual).await;
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
    let (outcome, _) = fetch(&stage.session, &order(EA, Api::Detailed), Metric::Actual).await;
    let message = failure(outcome).message().to_owned();
    assert!(
        message.contains("gave no reason") && !message.contains(": 0"),
        "{message}"
    );
}

#[tokio::test]
async fn expired_links_are_asked_about_once_more() {
    let world = World::new("dead-links = 1").await;
    let (outcome, told) = fetch(&world.session, &order(EA, Api::Details), Metric::Actual).await;
    assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
    assert!(
        told.iter().all(|news| news.note.is_none()),
        "the same order is asked again, nothing is ordered anew"
    );
    let world = World::new("dead-links = 1000000").await;
    let (outcome, _) = fetch(&world.session, &order(EA, Api::Details), Metric::Actual).await;
    assert!(failure(outcome).message().contains("new download links"));
    assert!(
        world.emulator.record().requests.len() < 20,
        "no endless asking"
    );
}

#[tokio::test]
async fn cut_downloads_go_on_where_they_broke_off() {
    let world = World::new("cut-downloads = 2").await;
    let (outcome, _) = fetch(&world.session, &order(EA, Api::Details), Metric::Actual).await;
    let whole = World::new("").await;
    let (expected, _) = fetch(&whole.session, &order(EA, Api::Details), Metric::Actual).await;
    assert_eq!(
        outcome.entry().unwrap().sha256,
        expected.entry().unwrap().sha256
    );
}

#[tokio::test]
async fn a_wrong_checksum_is_exit_six_and_leaves_nothing() {
    let world = World::new("wrong-md5 = 9").await;
    let (outcome, _) = fetch(&world.session, &order(EA, Api::Details), Metric::Actual).await;
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
            let (outcome, _) = fetch(&world.session, &order(EA, api), Metric::Actual).await;
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
            fetch(&world.session, &order(scope, Api::Details), Metric::Actual)
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
    let group = order(
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
        costscope::emulator::accounts::MCA_ACCOUNT
    );
    let order = Order {
        period: Period::Invoice("G20261001".to_owned()),
        ..order(&scope, Api::Details)
    };
    let (outcome, _) = fetch(&world.session, &order, Metric::Actual).await;
    assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
    assert_eq!(outcome.totals()[0].currency.as_deref(), Some("EUR"));
}

// ---- misbehaving servers ----

const POLL: &str = "{url}/x/poll/1?api-version=2025-03-01";

fn accepted() -> Answer {
    Answer::new(202)
        .header("LOCATION", POLL)
        .header("rEtRy-AfTeR", "5")
}

fn completed(link: &str) -> Answer {
    let body = format!(
        "{{\"surprise\":[1],\"name\":\"1\",\"status\":\"Completed\",\"manifest\":{{\"new\":{{}},\"dataFormat\":\"CSV\",\"blobCount\":1,\
         \"blobs\":[{{\"blobLink\":\"{link}\",\"byteCount\":5}}]}},\"validTill\":\"2026-11-22T22:08:46.1973252Z\"}}"
    );
    Answer::new(200)
        .header("content-type", "application/json")
        .body(body)
}

const CSV: &str = "Cost,BillingCurrency,Date\n1.5,EUR,10/01/2026\n";

fn blob() -> Answer {
    Answer::new(200).body(CSV)
}

impl Stage {
    async fn fetch(&self) -> Outcome {
        fetch(&self.session, &order(EA, Api::Details), Metric::Actual)
            .await
            .0
    }

    fn noted(&self) -> bool {
        let folder = self.folder.path().join("jobs");
        std::fs::read_dir(folder).unwrap().any(|item| {
            item.unwrap()
                .path()
                .extension()
                .is_some_and(|ending| ending == "json")
        })
    }
}

#[tokio::test]
async fn another_server_works_as_the_documents_describe() {
    let stage = stage(vec![
        accepted(),
        Answer::new(202),
        completed("{url}/blob?sig=secret"),
        blob(),
    ])
    .await;
    let outcome = stage.fetch().await;
    assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
    let seen = stage.server.seen();
    assert_eq!(
        seen[0].line,
        "POST /providers/Microsoft.Billing/billingAccounts/8608480/providers/Microsoft.CostManagement/generateCostDetailsReport?api-version=2025-03-01"
    );
    let body: serde_json::Value = serde_json::from_str(&seen[0].body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({ "metric": "ActualCost", "timePeriod": { "start": "2026-10-01", "end": "2026-10-31" } })
    );
    let header = |at: usize, name: &str| {
        seen[at]
            .headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    };
    assert_eq!(
        header(0, "authorization"),
        Some("Bearer costscope-loopback")
    );
    assert_eq!(header(0, "clienttype"), Some("costscope"));
    assert_eq!(
        seen[1].line, "GET /x/poll/1?api-version=2025-03-01",
        "links are followed as given"
    );
    assert_eq!(header(3, "authorization"), None, "the token stays with ARM");
}

#[tokio::test]
async fn status_objects_error_zero_and_relative_links_are_read() {
    let body = "{\"status\":{\"status\":\"Completed\"},\"properties\":{\"downloadUrl\":\"/blob?sig=x\",\"validTill\":\"2020-12-08T05:55:59.4394737Z\"},\"error\":{\"code\":\"0\",\"message\":null}}";
    let queued = "{\"status\":\"Queued\",\"error\":{\"code\":0,\"message\":null}}";
    let relative = Answer::new(202).header("azure-asyncoperation", "/status/1");
    let stage = stage(vec![
        relative,
        Answer::new(200).body(queued),
        Answer::new(200).body(body),
        blob(),
    ])
    .await;
    let outcome = stage.fetch().await;
    assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
}

#[tokio::test]
async fn links_to_other_hosts_are_refused_and_the_order_stays_noted() {
    for answers in [
        vec![Answer::new(202).header("location", "http://evil.example/poll")],
        vec![Answer::new(202).header("location", "http://127.0.0.1:1/poll")],
        vec![accepted(), completed("http://evil.example/blob?sig=secret")],
        vec![
            accepted(),
            Answer::new(307).header("location", "{url}/elsewhere"),
        ],
        vec![
            accepted(),
            completed("{url}/blob?sig=secret"),
            Answer::new(302).header("location", "http://evil.example/"),
        ],
    ] {
        let stage = stage(answers.clone()).await;
        let failed = failure(stage.fetch().await);
        assert!(
            matches!(failed, Failure::ForeignLink { .. }),
            "{answers:?}: {failed:?}"
        );
        assert!(!failed.message().contains("secret"));
        assert!(stage.noted(), "{answers:?}");
    }
}

#[tokio::test]
async fn unreadable_answers_never_show_a_signed_link() {
    let bodies = [
        "{\"status\":\"Completed\",\"manifest\":{\"blobs\":[\"{url}/b?sig=SECRETSIG\"]}}",
        "{\"status\":\"Completed\",\"properties\":\"{url}/b?sig=SECRETSIG\"}",
        "<html>sig=SECRETSIG</html>",
        "{}",
        "",
    ];
    for body in bodies {
        let stage = stage(vec![accepted(), Answer::new(200).body(body)]).await;
        let failed = failure(stage.fetch().await);
        assert!(
            matches!(failed, Failure::Unreadable { .. }),
            "{body}: {failed:?}"
        );
        assert!(
            !failed.message().contains("SECRETSIG"),
            "{}",
            failed.message()
        );
        assert!(stage.noted(), "{body}");
    }
}

#[tokio::test]
async fn an_accepted_report_is_asked_about_by_the_next_run_and_not_ordered_again() {
    let stage = stage(vec![accepted(), Answer::new(200).body("not json")]).await;
    stage.fetch().await;
    stage.server.queue(vec![
        Answer::new(202),
        completed("{url}/blob?sig=x"),
        blob(),
    ]);
    let outcome = stage.fetch().await;
    assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
    assert_eq!(stage.server.count("POST"), 1);
    assert!(!stage.noted(), "what is stored is not asked about again");
}

#[tokio::test]
async fn an_order_without_an_answer_needs_a_word_from_the_user() {
    let stage = stage(vec![Answer::new(202)]).await;
    assert!(matches!(
        failure(stage.fetch().await),
        Failure::Unreadable { .. }
    ));
    let again = failure(stage.fetch().await);
    assert!(
        matches!(&again, Failure::Undecided { message } if message.contains("--refresh")),
        "{again:?}"
    );
    assert_eq!(stage.server.count("POST"), 1);
    stage
        .server
        .queue(vec![accepted(), completed("{url}/blob?sig=x"), blob()]);
    let anew = Order {
        refresh: true,
        ..order(EA, Api::Details)
    };
    let (outcome, _) = fetch(&stage.session, &anew, Metric::Actual).await;
    assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
}

#[tokio::test]
async fn an_order_that_never_left_is_forgotten() {
    let folder = TempDir::new().unwrap();
    // Port 1 has no listener.
    let session = session("http://127.0.0.1:1", folder.path(), JumpingClock::new());
    for _ in 0..2 {
        let failed = failure(
            fetch(&session, &order(EA, Api::Details), Metric::Actual)
                .await
                .0,
        );
        assert!(
            matches!(&failed, Failure::Unreachable { message } if message.contains("127.0.0.1")),
            "{failed:?}"
        );
    }
}

#[tokio::test]
async fn a_401_is_answered_with_one_new_token_and_then_given_up() {
    let refused = || {
        Answer::new(401)
            .body("{\"error\":{\"code\":\"ExpiredAuthenticationToken\",\"message\":\"old\"}}")
    };
    let stage = stage(vec![
        refused(),
        accepted(),
        completed("{url}/blob?sig=x"),
        blob(),
    ])
    .await;
    assert_eq!(stage.fetch().await.status(), "ready");
    let stage = self::stage(vec![refused(), refused()]).await;
    let failed = failure(stage.fetch().await);
    assert_eq!((failed.exit_code(), stage.server.count("POST")), (4, 2));
}

#[tokio::test]
async fn lengths_and_ranges_must_hold() {
    let wrong_range = Answer::new(206)
        .header("content-range", "bytes 0-4/9000000")
        .body("Cost,");
    // Long enough for some of it to arrive before the connection breaks.
    let long = format!("{CSV}{}", "1,EUR,10/01/2026\n".repeat(40_000));
    let short = || {
        Answer::new(200)
            .header("content-length", "9000000")
            .body(long.clone())
    };
    let range = |text: &str| Answer::new(206).header("content-range", text).body("x");
    for downloads in [
        vec![short(), wrong_range],
        vec![short(), range("bytes 46-8999999/9000000")],
        vec![short(), range("bytes 45-44/9000000")],
        vec![blob().header("content-md5", "not base64 !")],
    ] {
        let mut answers = vec![accepted(), completed("{url}/blob?sig=x")];
        answers.extend(downloads.clone());
        let stage = stage(answers).await;
        let failed = failure(stage.fetch().await);
        let last = downloads.last().map(|answer| &answer.headers);
        assert_eq!(failed.exit_code(), 6, "{last:?}: {failed:?}");
    }
}

#[tokio::test]
async fn a_report_for_something_else_is_not_stored() {
    let body = "{\"status\":\"Completed\",\"manifest\":{\"requestContext\":{\"requestBody\":{\"metric\":\"AmortizedCost\"}},\"blobs\":[{\"blobLink\":\"{url}/b\"}]}}";
    let stage = stage(vec![accepted(), Answer::new(200).body(body)]).await;
    assert!(
        failure(stage.fetch().await)
            .message()
            .contains("another metric or period")
    );
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
    let longer = Order {
        max_wait: Duration::from_secs(3 * 3600),
        ..order(EA, Api::Details)
    };
    let (outcome, told) = fetch(&stage.session, &longer, Metric::Actual).await;
    assert_eq!(failure(outcome).exit_code(), 5);
    let first = told.iter().find_map(|news| news.operation.wait()).unwrap();
    assert!(
        (first.until - first.since).num_seconds() >= 7199,
        "the named wait holds across runs"
    );
}

#[tokio::test]
async fn a_cancelled_order_is_still_known() {
    let stage = stage(vec![accepted()]).await;
    let order = order(EA, Api::Details);
    let stop = CancellationToken::new();
    let heard = stop.clone();
    let outcome = report::fetch(
        &stage.session,
        &order,
        &request(&order, Metric::Actual),
        &stop,
        |news: Progress| {
            if news.operation.wait().is_some() {
                heard.cancel();
            }
        },
    )
    .await;
    assert!(
        matches!(outcome, Outcome::Cancelled | Outcome::Failed(_)),
        "{outcome:?}"
    );
    assert!(stage.noted());
}

#[tokio::test]
async fn nothing_is_logged_or_stored_in_clear() {
    let stage = stage(vec![
        accepted(),
        completed("{url}/blob?sig=SECRETSIG"),
        blob(),
    ])
    .await;
    assert_eq!(stage.fetch().await.status(), "ready");
    fn search(folder: &Path) {
        for item in std::fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                search(&path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            assert!(
                !text.contains("SECRETSIG") && !text.contains("costscope-loopback"),
                "{}",
                path.display()
            );
            use std::os::unix::fs::PermissionsExt;
            let mode = path.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", path.display());
        }
    }
    search(stage.folder.path());
}

#[tokio::test]
async fn lists_follow_every_page_and_name_what_was_refused() {
    let world = World::new("").await;
    let found = costscope::ops::scopes::list(&world.session).await.unwrap();
    let names: Vec<&str> = found
        .scopes
        .iter()
        .map(|scope| scope.name.as_str())
        .collect();
    for name in [
        "Contoso Enrolment",
        "Retail",
        "Shared Platform",
        "Production",
        "mg-prod",
        "payg-sandbox",
        "locked-down",
    ] {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
    assert_eq!(
        names.iter().filter(|name| **name == "prod-online").count(),
        1
    );
    let refused = World::new("[[disturbances]]\nmeets = \"list\"\nstatus = 403\ntimes = 9\nbody = '{\"error\":{\"code\":\"AuthorizationFailed\"}}'").await;
    let error = costscope::ops::scopes::list(&refused.session)
        .await
        .unwrap_err();
    assert_eq!(error.exit_code(), 4);
}

#[tokio::test]
async fn an_endless_list_is_noticed() {
    let page = || Answer::new(200).body("{\"value\":[],\"nextLink\":\"{url}/again\"}");
    let stage = stage((0..6).map(|_| page()).collect()).await;
    let error = costscope::ops::scopes::list(&stage.session)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("form a loop"), "{error}");
}
