//! Reads the manifest of an export run: which files belong to it, their dataset, and when it was made.
//!
//! Format: `manifest.json` of Cost Management exports, manifest versions 2024-04-01 and older.

use crate::data::columns::dates;
use crate::domain::metric::Metric;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The content of a manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExportManifest {
    /// Names of its files in the container.
    pub blobs: Vec<String>,
    /// Their sizes, where the manifest has them.
    pub sizes: BTreeMap<String, u64>,
    /// Their rows, where the manifest has them.
    pub row_counts: BTreeMap<String, u64>,
    /// The rows of all of them.
    pub rows: Option<u64>,
    pub submitted: Option<DateTime<Utc>>,
    pub run_id: Option<String>,
    pub days: Option<(NaiveDate, NaiveDate)>,
    pub export_name: Option<String>,
    /// The scope that the export belongs to, in lower case.
    pub scope: Option<String>,
    /// The export's own id, in lower case.
    pub export_id: Option<String>,
    /// The dataset, as the manifest spells it.
    pub kind: String,
    pub data_version: Option<String>,
}

impl ExportManifest {
    /// Reads a manifest.
    pub fn read(text: &[u8]) -> Result<Self, String> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let body: ManifestJson = serde_json::from_slice(text)
            .map_err(|error| format!("this is not the manifest of an export: {error}"))?;
        let info = body.run_info.unwrap_or_default();
        let config = body.export_config.unwrap_or_default();
        let day = |text: &Option<String>| dates::parse(text.as_deref()?).ok();
        let (mut blobs, mut sizes, mut row_counts) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        for blob in body.blobs.unwrap_or_default() {
            let name = blob.name.trim().replace('\\', "/");
            if let Some(bytes) = blob.byte_count {
                sizes.insert(name.clone(), bytes);
            }
            if let Some(rows) = blob.data_row_count.and_then(|rows| rows.get().parse().ok()) {
                row_counts.insert(name.clone(), rows);
            }
            blobs.push(name);
        }
        let export_id = config.resource_id.map(|id| id.to_lowercase());
        let scope = export_id.as_ref().map(|id| {
            let end = id.find("/providers/microsoft.costmanagement/exports/");
            id.get(..end.unwrap_or(id.len()))
                .unwrap_or_default()
                .to_owned()
        });
        Ok(Self {
            blobs,
            sizes,
            row_counts,
            rows: body.data_row_count,
            submitted: info.submitted_time.as_deref().and_then(time),
            run_id: info.run_id,
            days: day(&info.start_date).zip(day(&info.end_date)),
            export_name: config.export_name,
            scope,
            export_id,
            kind: config.kind.unwrap_or_default(),
            data_version: config.data_version,
        })
    }

    /// The metric of its dataset, if it has one.
    pub fn metric(&self) -> Option<Metric> {
        match self.kind.to_lowercase().as_str() {
            "actualcost" => Some(Metric::Actual),
            "amortizedcost" => Some(Metric::Amortized),
            "usage" => Some(Metric::Usage),
            _ => None,
        }
    }

    /// The metric whose costs its rows add. FOCUS has both costs, and counts as actual cost.
    pub fn counts_as(&self) -> Option<Metric> {
        let is_focus = self.kind.eq_ignore_ascii_case("focuscost");
        is_focus.then_some(Metric::Actual).or(self.metric())
    }

    /// Describes an export of another dataset than costs.
    pub fn other_dataset(&self) -> Option<String> {
        let named = match self.kind.to_lowercase().as_str() {
            "actualcost" | "amortizedcost" | "focuscost" | "usage" | "" => return None,
            "pricesheet" => "price sheet",
            "reservationdetails" => "reservation details",
            "reservationtransactions" => "reservation transactions",
            "reservationrecommendations" => "reservation recommendations",
            _ => self.kind.as_str(),
        };
        Some(format!("an export of data other than costs ({named})"))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ManifestJson {
    blobs: Option<Vec<ManifestBlob>>,
    data_row_count: Option<u64>,
    run_info: Option<RunInfo>,
    export_config: Option<ExportConfig>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ManifestBlob {
    #[serde(rename = "blobName")]
    name: String,
    #[serde(default)]
    byte_count: Option<u64>,
    /// Only the progress needs it: one that is no number is ignored.
    #[serde(default)]
    data_row_count: Option<Box<RawValue>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct RunInfo {
    submitted_time: Option<String>,
    run_id: Option<String>,
    start_date: Option<String>,
    end_date: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct ExportConfig {
    export_name: Option<String>,
    resource_id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    data_version: Option<String>,
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    let full = DateTime::parse_from_rfc3339(text.trim()).ok();
    full.map(|time| time.with_timezone(&Utc)).or_else(|| {
        let bare = text.trim().trim_end_matches('Z');
        let naive = chrono::NaiveDateTime::parse_from_str(bare, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
        Some(naive.and_utc())
    })
}

#[cfg(test)]
mod tests {
    use crate::data::sources::manifest::ExportManifest;

    #[test]
    fn row_counts_of_blobs_that_are_no_counts_are_ignored() {
        for (written, counted) in [
            ("5", Some(5)),
            ("null", None),
            ("\"5\"", None),
            ("5.0", None),
            ("-1", None),
            ("1e999", None),
            ("\"\\ud800\"", None),
        ] {
            let text =
                format!("{{\"blobs\":[{{\"blobName\":\"a.csv\",\"dataRowCount\":{written}}}]}}");
            let manifest = ExportManifest::read(text.as_bytes()).unwrap();
            let count = manifest.row_counts.get("a.csv").copied();
            assert_eq!(count, counted, "{written}");
        }
    }
}
