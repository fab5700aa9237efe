//! Regressions: orders that must stay recorded, pages that must be complete, settings that must not get in the way.

use crate::support::azure::Azure;
use crate::support::hostile::{self, Answer, Stage, stage};
use crate::support::{JumpingClock, october_of, program, run, session, stderr};
use costscope::domain::metric::{Metric, MetricChoice};
use costscope::domain::report::reply::Failure;
use costscope::domain::report::request::Api;
use costscope::domain::scope::ScopeId;
use costscope::ops::explore::open;
use costscope::ops::orders::jobs::{self, State};
use costscope::ops::orders::order_spec::Order;
use costscope::ops::orders::outcome::Outcome;
use costscope::ops::session::Session;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

const PAYG: &str = "77b0f3d1-0001-4c8e-b2a4-13579bdf12de";

fn order(api: Option<Api>) -> Order {
    Order {
        api,
        // For a subscription, the client first asks which API has its rows.
        ..october_of(api.map_or("8608480", |_| PAYG))
    }
}

async fn fetch(session: &Session, order: &Order, metric: Metric) -> Outcome {
    hostile::fetch(session, order, metric).await.0
}

impl Stage {
    /// A new run over the same data folder.
    fn next_run(&self) -> Session {
        session(&self.server.url, self.folder.path(), JumpingClock::new())
    }

    fn lines(&self) -> Vec<String> {
        let seen = self.server.seen().into_iter();
        seen.map(|seen| seen.line).collect()
    }
}

fn busy() -> Answer {
    Answer::new(429).header("retry-after", "7200")
}

fn page(day: &str, cost: &str, next: Option<&str>) -> Answer {
    let next = next.map_or("null".to_owned(), |link| format!("\"{link}\""));
    Answer::new(200).body(format!(
        "{{\"value\":[{{\"kind\":\"legacy\",\"properties\":{{\"cost\":{cost},\"date\":\"{day}\",\"billingCurrency\":\"EUR\"}}}}],\"nextLink\":{next}}}"
    ))
}

fn report_of(cost: &str) -> Vec<Answer> {
    vec![
        Answer::new(202)
            .header("location", "{url}/x/poll/1?api-version=2025-03-01")
            .header("retry-after", "5"),
        Answer::new(200).body(
            "{\"status\":\"Completed\",\"manifest\":{\"dataFormat\":\"Csv\",\"blobCount\":1,\"blobs\":[{\"blobLink\":\"{url}/blob?sig=1\"}]}}",
        ),
        Answer::new(200).body(format!("Cost,BillingCurrency,Date\n{cost},EUR,10/01/2026\n")),
    ]
}

fn total(outcome: &Outcome) -> String {
    let totals = outcome.totals();
    assert_eq!(totals.len(), 1, "{outcome:?}");
    totals[0].amount.to_string()
}

#[tokio::test]
async fn an_order_that_is_not_taken_yet_stays_noted_and_is_ordered_once_its_wait_is_over() {
    let stage = stage(vec![busy()]).await;
    let outcome = fetch(&stage.session, &order(None), Metric::Actual).await;
    assert!(
        matches!(outcome, Outcome::Failed(Failure::GaveUp { .. })),
        "{outcome:?}"
    );
    let (noted, _) = jobs::list(&stage.session).unwrap();
    assert_eq!(noted.len(), 1);
    assert_eq!(noted[0].state, State::Throttled);
    // Resuming after the wait is over sends the order that the server did not accept.
    stage.server.queue(report_of("5"));
    let outcome = fetch(
        &stage.session,
        &noted[0].order(Duration::from_secs(30_000)),
        Metric::Actual,
    )
    .await;
    assert_eq!((outcome.status(), total(&outcome)), ("ready", "5".into()));
    assert_eq!(stage.server.count("POST"), 2);
    assert!(jobs::list(&stage.session).unwrap().0.is_empty());
}

