//! The files of a run: parts and a manifest in the documented folders.
//!
//! Microsoft Learn, "File partitioning": `FOLDER/EXPORT/FROM-TO/RUN/part_0_0001.csv`, beside a `manifest.json`.

use super::registry::{Definition, EmulatedRun, Exports, stamp};
use crate::emulator::bills::accounts;
use crate::emulator::bills::accounts::{Access, VisibleCosts};
use crate::emulator::bills::csv_dialects::CsvSheet;
use crate::emulator::bills::rows;
use crate::emulator::bills::rows::Metric;
use crate::emulator::scenario::Script;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::{self, Write};

/// Rows of a part; Azure's have about a million.
const ROWS_OF_A_PART: usize = 2_000;

/// The files of one run.
pub struct Delivery {
    pub account: String,
    pub container: String,
    /// Files in this folder are deleted first.
    pub replaces: Option<String>,
    /// By their names.
    pub files: Vec<(String, Vec<u8>)>,
    /// When they were written.
    pub at: DateTime<Utc>,
}

/// The costs that an export of a scope contains.
fn view(scope: &str) -> Option<VisibleCosts> {
    match accounts::access(scope) {
        Access::Report(view) => Some(view),
        Access::PayAsYouGo | Access::Refused | Access::NoReports(_) | Access::NotFound => None,
    }
}

/// The files of the runs that have ended since the last call and went to an account.
pub fn deliver(
    exports: &mut Exports,
    account: &str,
    now: DateTime<Utc>,
    (script, today): (&Script, NaiveDate),
) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    let all = exports.all.values_mut();
    for definition in all.filter(|definition| definition.account() == account) {
        for at in 0..definition.runs.len() {
            let Some(run) = definition.runs.get(at).cloned() else {
                continue;
            };
            if run.is_delivered || run.word(now) != "Completed" {
                continue;
            }
            if !definition.is_replaced(at, now) {
                deliveries.extend(delivery(definition, &run, script, today));
            }
            if let Some(run) = definition.runs.get_mut(at) {
                run.is_delivered = true;
            }
        }
    }
    deliveries
}

/// The files of a run; `None` for data that this server does not make up.
fn delivery(
    definition: &Definition,
    run: &EmulatedRun,
    script: &Script,
    today: NaiveDate,
) -> Option<Delivery> {
    let view = view(&definition.scope)?;
    let metric = match definition.text("/definition/type") {
        "ActualCost" | "Usage" => Metric::Actual,
        "AmortizedCost" => Metric::Amortized,
        _ => return None,
    };
    let is_closed = (run.from.year(), run.from.month()) < (today.year(), today.month());
    let days = run
        .from
        .iter_days()
        .take_while(|day| *day <= run.to.min(today));
    let all: Vec<rows::BillRow> = days
        .flat_map(|day| rows::day(&view, metric, day, script.seed))
        .collect();
    let folder = definition.run_folder(run);
    let mut files = Vec::new();
    let mut blobs = Vec::new();
    for (number, rows) in all.chunks(ROWS_OF_A_PART).enumerate() {
        // Writing to memory cannot fail; if it did, the file would be visibly cut.
        let plain = sheet(&view, rows, is_closed).unwrap_or_default();
        let bytes = if definition.is_compressed() {
            packed(&plain).unwrap_or_default()
        } else {
            plain
        };
        let name = format!("{folder}/{}", definition.part(number));
        blobs.push(
            json!({ "blobName": name, "byteCount": bytes.len(), "dataRowCount": rows.len() }),
        );
        files.push((name, bytes));
    }
    let manifest = manifest(definition, run, &blobs, all.len());
    files.push((
        format!("{folder}/manifest.json"),
        manifest.to_string().into_bytes(),
    ));
    Some(Delivery {
        account: definition.account().to_owned(),
        container: definition
            .text("/deliveryInfo/destination/container")
            .to_owned(),
        replaces: definition
            .is_overwriting()
            .then(|| definition.days_folder(run)),
        files,
        at: run.submitted + run.takes,
    })
}

fn sheet(view: &VisibleCosts, rows: &[rows::BillRow], is_closed: bool) -> io::Result<Vec<u8>> {
    let mut sheet = CsvSheet::begin(Vec::new(), view.dialect, is_closed)?;
    for row in rows {
        sheet.row(row)?;
    }
    sheet.end()
}

fn packed(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn manifest(definition: &Definition, run: &EmulatedRun, blobs: &[Value], rows: usize) -> Value {
    let bytes: u64 = blobs
        .iter()
        .filter_map(|blob| blob.get("byteCount")?.as_u64())
        .sum();
    json!({
        "manifestVersion": "2024-04-01",
        "byteCount": bytes,
        "blobCount": blobs.len(),
        "dataRowCount": rows,
        "exportConfig": {
            "exportName": definition.name,
            "resourceId": definition.id(),
            "dataVersion": "2021-10-01",
            "apiVersion": "2025-03-01",
            "type": definition.text("/definition/type"),
            "timeFrame": definition.text("/definition/timeframe"),
            "granularity": "Daily",
        },
        "deliveryConfig": {
            "partitionData": true,
            "dataOverwriteBehavior": definition.text("/dataOverwriteBehavior"),
            "fileFormat": "Csv",
            "compressionMode": if definition.is_compressed() { "GZip" } else { "None" },
            "containerUri": definition.text("/deliveryInfo/destination/resourceId"),
            "rootFolderPath": definition.text("/deliveryInfo/destination/rootFolderPath"),
        },
        "runInfo": {
            "executionType": if run.on_demand { "OnDemand" } else { "Scheduled" },
            "submittedTime": stamp(run.submitted),
            "runId": run.id,
            "startDate": format!("{}T00:00:00", run.from),
            "endDate": format!("{}T00:00:00", run.to),
        },
        "blobs": blobs,
    })
}
