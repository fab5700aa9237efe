//! Exports in the emulator's blob storage, as Azure writes them.

use crate::support::World;
use crate::support::cost_files::{row, table};
use chrono::{DateTime, Utc};
use costscope::emulator::server::Emulator;
use costscope::emulator::storage::account::BlobPlace;
use costscope::ops::context::OpenDataset;
use costscope::ops::error::OpsError;
use costscope::ops::explore::open::{Progress, open_in, totals};
use serde_json::json;
use std::time::{Duration, Instant};

pub(crate) const ACCOUNT: &str = "costacct";
pub(crate) const CONTAINER: &str = "exports";
/// A SAS of the emulator, as Azure prints one.
pub(crate) const SAS: &str = "sv=2021-12-02&se=2099-01-01T00%3A00%3A00Z&sr=c&sp=rl&sig=bWFkZSB1cCBmb3I%2BdGVzdHM%2F%3D%3D%2B%2F";
/// Letters of its signature, which must be nowhere.
pub(crate) const SIGNATURE: &str = "bWFkZSB1cCBmb3I";

/// One run of an export of October.
pub(crate) struct ExportRun<'a> {
    pub(crate) export: &'a str,
    /// The run's folder.
    pub(crate) id: &'a str,
    pub(crate) submitted: &'a str,
    pub(crate) kind: &'a str,
    /// Its parts as texts.
    pub(crate) parts: &'a [String],
    /// Parts that its manifest lists.
    pub(crate) promised: usize,
}

pub(crate) fn put(emulator: &Emulator, name: &str, bytes: &[u8]) {
    put_at(emulator, name, bytes, "2026-11-20T03:00:00Z");
}

fn put_at(emulator: &Emulator, name: &str, bytes: &[u8], time: &str) {
    let time: DateTime<Utc> = time.parse().unwrap();
    let place = place(name);
    emulator.storage(|storage| storage.put(place, bytes.to_vec(), time));
}

pub(crate) fn place(name: &str) -> BlobPlace<'_> {
    BlobPlace {
        account: ACCOUNT,
        container: CONTAINER,
        name,
    }
}

/// The folder of a run.
pub(crate) fn folder_of(run: &ExportRun<'_>) -> String {
    folder_in(run, OCTOBER)
}

const OCTOBER: (&str, &str) = ("2026-10-01", "2026-10-31");

/// The folder of a run of these days.
pub(crate) fn folder_in(run: &ExportRun<'_>, (from, to): (&str, &str)) -> String {
    let days = format!("{from}_{to}").replace('-', "").replace('_', "-");
    format!("cost/{}/{days}/{}", run.export, run.id)
}

/// Writes the parts of a run, and its manifest.
pub(crate) fn put_run(emulator: &Emulator, run: &ExportRun<'_>) {
    put_run_of(emulator, run, OCTOBER);
}

/// Writes the parts of a run of these days, and its manifest.
pub(crate) fn put_run_of(emulator: &Emulator, run: &ExportRun<'_>, days: (&str, &str)) {
    let folder = folder_in(run, days);
    let mut blobs = Vec::new();
    for number in 0..run.promised {
        let name = format!("{folder}/part_{number}_0001.csv");
        let part = run.parts.get(number);
        if let Some(text) = part {
            put_at(emulator, &name, text.as_bytes(), run.submitted);
        }
        let rows = part.map_or(1, |text| text.lines().count() - 1);
        blobs.push(
            json!({ "blobName": name, "byteCount": part.map(String::len), "dataRowCount": rows }),
        );
    }
    let rows: usize = run.parts.iter().map(|text| text.lines().count() - 1).sum();
    let manifest = json!({
        "manifestVersion": "2024-04-01",
        "blobCount": run.promised,
        "dataRowCount": rows + run.promised - run.parts.len(),
        "exportConfig": {
            "exportName": run.export,
            "resourceId": format!("/subscriptions/s1/providers/Microsoft.CostManagement/exports/{}", run.export),
            "type": run.kind,
            "dataVersion": "2021-10-01",
        },
        "runInfo": {
            "executionType": "Scheduled",
            "submittedTime": run.submitted,
            "runId": run.id,
            "startDate": format!("{}T00:00:00", days.0),
            "endDate": format!("{}T00:00:00", days.1),
        },
        "blobs": blobs,
    });
    let name = format!("{folder}/manifest.json");
    put_at(
        emulator,
        &name,
        manifest.to_string().as_bytes(),
        run.submitted,
    );
}

/// The address of a path in the emulator's storage.
pub(crate) fn source(emulator: &Emulator, path: &str) -> String {
    format!("{}/{ACCOUNT}/{CONTAINER}/{path}", emulator.url())
}

/// Opens a source as the screens do.
pub(crate) async fn opened(world: &World, source: &str) -> Result<OpenDataset, OpsError> {
    let (session, source) = (world.session.clone(), source.to_owned());
    let work = move || open_in(&session, (&Progress::default(), None), &[source]);
    tokio::task::spawn_blocking(work).await.unwrap()
}

/// The totals of opened data.
pub(crate) fn total(opened: &OpenDataset) -> String {
    let totals = totals(&opened.data).unwrap();
    let texts = totals.iter().map(|money| money.amount.to_string());
    texts.collect::<Vec<String>>().join(" ")
}

/// How often a blob was asked for, or the list with an empty name.
pub(crate) fn asked(emulator: &Emulator, name: &str) -> usize {
    let line = if name.is_empty() {
        format!("GET /{ACCOUNT}/{CONTAINER}")
    } else {
        format!("GET /{ACCOUNT}/{CONTAINER}/{name}")
    };
    let record = emulator.record();
    let requests = record.requests.iter();
    requests.filter(|request| **request == line).count()
}

/// Parts of about 700 kB, a row for each line.
pub(crate) fn large_parts(count: usize) -> Vec<String> {
    let part = |part: usize| {
        let rows: Vec<String> = (0..9000)
            .map(|n| row("s1", n % 28 + 1, &format!("r{part}-{n}"), "0.01"))
            .collect();
        table(&rows)
    };
    (0..count).map(part).collect()
}

/// Waits until a condition holds.
pub(crate) fn wait_for(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
