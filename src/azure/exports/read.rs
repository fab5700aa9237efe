//! Reads exports and runs. Unknown words are kept; members that are missing stay empty.

use crate::azure::error::AzureError;
use crate::azure::wire;
use crate::domain::export::definition::{Dataset, Destination, Export, Schedule};
use crate::domain::export::run::{Run, Status, Trigger};
use crate::domain::period::DateRange;
use crate::domain::text::redaction;
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde_json::Value;
use std::cmp::Reverse;

/// Reads an export.
pub(super) fn export(item: &Value) -> Result<Export, AzureError> {
    let name = text(item, "/name").ok_or_else(|| nameless("an export", "name"))?;
    let runs = item.pointer("/properties/runHistory/value");
    let runs = runs.and_then(Value::as_array).into_iter().flatten();
    let runs: Result<Vec<Run>, AzureError> = runs.map(run).collect();
    let of = |member: &str| text(item, &format!("/properties/{member}"));
    let destination = |member: &str| of(&format!("deliveryInfo/destination/{member}"));
    Ok(Export {
        name,
        dataset: Dataset::read(&of("definition/type").unwrap_or_default()),
        data_version: of("definition/dataSet/configuration/dataVersion"),
        timeframe: of("definition/timeframe").unwrap_or_default(),
        days: days(
            item,
            [
                "/properties/definition/timePeriod/from",
                "/properties/definition/timePeriod/to",
            ],
        ),
        format: of("format").unwrap_or_default(),
        compression: of("compressionMode"),
        overwrite: of("dataOverwriteBehavior"),
        is_partitioned: item.pointer("/properties/partitionData") == Some(&Value::Bool(true)),
        description: of("exportDescription"),
        destination: Destination {
            account: destination("resourceId")
                .or_else(|| destination("storageAccount"))
                .unwrap_or_default(),
            container: destination("container").unwrap_or_default(),
            folder: destination("rootFolderPath").unwrap_or_default(),
        },
        schedule: item
            .pointer("/properties/schedule")
            .filter(|value| value.is_object())
            .map(schedule),
        next_run: time(item, "/properties/nextRunTimeEstimate"),
        etag: text(item, "/eTag").or_else(|| text(item, "/etag")),
        has_identity: text(item, "/identity/type")
            .is_some_and(|kind| !kind.eq_ignore_ascii_case("None")),
        runs: newest_first(runs?),
    })
}

fn schedule(item: &Value) -> Schedule {
    Schedule {
        is_active: text(item, "/status").is_some_and(|word| word.eq_ignore_ascii_case("Active")),
        recurrence: text(item, "/recurrence").unwrap_or_default(),
    }
}

/// Reads a run.
pub(super) fn run(item: &Value) -> Result<Run, AzureError> {
    let id = text(item, "/id").or_else(|| text(item, "/name"));
    let id = id.ok_or_else(|| nameless("a run of an export", "id"))?;
    let id = id.trim_end_matches('/').rsplit('/').next().unwrap_or(&id);
    let of = |member: &str| text(item, &format!("/properties/{member}"));
    let at = |member: &str| time(item, &format!("/properties/{member}"));
    let error = item
        .pointer("/properties/error")
        .filter(|error| error.is_object());
    Ok(Run {
        id: id.to_owned(),
        status: Status::read(&of("status").unwrap_or_default()),
        trigger: Trigger::read(&of("executionType").unwrap_or_default()),
        submitted_by: of("submittedBy"),
        submitted: at("submittedTime"),
        ended: at("processingEndTime"),
        days: days(item, ["/properties/startDate", "/properties/endDate"]),
        file: of("fileName"),
        manifest: of("manifestFile"),
        error: error.and_then(wire::reason),
    })
}

/// The order of the history is not documented.
pub(super) fn newest_first(mut runs: Vec<Run>) -> Vec<Run> {
    runs.sort_by_key(|run| Reverse(run.submitted));
    runs
}

fn nameless(what: &str, member: &str) -> AzureError {
    AzureError::Unreadable(format!(
        "the answer of the server contains {what} without the member \"{member}\""
    ))
}

/// A text with content.
fn text(item: &Value, pointer: &str) -> Option<String> {
    let text = item.pointer(pointer)?.as_str()?.trim();
    (!text.is_empty()).then(|| redaction::foreign(text))
}

fn days(item: &Value, [from, to]: [&str; 2]) -> Option<DateRange> {
    let day = |pointer: &str| text(item, pointer)?.get(..10)?.parse::<NaiveDate>().ok();
    Some(DateRange {
        from: day(from)?,
        to: day(to)?,
    })
}

/// A time with or without its zone, which is always UTC.
fn time(item: &Value, pointer: &str) -> Option<DateTime<Utc>> {
    let text = text(item, pointer)?;
    let zoned = DateTime::parse_from_rfc3339(&text).ok();
    zoned.map(|time| time.to_utc()).or_else(|| {
        let naive = NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
        Some(naive.and_utc())
    })
}

#[cfg(test)]
mod tests {
    use crate::azure::exports::read::{export, run};
    use crate::domain::export::definition::Dataset;
    use crate::domain::export::run::{Status, Trigger};
    use serde_json::json;

    #[test]
    fn the_documented_run_is_read() {
        let read = run(&json!({
            "id": "/subscriptions/s/providers/Microsoft.CostManagement/exports/Daily/Run/1e25d58a",
            "properties": {
                "endDate": "2020-06-30T00:00:00Z", "startDate": "2020-06-01T00:00:00",
                "executionType": "OnDemand", "status": "Completed", "submittedBy": "john@example",
                "submittedTime": "2018-08-03T07:52:15.6016681Z", "manifestFile": "a/manifest.json",
            }
        }))
        .unwrap();
        assert_eq!(read.id, "1e25d58a");
        assert_eq!(
            (read.status, read.trigger),
            (Status::Completed, Trigger::OnDemand)
        );
        assert_eq!(read.days.unwrap().to_string(), "2020-06");
        assert!(read.submitted.is_some() && read.error.is_none());
    }

    #[test]
    fn unknown_words_and_missing_members_are_no_errors() {
        let read =
            export(&json!({ "name": "x", "properties": { "definition": { "type": "Carbon" } } }));
        let read = read.unwrap();
        assert_eq!(read.dataset, Dataset::Other("Carbon".to_owned()));
        assert!(read.schedule.is_none() && read.runs.is_empty());
        assert!(export(&json!({ "properties": {} })).is_err());
        assert!(run(&json!({ "properties": {} })).is_err());
    }

    #[test]
    fn a_sas_is_never_kept() {
        let read = export(
            &json!({ "name": "x", "properties": { "deliveryInfo": { "destination": {
            "storageAccount": "partner", "sasToken": "sv=2020&sig=abc", "container": "c" } } } }),
        );
        assert!(!format!("{:?}", read.unwrap()).contains("sig=abc"));
    }

    #[test]
    fn the_newest_run_is_the_first() {
        let of =
            |id: &str, time: &str| json!({ "id": id, "properties": { "submittedTime": time } });
        let runs = json!({ "value": [of("old", "2026-10-01T00:00:00Z"), of("new", "2026-10-02T00:00:00Z")] });
        let read = export(&json!({ "name": "x", "properties": { "runHistory": runs } })).unwrap();
        assert_eq!(read.last_run().unwrap().id, "new");
    }
}
