//! Runs of exports in the ledger that have the same name, scope and days: each folder of each container has its own, and
//! reports of older versions, which did not tell them apart, are read.

use crate::support::cost_files::{row, table};
use crate::support::inside::run_inside;
use crate::support::storage::{
    ACCOUNT, CONTAINER, ExportRun, asked, folder_of, opened, put_run, source, total,
};
use crate::support::{World, document};
use costscope::domain::report::request::{ReportKey, ReportRequest};
use costscope::emulator::server::Emulator;
use costscope::emulator::storage::account::BlobPlace;
use costscope::store::checksum::sum_of_text;
use costscope::store::ledger::LedgerEntry;
use serde_json::Value;
use std::fs;
use std::path::Path;

const DAILY: &str = "cost/daily";
const OLD: &str = "11111111-0000-4000-8000-000000000001";
const NEW: &str = "22222222-0000-4000-8000-000000000002";
const OTHER: &str = "other";

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

/// Writes a run of one part.
fn put_one(emulator: &Emulator, id: &str, submitted: &str, cost: &str) {
    let parts = [table(&[row("s1", 1, "r1", cost)])];
    put_run(emulator, &run_of(id, submitted, &parts));
}

/// Copies every blob to another container of the account.
fn copy_to_other(emulator: &Emulator) {
    emulator.storage(|storage| {
        let blobs = storage.container(ACCOUNT, CONTAINER).unwrap().clone();
        for (name, blob) in blobs {
            let place = BlobPlace {
                account: ACCOUNT,
                container: OTHER,
                name: &name,
            };
            storage.put(place, blob.bytes.to_vec(), blob.modified);
        }
    });
}

/// Copies every blob to another folder of the container, as an export that is moved writes them.
fn copy_to_folder(emulator: &Emulator, other: &str) {
    emulator.storage(|storage| {
        let blobs = storage.container(ACCOUNT, CONTAINER).unwrap().clone();
        for (name, blob) in blobs {
            let text = String::from_utf8(blob.bytes.to_vec()).unwrap();
            let place = BlobPlace {
                account: ACCOUNT,
                container: CONTAINER,
                name: &name.replace(DAILY, other),
            };
            let bytes = text.replace(DAILY, other).into_bytes();
            storage.put(place, bytes, blob.modified);
        }
    });
}

fn reports(folder: &Path) -> Vec<Value> {
    let list = document(&run_inside(folder, &["ledger", "list", "--format", "json"]));
    list["reports"].as_array().unwrap().clone()
}

