//! Runs of exports in the ledger: what was read once is read from there, and only blobs that changed are fetched.

use crate::support::cost_files::{row, table};
use crate::support::inside::run_inside;
use crate::support::storage::{
    ExportRun, SAS, SIGNATURE, asked, folder_of, large_parts, opened, place, put, put_run, source,
    total, wait_for,
};
use crate::support::{JumpingClock, World, document, emulator, program, run, stderr, stdout};
use costscope::data::ingest::READING_RULES;
use costscope::emulator::server::Emulator;
use costscope::ops::clock::Clock;
use costscope::store::checksum::sum_of_text;
use costscope::store::ledger::LedgerEntry;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::Arc;
use tempfile::TempDir;

const DAILY: &str = "cost/daily";
const OLD: &str = "11111111-0000-4000-8000-000000000001";
const NEW: &str = "22222222-0000-4000-8000-000000000002";

/// A run of October, one row in each part.
fn put_october(emulator: &Emulator, (id, submitted): (&str, &str), costs: &[&str]) {
    let part = |(at, cost): (usize, &&str)| {
        let day = u32::try_from(at).unwrap() + 1;
        table(&[row("s1", day, &format!("r{at}"), cost)])
    };
    let parts: Vec<String> = costs.iter().enumerate().map(part).collect();
    put_run(
        emulator,
        &ExportRun {
            export: "daily",
            id,
            submitted,
            kind: "ActualCost",
            parts: &parts,
            promised: parts.len(),
        },
    );
}

fn part_of(id: &str, number: usize) -> String {
    let run = ExportRun {
        export: "daily",
        id,
        submitted: "",
        kind: "",
        parts: &[],
        promised: 0,
    };
    format!("{}/part_{number}_0001.csv", folder_of(&run))
}

fn manifest_of(id: &str) -> String {
    let part = part_of(id, 0);
    let folder = part.rsplit_once('/').unwrap().0;
    format!("{folder}/manifest.json")
}

fn times<const N: usize>(emulator: &Emulator, id: &str) -> [usize; N] {
    std::array::from_fn(|part| asked(emulator, &part_of(id, part)))
}

/// Runs the program while the emulator answers.
async fn command(folder: &Path, arguments: &[&str]) -> Output {
    let folder = folder.to_owned();
    let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
    let work = move || {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        run(&folder, &arguments)
    };
    tokio::task::spawn_blocking(work).await.unwrap()
}

fn reports(folder: &Path) -> Vec<Value> {
    let list = document(&run_inside(folder, &["ledger", "list", "--format", "json"]));
    list["reports"].as_array().unwrap().clone()
}

fn key_of(report: &Value) -> String {
    report["key"].as_str().unwrap().to_owned()
}

