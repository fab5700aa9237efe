//! Sources in blob storage: the newest complete run, nothing fetched twice, every fault with its next step.

use crate::support::World;
use crate::support::cost_files::{row, table};
use crate::support::storage::{
    ACCOUNT, CONTAINER, ExportRun, SAS, SIGNATURE, asked, folder_of, opened, place, put, put_run,
    source, total,
};
use costscope::ops::context::OpenDataset;
use costscope::ops::error::OpsError;
use costscope::ops::remote_sources::{keep_signatures, renew};
use std::path::Path;

const DAILY: &str = "cost/daily";

fn parts(costs: &[&str]) -> Vec<String> {
    let part = |(at, cost): (usize, &&str)| {
        let day = u32::try_from(at).unwrap() + 1;
        table(&[row("s1", day, &format!("r{at}"), cost)])
    };
    costs.iter().enumerate().map(part).collect()
}

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

const OLD: &str = "2026-11-10T03:00:00Z";
const NEW: &str = "2026-11-11T03:00:00Z";

/// An account with two runs of October: 3 and 7.
async fn account(script: &str) -> World {
    let world = World::new(script).await;
    let (old, new) = (parts(&["1", "2"]), parts(&["3", "4"]));
    put_run(
        &world.emulator,
        &run_of("11111111-0000-4000-8000-000000000001", OLD, &old),
    );
    put_run(
        &world.emulator,
        &run_of("22222222-0000-4000-8000-000000000002", NEW, &new),
    );
    world
}

fn part_of_new(number: usize) -> String {
    let run = run_of("22222222-0000-4000-8000-000000000002", NEW, &[]);
    format!("{}/part_{number}_0001.csv", folder_of(&run))
}

fn part_of_old(number: usize) -> String {
    let run = run_of("11111111-0000-4000-8000-000000000001", OLD, &[]);
    format!("{}/part_{number}_0001.csv", folder_of(&run))
}

