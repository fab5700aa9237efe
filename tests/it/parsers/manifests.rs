//! Manifests of export runs, against a reader that looks members up by name.

use super::places::check_json_place;
use super::play::{Parser, Verdict};
use costscope::data::sources::manifest::ExportManifest;
use serde_json::{Value, json};

pub(super) const PARSER: Parser = Parser {
    name: "manifest",
    slice: 400,
    valid,
    words: &[
        "\"blobs\":[]",
        "\"blobName\":\"x\"",
        "\"dataRowCount\":18446744073709551616,",
        "\"runInfo\":null,",
        "\"type\":\"FocusCost\",",
        "\\u0000",
        "[[[[[[[[[[[[[[[[",
    ],
    one,
};

fn valid() -> Vec<Vec<u8>> {
    let full = json!({
        "manifestVersion": "2024-04-01", "byteCount": 5_318, "blobCount": 2, "dataRowCount": 4,
        "exportConfig": {
            "exportName": "daily", "dataVersion": "2021-10-01", "type": "ActualCost", "timeFrame": "MonthToDate",
            "resourceId": "/subscriptions/AAAAAAAA-0000-4000-8000-000000000001/providers/Microsoft.CostManagement/exports/daily",
        },
        "deliveryConfig": { "partitionData": true, "dataOverwriteBehavior": "OverwritePreviousReport", "fileFormat": "Csv" },
        "runInfo": {
            "executionType": "Scheduled", "submittedTime": "2026-10-20T03:17:05.1234567Z", "runId": "run-1",
            "startDate": "2026-10-01T00:00:00", "endDate": "2026-10-19T00:00:00",
        },
        "blobs": [
            { "blobName": "costs/daily/20261001-20261031/run-1/part_0_0001.csv", "byteCount": 2_700, "dataRowCount": 2 },
            { "blobName": "costs\\daily\\20261001-20261031\\run-1\\part_1_0001.csv", "byteCount": 2_618, "dataRowCount": 2 },
        ],
    });
    let small = json!({ "blobs": [{ "blobName": "a.csv" }] });
    let marked = format!("\u{feff}{small:#}");
    vec![
        serde_json::to_vec_pretty(&full).unwrap(),
        full.to_string().into_bytes(),
        marked.into_bytes(),
        b"{}".to_vec(),
    ]
}

fn one(bytes: &[u8]) -> Verdict {
    let manifest = match ExportManifest::read(bytes) {
        Ok(manifest) => manifest,
        Err(said) => {
            assert!(said.contains("manifest"), "{said}");
            check_json_place(bytes, &said);
            return Verdict::Refused;
        }
    };
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // Members that are skipped may hold numbers and texts that have no value.
    let Ok(found) = serde_json::from_slice::<Value>(text) else {
        return Verdict::Read;
    };
    assert!(found.is_object(), "a manifest is an object: {found}");
    let word = |place: &str| found.pointer(place).and_then(Value::as_str);
    let blobs = found["blobs"].as_array().cloned().unwrap_or_default();
    let names: Vec<String> = blobs
        .iter()
        .map(|blob| blob["blobName"].as_str().unwrap().trim().replace('\\', "/"))
        .collect();
    assert_eq!(manifest.blobs, names);
    assert_eq!(manifest.rows, found["dataRowCount"].as_u64());
    assert_eq!(manifest.run_id.as_deref(), word("/runInfo/runId"));
    let config = |name: &str| word(&format!("/exportConfig/{name}"));
    assert_eq!(manifest.export_name.as_deref(), config("exportName"));
    assert_eq!(manifest.data_version.as_deref(), config("dataVersion"));
    assert_eq!(manifest.kind, config("type").unwrap_or_default());
    let id = config("resourceId").map(str::to_lowercase);
    assert_eq!(manifest.export_id, id);
    if let (Some(scope), Some(id)) = (&manifest.scope, &id) {
        assert!(id.starts_with(scope.as_str()), "{scope} is not in {id}");
    }
    Verdict::Read
}
