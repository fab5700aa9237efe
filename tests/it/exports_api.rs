//! Exports of Cost Management against the emulator: lists, runs that end in every way, answers that get lost, new exports.

use crate::support::hostile::{Answer, Hostile, Sending};
use crate::support::{JumpingClock, World, session};
use chrono::TimeDelta;
use costscope::domain::export::create::NewExport;
use costscope::domain::export::definition::Dataset;
use costscope::domain::export::run::Status;
use costscope::domain::export::watch::Ending;
use costscope::domain::period::{DateRange, Month};
use costscope::domain::scope::ScopeId;
use costscope::ops::error::OpsError;
use costscope::ops::exports;
use costscope::ops::exports::creating;
use costscope::ops::exports::running;
use costscope::ops::exports::running::{News, RunOrder, RunOutcome};
use costscope::ops::session::Session;
use serde_json::json;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const NAME: &str = "actual-daily";
const STORAGE: &str =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/costs";

fn account() -> ScopeId {
    ScopeId::parse("8608480").unwrap()
}

fn october() -> DateRange {
    Month::parse("2026-10").unwrap().range()
}

fn order(days: Option<DateRange>) -> RunOrder {
    RunOrder {
        scope: account(),
        export: NAME.to_owned(),
        days,
        max_wait: Duration::from_secs(4 * 3600),
        waits: true,
    }
}

/// Runs an order; returns the outcome and what was said.
async fn run(session: &Session, order: &RunOrder) -> (Result<RunOutcome, OpsError>, Vec<News>) {
    let told = Mutex::new(Vec::new());
    let stop = CancellationToken::new();
    let outcome = running::run(session, order, &stop, |news| {
        told.lock().unwrap().push(news);
    })
    .await;
    (outcome, told.into_inner().unwrap())
}

fn starts(world: &World) -> usize {
    let requests = world.emulator.record().requests;
    let is_start = |line: &&String| line.starts_with("POST") && line.ends_with("/run");
    requests.iter().filter(is_start).count()
}

/// Whether a note about a run is on disk.
fn noted(folder: &Path) -> bool {
    let notes = std::fs::read_dir(folder.join("export-runs"));
    notes.is_ok_and(|mut notes| {
        notes.any(|note| {
            note.unwrap()
                .path()
                .extension()
                .is_some_and(|ending| ending == "json")
        })
    })
}