#[tokio::test]
async fn a_cancelled_order_is_out_of_the_list_and_asked_about_when_it_is_ordered_again() {
    let mut answers = report_of("7");
    answers.insert(1, busy());
    let accepted = answers.drain(..2).collect();
    let stage = stage(accepted).await;
    fetch(&stage.session, &order(None), Metric::Actual).await;
    let (noted, _) = jobs::list(&stage.session).unwrap();
    jobs::cancel(&stage.session, &noted[0].id).unwrap();
    assert!(jobs::list(&stage.session).unwrap().0.is_empty());
    stage.server.queue(answers);
    let again = Order {
        max_wait: Duration::from_secs(30_000),
        ..order(None)
    };
    let outcome = fetch(&stage.session, &again, Metric::Actual).await;
    assert_eq!((outcome.status(), total(&outcome)), ("ready", "7".into()));
    assert_eq!(
        stage.server.count("POST"),
        1,
        "the report was being made already"
    );
}

#[tokio::test]
async fn pages_that_are_not_all_here_any_more_are_asked_for_from_the_start() {
    let stage = stage(vec![
        page("2026-10-01", "1", Some("{url}/page2?t=1")),
        page("2026-10-02", "2", Some("{url}/page3?t=1")),
        busy(),
    ])
    .await;
    let wanted = order(Some(Api::Usage));
    fetch(&stage.session, &wanted, Metric::Actual).await;
    let pages = |folder: &TempDir| -> Vec<PathBuf> {
        let downloads = std::fs::read_dir(folder.path().join("downloads")).unwrap();
        let files = downloads.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
        let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|kind| kind == "json"));
        files.sort();
        files
    };
    let kept = pages(&stage.folder);
    assert_eq!(kept.len(), 2, "{kept:?}");
    std::fs::remove_file(&kept[0]).unwrap();
    stage.server.queue(vec![
        page("2026-10-01", "1", Some("{url}/page2?t=2")),
        page("2026-10-02", "2", None),
    ]);
    let longer = Order {
        max_wait: Duration::from_secs(30_000),
        ..wanted
    };
    let outcome = fetch(&stage.session, &longer, Metric::Actual).await;
    assert_eq!((outcome.status(), total(&outcome)), ("ready", "3".into()));
    let lines = stage.lines();
    let first = lines.iter().filter(|line| line.contains("usageDetails?"));
    assert_eq!(first.count(), 2, "{lines:?}");
    assert_eq!(lines.last().unwrap(), "GET /page2?t=2");
}

#[tokio::test]
async fn pages_that_cannot_be_read_do_not_stand_in_the_way_for_ever() {
    let stage = stage(vec![page("2026-10-01", "\"a lot\"", None)]).await;
    let wanted = order(Some(Api::Usage));
    let outcome = fetch(&stage.session, &wanted, Metric::Actual).await;
    let why = outcome.why().unwrap_or_default().to_owned();
    assert!(why.contains("a lot") && why.contains("cost"), "{outcome:?}");
    assert!(stage.session.ledger().list().unwrap().entries.is_empty());
    stage.server.queue(vec![page("2026-10-01", "4", None)]);
    let outcome = fetch(&stage.session, &wanted, Metric::Actual).await;
    assert_eq!((outcome.status(), total(&outcome)), ("ready", "4".into()));
}

