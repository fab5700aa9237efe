//! Orders that wait for their turn, and those that have ended, as the commands and the screen tell them.

use crate::support::hostile::{Hostile, Stage, fetch_actual, october_order, request, stage};
use crate::support::report_answers::{accepted, blob, busy, completed, report_answers};
use crate::support::{command_session, document, run, stderr, stdout};
use chrono::TimeDelta;
use costscope::domain::metric::Metric;
use costscope::domain::report::history::{OrderEnding, PastOrder};
use costscope::ops::orders::order_spec::OrderSpec;
use costscope::ops::orders::{history, jobs, queue};
use costscope::store::orders::history::History;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;
use std::time::Duration;
use tempfile::TempDir;

/// Runs the program against a server, off the async threads.
async fn program(server: &Hostile, folder: &Path, arguments: &[&str]) -> Output {
    let mut all = vec!["--endpoint".to_owned(), server.url.clone()];
    all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    let folder = folder.to_owned();
    let run = move || {
        let arguments: Vec<&str> = all.iter().map(String::as_str).collect();
        run(&folder, &arguments)
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

async fn listed(server: &Hostile, folder: &Path, more: &[&str]) -> Vec<Value> {
    let arguments = [&["jobs", "list", "--format", "json"], more].concat();
    let output = program(server, folder, &arguments).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    document(&output)["jobs"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_that_wait_are_listed_cancelled_and_ordered() {
    let server = Hostile::start(report_answers("7")).await;
    let folder = TempDir::new().unwrap();
    let session = command_session(&server.url, folder.path());
    let order = october_order();
    for metric in [Metric::Actual, Metric::Amortized] {
        let place = queue::note(&session, &order, &request(&order, metric)).unwrap();
        assert!(place.is_some());
    }
    let jobs = listed(&server, folder.path(), &[]).await;
    let states: Vec<&Value> = jobs.iter().map(|job| &job["state"]).collect();
    assert_eq!(states, ["queued", "queued"]);
    for job in &jobs {
        assert_eq!(
            (&job["polls"], &job["next_poll_at"]),
            (&json!(0), &json!(null))
        );
        assert_eq!(job["ordered_at"], "2026-11-22T10:00:00Z");
    }
    let output = program(&server, folder.path(), &["jobs", "cancel", "@amortized"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("nothing was sent"),
        "{}",
        stderr(&output)
    );
    let jobs = listed(&server, folder.path(), &[]).await;
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0]["metric"], "actual");
    assert_eq!(
        server.seen().len(),
        0,
        "listing and cancelling send nothing"
    );
    let resume = ["jobs", "resume", "--format", "json"];
    let output = program(&server, folder.path(), &resume).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(document(&output)["reports"][0]["status"], "ready");
    assert_eq!(server.count("POST"), 1);
    assert!(listed(&server, folder.path(), &[]).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_in_the_queue_of_another_process_is_left_to_it() {
    let server = Hostile::start(report_answers("7")).await;
    let folder = TempDir::new().unwrap();
    let session = command_session(&server.url, folder.path());
    let order = october_order();
    let place = queue::note(&session, &order, &request(&order, Metric::Actual)).unwrap();
    assert!(place.is_some());
    let resume = ["jobs", "resume", "@actual", "--format", "json"];
    let output = program(&server, folder.path(), &resume).await;
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let report = &document(&output)["reports"][0];
    assert_eq!(report["status"], "failed");
    let why = report["why"].as_str().unwrap();
    assert!(why.contains("another costscope has"), "{why}");
    assert_eq!(server.seen().len(), 0, "nothing was sent");
    drop(place);
    let output = program(&server, folder.path(), &resume).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(server.count("POST"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_has_ended_is_listed_with_its_calls() {
    let server = Hostile::start(report_answers("7")).await;
    let folder = TempDir::new().unwrap();
    let report = "report --scope 8608480 --month 2026-10 --api details";
    let report: Vec<&str> = report.split(' ').collect();
    let output = program(&server, folder.path(), &report).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(listed(&server, folder.path(), &[]).await.is_empty());
    let all = listed(&server, folder.path(), &["--all"]).await;
    assert_eq!(all.len(), 1, "{all:?}");
    let past = &all[0];
    assert_eq!(
        (&past["state"], &past["rows"], &past["polls"], &past["why"]),
        (&json!("ready"), &json!(1), &json!(1), &json!(null))
    );
    assert!(past["ended_at"].as_str() > past["ordered_at"].as_str());
    let calls = past["calls"].as_array().unwrap();
    let kinds: Vec<&Value> = calls.iter().map(|call| &call["kind"]).collect();
    assert_eq!(kinds, ["order", "poll", "file"]);
    assert_eq!(
        (&calls[0]["wait"], &calls[0]["header"]),
        (&json!(1), &json!("retry-after"))
    );
    assert_eq!(calls[1]["answer"], "finished: 1 file");
    // Nobody else can read it, and it has neither the signed link nor the token.
    let history = folder.path().join("history");
    for item in std::fs::read_dir(&history).unwrap() {
        let item = item.unwrap();
        let mode = item.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{item:?}");
        let text = std::fs::read_to_string(item.path()).unwrap();
        assert!(
            !text.contains("sig=") && !text.contains("costscope-loopback"),
            "{text}"
        );
    }
    let table = program(&server, folder.path(), &["jobs", "list", "--all"]).await;
    let table = stdout(&table);
    for word in ["ready", "took", "outcome", "1 row"] {
        assert!(table.contains(word), "{word}: {table}");
    }
}

/// A stage whose order gave up after a minute of waiting, and the order.
async fn given_up() -> (Stage, OrderSpec) {
    let stage = stage(vec![accepted(), busy()]).await;
    let short = OrderSpec {
        max_wait: Duration::from_secs(60),
        ..october_order()
    };
    let outcome = fetch_actual(&stage.session, &short).await;
    assert_eq!(outcome.status(), "failed", "{:?}", outcome.why());
    (stage, short)
}

#[tokio::test]
async fn a_report_that_was_set_aside_and_ordered_again_keeps_its_place() {
    let (stage, short) = given_up().await;
    let (noted, _) = jobs::list(&stage.session).unwrap();
    jobs::cancel(&stage.session, &noted[0].id).unwrap();
    // The program ends while it waits for its turn.
    let wanted = request(&short, Metric::Actual);
    let place = queue::note(&stage.session, &short, &wanted).unwrap();
    place.unwrap().leave(&stage.session, &wanted, true).unwrap();
    let next = stage.next_run();
    assert!(jobs::list(&next).unwrap().0.is_empty());
    let (waiting, damaged) = queue::list(&next).unwrap();
    assert!(damaged.is_empty());
    let held: Vec<bool> = waiting.iter().map(|waiting| waiting.held).collect();
    assert_eq!(held, [false], "it is ordered at the next start");
    // One that is not wanted any more does not wait.
    let place = queue::note(&next, &short, &wanted).unwrap().unwrap();
    place.leave(&next, &wanted, false).unwrap();
    assert!(queue::list(&next).unwrap().0.is_empty());
}

#[tokio::test]
async fn the_runs_of_one_order_are_one_entry_of_the_history() {
    let (stage, _) = given_up().await;
    // The order goes on: it is a job.
    assert!(history::list(&stage.session).unwrap().0.is_empty());
    stage
        .server
        .queue(vec![completed("{url}/blob?sig=TWO"), blob()]);
    let long = OrderSpec {
        max_wait: Duration::from_secs(4 * 3600),
        ..october_order()
    };
    let outcome = fetch_actual(&stage.next_run(), &long).await;
    assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
    let (past, damaged) = history::list(&stage.session).unwrap();
    assert!(damaged.is_empty());
    assert_eq!(past.len(), 1, "{past:?}");
    let kinds: Vec<&str> = past[0]
        .log
        .calls
        .iter()
        .map(|call| call.kind.word())
        .collect();
    assert_eq!(kinds, ["order", "poll", "poll", "file"]);
    assert_eq!(
        (past[0].ending, past[0].rows),
        (OrderEnding::Ready, Some(1))
    );
    // Its length is not the server's, so the usual wait does not learn from it.
    assert_eq!((past[0].resumed, past[0].waited()), (true, None));
}

#[tokio::test]
async fn old_months_of_the_history_are_dropped_and_an_unreadable_one_is_named() {
    let stage = stage(report_answers("7")).await;
    let outcome = fetch_actual(&stage.session, &october_order()).await;
    assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
    let ended = history::list(&stage.session).unwrap().0.remove(0);
    let store = History::new(stage.folder.path());
    let ordered_at = ended.ordered_at - TimeDelta::days(500);
    let old = PastOrder {
        ordered_at,
        ended_at: ordered_at,
        ..ended.clone()
    };
    store.add(&old, None).unwrap();
    assert_eq!(store.list().unwrap().0.len(), 2);
    store.add(&ended, None).unwrap();
    let (kept, _) = store.list().unwrap();
    assert_eq!(kept.len(), 1, "{kept:?}");
    let file = stage.folder.path().join("history").join("2026-11.json");
    std::fs::write(&file, "{\"cut").unwrap();
    let (kept, damaged) = store.list().unwrap();
    assert!(kept.is_empty());
    assert!(
        damaged[0].to_string().contains("2026-11.json"),
        "{damaged:?}"
    );
    // It may be repaired by hand, so that it is not overwritten.
    assert!(store.add(&ended, None).is_err());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "{\"cut");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_number_in_the_history_is_named_and_not_told() {
    let stage = stage(report_answers("7")).await;
    let outcome = fetch_actual(&stage.session, &october_order()).await;
    assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
    let file = stage.folder.path().join("history").join("2026-11.json");
    let text = std::fs::read_to_string(&file).unwrap();
    let rows = "\"rows\": 1";
    assert!(text.contains(rows), "{text}");
    std::fs::write(&file, text.replacen(rows, "\"rows\": 9", 1)).unwrap();
    let arguments = ["jobs", "list", "--all", "--format", "json"];
    let output = program(&stage.server, stage.folder.path(), &arguments).await;
    assert_eq!(output.status.code(), Some(6), "{}", stderr(&output));
    let told = stderr(&output);
    assert!(
        told.contains("2026-11.json") && told.contains("checksum"),
        "{told}"
    );
    // Files of older versions have no checksum.
    let older: String = text
        .lines()
        .filter(|line| !line.contains("\"check\""))
        .collect::<Vec<_>>()
        .join("\n")
        .replace("\n  ],\n}", "\n  ]\n}");
    std::fs::write(&file, older).unwrap();
    assert_eq!(history::list(&stage.session).unwrap().0.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_note_of_the_queue_is_named_and_not_told() {
    let server = Hostile::start(Vec::new()).await;
    let folder = TempDir::new().unwrap();
    let session = command_session(&server.url, folder.path());
    let order = october_order();
    let place = queue::note(&session, &order, &request(&order, Metric::Actual)).unwrap();
    assert!(place.is_some());
    let notes = std::fs::read_dir(folder.path().join("queue")).unwrap();
    let note = notes
        .map(|item| item.unwrap().path())
        .find(|path| path.extension().is_some_and(|ending| ending == "json"))
        .unwrap();
    let text = std::fs::read_to_string(&note).unwrap();
    let day = "2026-11-22T10:00:00Z";
    assert!(text.contains(day), "{text}");
    std::fs::write(&note, text.replace(day, "2026-11-12T10:00:00Z")).unwrap();
    let output = program(&server, folder.path(), &["jobs", "list"]).await;
    assert_eq!(output.status.code(), Some(6), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("its checksum differs"),
        "{}",
        stderr(&output)
    );
}
