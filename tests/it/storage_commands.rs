//! Commands on sources in blob storage.

use crate::support::cost_files::{row, table, zipped};
use crate::support::storage::{ExportRun, SAS, SIGNATURE, asked, folder_of, put, put_run, source};
use crate::support::{JumpingClock, document, emulator, program, run, stderr, stdout};
use costscope::emulator::server::Emulator;
use costscope::ops::clock::Clock;
use serde_json::Value;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use tempfile::TempDir;

const RUN: &str = "22222222-0000-4000-8000-000000000002";

async fn account() -> Emulator {
    let clock: Arc<dyn Clock> = JumpingClock::new();
    let emulator = emulator("", &clock).await;
    let side = |cost: &str| {
        vec![
            table(&[row("s1", 1, "r1", cost)]),
            table(&[row("s1", 2, "r2", "2")]),
        ]
    };
    let (actual, amortized) = (side("1"), side("1.5"));
    for (export, kind, parts) in [
        ("actual", "ActualCost", &actual),
        ("amortized", "AmortizedCost", &amortized),
    ] {
        put_run(
            &emulator,
            &ExportRun {
                export,
                id: RUN,
                submitted: "2026-11-11T03:00:00Z",
                kind,
                parts,
                promised: parts.len(),
            },
        );
    }
    emulator
}

