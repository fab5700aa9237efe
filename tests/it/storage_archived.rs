//! Archived blobs: a source with one is refused with its month, the way to get it back, and the sources without it.

use crate::support::cost_files::{row, table};
use crate::support::inside::run_inside;
use crate::support::storage::{
    ACCOUNT, CONTAINER, ExportRun, asked, folder_in, opened, place, put, put_run_of, source, total,
};
use crate::support::{World, document, stderr};
use costscope::emulator::server::Emulator;
use costscope::ops::explore::open::{Progress, open_in};

const DAILY: &str = "cost/daily";
const RUN: &str = "11111111-0000-4000-8000-000000000001";
const NEWER: &str = "22222222-0000-4000-8000-000000000002";

const AUGUST: (&str, &str) = ("2026-08-01", "2026-08-31");
const SEPTEMBER: (&str, &str) = ("2026-09-01", "2026-09-30");
const OCTOBER: (&str, &str) = ("2026-10-01", "2026-10-31");

fn run_of<'a>(id: &'a str, submitted: &'a str, parts: &'a [String]) -> ExportRun<'a> {
    ExportRun {
        export: "daily",
        id,
        submitted,
        kind: "ActualCost",
        parts,
        promised: parts.len(),
    }
}

/// One month with one row; its folder.
fn put_month(emulator: &Emulator, id: &str, days: (&str, &str), cost: &str) -> String {
    let row = row("s1", 1, "r", cost).replace("10/01/2026", &format!("{}/01/2026", &days.0[5..7]));
    let parts = [table(&[row])];
    let submitted = if id == RUN {
        "2026-11-10T03:00:00Z"
    } else {
        "2026-11-11T03:00:00Z"
    };
    let run = run_of(id, submitted, &parts);
    put_run_of(emulator, &run, days);
    folder_in(&run, days)
}

fn archive(emulator: &Emulator, name: &str) {
    emulator.storage(|storage| storage.blob_mut(place(name)).unwrap().tier = "Archive");
}

/// Three months: 1, 20 and 300.
async fn three_months() -> (World, [String; 3]) {
    let world = World::new("").await;
    let months = [(AUGUST, "1"), (SEPTEMBER, "20"), (OCTOBER, "300")];
    let folders = months.map(|(days, cost)| put_month(&world.emulator, RUN, days, cost));
    (world, folders)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_error_names_blob_month_and_both_ways_on() {
    for names in [
        &["part_0_0001.csv"][..],
        &["manifest.json"],
        &["manifest.json", "part_0_0001.csv"],
    ] {
        let (world, [_, september, _]) = three_months().await;
        let emulator = &world.emulator;
        for name in names {
            archive(emulator, &format!("{september}/{name}"));
        }
        let first = format!("{september}/{}", names[0]);
        let address = source(emulator, DAILY);
        let error = opened(&world, &address).await.unwrap_err();
        let said = error.to_string();
        assert_eq!(error.exit_code(), 1, "{said}");
        let rehydrate = format!(
            "az storage blob set-tier --account-name {ACCOUNT} --container-name {CONTAINER} --name {first} --tier Hot"
        );
        let others = [AUGUST, OCTOBER].map(|days| {
            let days = format!("{}-{}", days.0.replace('-', ""), days.1.replace('-', ""));
            source(emulator, &format!("{DAILY}/{days}"))
        });
        for words in [
            source(emulator, &first),
            "costs of 2026-09. ".to_owned(),
            rehydrate,
            format!("in the place of {address}: {}", others.join(" ")),
        ] {
            assert!(said.contains(&words), "{words}: {said}");
        }
        // No part was fetched for nothing.
        assert_eq!(asked(emulator, &format!("{september}/part_0_0001.csv")), 0);
        // What the error says is right.
        let (session, sources) = (world.session.clone(), others.to_vec());
        let work = move || open_in(&session, (&Progress::default(), None), &sources);
        let data = tokio::task::spawn_blocking(work).await.unwrap().unwrap();
        assert_eq!(total(&data), "301");
        if names.len() < 2 {
            continue;
        }
        let command: Vec<&str> = ["show", "--group-by", "month", "--format", "json"]
            .into_iter()
            .chain(others.iter().map(String::as_str))
            .collect();
        let shown = run_inside(world.folder.path(), &command);
        let found = document(&shown);
        assert_eq!(found["totals"][0]["cost"], "301", "{}", stderr(&shown));
        assert_eq!(found["groups"].as_array().map(Vec::len), Some(2), "{found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_in_the_ledger_are_read_after_their_blobs_were_archived() {
    let (world, folders) = three_months().await;
    let address = source(&world.emulator, DAILY);
    assert_eq!(total(&opened(&world, &address).await.unwrap()), "321");
    for folder in &folders {
        archive(&world.emulator, &format!("{folder}/part_0_0001.csv"));
        archive(&world.emulator, &format!("{folder}/manifest.json"));
    }
    assert_eq!(total(&opened(&world, &address).await.unwrap()), "321");
    // A month that is not there is refused, and the stored ones can be read without it.
    let july = put_month(&world.emulator, RUN, ("2026-07-01", "2026-07-31"), "4000");
    archive(&world.emulator, &format!("{july}/part_0_0001.csv"));
    archive(&world.emulator, &format!("{july}/manifest.json"));
    let said = opened(&world, &address).await.unwrap_err().to_string();
    assert!(said.contains("costs of 2026-07. "), "{said}");
    let (_, others) = said.rsplit_once(&format!("{address}: ")).unwrap();
    let others: Vec<String> = others.split(' ').map(ToOwned::to_owned).collect();
    assert_eq!(others.len(), 3, "{said}");
    let session = world.session.clone();
    let work = move || open_in(&session, (&Progress::default(), None), &others);
    let data = tokio::task::spawn_blocking(work).await.unwrap().unwrap();
    assert_eq!(total(&data), "321");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_run_and_other_data_in_the_archive_harm_nothing_that_is_read() {
    let (world, [_, _, october]) = three_months().await;
    let emulator = &world.emulator;
    let newer = put_month(emulator, NEWER, OCTOBER, "4000");
    // A part of a run that is replaced is not fetched.
    archive(emulator, &format!("{october}/part_0_0001.csv"));
    put(emulator, "cost/daily/notes.md", b"# no costs");
    archive(emulator, "cost/daily/notes.md");
    let address = source(emulator, DAILY);
    assert_eq!(total(&opened(&world, &address).await.unwrap()), "4021");
    // Without its manifest, nothing tells that it is replaced: the newer run is given by its own folder.
    let fresh = World::new("").await;
    let emulator = &fresh.emulator;
    let october = put_month(emulator, RUN, OCTOBER, "300");
    put_month(emulator, NEWER, OCTOBER, "4000");
    archive(emulator, &format!("{october}/manifest.json"));
    let said = opened(&fresh, &source(emulator, DAILY)).await.unwrap_err();
    let newer = source(emulator, &newer);
    assert!(
        said.to_string().ends_with(&format!("{DAILY}: {newer}")),
        "{said}"
    );
    assert_eq!(total(&opened(&fresh, &newer).await.unwrap()), "4000");
    // There is no other month.
    archive(emulator, &format!("{october}/part_0_0001.csv"));
    let run = source(emulator, &october);
    let said = opened(&fresh, &run).await.unwrap_err().to_string();
    assert!(said.contains("Rehydrate"), "{said}");
    assert!(!said.contains("in the place of"), "{said}");
}