/// Files of fetched blobs, by their endings.
fn fetched(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for place in std::fs::read_dir(folder.join("storage"))
        .into_iter()
        .flatten()
    {
        let files = std::fs::read_dir(place.unwrap().path()).into_iter();
        let files = files.flatten().map(|file| file.unwrap().path());
        found.extend(files.filter(|file| {
            let name = file.file_name().unwrap().to_str().unwrap();
            name.ends_with(ending) && !name.starts_with("list-")
        }));
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_goes_into_the_ledger_and_is_read_from_there() {
    let world = World::new("").await;
    let (emulator, folder) = (&world.emulator, world.folder.path());
    put_october(emulator, (NEW, "2026-11-11T03:00:00Z"), &["3", "4"]);
    let address = source(emulator, DAILY);
    let first = opened(&world, &format!("{address}?{SAS}")).await.unwrap();
    let listed = reports(folder);
    assert_eq!(listed.len(), 1, "{listed:?}");
    let (report, key) = (&listed[0], key_of(&listed[0]));
    assert!(
        key.ends_with("@sub-s1@2026-10@actual@export-daily@in-costacct.exports.cost.daily"),
        "{key}"
    );
    assert_eq!(report["rows"], 2);
    assert!(report["totals"].to_string().contains("\"7\""), "{report}");
    let run_folder = part_of(NEW, 0);
    let run_folder = run_folder.rsplit_once('/').unwrap().0;
    assert_eq!(report["place"], source(emulator, run_folder));
    // The text is gone; the manifest stays, so that a list is all that is asked for.
    assert_eq!(fetched(folder, ".blob").len(), 1);
    let before = emulator.record().requests.len();
    let again = opened(&world, &address).await.unwrap();
    assert_eq!(emulator.record().requests.len(), before + 1);
    assert_eq!(times(emulator, NEW), [1, 1]);
    assert_eq!([total(&first), total(&again)], ["7", "7"]);
    let facts = |data: &costscope::ops::context::OpenDataset| format!("{:?}", data.data.sources());
    assert_eq!(facts(&first), facts(&again));
    // Its key opens the same rows, and both together would count them twice.
    for arguments in [
        vec!["show", &key, "--group-by", "month", "--format", "json"],
        vec!["ledger", "verify", &key],
    ] {
        let output = run(folder, &arguments);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
    let shown = run(
        folder,
        &["show", &key, "--group-by", "month", "--format", "json"],
    );
    assert_eq!(document(&shown)["totals"][0]["cost"], "7");
    let twice = command(folder, &["show", &key, &address, "--group-by", "month"]).await;
    assert_eq!(twice.status.code(), Some(1), "{}", stdout(&twice));
    let table = stdout(&run(folder, &["ledger", "list"]));
    assert!(
        table.contains("export at") && !table.contains(SIGNATURE),
        "{table}"
    );
    let removed = run(folder, &["ledger", "remove", &key]);
    assert_eq!(removed.status.code(), Some(0), "{}", stderr(&removed));
    assert_eq!(total(&opened(&world, &address).await.unwrap()), "7");
    assert_eq!(times(emulator, NEW), [2, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_that_changed_is_the_only_one_that_is_fetched_again() {
    let world = World::new("").await;
    let emulator = &world.emulator;
    put_october(emulator, (NEW, "2026-11-11T03:00:00Z"), &["3", "4", "5"]);
    let address = source(emulator, DAILY);
    assert_eq!(total(&opened(&world, &address).await.unwrap()), "12");
    let text = table(&[row("s1", 2, "r1", "40")]);
    put(emulator, &part_of(NEW, 1), text.as_bytes());
    for expected in [[1, 2, 1], [1, 2, 1]] {
        assert_eq!(total(&opened(&world, &address).await.unwrap()), "48");
        assert_eq!(times(emulator, NEW), expected);
    }
    let listed = reports(world.folder.path());
    assert_eq!((listed.len(), &listed[0]["rows"]), (1, &json!(3)));
    assert_eq!(fetched(world.folder.path(), ".blob").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_run_replaces_the_stored_one_and_an_older_one_does_not() {
    let world = World::new("").await;
    let (emulator, folder) = (&world.emulator, world.folder.path());
    put_october(emulator, (OLD, "2026-11-10T03:00:00Z"), &["1", "2"]);
    let address = source(emulator, DAILY);
    assert_eq!(total(&opened(&world, &address).await.unwrap()), "3");
    put_october(emulator, (NEW, "2026-11-11T03:00:00Z"), &["3", "4"]);
    assert_eq!(total(&opened(&world, &address).await.unwrap()), "7");
    let newer = reports(folder);
    assert_eq!((newer.len(), &newer[0]["rows"]), (1, &json!(2)));
    let older = part_of(OLD, 0);
    let older = source(emulator, older.rsplit_once('/').unwrap().0);
    assert_eq!(total(&opened(&world, &older).await.unwrap()), "3");
    assert_eq!(reports(folder), newer, "what is looked at does not count");
    // The next look at all runs puts away what only the older one needs.
    assert_eq!(total(&opened(&world, &address).await.unwrap()), "7");
    assert_eq!(fetched(folder, ".blob").len(), 2, "two manifests");
    assert_eq!(times(emulator, NEW), [1, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_list_neither_replaces_a_newer_run_nor_hides_it() {
    let world = World::new("").await;
    let (emulator, folder) = (&world.emulator, world.folder.path());
    put_october(emulator, (OLD, "2026-11-10T03:00:00Z"), &["1", "2"]);
    let (address, above) = (source(emulator, DAILY), source(emulator, "cost"));
    // Rows with dates in a given order are not put into the ledger.
    let by_day = ["show", &above, "--dates", "day-first", "--top", "1"];
    assert!(command(folder, &by_day).await.status.success());
    put_october(emulator, (NEW, "2026-11-11T03:00:00Z"), &["3", "4"]);
    let newer = part_of(NEW, 0);
    let newer = source(emulator, newer.rsplit_once('/').unwrap().0);
    let month = ["--group-by", "month", "--format", "json"];
    let cost = |output: &Output| document(output)["totals"][0]["cost"].clone();
    let shown = command(folder, &[&["show", &newer][..], &month].concat()).await;
    assert_eq!(cost(&shown), "7");
    let key = key_of(&reports(folder)[0]);
    let offline = |place: &str| {
        let arguments = [&["show", place, "--offline"][..], &month].concat();
        run(folder, &arguments)
    };
    let old = offline(&above);
    assert_eq!(cost(&old), "3", "{}", stderr(&old));
    let kept = run(folder, &[&["show", &key][..], &month].concat());
    assert_eq!(cost(&kept), "7", "{}", stderr(&kept));
    // The newest list that has the place counts.
    assert_eq!(
        cost(&command(folder, &[&["show", &address][..], &month].concat()).await),
        "7"
    );
    let later = offline(&format!("{address}/20261001-20261031"));
    assert_eq!(cost(&later), "7", "{}", stderr(&later));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_run_gives_its_place_in_the_ledger_to_the_one_before() {
    let world = World::new("").await;
    let (emulator, folder) = (&world.emulator, world.folder.path());
    put_october(emulator, (OLD, "2026-11-10T03:00:00Z"), &["1", "2"]);
    put_october(emulator, (NEW, "2026-11-11T03:00:00Z"), &["3", "4"]);
    let address = source(emulator, DAILY);
    assert_eq!(total(&opened(&world, &address).await.unwrap()), "7");
    let key = key_of(&reports(folder)[0]);
    for name in [part_of(NEW, 0), part_of(NEW, 1), manifest_of(NEW)] {
        emulator.storage(|storage| storage.remove(place(&name)));
    }
    let show = ["show", &address, "--group-by", "month", "--format", "json"];
    let shown = command(folder, &show).await;
    assert_eq!(document(&shown)["totals"][0]["cost"], "3");
    let said = stderr(&shown);
    assert!(said.contains("which was deleted in the storage"), "{said}");
    let kept = run(
        folder,
        &["show", &key, "--group-by", "month", "--format", "json"],
    );
    assert_eq!(
        document(&kept)["totals"][0]["cost"],
        "3",
        "{}",
        stderr(&kept)
    );
    let again = command(folder, &show).await;
    assert_eq!(stdout(&again), stdout(&shown));
    assert_eq!(times(emulator, OLD), [1, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_report_is_fetched_again() {
    let world = World::new("").await;
    let (emulator, folder) = (&world.emulator, world.folder.path());
    put_october(emulator, (NEW, "2026-11-11T03:00:00Z"), &["3", "4"]);
    let address = source(emulator, DAILY);
    assert_eq!(total(&opened(&world, &address).await.unwrap()), "7");
    let key = key_of(&reports(folder)[0]);
    let part = folder.join("ledger").join(&key).join("part-1.parquet");
    let mut bytes = std::fs::read(&part).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&part, bytes).unwrap();
    // By its key there is no other source of the rows.
    let shown = run(folder, &["show", &key, "--group-by", "month"]);
    assert_eq!(shown.status.code(), Some(6), "{}", stderr(&shown));
    assert!(
        stderr(&shown).contains(&format!("ledger remove {key}")),
        "{}",
        stderr(&shown)
    );
    assert_eq!(total(&opened(&world, &address).await.unwrap()), "7");
    assert_eq!(times(emulator, NEW), [2, 2]);
    let verified = run(folder, &["ledger", "verify", &key]);
    assert_eq!(verified.status.code(), Some(0), "{}", stderr(&verified));
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_are_not_what_they_say_stay_out_of_the_ledger() {
    let world = World::new("").await;
    let emulator = &world.emulator;
    put_october(emulator, (NEW, "2026-11-11T03:00:00Z"), &["3", "4"]);
    // One row more than the manifest promises.
    let text = table(&[row("s1", 1, "r0", "3"), row("s1", 1, "r9", "9")]);
    put(emulator, &part_of(NEW, 0), text.as_bytes());
    let address = source(emulator, DAILY);
    let error = opened(&world, &address).await.unwrap_err();
    assert_eq!(error.exit_code(), 6, "{error}");
    assert!(reports(world.folder.path()).is_empty());
    // A file without a manifest has no key, and is kept as it was fetched.
    put(emulator, "loose/costs.csv", text.as_bytes());
    let loose = source(emulator, "loose");
    for _ in 0..2 {
        assert_eq!(total(&opened(&world, &loose).await.unwrap()), "12");
    }
    assert_eq!(asked(emulator, "loose/costs.csv"), 1);
    assert!(reports(world.folder.path()).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn gzip_and_offline_use_the_ledger_as_well() {
    let world = World::new("").await;
    let (emulator, folder) = (&world.emulator, world.folder.path());
    let text = table(&[row("s1", 1, "r0", "3"), row("s1", 13, "r1", "4.25")]);
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(text.as_bytes()).unwrap();
    let (name, home) = ("part_0_0001.csv.gz", "cost/daily/20261001-20261031");
    put(
        emulator,
        &format!("{home}/{NEW}/{name}"),
        &packed.finish().unwrap(),
    );
    let manifest = json!({
        "dataRowCount": 2,
        "exportConfig": {
            "exportName": "daily",
            "resourceId": "/subscriptions/s1/resourceGroups/RG-a/providers/Microsoft.CostManagement/exports/daily",
            "type": "AmortizedCost",
        },
        "runInfo": {
            "submittedTime": "2026-11-11T03:00:00Z", "runId": NEW,
            "startDate": "2026-10-01T00:00:00", "endDate": "2026-10-31T00:00:00",
        },
        "blobs": [{ "blobName": format!("{home}/{NEW}/{name}"), "byteCount": text.len() }],
    });
    let manifest = manifest.to_string();
    put(
        emulator,
        &format!("{home}/{NEW}/manifest.json"),
        manifest.as_bytes(),
    );
    let address = source(emulator, DAILY);
    let show = ["show", &address, "--group-by", "month", "--format", "json"];
    for more in [&[][..], &["--offline"]] {
        let output = command(folder, &[&show[..], more].concat()).await;
        let found = document(&output);
        assert_eq!(found["totals"][0]["cost"], "7.25", "{}", stderr(&output));
        assert_eq!(found["metric"], "amortized");
    }
    let listed = reports(folder);
    assert!(
        key_of(&listed[0]).contains("@sub-s1@rg-rg-a@2026-10@amortized@export-daily@in-"),
        "{listed:?}"
    );
    assert_eq!(asked(emulator, &format!("{home}/{NEW}/{name}")), 1);
    assert_eq!(fetched(folder, ".blob").len(), 1);
    // Dates that are read in another order are other rows: the ledger has none of those.
    let forced = command(folder, &[&show[..], &["--dates", "month-first"]].concat()).await;
    assert_eq!(document(&forced)["totals"][0]["cost"], "7.25");
    assert_eq!(asked(emulator, &format!("{home}/{NEW}/{name}")), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_other_rules_read_are_read_again_and_offline_says_how_old_all_is() {
    let world = World::new("").await;
    let (emulator, folder) = (&world.emulator, world.folder.path());
    put_october(emulator, (NEW, "2026-11-11T03:00:00Z"), &["3", "4"]);
    let address = source(emulator, DAILY);
    assert_eq!(total(&opened(&world, &address).await.unwrap()), "7");
    let key = key_of(&reports(folder)[0]);
    let path = folder.join("ledger").join(&key).join("report.json");
    let report =
        || -> LedgerEntry { serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap() };
    let rules = || report().source.unwrap().rules;
    assert_eq!(rules(), READING_RULES);
    // As a version wrote it that did not note its rules.
    let mut older = report();
    older.source.as_mut().unwrap().rules = 0;
    older.check = None;
    let sum = sum_of_text(&serde_json::to_vec(&older).unwrap());
    older.check = Some(sum);
    std::fs::write(&path, serde_json::to_vec(&older).unwrap()).unwrap();
    // Offline, a SAS is of no use and need not be valid.
    let expired = format!("{address}?se=2026-01-01&sr=c&sp=rl&sig={SIGNATURE}");
    let show = ["show", &expired, "--group-by", "month", "--offline"];
    let output = command(folder, &show).await;
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(
        said.contains("3 blobs as listed on 20") && said.contains(" UTC, 1 run read"),
        "{said}"
    );
    assert!(said.contains("by the rules of another version"), "{said}");
    assert_eq!(times(emulator, NEW), [1, 1]);
    for _ in 0..2 {
        let data = opened(&world, &address).await.unwrap();
        assert_eq!(total(&data), "7");
        let notes = data.notes.join("\n");
        assert!(
            !notes.contains("as listed on") && !notes.contains("another version"),
            "{notes}"
        );
        assert_eq!(times(emulator, NEW), [2, 2]);
        assert_eq!(rules(), READING_RULES);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_fetch_goes_on_and_leaves_nothing_behind() {
    const PARTS: usize = 6;
    let clock: Arc<dyn Clock> = JumpingClock::new();
    let emulator = emulator("download-pause = 40", &clock).await;
    let parts = large_parts(PARTS);
    put_run(
        &emulator,
        &ExportRun {
            export: "daily",
            id: NEW,
            submitted: "2026-11-11T03:00:00Z",
            kind: "ActualCost",
            parts: &parts,
            promised: PARTS,
        },
    );
    let data = TempDir::new().unwrap();
    let address = source(&emulator, DAILY);
    let (folder, killed) = (data.path().to_owned(), address.clone());
    let finished = tokio::task::spawn_blocking(move || {
        let mut child = program()
            .arg("--data-dir")
            .arg(&folder)
            .args(["show", &killed, "--group-by", "month"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The manifest, four parts, and the rest on its way.
        wait_for("four parts", || {
            fetched(&folder, ".json").len() >= 5 && !fetched(&folder, ".part").is_empty()
        });
        child.kill().unwrap();
        child.wait().unwrap();
        fetched(&folder, ".json").len() - 1
    })
    .await
    .unwrap();
    assert!(finished < PARTS, "it was killed too late");
    let show = ["show", &address, "--group-by", "month", "--format", "json"];
    let output = command(data.path(), &show).await;
    let found = document(&output);
    assert_eq!(found["totals"][0]["cost"], "540", "{}", stderr(&output));
    let times: [usize; PARTS] = times(&emulator, NEW);
    let once = times.iter().filter(|times| **times == 1).count();
    assert!(once >= finished, "{times:?}: {finished} were whole");
    assert!(
        times.iter().all(|times| (1..=2).contains(times)),
        "{times:?}"
    );
    for (ending, left) in [(".part", 0), (".note", 0), (".blob", 1), (".json", 1)] {
        let found = fetched(data.path(), ending);
        assert_eq!(found.len(), left, "{found:?}");
    }
    let listed = reports(data.path());
    assert_eq!(listed[0]["rows"], 54_000);
    let work = std::fs::read_dir(data.path().join("ledger/.work")).unwrap();
    let left: Vec<String> = work
        .map(|item| item.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("new-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_run_leaves_no_unfinished_download() {
    // The first run is cut off for good, and gives up.
    let world = World::new(
        "[[storage]]\nfault = \"cut\"\nblob = \"11111111-0000-4000-8000-000000000001/part_1_0001.csv\"\ntimes = 99",
    )
    .await;
    let (emulator, folder) = (&world.emulator, world.folder.path());
    put_october(emulator, (OLD, "2026-11-10T03:00:00Z"), &["1", "2"]);
    let address = source(emulator, DAILY);
    opened(&world, &address).await.unwrap_err();
    assert_eq!(fetched(folder, ".part").len(), 1);
    put_october(emulator, (NEW, "2026-11-11T03:00:00Z"), &["3", "4"]);
    assert_eq!(total(&opened(&world, &address).await.unwrap()), "7");
    for (ending, left) in [(".part", 0), (".note", 0), (".blob", 2)] {
        let found = fetched(folder, ending);
        assert_eq!(found.len(), left, "{found:?}");
    }
}