fn texts(reports: &[Value], name: &str) -> Vec<String> {
    let texts = reports.iter().map(|report| report[name].as_str().unwrap());
    texts.map(ToOwned::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_export_in_two_containers_is_stored_twice() {
    let world = World::new("").await;
    let (emulator, folder) = (&world.emulator, world.folder.path());
    put_one(emulator, OLD, "2026-11-10T03:00:00Z", "3");
    copy_to_other(emulator);
    put_one(emulator, OLD, "2026-11-11T03:00:00Z", "4");
    let one = source(emulator, DAILY);
    let other = one.replace(&format!("/{CONTAINER}/"), &format!("/{OTHER}/"));
    for _ in 0..2 {
        assert_eq!(total(&opened(&world, &one).await.unwrap()), "4");
        assert_eq!(total(&opened(&world, &other).await.unwrap()), "3");
    }
    // Each part was fetched once.
    let part = format!("{}/part_0_0001.csv", folder_of(&run_of(OLD, "", &[])));
    assert_eq!(asked(emulator, &part), 1);
    let requests = emulator.record().requests;
    let of_other = format!("GET /{ACCOUNT}/{OTHER}/{part}");
    let fetched = requests.iter().filter(|request| **request == of_other);
    assert_eq!(fetched.count(), 1);
    let listed = reports(folder);
    let (keys, places) = (texts(&listed, "key"), texts(&listed, "place"));
    assert_eq!(keys.len(), 2, "{keys:?}");
    for (at, container) in [CONTAINER, OTHER].into_iter().enumerate() {
        let end = format!("@export-daily@in-{ACCOUNT}.{container}.cost.daily");
        assert!(keys[at].ends_with(&end), "{keys:?}");
        let place = format!("/{ACCOUNT}/{container}/{DAILY}/");
        assert!(places[at].contains(&place), "{places:?}");
    }
}

/// A form of older versions: the name of the export as they wrote it, and the end of the key that they did not have.
struct OldForm {
    schema: u32,
    request: fn(Vec<ReportRequest>) -> Option<ReportRequest>,
    dropped: &'static str,
    written: &'static str,
}

impl OldForm {
    fn before_places() -> Self {
        Self {
            schema: 2,
            request: |forms| forms.into_iter().next_back(),
            dropped: "@in-costacct.exports.cost.daily",
            written: r#""export":"daily""#,
        }
    }

    fn before_folders() -> Self {
        Self {
            schema: 3,
            request: |forms| forms.into_iter().next(),
            dropped: ".cost.daily",
            written: r#""export":{"name":"daily","place":""#,
        }
    }
}

/// Rewrites the only report as older versions wrote it, and gives its key.
fn as_written_by(form: &OldForm, folder: &Path, key: &str) -> String {
    let ledger = folder.join("ledger");
    let path = ledger.join(key).join("report.json");
    let mut entry: LedgerEntry = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let old = key.strip_suffix(form.dropped).unwrap();
    entry.request = (form.request)(entry.request.older_forms()).unwrap();
    entry.key = ReportKey::from_text(old);
    entry.schema = form.schema;
    entry.check = None;
    let sum = sum_of_text(&serde_json::to_vec(&entry).unwrap());
    entry.check = Some(sum);
    let text = serde_json::to_string(&entry).unwrap();
    assert!(
        text.contains(form.written) && !text.contains("\"folder\""),
        "{text}"
    );
    fs::write(&path, text).unwrap();
    fs::rename(ledger.join(key), ledger.join(old)).unwrap();
    old.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_from_before_places_is_read_and_replaced_by_the_next_run_of_its_place() {
    let world = World::new("").await;
    let (emulator, folder) = (&world.emulator, world.folder.path());
    put_one(emulator, OLD, "2026-11-10T03:00:00Z", "3");
    copy_to_other(emulator);
    let one = source(emulator, DAILY);
    let other = one.replace(&format!("/{CONTAINER}/"), &format!("/{OTHER}/"));
    assert_eq!(total(&opened(&world, &one).await.unwrap()), "3");
    let key = as_written_by(
        &OldForm::before_places(),
        folder,
        &texts(&reports(folder), "key")[0],
    );
    // It is read as it is, and nothing is fetched again.
    assert_eq!(total(&opened(&world, &one).await.unwrap()), "3");
    assert_eq!(texts(&reports(folder), "key"), [key.as_str()]);
    let part = format!("{}/part_0_0001.csv", folder_of(&run_of(OLD, "", &[])));
    assert_eq!(asked(emulator, &part), 1);
    // The run of another place stands beside it.
    assert_eq!(total(&opened(&world, &other).await.unwrap()), "3");
    let keys = texts(&reports(folder), "key");
    assert!(keys.len() == 2 && keys.contains(&key), "{keys:?}");
    // A newer run of its own place replaces it.
    put_one(emulator, NEW, "2026-11-11T03:00:00Z", "5");
    assert_eq!(total(&opened(&world, &one).await.unwrap()), "5");
    let keys = texts(&reports(folder), "key");
    assert!(keys.len() == 2 && !keys.contains(&key), "{keys:?}");
    assert!(keys.iter().all(|key| key.contains("@in-")), "{keys:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_export_in_another_folder_of_its_container_stands_beside_it() {
    const MOVED: &str = "moved/daily";
    let world = World::new("").await;
    let (emulator, folder) = (&world.emulator, world.folder.path());
    put_one(emulator, OLD, "2026-11-10T03:00:00Z", "3");
    copy_to_folder(emulator, MOVED);
    put_one(emulator, OLD, "2026-11-11T03:00:00Z", "4");
    let (one, moved) = (source(emulator, DAILY), source(emulator, MOVED));
    for _ in 0..2 {
        assert_eq!(total(&opened(&world, &one).await.unwrap()), "4");
        assert_eq!(total(&opened(&world, &moved).await.unwrap()), "3");
    }
    // Each part was fetched once.
    let part = format!("{}/part_0_0001.csv", folder_of(&run_of(OLD, "", &[])));
    assert_eq!(asked(emulator, &part), 1);
    assert_eq!(asked(emulator, &part.replace(DAILY, MOVED)), 1);
    let listed = reports(folder);
    let keys = texts(&listed, "key");
    assert_eq!(keys.len(), 2, "{keys:?}");
    for (key, end) in keys.iter().zip([".cost.daily", ".moved.daily"]) {
        assert!(key.ends_with(end), "{keys:?}");
    }
    // A newer run of a folder replaces the older one of it only.
    put_one(emulator, NEW, "2026-11-12T03:00:00Z", "5");
    let third = opened(&world, &one).await.unwrap();
    assert_eq!(total(&third), "5");
    let told = third.notes.iter();
    assert!(!told.clone().any(|note| note.contains("take the place of")));
    assert_eq!(total(&opened(&world, &moved).await.unwrap()), "3");
    assert_eq!(texts(&reports(folder), "key"), keys);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_from_before_folders_is_read_and_replaced_by_the_next_run_of_its_folder() {
    const MOVED: &str = "moved/daily";
    let world = World::new("").await;
    let (emulator, folder) = (&world.emulator, world.folder.path());
    put_one(emulator, OLD, "2026-11-10T03:00:00Z", "3");
    copy_to_folder(emulator, MOVED);
    let (one, moved) = (source(emulator, DAILY), source(emulator, MOVED));
    assert_eq!(total(&opened(&world, &one).await.unwrap()), "3");
    let form = OldForm::before_folders();
    let key = as_written_by(&form, folder, &texts(&reports(folder), "key")[0]);
    // It is read as it is, and nothing is fetched again.
    assert_eq!(total(&opened(&world, &one).await.unwrap()), "3");
    assert_eq!(texts(&reports(folder), "key"), [key.as_str()]);
    let part = format!("{}/part_0_0001.csv", folder_of(&run_of(OLD, "", &[])));
    assert_eq!(asked(emulator, &part), 1);
    // The run of another folder stands beside it.
    assert_eq!(total(&opened(&world, &moved).await.unwrap()), "3");
    let keys = texts(&reports(folder), "key");
    assert!(keys.len() == 2 && keys.contains(&key), "{keys:?}");
    // A newer run of its own folder replaces it.
    put_one(emulator, NEW, "2026-11-11T03:00:00Z", "5");
    assert_eq!(total(&opened(&world, &one).await.unwrap()), "5");
    let keys = texts(&reports(folder), "key");
    assert!(keys.len() == 2 && !keys.contains(&key), "{keys:?}");
}
