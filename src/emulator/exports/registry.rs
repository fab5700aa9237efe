//! The definitions of exports and the states of their runs.

use crate::emulator::scenario::ExportEnding;
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The error of a failing run that names no other.
const UNKNOWN_ERROR: &str = "An unknown error occurred";
/// Runs that the answer to one export contains.
const RECENT: usize = 10;

/// All exports, by scope and name in lower case.
#[derive(Debug, Default)]
pub struct Exports {
    pub all: BTreeMap<(String, String), Definition>,
    /// Whether the made-up exports are there.
    pub is_prepared: bool,
    /// How many definitions were written, so that each version has an `eTag` of its own.
    pub written: u64,
}

/// An export.
#[derive(Debug, Clone)]
pub struct Definition {
    /// As its creator spelled it, without outer slashes.
    pub scope: String,
    pub name: String,
    pub etag: String,
    pub properties: Value,
    pub has_identity: bool,
    /// In the order of their submission.
    pub runs: Vec<EmulatedRun>,
}

/// A run.
#[derive(Debug, Clone)]
pub struct EmulatedRun {
    pub id: String,
    pub on_demand: bool,
    pub submitted: DateTime<Utc>,
    pub from: NaiveDate,
    pub to: NaiveDate,
    /// The time that the run takes.
    pub takes: TimeDelta,
    pub ending: ExportEnding,
    pub is_delivered: bool,
}

impl Exports {
    /// The key of an export.
    pub fn key(scope: &str, name: &str) -> (String, String) {
        (scope.to_lowercase(), name.to_lowercase())
    }

    /// Adds or replaces a definition, which gets a new `eTag`.
    pub fn put(&mut self, definition: Definition) -> Definition {
        self.written += 1;
        let kept = Definition {
            etag: format!("\"1db{:013x}\"", self.written),
            ..definition
        };
        let key = Self::key(&kept.scope, &kept.name);
        self.all.insert(key, kept.clone());
        kept
    }

    /// The exports of one scope, by name.
    pub fn of_scope(&self, scope: &str) -> Vec<&Definition> {
        let scope = scope.to_lowercase();
        let all = self.all.iter();
        all.filter(|((known, _), _)| *known == scope)
            .map(|(_, definition)| definition)
            .collect()
    }
}

impl Definition {
    /// A text of its properties, by JSON pointer.
    pub fn text(&self, pointer: &str) -> &str {
        let value = self.properties.pointer(pointer);
        value.and_then(Value::as_str).unwrap_or_default()
    }

    /// The name of the storage account that it writes to.
    pub fn account(&self) -> &str {
        let id = self.text("/deliveryInfo/destination/resourceId");
        id.trim_matches('/').rsplit('/').next().unwrap_or_default()
    }

    /// Whether a run overwrites the files of the one before.
    pub fn is_overwriting(&self) -> bool {
        self.text("/dataOverwriteBehavior") == "OverwritePreviousReport"
    }

    /// Whether its files are packed.
    pub fn is_compressed(&self) -> bool {
        self.text("/compressionMode").eq_ignore_ascii_case("gzip")
    }

    /// The folder of the days of a run. Runs of the month to date are in the folder of the whole month.
    pub fn days_folder(&self, run: &EmulatedRun) -> String {
        let root = self.text("/deliveryInfo/destination/rootFolderPath");
        let last = run.from.with_day(run.from.num_days_in_month().into());
        let is_open = self.text("/definition/timeframe").ends_with("ToDate");
        let last = last
            .filter(|_| is_open && run.from.day() == 1)
            .unwrap_or(run.to);
        let days = format!("{}-{}", run.from.format("%Y%m%d"), last.format("%Y%m%d"));
        let parts = [root.trim_matches('/'), &self.name, &days];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("/")
    }

    /// The folder of a run.
    pub fn run_folder(&self, run: &EmulatedRun) -> String {
        let days = self.days_folder(run);
        if self.is_overwriting() {
            return format!("{days}/{}", run.id);
        }
        format!("{days}/{}/{}", run.submitted.format("%Y%m%d%H%M"), run.id)
    }

    /// The name of a part.
    pub fn part(&self, number: usize) -> String {
        let gz = if self.is_compressed() { ".gz" } else { "" };
        format!("part_{number}_0001.csv{gz}")
    }

    /// Whether a later run has already overwritten the files of a run.
    pub fn is_replaced(&self, at: usize, now: DateTime<Utc>) -> bool {
        let Some((run, later)) = self.runs.get(at..).and_then(<[EmulatedRun]>::split_first) else {
            return false;
        };
        let folder = self.days_folder(run);
        let is_same = |other: &EmulatedRun| {
            other.word(now) == "Completed" && self.days_folder(other) == folder
        };
        self.is_overwriting() && later.iter().any(is_same)
    }