fn decisions(opened: &OpenDataset) -> Vec<&'static str> {
    opened.plan.iter().map(|line| line.decision).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_run_is_fetched_once_and_only_what_changes_again() {
    let world = account("storage-page = 2").await;
    let emulator = &world.emulator;
    put(emulator, "cost/daily2/other.csv", b"not below daily");
    put(emulator, "cost/daily", b"");
    put(emulator, "cost/daily/read me ü+%20.md", b"# no costs");
    let address = source(emulator, DAILY);
    let first = opened(&world, &address).await.unwrap();
    assert_eq!(total(&first), "7");
    let mut found = decisions(&first);
    found.sort_unstable();
    assert_eq!(found, ["left-out", "read", "read", "replaced", "replaced"]);
    // Seven blobs in pages of two.
    assert_eq!(asked(emulator, ""), 4);
    assert_eq!(
        [0, 1].map(|part| asked(emulator, &part_of_new(part))),
        [1, 1]
    );
    assert_eq!(
        [0, 1].map(|part| asked(emulator, &part_of_old(part))),
        [0, 0]
    );
    let notes = first.notes.join("\n");
    assert!(
        notes.contains("2 parts fetched") && notes.contains("7 blobs"),
        "{notes}"
    );
    let again = opened(&world, &address).await.unwrap();
    assert_eq!(total(&again), "7");
    assert_eq!(
        [0, 1].map(|part| asked(emulator, &part_of_new(part))),
        [1, 1]
    );
    assert!(
        again
            .notes
            .join("\n")
            .contains("nothing to fetch, 2 parts unchanged"),
        "{:?}",
        again.notes
    );
    let now = NEW.parse().unwrap();
    emulator.storage(|storage| storage.touch(place(&part_of_new(1)), now));
    assert_eq!(total(&opened(&world, &address).await.unwrap()), "7");
    assert_eq!(
        [0, 1].map(|part| asked(emulator, &part_of_new(part))),
        [1, 2]
    );
    assert_eq!(emulator.record().leaked_tokens, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_may_be_a_container_a_month_a_run_or_one_blob() {
    let world = account("").await;
    let (old, one) = (part_of_old(1), part_of_new(0));
    for (path, expected) in [
        ("", "7"),
        ("cost", "7"),
        ("cost/daily/20261001-20261031/", "7"),
        (
            "cost/daily/20261001-20261031/11111111-0000-4000-8000-000000000001",
            "3",
        ),
        (old.as_str(), "2"),
        (one.as_str(), "3"),
    ] {
        let data = opened(&world, &source(&world.emulator, path)).await;
        assert_eq!(total(&data.unwrap()), expected, "{path}");
    }
    let error = opened(&world, &source(&world.emulator, "cost/dail"))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("there is no blob below"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incomplete_run_gives_way_to_the_one_before() {
    for (fault, script) in [
        (
            "missing",
            "[[storage]]\nfault = \"missing\"\nlist = true\nblob = \"2/part_1_0001.csv\"",
        ),
        (
            "pending",
            "[[storage]]\nfault = \"pending-copy\"\nlist = true\nblob = \"2/part_0_0001.csv\"",
        ),
    ] {
        let world = account(script).await;
        let data = opened(&world, &source(&world.emulator, DAILY))
            .await
            .unwrap();
        assert_eq!(total(&data), "3", "{fault}");
        let notes = data.notes.join("\n");
        assert!(notes.contains("the run is incomplete"), "{fault}: {notes}");
    }
    // A run whose manifest is on its way is not read in part. Empty blobs are left out, like empty files in a folder.
    let script = "[[storage]]\nfault = \"pending-copy\"\nlist = true\nblob = \"2/manifest.json\"";
    let world = account(script).await;
    put(&world.emulator, "cost/daily/empty.csv", b"");
    let data = opened(&world, &source(&world.emulator, DAILY))
        .await
        .unwrap();
    assert_eq!(total(&data), "3");
    let why = |end: &str| {
        let line = data.plan.iter().find(|line| line.path.ends_with(end));
        line.and_then(|line| line.why.clone()).unwrap_or_default()
    };
    let expected = "the manifest of its run has not been copied yet";
    assert_eq!([0, 1].map(|part| why(&part_of_new(part))), [expected; 2]);
    assert!(why("empty.csv").contains("empty (0 bytes)"));
    // Of no complete run, nothing is counted.
    let world = World::new("").await;
    let parts = parts(&["1"]);
    let cut = ExportRun {
        promised: 2,
        ..run_of("11111111-0000-4000-8000-000000000001", OLD, &parts)
    };
    put_run(&world.emulator, &cut);
    let error = opened(&world, &source(&world.emulator, DAILY))
        .await
        .unwrap_err();
    let said = error.to_string();
    assert!(said.contains("part_1_0001.csv"), "{said}");
    assert!(said.contains("still being written"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_while_it_is_read_is_listed_again() {
    for (script, lists) in [
        (
            "[[storage]]\nfault = \"overwritten\"\nblob = \"2/part_1_0001.csv\"",
            2,
        ),
        (
            "[[storage]]\nfault = \"overwritten\"\nblob = \"2/manifest.json\"",
            2,
        ),
        (
            "[[storage]]\nfault = \"busy\"\nblob = \"2/part_1_0001.csv\"",
            1,
        ),
        ("[[storage]]\nfault = \"empty-page\"\nlist = true", 2),
    ] {
        let world = account(script).await;
        let data = opened(&world, &source(&world.emulator, DAILY))
            .await
            .unwrap();
        assert_eq!(total(&data), "7", "{script}");
        assert_eq!(asked(&world.emulator, ""), lists, "{script}");
    }
    // A part that is deleted leaves the run before.
    let world = account("[[storage]]\nfault = \"deleted\"\nblob = \"2/part_1_0001.csv\"").await;
    let data = opened(&world, &source(&world.emulator, DAILY))
        .await
        .unwrap();
    assert_eq!(total(&data), "3");
    let world =
        account("[[storage]]\nfault = \"overwritten\"\nblob = \"part_1_0001.csv\"\ntimes = 99")
            .await;
    let error = opened(&world, &source(&world.emulator, DAILY))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("rewritten or deleted"),
        "{error}"
    );
    assert_eq!(asked(&world.emulator, ""), 3, "listed again twice at most");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_breaks_off_is_resumed() {
    let world =
        World::new("[[storage]]\nfault = \"cut\"\nblob = \"part_0_0001.csv\"\ntimes = 2").await;
    let rows: Vec<String> = (0..500)
        .map(|n| row("s1", n % 28 + 1, &format!("r{n}"), "1"))
        .collect();
    let parts = [table(&rows)];
    put_run(
        &world.emulator,
        &run_of("11111111-0000-4000-8000-000000000001", OLD, &parts),
    );
    let data = opened(&world, &source(&world.emulator, DAILY))
        .await
        .unwrap();
    assert_eq!(total(&data), "500");
    assert_eq!(asked(&world.emulator, &part_of_old(0)), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_that_arrives_damaged_is_named_and_fetched_from_the_start() {
    let world = account("").await;
    let (emulator, name) = (&world.emulator, part_of_new(1));
    let set_sum = |sum: Option<Vec<u8>>| {
        emulator.storage(|storage| {
            let blob = storage.blob_mut(place(&name)).unwrap();
            std::mem::replace(&mut blob.md5, sum)
        })
    };
    let right = set_sum(Some(vec![0; 16]));
    let address = source(emulator, DAILY);
    for times in 1..=2 {
        let error = opened(&world, &address).await.unwrap_err();
        let said = error.to_string();
        assert_eq!(error.exit_code(), 6, "{said}");
        assert!(said.contains(&source(emulator, &name)), "{said}");
        assert!(
            said.contains("Content-MD5") && !said.contains("--refresh"),
            "{said}"
        );
        assert_eq!(asked(emulator, &name), times);
    }
    set_sum(right);
    assert_eq!(total(&opened(&world, &address).await.unwrap()), "7");
    assert_eq!(asked(emulator, &name), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_of_storage_say_what_to_do() {
    for (script, words, exit) in [
        (
            "[[storage]]\nfault = \"no-role\"\nlist = true",
            "Storage Blob Data Reader",
            4,
        ),
        (
            "[[storage]]\nfault = \"no-role\"\nblob = \".csv\"\ntimes = 9",
            "Storage Blob Data Reader",
            4,
        ),
        (
            "[[storage]]\nfault = \"firewall\"\nlist = true",
            "firewall",
            4,
        ),
        (
            "[[storage]]\nfault = \"firewall\"\nblob = \".csv\"\ntimes = 9",
            "firewall",
            4,
        ),
        (
            "[[storage]]\nfault = \"archived\"\nlist = true\nblob = \"2/part_1_0001.csv\"",
            "Rehydrate",
            1,
        ),
        (
            "[[storage]]\nfault = \"expired-sas\"\nlist = true",
            "sign in again",
            4,
        ),
    ] {
        let world = account(script).await;
        let error = opened(&world, &source(&world.emulator, DAILY))
            .await
            .unwrap_err();
        assert!(error.to_string().contains(words), "{script}: {error}");
        assert_eq!(error.exit_code(), exit, "{script}: {error}");
    }
    let world = account("").await;
    let wrong = format!("{}/{ACCOUNT}/nothere/cost", world.emulator.url());
    let error = opened(&world, &wrong).await.unwrap_err();
    assert!(
        error.to_string().contains("the first name is the account"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sas_opens_the_source_and_is_nowhere_afterwards() {
    let world = account("").await;
    let address = source(&world.emulator, DAILY);
    let data = opened(&world, &format!("{address}?{SAS}")).await.unwrap();
    assert_eq!(total(&data), "7");
    assert_eq!(data.names, [address.as_str()]);
    let shown = format!("{:?} {:?}", data.notes, data.plan);
    assert!(!shown.contains(SIGNATURE), "{shown}");
    assert_not_in(world.folder.path(), SIGNATURE);
    assert!(
        world
            .emulator
            .record()
            .requests
            .iter()
            .all(|line| !line.contains(SIGNATURE))
    );
    // The fields of a SAS say before anything is sent that it is of no use.
    for (fields, words) in [
        ("se=2026-11-22T09%3A00%3A00Z&sr=c&sp=rl", "expired"),
        ("se=2099-01-01&sr=c&sp=r", "sp=rl"),
        ("se=2099-01-01&ss=b&srt=o&sp=rl", "srt=co"),
    ] {
        let place = source(&world.emulator, "cost");
        let text = keep_signatures(&format!("{place}?{fields}&sig={SIGNATURE}"));
        assert_eq!(text, place);
        let before = world.emulator.record().requests.len();
        let error = opened(&world, &text).await.unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(error.exit_code(), 4);
        assert_eq!(world.emulator.record().requests.len(), before);
    }
    // A wrong signature is refused by the server, and one of a single blob cannot list.
    let one = part_of_new(0);
    let blob = source(&world.emulator, &one);
    let data = opened(
        &world,
        &format!("{blob}?{}", SAS.replace("sr=c&sp=rl", "sr=b&sp=r")),
    )
    .await;
    assert_eq!(total(&data.unwrap()), "3");
    let other = format!("{}/{ACCOUNT}/{CONTAINER}", world.emulator.url());
    let text = format!("{other}?{}", SAS.replace("bWFk", "bWFx"));
    let error = opened(&world, &text).await.unwrap_err();
    assert!(
        error.to_string().contains("AZURE_STORAGE_SAS_TOKEN"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sas_that_expires_during_the_download_is_asked_for_and_it_goes_on() {
    let script = "[[storage]]\nfault = \"expired-sas\"\nblob = \"2/part_1_0001.csv\"";
    let world = account(script).await;
    let address = source(&world.emulator, DAILY);
    let signed = format!("{address}?{SAS}");
    let error = opened(&world, &signed).await.unwrap_err();
    let said = error.to_string();
    assert_eq!(error.exit_code(), 4, "{said}");
    for words in [
        "AuthenticationFailed",
        "what was fetched before is not fetched again",
        "AZURE_STORAGE_SAS_TOKEN",
    ] {
        assert!(said.contains(words), "{said}");
    }
    assert!(!said.contains(SIGNATURE), "{said}");
    assert!(matches!(error, OpsError::NeedsSas { place, .. } if place == address));
    assert!(!renew(&address, "no signature"));
    assert!(renew(&address, &format!("?{SAS}")));
    assert_eq!(total(&opened(&world, &address).await.unwrap()), "7");
    assert_eq!(
        [0, 1].map(|part| asked(&world.emulator, &part_of_new(part))),
        [1, 2]
    );
}

/// Searches a folder for a text.
fn assert_not_in(folder: &Path, text: &str) {
    let mut folders = vec![folder.to_owned()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let bytes = std::fs::read(&path).unwrap();
            let found = bytes
                .windows(text.len())
                .any(|window| window == text.as_bytes());
            assert!(!found, "{}", path.display());
        }
    }
    assert!(
        files > 6,
        "the manifests, the report, their records and the list: {files}"
    );
}
