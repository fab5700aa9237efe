//! Orders that wait for their turn, and those that have ended, as the commands and the screen tell them.

use crate::support::hostile::{Hostile, october_order, request};
use crate::support::report_answers::report_answers;
use crate::support::{JumpingClock, document, run, stderr};
use costscope::domain::metric::Metric;
use costscope::ops::orders::queue;
use costscope::ops::session::{Session, Setup};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;
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
    let setup = Setup {
        endpoint: Some(server.url.clone()),
        ..Setup::new(folder.path().to_owned())
    };
    let session = Session::open(&setup, JumpingClock::new()).unwrap();
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
