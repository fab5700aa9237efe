//! Exports of Cost Management against the emulator: lists, definitions, new ones, the requests and files of a run.

use crate::support::World;
use crate::support::exports::{NAME, account, october, order, run, starts};
use crate::support::hostile::{Answer, Hostile, Sending};
use crate::support::{JumpingClock, session};
use costscope::domain::export::create::NewExport;
use costscope::domain::export::definition::Dataset;
use costscope::domain::export::run::Status;
use costscope::domain::scope::ScopeId;
use costscope::ops::exports;
use costscope::ops::exports::creating;
use costscope::ops::exports::running::RunOrder;
use serde_json::json;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const STORAGE: &str =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/costs";

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
    let stop = CancellationToken::new();
    let draft = creating::draft(&world.session, &new("mine")).unwrap();
    let created = creating::create(&world.session, &draft, &stop)
        .await
        .unwrap();
    assert!(created.etag.is_some() && created.has_identity);
    assert_eq!(created.source(), "az://costs/exports/cost/mine");
    // Names ignore case, and an export that exists is never changed.
    let again = creating::draft(&world.session, &new("MINE")).unwrap();
    let error = creating::create(&world.session, &again, &stop)
        .await
        .unwrap_err();
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
async fn an_unclear_creation_says_that_the_export_may_exist() {
    for (answer, is_unclear) in [
        (Answer::new(500).body("{}"), true),
        (Answer::new(200).body("{}").sent(Sending::Broken), true),
        (Answer::new(200).body("{}"), true),
        (Answer::new(400).body("{}"), false),
    ] {
        let list = Answer::new(200).body("{\"value\":[]}");
        let server = Hostile::start(vec![list, answer.clone()]).await;
        let folder = TempDir::new().unwrap();
        let session = session(&server.url, folder.path(), JumpingClock::new());
        let draft = creating::draft(&session, &new("mine")).unwrap();
        let stop = CancellationToken::new();
        let error = creating::create(&session, &draft, &stop).await.unwrap_err();
        let error = error.to_string();
        let says = error.contains("may have been created: `costscope exports show mine --scope");
        assert_eq!(says, is_unclear, "{answer:?}: {error}");
    }
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