fn says(told: &[News], words: &str) -> bool {
    told.iter()
        .any(|news| matches!(news, News::Note(note) if note.contains(words)))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exports_of_a_scope_are_listed_with_their_last_runs() {
    let world = World::new("").await;
    let found = exports::list(&world.session, &account()).await.unwrap();
    let names: Vec<&str> = found.iter().map(|export| export.name.as_str()).collect();
    assert_eq!(names, [NAME, "amortized-daily"]);
    let first = &found[0];
    assert_eq!(first.dataset, Dataset::Actual);
    assert_eq!(first.schedule_words(), "daily");
    assert_eq!(
        first.source(),
        format!("az://costscopedemo/exports/cost/{NAME}")
    );
    assert_eq!(first.runs.len(), 1);
    assert_eq!(first.runs[0].status, Status::Completed);
    assert!(first.next_run.is_some());
    let shown = exports::show(&world.session, &account(), NAME)
        .await
        .unwrap();
    assert_eq!(shown.runs.len(), 3);
    assert!(
        shown
            .runs
            .is_sorted_by_key(|run| std::cmp::Reverse(run.submitted))
    );
    // Another scope has others, and a broken one says why.
    let broken = ScopeId::parse("3f1c2b7e-0004-4e5a-9d10-6b2f4c8a9a05").unwrap();
    let found = exports::list(&world.session, &broken).await.unwrap();
    assert_eq!(found[0].schedule_words(), "off (monthly)");
    let error = found[0].runs[0].error.as_deref();
    assert!(error.unwrap().contains("An unknown error occurred"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_found_in_the_history_and_watched_to_its_end() {
    for (script, code, word) in [
        ("export-seconds = 900", 0, "Completed"),
        ("export-ending = \"failed\"", 1, "Failed"),
        ("export-ending = \"no-data\"", 3, "NewDataNotAvailable"),
    ] {
        let world = World::new(script).await;
        let (outcome, told) = run(&world.session, &order(Some(october()))).await;
        let outcome = outcome.unwrap();
        assert_eq!(outcome.exit_code(), code, "{outcome:?}");
        let run = outcome.run().unwrap();
        assert_eq!((run.status.word(), run.days), (word, Some(october())));
        assert_eq!(starts(&world), 1);
        assert!(!noted(world.folder.path()), "the note is removed");
        let waits = told
            .iter()
            .filter(|news| matches!(news, News::Waiting { .. }));
        assert!(waits.count() > 0, "{told:?}");
        let history = exports::show(&world.session, &account(), NAME)
            .await
            .unwrap();
        assert_eq!(history.runs[0].id, run.id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_whose_answer_is_lost_is_never_sent_again() {
    let world = World::new("lost-run-answers = 1").await;
    let (outcome, told) = run(&world.session, &order(None)).await;
    let outcome = outcome.unwrap();
    assert!(
        matches!(outcome, RunOutcome::Ended(Ending::Completed(_))),
        "{outcome:?}"
    );
    assert!(says(&told, "not sent again"), "{told:?}");
    assert_eq!(starts(&world), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_never_arrived_ends_after_ten_minutes() {
    let world =
        World::new("[[disturbances]]\nmeets = \"export-run\"\nstatus = 503\nbody = \"{}\"\n").await;
    let (outcome, _) = run(&world.session, &order(Some(october()))).await;
    assert_eq!(outcome.unwrap(), RunOutcome::Ended(Ending::NeverStarted));
    assert_eq!(starts(&world), 1);
    assert!(!noted(world.folder.path()));
    // The next command may start it.
    let (outcome, _) = run(&world.session, &order(Some(october()))).await;
    assert_eq!(outcome.unwrap().exit_code(), 0);
    assert_eq!(starts(&world), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_is_resumed_by_the_next_command() {
    let world = World::new("export-seconds = 3600").await;
    let short = RunOrder {
        max_wait: Duration::from_secs(600),
        ..order(Some(october()))
    };
    let (outcome, _) = run(&world.session, &short).await;
    let outcome = outcome.unwrap();
    assert_eq!(outcome.exit_code(), 5, "{outcome:?}");
    let id = outcome.run().unwrap().id.clone();
    assert!(noted(world.folder.path()));
    let (outcome, told) = run(&world.session, &order(Some(october()))).await;
    let outcome = outcome.unwrap();
    assert_eq!(outcome.exit_code(), 0);
    assert_eq!(outcome.run().unwrap().id, id);
    assert!(says(&told, "resumed"), "{told:?}");
    assert_eq!(starts(&world), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_under_way_is_followed_instead_of_a_second_one() {
    let world = World::new("export-seconds = 3600").await;
    let started = RunOrder {
        waits: false,
        ..order(Some(october()))
    };
    let (outcome, _) = run(&world.session, &started).await;
    assert_eq!(outcome.unwrap(), RunOutcome::Started);
    assert!(!noted(world.folder.path()), "nobody watches it");
    let (outcome, told) = run(&world.session, &order(Some(october()))).await;
    assert_eq!(outcome.unwrap().exit_code(), 0);
    assert!(says(&told, "under way"), "{told:?}");
    assert_eq!(starts(&world), 1);
    // A week later, the same command starts another one.
    world.clock.forward(TimeDelta::days(7));
    let (outcome, _) = run(&world.session, &order(Some(october()))).await;
    assert_eq!(outcome.unwrap().exit_code(), 0);
    assert_eq!(starts(&world), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_start_leaves_no_note() {
    let body = json!({ "error": { "code": "RBACAccessDenied", "message":
        "The client does not have authorization to perform action 'Microsoft.CostManagement/exports/run/action'." } });
    let script =
        format!("[[disturbances]]\nmeets = \"export-run\"\nstatus = 403\nbody = '''{body}'''\n");
    let world = World::new(&script).await;
    let (outcome, _) = run(&world.session, &order(Some(october()))).await;
    let error = outcome.unwrap_err();
    assert_eq!(error.exit_code(), 4);
    assert!(error.to_string().contains("sign in as a user"), "{error}");
    assert!(!noted(world.folder.path()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_may_fail_for_a_while_and_names_its_own_waits() {
    let script = "[[disturbances]]\nmeets = \"export-history\"\nstatus = 429\nheaders = { Retry-After = \"400\" }\n\
        [[disturbances]]\nmeets = \"export-history\"\nafter = 1\ntimes = 3\nstatus = 500\n";
    let world = World::new(script).await;
    let (outcome, told) = run(&world.session, &order(Some(october()))).await;
    assert_eq!(outcome.unwrap().exit_code(), 0);
    assert!(says(&told, "cannot be read now"), "{told:?}");
    let Some(News::Waiting { since, until, .. }) = told
        .iter()
        .find(|news| matches!(news, News::Waiting { .. }))
    else {
        panic!("no wait: {told:?}");
    };
    assert_eq!(*until - *since, TimeDelta::seconds(400), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_name_and_a_scope_without_rights_say_what_to_do() {
    let world = World::new("").await;
    let unknown = RunOrder {
        export: "nothing".to_owned(),
        ..order(None)
    };
    let (outcome, _) = run(&world.session, &unknown).await;
    let error = outcome.unwrap_err().to_string();
    assert!(error.contains("exports list"), "{error}");
    assert_eq!(starts(&world), 0);
    let locked = ScopeId::parse("10cced00-0001-4d9f-8c3b-fedcba987654").unwrap();
    let error = exports::list(&world.session, &locked).await.unwrap_err();
    assert_eq!(error.exit_code(), 4, "{error}");
}

fn new(name: &str) -> NewExport {
    NewExport {
        scope: account(),
        name: name.to_owned(),
        dataset: Dataset::Actual,
        storage: STORAGE.to_owned(),
        container: "exports".to_owned(),
        folder: "cost".to_owned(),
        is_monthly: false,
        has_identity: true,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_export_is_created_once_and_runs() {
    let world = World::new("").await;
    let draft = creating::draft(&world.session, &new("mine")).unwrap();
    let created = creating::create(&world.session, &draft).await.unwrap();
    assert!(created.etag.is_some() && created.has_identity);
    assert_eq!(created.source(), "az://costs/exports/cost/mine");
    // Names ignore case, and an export that exists is never changed.
    let again = creating::draft(&world.session, &new("MINE")).unwrap();
    let error = creating::create(&world.session, &again).await.unwrap_err();
    assert!(error.to_string().contains("nothing was changed"), "{error}");
    let puts = world.emulator.record().requests;
    assert_eq!(
        puts.iter().filter(|line| line.starts_with("PUT")).count(),
        1
    );
    let mine = RunOrder {
        export: "mine".to_owned(),
        ..order(None)
    };
    let (outcome, _) = run(&world.session, &mine).await;
    let outcome = outcome.unwrap();
    let manifest = outcome.run().unwrap().manifest.clone().unwrap();
    assert!(
        manifest.starts_with("cost/mine/20261101-20261130/"),
        "{manifest}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_is_as_documented() {
    let history = json!({ "name": NAME, "properties": {} }).to_string();
    let server = Hostile::start(vec![
        Answer::new(200).body(history),
        Answer::new(400).body("{\"error\":{\"code\":\"BadRequest\",\"message\":\"no\"}}"),
    ])
    .await;
    let folder = TempDir::new().unwrap();
    let session = session(&server.url, folder.path(), JumpingClock::new());
    let (outcome, _) = run(&session, &order(Some(october()))).await;
    assert_eq!(outcome.unwrap_err().exit_code(), 1);
    let seen = server.seen();
    let base = "/providers/Microsoft.Billing/billingAccounts/8608480/providers/Microsoft.CostManagement/exports/actual-daily";
    assert!(
        seen[0].line.starts_with(&format!(
            "GET {base}?api-version=2025-03-01&%24expand=runHistory"
        )),
        "{}",
        seen[0].line
    );
    assert!(
        seen[1]
            .line
            .starts_with(&format!("POST {base}/run?api-version=2025-03-01"))
    );
    let body: serde_json::Value = serde_json::from_str(&seen[1].body).unwrap();
    let period = json!({ "from": "2026-10-01T00:00:00.000Z", "to": "2026-10-31T00:00:00.000Z" });
    assert_eq!(body, json!({ "timePeriod": period }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_during_the_start_is_no_refusal() {
    let export = json!({ "name": NAME, "properties": {} }).to_string();
    let ours = json!({ "value": [{ "id": "x/Run/r1", "properties": { "status": "Completed", "executionType": "OnDemand",
        "submittedTime": "2026-11-22T10:00:00Z", "startDate": "2026-10-01T00:00:00", "endDate": "2026-10-31T00:00:00" } }] });
    let server = Hostile::start(vec![
        Answer::new(200).body(export),
        Answer::new(200).body("{}").sent(Sending::Broken),
        Answer::new(200).body(ours.to_string()),
    ])
    .await;
    let folder = TempDir::new().unwrap();
    let session = session(&server.url, folder.path(), JumpingClock::new());
    let (outcome, _) = run(&session, &order(Some(october()))).await;
    assert_eq!(outcome.unwrap().exit_code(), 0);
    let posts = server.seen();
    assert_eq!(
        posts
            .iter()
            .filter(|seen| seen.line.starts_with("POST"))
            .count(),
        1
    );
}

/// Reads from the emulator's storage with a token.
async fn stored(world: &World, path: &str, query: &[(&str, &str)]) -> Vec<u8> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let asked = client
        .get(format!(
            "{}/costscopedemo/exports{path}",
            world.emulator.url()
        ))
        .query(query)
        .bearer_auth("for-storage")
        .header("x-ms-version", "2021-12-02");
    let answer = asked.send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200, "{path}");
    answer.bytes().await.unwrap().to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_writes_its_parts_and_a_manifest_and_replaces_the_one_before() {
    let world = World::new("").await;
    let (outcome, _) = run(&world.session, &order(Some(october()))).await;
    let manifest = outcome.unwrap().run().unwrap().manifest.clone().unwrap();
    let query = [
        ("restype", "container"),
        ("comp", "list"),
        ("prefix", "cost/actual-daily/"),
    ];
    let listed = String::from_utf8(stored(&world, "", &query).await).unwrap();
    let manifests = listed.matches("/manifest.json</Name>").count();
    assert_eq!(manifests, 2, "one of October, one of November: {listed}");
    assert!(listed.contains(&manifest), "{listed}");
    let text = stored(&world, &format!("/{manifest}"), &[]).await;
    let body: serde_json::Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(body["runInfo"]["executionType"], "OnDemand");
    let blobs = body["blobs"].as_array().unwrap();
    assert_eq!(body["blobCount"], blobs.len());
    let mut rows = 0;
    for blob in blobs {
        let name = blob["blobName"].as_str().unwrap();
        let bytes = stored(&world, &format!("/{name}"), &[]).await;
        assert_eq!(blob["byteCount"], bytes.len());
        assert!(bytes.starts_with(&[0x1f, 0x8b]), "{name} is packed");
        rows += blob["dataRowCount"].as_u64().unwrap();
    }
    assert!(rows > 0 && body["dataRowCount"] == rows);
}