    /// The ARM id.
    pub fn id(&self) -> String {
        format!(
            "/{}/providers/Microsoft.CostManagement/exports/{}",
            self.scope, self.name
        )
    }

    /// The days of a run that names none; `None` where the export names none either.
    pub fn own_days(&self, today: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
        let first = today.with_day(1)?;
        let before = first.checked_sub_months(Months::new(1))?;
        match self.text("/definition/timeframe") {
            "TheLastMonth" | "TheLastBillingMonth" => Some((before, first.pred_opt()?)),
            "WeekToDate" => {
                let back = u64::from(today.weekday().num_days_from_monday());
                Some((today.checked_sub_days(Days::new(back))?, today))
            }
            "Custom" => {
                let day =
                    |name: &str| read_day(self.text(&format!("/definition/timePeriod/{name}")));
                Some((day("from")?, day("to")?))
            }
            _ => Some((first, today)),
        }
    }

    /// The export as the API shows it, with its latest runs where they are asked for.
    pub fn json(&self, expanded: Option<usize>, now: DateTime<Utc>) -> Value {
        let mut properties = self.properties.clone();
        if let Some(fields) = properties.as_object_mut() {
            if self.text("/schedule/status") == "Active" {
                let next = now
                    .date_naive()
                    .succ_opt()
                    .and_then(|day| day.and_hms_opt(3, 17, 0));
                let next = next.map(|time| stamp(time.and_utc()));
                fields.insert("nextRunTimeEstimate".to_owned(), json!(next));
            }
            if let Some(most) = expanded {
                let runs = self.history(most.min(RECENT), now);
                fields.insert("runHistory".to_owned(), json!({ "value": runs }));
            }
        }
        let mut body = json!({
            "id": self.id(),
            "name": self.name,
            "type": "Microsoft.CostManagement/exports",
            "eTag": self.etag,
            "properties": properties,
        });
        if let Some(fields) = body.as_object_mut().filter(|_| self.has_identity) {
            fields.insert("identity".to_owned(), json!({ "type": "SystemAssigned" }));
            fields.insert("location".to_owned(), json!("global"));
        }
        body
    }

    /// The latest runs, the newest first.
    pub fn history(&self, most: usize, now: DateTime<Utc>) -> Vec<Value> {
        let latest = self.runs.iter().rev().take(most);
        latest.map(|run| run.json(self, now)).collect()
    }
}

impl EmulatedRun {
    /// Its status by the server's clock.
    pub fn word(&self, now: DateTime<Utc>) -> &'static str {
        let gone = now - self.submitted;
        if gone < self.takes {
            return if gone * 4 < self.takes {
                "Queued"
            } else {
                "InProgress"
            };
        }
        match self.ending {
            ExportEnding::Completed => "Completed",
            ExportEnding::Failed => "Failed",
            ExportEnding::NoData => "NewDataNotAvailable",
        }
    }

    fn json(&self, definition: &Definition, now: DateTime<Utc>) -> Value {
        let word = self.word(now);
        let settings: Value = match definition.properties.as_object() {
            Some(fields) => {
                let kept = fields.iter().filter(|(name, _)| *name != "schedule");
                kept.map(|(name, value)| (name.clone(), value.clone()))
                    .collect()
            }
            None => Value::Null,
        };
        let started = (word != "Queued").then(|| stamp(self.submitted + self.takes / 4));
        let ended = !matches!(word, "Queued" | "InProgress");
        let place = (word == "Completed").then(|| definition.run_folder(self));
        json!({
            "id": format!("{}/Run/{}", definition.id(), self.id),
            "type": "Microsoft.CostManagement/exports",
            "properties": {
                "executionType": if self.on_demand { "OnDemand" } else { "Scheduled" },
                "status": word,
                "submittedBy": if self.on_demand { "demo@contoso.example" } else { "System" },
                "submittedTime": stamp(self.submitted),
                "processingStartTime": started,
                "processingEndTime": ended.then(|| stamp(self.submitted + self.takes)),
                "startDate": format!("{}T00:00:00", self.from),
                "endDate": format!("{}T00:00:00", self.to),
                "fileName": place.as_ref().map(|place| format!("{place}/{}", definition.part(0))),
                "manifestFile": place.map(|place| format!("{place}/manifest.json")),
                "runSettings": settings,
                "error": (word == "Failed").then(|| json!({ "code": "InternalServerError", "message": UNKNOWN_ERROR })),
            },
        })
    }
}

/// A time with seven fraction digits, as the API writes it.
pub fn stamp(time: DateTime<Utc>) -> String {
    let text = time.to_rfc3339_opts(SecondsFormat::Micros, true);
    format!("{}0Z", text.trim_end_matches('Z'))
}

/// The day at the start of a time.
pub fn read_day(text: &str) -> Option<NaiveDate> {
    text.get(..10)?.parse().ok()
}