#[tokio::test]
async fn usage_and_actual_cost_are_never_added_up() {
    let mut answers = report_of("5");
    answers.push(page("2026-10-01", "4", None));
    let stage = stage(answers).await;
    let actual = fetch(&stage.session, &order(None), Metric::Actual).await;
    let usage = Order {
        scope: ScopeId::parse("8608480").unwrap(),
        metric: MetricChoice::Usage,
        ..order(Some(Api::Usage))
    };
    let usage = fetch(&stage.session, &usage, Metric::Usage).await;
    assert_eq!((actual.status(), usage.status()), ("ready", "ready"));
    let entries = stage.session.ledger().list().unwrap().entries;
    let keys: Vec<String> = entries.keys().map(|key| key.as_str().to_owned()).collect();
    assert_eq!(keys.len(), 2);
    let said = open::open_in(&stage.session, &open::Progress::default(), &keys)
        .unwrap_err()
        .to_string();
    assert!(said.contains("never added up"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_quota_of_one_scope_holds_up_no_other() {
    let scope_busy = Answer::new(429)
        .header(
            "x-ms-ratelimit-microsoft.costmanagement-entity-retry-after",
            "600",
        )
        .header("retry-after", "5");
    let stage = stage(vec![scope_busy]).await;
    let short = Order {
        max_wait: Duration::from_secs(60),
        ..order(None)
    };
    fetch(&stage.session, &short, Metric::Actual).await;
    stage.server.queue(report_of("9"));
    let other = Order {
        scope: ScopeId::parse("1234567").unwrap(),
        ..short
    };
    let outcome = fetch(&stage.session, &other, Metric::Actual).await;
    assert_eq!((outcome.status(), total(&outcome)), ("ready", "9".into()));
}

#[test]
fn local_work_needs_no_certificates_and_the_network_names_the_file() {
    let folder = TempDir::new().unwrap();
    let missing = folder.path().join("missing.pem");
    let bundle = missing.display().to_string();
    let local = run(folder.path(), &["--ca-file", &bundle, "ledger", "list"]);
    assert_eq!(local.status.code(), Some(0), "{}", stderr(&local));
    let remote = run(folder.path(), &["--ca-file", &bundle, "scopes"]);
    assert!(!remote.status.success());
    assert!(
        stderr(&remote).contains("missing.pem"),
        "{}",
        stderr(&remote)
    );
}

#[cfg(unix)]
#[test]
fn an_environment_that_is_not_utf_8_is_no_reason_to_fail() {
    use std::os::unix::ffi::OsStrExt;
    let folder = TempDir::new().unwrap();
    let mut command = program();
    command
        .arg("--data-dir")
        .arg(folder.path())
        .args(["ledger", "list"])
        .env("COSTSCOPE_X", std::ffi::OsStr::from_bytes(b"\xff\xfe"));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxys_password_is_never_said() {
    let azure = Azure::start(|_, _| Answer::new(404)).await;
    azure.install(
        "az",
        "echo '{\"accessToken\":\"x\",\"expires_on\":4102444800}'",
    );
    let data = TempDir::new().unwrap();
    let mut command = azure.program(data.path());
    command
        .args(["doctor"])
        .env("HTTPS_PROXY", "http://someone:pr0xyW0rd@127.0.0.1:1");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        stderr(&output)
    );
    assert!(
        said.contains("HTTPS_PROXY") && !said.contains("pr0xyW0rd"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_is_not_sent_a_second_time() {
    let turn = std::sync::atomic::AtomicU32::new(0);
    let azure = Azure::start(move |host, seen| {
        if host.starts_with("login.") {
            let number = turn.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            return Answer::new(200)
                .header("content-type", "application/json")
                .body(format!(
                    "{{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"token-{number}\"}}"
                ));
        }
        let bearer = seen.headers.iter().find(|(name, _)| name == "authorization");
        if bearer.is_some_and(|(_, value)| value == "Bearer token-0") {
            return Answer::new(401);
        }
        Answer::new(200)
            .header("content-type", "application/json")
            .body("{\"value\":[]}")
    })
    .await;
    let data = TempDir::new().unwrap();
    let mut command = azure.program(data.path());
    command
        .args(["scopes", "--auth", "secret"])
        .env("AZURE_TENANT_ID", "11111111-1111-4111-8111-111111111111")
        .env("AZURE_CLIENT_ID", "22222222-2222-4222-8222-222222222222")
        .env("AZURE_CLIENT_SECRET", "s3cr3t");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    // An empty list is a valid answer; a second 401 would be exit 4.
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let refused = azure
        .seen()
        .iter()
        .filter(|(_, seen)| {
            seen.headers
                .iter()
                .any(|(_, value)| value == "Bearer token-0")
        })
        .count();
    assert!(refused > 0, "the first token was tried");
}

#[tokio::test]
async fn a_refresh_that_is_never_sent_leaves_the_earlier_order_noted() {
    let mut answers = report_of("7");
    answers.insert(1, busy());
    let accepted = answers.drain(..2).collect();
    let stage = stage(accepted).await;
    fetch(&stage.session, &order(None), Metric::Actual).await;
    // The new order is refused; the report accepted earlier can still be polled.
    stage.server.queue(vec![Answer::new(403).body("{}")]);
    let anew = Order {
        refresh: true,
        ..order(None)
    };
    let outcome = fetch(&stage.next_run(), &anew, Metric::Actual).await;
    assert!(
        matches!(outcome, Outcome::Failed(Failure::NotAllowed { .. })),
        "{outcome:?}"
    );
    stage.server.queue(answers);
    let again = Order {
        max_wait: Duration::from_secs(30_000),
        ..order(None)
    };
    let outcome = fetch(&stage.session, &again, Metric::Actual).await;
    assert_eq!((outcome.status(), total(&outcome)), ("ready", "7".into()));
    assert_eq!(stage.server.count("POST"), 2);
}

#[tokio::test]
async fn an_undecided_order_stays_undecided_when_it_is_cancelled() {
    let stage = stage(vec![Answer::new(202)]).await;
    fetch(&stage.session, &order(None), Metric::Actual).await;
    let (noted, _) = jobs::list(&stage.session).unwrap();
    assert_eq!(noted[0].state, State::Undecided);
    jobs::cancel(&stage.session, &noted[0].id).unwrap();
    let outcome = fetch(&stage.session, &order(None), Metric::Actual).await;
    assert!(
        matches!(outcome, Outcome::Failed(Failure::Undecided { .. })),
        "{outcome:?}"
    );
    assert_eq!(stage.server.count("POST"), 1);
}

#[tokio::test]
async fn a_cancelled_wait_still_counts_for_the_next_order() {
    let stage = stage(vec![busy()]).await;
    fetch(&stage.session, &order(None), Metric::Actual).await;
    let (noted, _) = jobs::list(&stage.session).unwrap();
    jobs::cancel(&stage.session, &noted[0].id).unwrap();
    for refresh in [false, true] {
        let early = Order {
            refresh,
            max_wait: Duration::from_secs(60),
            ..order(None)
        };
        let outcome = fetch(&stage.next_run(), &early, Metric::Actual).await;
        assert!(
            matches!(outcome, Outcome::Failed(Failure::GaveUp { .. })),
            "{outcome:?}"
        );
    }
    assert_eq!(stage.server.count("POST"), 1, "nothing was sent early");
}

#[tokio::test]
async fn a_page_without_rows_is_no_end_of_the_list() {
    let troubles = || Answer::new(200).body("{\"error\":{\"code\":\"GatewayTimeout\"}}");
    let stage = stage(vec![
        page("2026-10-01", "1", Some("{url}/page2?t=1")),
        troubles(),
        page("2026-10-02", "2", None),
    ])
    .await;
    let outcome = fetch(&stage.session, &order(Some(Api::Usage)), Metric::Actual).await;
    assert_eq!((outcome.status(), total(&outcome)), ("ready", "3".into()));
    let lost = self::stage(vec![
        page("2026-10-01", "1", Some("{url}/page2?t=1")),
        troubles(),
        troubles(),
        troubles(),
        troubles(),
        troubles(),
        troubles(),
    ])
    .await;
    let outcome = fetch(&lost.session, &order(Some(Api::Usage)), Metric::Actual).await;
    assert_eq!(outcome.status(), "failed", "{outcome:?}");
    assert!(lost.session.ledger().list().unwrap().entries.is_empty());
}

#[tokio::test]
async fn a_report_is_no_newer_than_its_order() {
    let mut answers = report_of("7");
    answers.insert(1, busy());
    let stage = stage(answers).await;
    let before = stage.session.clock().now();
    let patient = Order {
        max_wait: Duration::from_secs(30_000),
        ..order(None)
    };
    let outcome = fetch(&stage.session, &patient, Metric::Actual).await;
    assert_eq!(outcome.status(), "ready", "{outcome:?}");
    let after = stage.session.clock().now();
    assert!(
        after - before > chrono::TimeDelta::hours(1),
        "it took hours"
    );
    let entries = stage.session.ledger().list().unwrap().entries;
    let fetched_at = entries.values().next().unwrap().fetched_at;
    assert!(fetched_at - before < chrono::TimeDelta::minutes(1));
}
