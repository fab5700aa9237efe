//! Jobs that outlive the session: recorded before they are sent, resumed by the next run, ordered once.

use crate::support::hostile::{
    Answer, EA, Hostile, failure, fetch, fetch_actual, fetch_outcome, october_order, only_total,
    order_both, order_by, request, stage,
};
use crate::support::report_answers::{ROW, accepted, blob, busy, completed, report_answers};
use crate::support::{JumpingClock, document, run, session, stderr};
use costscope::domain::metric::Metric;
use costscope::domain::report::reply::Failure;
use costscope::domain::report::request::Api;
use costscope::ops::orders::jobs;
use costscope::ops::orders::jobs::JobState;
use costscope::ops::orders::order_spec::OrderSpec;
use costscope::ops::orders::outcome::{PartOutcome, Progress};
use costscope::ops::orders::report;
use costscope::ops::session::Session;
use std::path::Path;
use std::process::Output;
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// Runs the program against a server, off the async threads.
async fn program(server: &Hostile, folder: &Path, arguments: &[&str]) -> Output {
    let url = server.url.clone();
    let folder = folder.to_owned();
    let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
    tokio::task::spawn_blocking(move || {
        let mut all = vec!["--endpoint", url.as_str()];
        all.extend(arguments.iter().map(String::as_str));
        run(&folder, &all)
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn a_cut_download_goes_on_in_the_next_run_if_the_file_is_still_the_same() {
    let csv = format!("Cost,BillingCurrency,Date\n{}", ROW.repeat(60_000));
    let part = csv.len() / 2;
    let first = || {
        Answer::new(200)
            .header("etag", "\"0x8D1\"")
            .header("content-length", csv.len().to_string())
            .body(csv[..part].to_owned())
    };
    for same in [true, false] {
        let server = Hostile::start(vec![
            accepted(),
            completed("{url}/blob?sig=ONE"),
            first(),
            busy(),
        ])
        .await;
        let folder = TempDir::new().unwrap();
        let session = session(&server.url, folder.path(), JumpingClock::new());
        let outcome = fetch_actual(&session, &october_order()).await;
        assert!(
            matches!(&outcome, PartOutcome::Failed(Failure::GaveUp { .. })),
            "{outcome:?}"
        );
        let (noted, _) = jobs::list(&session).unwrap();
        assert_eq!(
            (noted.len(), noted[0].state, noted[0].polls),
            (1, JobState::Generating, 1)
        );
        let downloads = folder.path().join("downloads").join(noted[0].id.as_str());
        let have = std::fs::metadata(downloads.join("blob-0.csv.part"))
            .unwrap()
            .len();
        assert!(have > 0 && have <= part as u64, "{have}");
        let left = &csv[usize::try_from(have).unwrap()..];
        let range = format!("bytes {have}-{}/{}", csv.len() - 1, csv.len());
        let rest = if same {
            Answer::new(206)
                .header("content-range", range)
                .header("etag", "\"0x8D1\"")
                .body(left.to_owned())
        } else {
            Answer::new(200)
                .header("etag", "\"0x8D2\"")
                .body(csv.clone())
        };
        server.queue(vec![completed("{url}/blob?sig=TWO"), rest]);
        let again = self::session(&server.url, folder.path(), JumpingClock::new());
        let outcome = fetch_actual(&again, &october_order()).await;
        assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
        assert_eq!(outcome.totals()[0].amount.to_string(), "60000");
        let last = server.seen().pop().unwrap();
        let header = |name: &str| {
            last.headers
                .iter()
                .find(|(n, _)| n == name)
                .map(|(_, v)| v.clone())
        };
        assert_eq!(header("range"), Some(format!("bytes={have}-")));
        assert_eq!(header("if-range").as_deref(), Some("\"0x8D1\""));
        assert_eq!(server.count("POST"), 1, "ordered once");
        assert!(!downloads.exists() && jobs::list(&again).unwrap().0.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn list_resume_and_cancel_handle_jobs_of_earlier_runs() {
    let server = Hostile::start(vec![accepted(), busy()]).await;
    let folder = TempDir::new().unwrap();
    let report = [
        "report",
        "--scope",
        "8608480",
        "--month",
        "2026-10",
        "--api",
        "details",
        "--max-wait",
        "30s",
        "--format",
        "json",
    ];
    let output = program(&server, folder.path(), &report).await;
    assert_eq!(output.status.code(), Some(5), "{}", stderr(&output));
    let listed = document(
        &program(
            &server,
            folder.path(),
            &["jobs", "list", "--format", "json"],
        )
        .await,
    );
    let job = &listed["jobs"][0];
    assert_eq!(
        (&job["state"], &job["polls"], &job["metric"]),
        (&"generating".into(), &1.into(), &"actual".into())
    );
    assert_eq!(
        (&job["from"], &job["to"]),
        (&"2026-10-01".into(), &"2026-10-31".into())
    );
    assert!(job["next_poll_at"].is_string() && job["ordered_at"].is_string());
    // The named wait of two hours is respected: resuming stops instead of polling early.
    let output = program(
        &server,
        folder.path(),
        &["jobs", "resume", "--max-wait", "5s", "--format", "json"],
    )
    .await;
    assert_eq!(output.status.code(), Some(5), "{}", stderr(&output));
    let before = server.seen().len();
    assert_eq!(before, 2, "nothing was sent early");
    let id = job["id"].as_str().unwrap();
    let output = program(&server, folder.path(), &["jobs", "cancel", id]).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let listed = document(
        &program(
            &server,
            folder.path(),
            &["jobs", "list", "--format", "json"],
        )
        .await,
    );
    assert_eq!(listed["jobs"], serde_json::json!([]));
    let output = program(&server, folder.path(), &["jobs", "cancel", id]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("jobs list"), "{}", stderr(&output));
    assert_eq!(
        server.seen().len(),
        before,
        "none of this talks to the server"
    );
}

#[tokio::test]
async fn a_damaged_note_of_an_order_is_named_and_is_exit_six() {
    let server = Hostile::start(vec![accepted(), busy()]).await;
    let folder = TempDir::new().unwrap();
    std::fs::create_dir_all(folder.path().join("jobs")).unwrap();
    let origin = server.url.trim_start_matches("http://").replace(':', "-");
    let name = format!("{origin}@ba-8608480@2026-10@actual.json");
    std::fs::write(folder.path().join("jobs").join(name), "{\"cut").unwrap();
    let output = program(&server, folder.path(), &["jobs", "resume"]).await;
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(6), "{said}");
    assert!(
        said.contains("is damaged") && said.contains("--refresh"),
        "{said}"
    );
}

#[tokio::test]
async fn report_gone_on_the_server_is_not_ordered_again() {
    let gone = [vec![Answer::new(404); 4], vec![Answer::new(410)]];
    for answers in gone {
        let server = Hostile::start(vec![accepted(), busy()]).await;
        let folder = TempDir::new().unwrap();
        let session = session(&server.url, folder.path(), JumpingClock::new());
        fetch_actual(&session, &october_order()).await;
        server.queue(answers);
        let (noted, _) = jobs::list(&session).unwrap();
        let resumed = noted[0].order(Duration::from_secs(30_000));
        let outcome = fetch_actual(&session, &resumed).await;
        assert!(
            matches!(&outcome, PartOutcome::Failed(Failure::Gone { message }) if message.contains("Order it again")),
            "{outcome:?}"
        );
        assert_eq!(server.count("POST"), 1);
        // Resuming a job that is gone orders nothing either.
        let outcome = fetch_actual(&session, &resumed).await;
        assert!(
            matches!(outcome, PartOutcome::Failed(Failure::Gone { .. })),
            "{outcome:?}"
        );
        assert_eq!(server.count("POST"), 1);
        server.queue(vec![accepted(), completed("{url}/blob?sig=x"), blob()]);
        assert_eq!(
            fetch_actual(&session, &october_order()).await.status(),
            "ready",
            "the user orders anew"
        );
        assert_eq!(server.count("POST"), 2);
    }
}

#[tokio::test]
async fn each_recorded_order_lists_its_state() {
    let cases = [
        (vec![busy()], JobState::Throttled),
        (vec![Answer::new(202)], JobState::Undecided),
        (vec![accepted(), busy()], JobState::Generating),
        (
            vec![
                Answer::new(422).body("{\"error\":{\"code\":\"422\",\"message\":\"offer type: WebDirect\"}}"),
                Answer::new(200).body("{\"value\":[{\"kind\":\"legacy\",\"properties\":{\"cost\":1,\"date\":\"2026-10-01\"}}],\"nextLink\":\"{url}/2\"}"),
                busy(),
            ],
            JobState::Paging,
        ),
    ];
    for (answers, state) in cases {
        let server = Hostile::start(answers).await;
        let folder = TempDir::new().unwrap();
        let session = session(&server.url, folder.path(), JumpingClock::new());
        let outcome = fetch_actual(&session, &october_order()).await;
        assert_eq!(outcome.status(), "failed", "{state:?}");
        let (noted, damaged) = jobs::list(&session).unwrap();
        assert!(damaged.is_empty());
        assert_eq!(
            noted.iter().map(|job| job.state).collect::<Vec<_>>(),
            [state],
            "{outcome:?}"
        );
        // Resuming an undecided order never sends it again.
        let posts = server.count("POST");
        let resumed = noted[0].order(Duration::from_secs(60));
        fetch_actual(&session, &resumed).await;
        assert_eq!(server.count("POST"), posts, "{state:?}");
    }
}

#[tokio::test]
async fn two_runs_never_work_on_one_order() {
    let server = Hostile::start(vec![accepted()]).await;
    let folder = TempDir::new().unwrap();
    let first = session(&server.url, folder.path(), JumpingClock::new());
    let second = session(&server.url, folder.path(), JumpingClock::new());
    let stop = CancellationToken::new();
    let wanted = october_order();
    let request = wanted.request(wanted.period.clone(), Metric::Actual);
    let mut seen = Vec::new();
    let (second, heard) = (&second, stop.clone());
    report::fetch(&first, &wanted, &request, &stop, |news| {
        if news.operation.wait().is_some() && seen.is_empty() {
            let (noted, _) = jobs::list(second).unwrap();
            seen.push(noted[0].held);
            assert!(
                jobs::cancel(second, &noted[0].id)
                    .unwrap_err()
                    .to_string()
                    .contains("another costscope")
            );
            heard.cancel();
        }
    })
    .await;
    assert_eq!(seen, [true], "the list says that somebody is at it");
    let (noted, _) = jobs::list(second).unwrap();
    assert!(!noted[0].held, "and that nobody is any more");
}

#[tokio::test]
async fn jobs_of_another_cloud_or_endpoint_are_left_alone() {
    let server = Hostile::start(vec![accepted(), busy()]).await;
    let folder = TempDir::new().unwrap();
    let here = session(&server.url, folder.path(), JumpingClock::new());
    fetch_actual(&here, &october_order()).await;
    let setup = costscope::ops::session::Setup {
        endpoint: Some("http://127.0.0.1:1".to_owned()),
        ..costscope::ops::session::Setup::new(folder.path().to_owned())
    };
    let elsewhere = Session::open(&setup, JumpingClock::new()).unwrap();
    assert!(jobs::list(&elsewhere).unwrap().0.is_empty());
    assert_eq!(jobs::list(&here).unwrap().0.len(), 1);
}

#[tokio::test]
async fn cancelled_order_is_unlisted_and_polled_when_ordered_again() {
    let mut answers = report_answers("7");
    answers.insert(1, busy());
    let accepted = answers.drain(..2).collect();
    let stage = stage(accepted).await;
    fetch_outcome(&stage.session, &order_by(None), Metric::Actual).await;
    let (noted, _) = jobs::list(&stage.session).unwrap();
    jobs::cancel(&stage.session, &noted[0].id).unwrap();
    assert!(jobs::list(&stage.session).unwrap().0.is_empty());
    stage.server.queue(answers);
    let again = OrderSpec {
        max_wait: Duration::from_secs(30_000),
        ..order_by(None)
    };
    let outcome = fetch_outcome(&stage.session, &again, Metric::Actual).await;
    assert_eq!(
        (outcome.status(), only_total(&outcome)),
        ("ready", "7".into())
    );
    assert_eq!(
        stage.server.count("POST"),
        1,
        "the report was being made already"
    );
}

#[tokio::test]
async fn refused_refresh_keeps_the_earlier_order() {
    let mut answers = report_answers("7");
    answers.insert(1, busy());
    let accepted = answers.drain(..2).collect();
    let stage = stage(accepted).await;
    fetch_outcome(&stage.session, &order_by(None), Metric::Actual).await;
    // The new order is refused; the report accepted earlier can still be polled.
    stage.server.queue(vec![Answer::new(403).body("{}")]);
    let anew = OrderSpec {
        refresh: true,
        ..order_by(None)
    };
    let outcome = fetch_outcome(&stage.next_run(), &anew, Metric::Actual).await;
    assert!(
        matches!(outcome, PartOutcome::Failed(Failure::NotAllowed { .. })),
        "{outcome:?}"
    );
    stage.server.queue(answers);
    let again = OrderSpec {
        max_wait: Duration::from_secs(30_000),
        ..order_by(None)
    };
    let outcome = fetch_outcome(&stage.session, &again, Metric::Actual).await;
    assert_eq!(
        (outcome.status(), only_total(&outcome)),
        ("ready", "7".into())
    );
    assert_eq!(stage.server.count("POST"), 2);
}

#[tokio::test]
async fn cancelled_undecided_order_stays_undecided() {
    let stage = stage(vec![Answer::new(202)]).await;
    fetch_outcome(&stage.session, &order_by(None), Metric::Actual).await;
    let (noted, _) = jobs::list(&stage.session).unwrap();
    assert_eq!(noted[0].state, JobState::Undecided);
    jobs::cancel(&stage.session, &noted[0].id).unwrap();
    let outcome = fetch_outcome(&stage.session, &order_by(None), Metric::Actual).await;
    assert!(
        matches!(outcome, PartOutcome::Failed(Failure::Undecided { .. })),
        "{outcome:?}"
    );
    assert_eq!(stage.server.count("POST"), 1);
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
async fn unanswered_order_needs_refresh_to_be_sent_again() {
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
    let anew = OrderSpec {
        refresh: true,
        ..order_both(EA, Api::Details)
    };
    let (outcome, _) = fetch(&stage.session, &anew, Metric::Actual).await;
    assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
}

#[tokio::test]
async fn an_order_anew_that_finds_no_data_ends_the_earlier_one() {
    let stage = stage(vec![Answer::new(202)]).await;
    stage.fetch().await;
    assert!(stage.noted());
    stage.server.queue(vec![Answer::new(204)]);
    let anew = OrderSpec {
        refresh: true,
        ..order_both(EA, Api::Details)
    };
    let (outcome, _) = fetch(&stage.session, &anew, Metric::Actual).await;
    assert_eq!(outcome.status(), "empty", "{:?}", outcome.why());
    assert!(!stage.noted(), "the answer leaves nothing to ask about");
}

#[tokio::test]
async fn an_order_that_never_left_is_waited_for_and_then_forgotten() {
    let folder = TempDir::new().unwrap();
    // Port 1 has no listener.
    let session = session("http://127.0.0.1:1", folder.path(), JumpingClock::new());
    for _ in 0..2 {
        let failed = failure(
            fetch(&session, &order_both(EA, Api::Details), Metric::Actual)
                .await
                .0,
        );
        assert!(
            matches!(&failed, Failure::GaveUp { message } if message.contains("127.0.0.1")),
            "{failed:?}"
        );
        assert!(jobs::list(&session).unwrap().0.is_empty());
    }
}

#[tokio::test]
async fn a_cancelled_order_is_still_known() {
    let stage = stage(vec![accepted()]).await;
    let order = order_both(EA, Api::Details);
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
        matches!(outcome, PartOutcome::Cancelled | PartOutcome::Failed(_)),
        "{outcome:?}"
    );
    assert!(stage.noted());
}
