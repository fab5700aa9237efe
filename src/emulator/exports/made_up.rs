//! The exports that the made-up accounts begin with.

use super::registry::{Definition, EmulatedRun, Exports};
use crate::emulator::bills::accounts::{EA_ACCOUNT, SUBSCRIPTIONS};
use crate::emulator::bills::rows::mix;
use crate::emulator::scenario::ExportEnding;
use crate::emulator::storage::account::DEMO_ACCOUNT;
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};

const CONTAINER: &str = "exports";
/// The time that a made-up run took.
const TOOK: TimeDelta = TimeDelta::minutes(9);

/// The id of a storage account.
fn account_id() -> String {
    let subscription = SUBSCRIPTIONS.get(3).map_or("", |known| known.id);
    format!(
        "/subscriptions/{subscription}/resourceGroups/rg-platform/providers/Microsoft.Storage/storageAccounts/{DEMO_ACCOUNT}"
    )
}

fn properties(kind: &str, timeframe: &str, recurrence: &str, today: NaiveDate) -> Value {
    let begun = today.checked_sub_months(Months::new(14)).unwrap_or(today);
    let end = begun.checked_add_months(Months::new(60)).unwrap_or(today);
    json!({
        "format": "Csv",
        "compressionMode": "gzip",
        "partitionData": true,
        "dataOverwriteBehavior": "OverwritePreviousReport",
        "exportDescription": "made up",
        "definition": {
            "type": kind,
            "timeframe": timeframe,
            "dataSet": { "granularity": "Daily", "configuration": { "dataVersion": "2021-10-01" } },
        },
        "deliveryInfo": {
            "destination": {
                "resourceId": account_id(),
                "container": CONTAINER,
                "rootFolderPath": "cost",
            },
        },
        "schedule": {
            "status": "Active",
            "recurrence": recurrence,
            "recurrencePeriod": { "from": format!("{begun}T00:00:00Z"), "to": format!("{end}T00:00:00Z") },
        },
    })
}

/// The exports of every made-up account.
pub fn exports(now: DateTime<Utc>, today: NaiveDate) -> Exports {
    let enrolment = format!("providers/Microsoft.Billing/billingAccounts/{EA_ACCOUNT}");
    let mut exports = Exports::default();
    for (name, kind) in [
        ("actual-daily", "ActualCost"),
        ("amortized-daily", "AmortizedCost"),
    ] {
        let properties = properties(kind, "MonthToDate", "Daily", today);
        let runs = daily_runs(name, now, today);
        exports.put(definition(&enrolment, name, properties, runs));
    }
    let subscription = |at: usize| {
        let id = SUBSCRIPTIONS.get(at).map_or("", |known| known.id);
        format!("subscriptions/{id}")
    };
    let monthly = properties("ActualCost", "TheLastMonth", "Monthly", today);
    let run = monthly_run(now, today, ExportEnding::Completed);
    exports.put(definition(
        &subscription(4),
        "eu-prod-monthly",
        monthly,
        run,
    ));
    // The storage account of this one is gone.
    let mut broken = properties("ActualCost", "TheLastMonth", "Monthly", today);
    if let Some(status) = broken.pointer_mut("/schedule/status") {
        *status = json!("Inactive");
    }
    let run = monthly_run(now, today, ExportEnding::Failed);
    exports.put(definition(&subscription(3), "old-finance", broken, run));
    exports
}

fn definition(scope: &str, name: &str, properties: Value, runs: Vec<EmulatedRun>) -> Definition {
    Definition {
        scope: scope.to_owned(),
        name: name.to_owned(),
        etag: String::new(),
        properties,
        has_identity: false,
        runs,
    }
}

/// A scheduled run that ended in the night of a day, or by now.
fn run(
    seed: &str,
    (night, now): (NaiveDate, DateTime<Utc>),
    (from, to): (NaiveDate, NaiveDate),
) -> EmulatedRun {
    let submitted = night.and_hms_opt(3, 17, 5).unwrap_or_default().and_utc();
    let submitted = submitted.min(now - TOOK);
    let mut letters: Vec<u64> = seed.bytes().map(u64::from).collect();
    letters
        .extend([night, from].map(|day| u64::try_from(day.num_days_from_ce()).unwrap_or_default()));
    let number = mix(&letters);
    EmulatedRun {
        id: format!(
            "{:08x}-0000-4000-8000-{:012x}",
            number >> 32,
            number & 0xffff_ffff_ffff
        ),
        on_demand: false,
        submitted,
        from,
        to,
        takes: TOOK,
        ending: ExportEnding::Completed,
        is_delivered: false,
    }
}

/// The last run of the month before, and the last two runs of this month.
fn daily_runs(name: &str, now: DateTime<Utc>, today: NaiveDate) -> Vec<EmulatedRun> {
    let first = today.with_day(1).unwrap_or(today);
    let before = first.checked_sub_months(Months::new(1)).unwrap_or(first);
    let mut runs = Vec::new();
    let last = first.pred_opt().unwrap_or(first);
    let fifth = first.checked_add_days(Days::new(4)).unwrap_or(first);
    runs.push(run(name, (fifth.min(today), now), (before, last)));
    for back in [1, 0] {
        let night = today.checked_sub_days(Days::new(back)).unwrap_or(today);
        let day = night.pred_opt().unwrap_or(night);
        if day >= first {
            runs.push(run(name, (night, now), (first, day)));
        }
    }
    runs
}

fn monthly_run(now: DateTime<Utc>, today: NaiveDate, ending: ExportEnding) -> Vec<EmulatedRun> {
    let first = today.with_day(1).unwrap_or(today);
    let back = u32::from(today.day() < 6);
    let first = first.checked_sub_months(Months::new(back)).unwrap_or(first);
    let before = first.checked_sub_months(Months::new(1)).unwrap_or(first);
    let night = first.checked_add_days(Days::new(5)).unwrap_or(first);
    let last = first.pred_opt().unwrap_or(first);
    vec![EmulatedRun {
        ending,
        ..run("monthly", (night, now), (before, last))
    }]
}