async fn command(folder: &Path, arguments: &[&str]) -> Output {
    let folder = folder.to_owned();
    let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
    let work = move || {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        run(&folder, &arguments)
    };
    tokio::task::spawn_blocking(work).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_take_addresses_and_never_show_a_sas() {
    let emulator = account().await;
    let folder = TempDir::new().unwrap();
    let actual = source(&emulator, "cost/actual");
    let signed = format!("{actual}?{SAS}");
    let shown = command(
        folder.path(),
        &[
            "show",
            &signed,
            "--group-by",
            "resource",
            "--format",
            "json",
            "-vv",
        ],
    )
    .await;
    let found = document(&shown);
    assert_eq!(found["totals"][0]["cost"], "3");
    assert_eq!(found["sources"][0], actual);
    let said = format!("{}{}", stdout(&shown), stderr(&shown));
    assert!(!said.contains(SIGNATURE), "{said}");
    assert!(said.contains("2 parts fetched"), "{said}");
    // The SAS may come from the environment.
    let mut other = program();
    other.env("AZURE_STORAGE_SAS_TOKEN", format!("?{SAS}"));
    other
        .arg("--data-dir")
        .arg(folder.path())
        .args(["check", &actual, "--format", "json"]);
    let checked = tokio::task::spawn_blocking(move || other.output().unwrap())
        .await
        .unwrap();
    let plan = document(&checked)["plan"].clone();
    let read: Vec<&Value> = plan.as_array().unwrap().iter().collect();
    assert_eq!(read.len(), 2, "{plan}");
    assert_eq!(read[0]["coverage"]["export"], "actual");
    // Two exports, and two addresses in one argument.
    let amortized = source(&emulator, "cost/amortized");
    let compared = command(
        folder.path(),
        &["compare", &actual, &amortized, "--format", "json"],
    )
    .await;
    assert_eq!(document(&compared)["currencies"][0]["difference"], "0.5");
    let both = command(
        folder.path(),
        &[
            "sql",
            "select count(*) as n from costs",
            &actual,
            "--format",
            "json",
        ],
    )
    .await;
    assert!(both.status.success(), "{}", stderr(&both));
    let part = format!(
        "{}/part_0_0001.csv",
        folder_of(&ExportRun {
            export: "actual",
            id: RUN,
            submitted: "",
            kind: "",
            parts: &[],
            promised: 0
        })
    );
    assert_eq!(
        asked(&emulator, &part),
        1,
        "fetched by the first command only"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn offline_uses_what_was_fetched() {
    let emulator = account().await;
    let folder = TempDir::new().unwrap();
    let actual = source(&emulator, "cost/actual");
    let show = ["show", &actual, "--group-by", "month", "--format", "json"];
    let offline = [&show[..], &["--offline"]].concat();
    let early = command(folder.path(), &offline).await;
    assert_eq!(early.status.code(), Some(1));
    assert!(
        stderr(&early).contains("was never fetched"),
        "{}",
        stderr(&early)
    );
    assert!(command(folder.path(), &show).await.status.success());
    drop(emulator);
    let late = command(folder.path(), &offline).await;
    assert_eq!(
        document(&late)["totals"][0]["cost"],
        "3",
        "{}",
        stderr(&late)
    );
    // A folder inside is part of the list; one above is not in it.
    let inside = format!("{actual}/20261001-20261031");
    let month = ["show", &inside, "--group-by", "month", "--format", "json"];
    let inside = command(folder.path(), &[&month[..], &["--offline"]].concat()).await;
    let cost = &document(&inside)["totals"][0]["cost"];
    assert_eq!(cost, "3", "{}", stderr(&inside));
    let above = actual.trim_end_matches("/actual");
    let above = command(folder.path(), &["show", above, "--offline"]).await;
    let said = stderr(&above);
    assert_eq!(above.status.code(), Some(1), "{said}");
    assert!(
        said.contains(&format!("Listed places of its container: {actual}")),
        "{said}"
    );
    // Online, a server that is away is an error.
    let gone = command(folder.path(), &show).await;
    assert_eq!(gone.status.code(), Some(1), "{}", stderr(&gone));
}

#[tokio::test(flavor = "multi_thread")]
async fn blobs_without_costs_are_fetched_once_and_left_out_offline() {
    let emulator = account().await;
    let folder = TempDir::new().unwrap();
    let (list, note) = ("cost/actual/inventory.csv", "cost/actual/readme.csv.gz");
    let (archive, nothing) = ("cost/actual/lists.zip", "cost/actual/nothing.zip");
    put(&emulator, list, b"Name,Owner\nvm1,x\n");
    put(&emulator, note, b"");
    put(
        &emulator,
        archive,
        &zipped(&[("a.csv", "Name\nx\n"), ("b.csv", "Name\ny\n")]),
    );
    put(&emulator, nothing, &zipped(&[]));
    let actual = source(&emulator, "cost/actual");
    let show = ["show", &actual, "--group-by", "month", "--format", "json"];
    let first = command(folder.path(), &show).await;
    let left = "no cost column was found in it";
    assert!(stderr(&first).contains(left), "{}", stderr(&first));
    let again = command(folder.path(), &show).await;
    let costs = |output: &Output| document(output)["totals"].clone();
    assert_eq!(costs(&first), costs(&again));
    assert!(stderr(&again).contains(left), "{}", stderr(&again));
    for name in [list, archive, nothing] {
        assert_eq!(asked(&emulator, name), 1, "{name}");
    }
    // Another text is looked into.
    put(&emulator, list, b"Name,Owner,Team\nvm1,x,y\n");
    command(folder.path(), &show).await;
    assert_eq!(asked(&emulator, list), 2);
    drop(emulator);
    let offline = command(folder.path(), &[&show[..], &["--offline"]].concat()).await;
    assert_eq!(
        document(&offline)["totals"][0]["cost"],
        "3",
        "{}",
        stderr(&offline)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_addresses_are_wrong_usage() {
    let folder = TempDir::new().unwrap();
    for (address, words) in [
        ("az://costacct", "the container is missing"),
        (
            "az://my.example.com/exports/cost",
            "not a host of blob storage",
        ),
        (
            "http://example.com/costacct/exports",
            "only for servers on this machine",
        ),
    ] {
        let output = command(folder.path(), &["show", address, "--group-by", "month"]).await;
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_blobs_of_a_source_are_listed_for_other_programs() {
    let emulator = account().await;
    let folder = TempDir::new().unwrap();
    let actual = source(&emulator, "cost/actual");
    let signed = format!("{actual}?{SAS}");
    let files = async |arguments: &[&str]| {
        let all = [&["exports", "files"][..], arguments].concat();
        command(folder.path(), &all).await
    };
    let listed = files(&[&signed, "--format", "json", "-vv"]).await;
    let said = format!("{}{}", stdout(&listed), stderr(&listed));
    assert!(!said.contains(SIGNATURE), "{said}");
    assert!(said.contains("2 blobs of 1 run"), "{said}");
    let found = document(&listed)["files"].clone();
    let found = found.as_array().unwrap();
    let part = |number: usize| {
        let name = format!("cost/actual/20261001-20261031/{RUN}/part_{number}_0001.csv");
        source(&emulator, &name)
    };
    assert_eq!(found.len(), 2);
    for (number, file) in found.iter().enumerate() {
        assert_eq!(file["url"], part(number));
        assert_eq!(
            (&file["from"], &file["to"]),
            (&"2026-10-01".into(), &"2026-10-31".into())
        );
        assert_eq!(
            (&file["export"], &file["run"]),
            (&"actual".into(), &RUN.into())
        );
        assert!(
            file["bytes"].as_u64().unwrap() > 0 && file["etag"].is_string(),
            "{file}"
        );
    }
    let joined = files(&[&actual, "--joined"]).await;
    assert_eq!(stdout(&joined), format!("{},{}\n", part(0), part(1)));
    // Only the manifest was fetched.
    let requests = emulator.record().requests;
    let fetched = requests.iter().filter(|line| line.contains("part_"));
    assert_eq!(fetched.count(), 0);
    let whole = source(&emulator, "cost");
    for (arguments, code, word) in [
        (vec![whole.as_str()], 1, "ActualCost and AmortizedCost"),
        (vec![actual.as_str(), "--form", "abfss"], 1, "--form https"),
        (vec!["folder"], 2, "az://ACCOUNT/CONTAINER/PATH"),
        (
            vec![actual.as_str(), "--joined", "--format", "csv"],
            2,
            "--format",
        ),
    ] {
        let refused = files(&arguments).await;
        let said = stderr(&refused);
        assert_eq!(refused.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(word) && refused.stdout.is_empty(), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_of_both_metrics_are_refused_before_their_parts_are_fetched() {
    let emulator = account().await;
    let folder = TempDir::new().unwrap();
    let whole = source(&emulator, "cost");
    let refused = command(folder.path(), &["show", &whole]).await;
    assert_eq!(refused.status.code(), Some(1));
    let advice = format!(
        "never added up. Compare them with `costscope compare {whole}/actual {whole}/amortized`"
    );
    let said = stderr(&refused);
    assert!(said.contains(&advice), "{said}");
    let requests = emulator.record().requests;
    assert!(
        !requests.iter().any(|line| line.contains("part_")),
        "{requests:?}"
    );
    // What needs both metrics takes them from there.
    let compared = command(folder.path(), &["compare", &whole, "--format", "json"]).await;
    let found = document(&compared);
    assert_eq!(
        found["currencies"][0]["difference"],
        "0.5",
        "{}",
        stderr(&compared)
    );
    let overview = command(folder.path(), &["overview", &whole, "--format", "json"]).await;
    assert_eq!(overview.status.code(), Some(0), "{}", stderr(&overview));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_one_source_needs_periods_before_it_is_fetched() {
    let emulator = account().await;
    let folder = TempDir::new().unwrap();
    let actual = source(&emulator, "cost/actual");
    let output = command(folder.path(), &["change", &actual]).await;
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("--before-days"));
    assert_eq!(asked(&emulator, ""), 0, "nothing is listed");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_exports_with_the_same_parts_have_the_same_files() {
    let emulator = account().await;
    let folder = TempDir::new().unwrap();
    let parts = [1, 2].map(|day| table(&[row("s1", day, &format!("r{day}"), "2")]));
    for (export, kind) in [("same-actual", "ActualCost"), ("same", "AmortizedCost")] {
        put_run(
            &emulator,
            &ExportRun {
                export,
                id: RUN,
                submitted: "2026-11-11T03:00:00Z",
                kind,
                parts: &parts,
                promised: parts.len(),
            },
        );
    }
    let [actual, amortized] = ["cost/same-actual", "cost/same"].map(|path| source(&emulator, path));
    let output = command(folder.path(), &["compare", &actual, &amortized]).await;
    let said = stderr(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("both sides have the same files"), "{said}");
}
