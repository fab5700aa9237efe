//! The sentences about a run: its state at a look, its end, and its last lines on a page.

use super::files::RunSize;
use super::outcome::{News, RunOutcome};
use crate::data::sources::names;
use crate::domain::export::definition::Export;
use crate::domain::export::run::{Run, Status, failure_words};
use crate::domain::export::watch::WatchEnding;
use crate::domain::text::{age, bytes, clock, counted, shell, timestamp};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// The state of a run whose start has to wait.
pub const BUSY: &str = "the server is busy, and nothing was started";

/// The state of a run at a look.
pub fn state(run: Option<&Run>, now: DateTime<Utc>) -> String {
    let Some(run) = run else {
        return "the history does not show the run yet".to_owned();
    };
    match run.age(now) {
        Some(age) => format!("{} for {}", run.status.word(), clock(age)),
        None => run.status.word().to_owned(),
    }
}

/// The progress of a watch.
pub fn told(news: &News) -> String {
    match news {
        News::Note(note) => note.clone(),
        News::Busy { since, until, .. } => {
            let next = until.signed_duration_since(*since).num_seconds();
            format!("{BUSY}; the start is sent again in {next} s")
        }
        News::Waiting {
            since, until, run, ..
        } => {
            let next = until.signed_duration_since(*since).num_seconds();
            format!("{}; next look in {next} s", state(run.as_deref(), *since))
        }
    }
}

/// The outcome of a watch.
pub fn outcome(outcome: &RunOutcome, max_wait: Duration) -> String {
    match outcome {
        RunOutcome::Started => "started; nobody watches it".to_owned(),
        RunOutcome::UnderWay => "one is under way; none was started".to_owned(),
        RunOutcome::Ended(ending) => ended(ending, max_wait),
        RunOutcome::Cancelled => "the run goes on; the watch can be resumed".to_owned(),
        RunOutcome::NotStarted => "stopped before a run was started".to_owned(),
    }
}

/// The end of a watch, with the next step.
pub fn ended(ending: &WatchEnding, max_wait: Duration) -> String {
    match ending {
        WatchEnding::Completed(run) => {
            let place = run.manifest.as_deref().or(run.file.as_deref());
            match place {
                Some(place) => format!("completed: {place}"),
                None => "completed".to_owned(),
            }
        }
        WatchEnding::NoData(run) => format!(
            "{}: there are no new costs for these days, so no file was written",
            run.status.word()
        ),
        WatchEnding::Failed(run) => format!("failed: {}", failure_words(run)),
        WatchEnding::NeverStarted => {
            "the run never began: the history does not show it ten minutes later. Start it again"
                .to_owned()
        }
        WatchEnding::TimeUp(run) => {
            let state = match run {
                Some(run) => format!("the run is {}", run.status.word()),
                None => "the run has not been seen".to_owned(),
            };
            let limit = clock(i64::try_from(max_wait.as_secs()).unwrap_or(i64::MAX));
            format!("timed out after {limit}: {state}. Starting it again resumes the watch")
        }
    }
}

/// The command that opens the files of a completed run, and the one for all months of its export, each with these flags.
pub fn opening(source: &str, run: &Run, flags: &[String]) -> String {
    let open = |source: &str| {
        let words = [vec![shell::word(source)], flags.to_vec()].concat();
        format!("`costscope open {}`", words.join(" "))
    };
    match month_of(source, run) {
        Some(month) => format!(
            "{} opens its files, and {} those of all months",
            open(&month),
            open(source)
        ),
        None => format!("{} opens its files", open(source)),
    }
}

/// The source of the month that a run has written, by the place of its manifest below the folder of the export.
pub fn month_of(source: &str, run: &Run) -> Option<String> {
    let place = run.manifest.as_deref().or(run.file.as_deref())?;
    let (export, days) = names::days_folder(place)?.rsplit_once('/')?;
    let path = source.strip_prefix("az://")?.splitn(3, '/').nth(2)?;
    let above = export.strip_suffix(path)?;
    (above.is_empty() || above.ends_with('/')).then(|| format!("{source}/{days}"))
}

/// Why a run failed, with the next step; the server's words about other runs, if it has any.
pub fn error(run: &Run) -> Option<String> {
    match run.status {
        Status::Failed | Status::Timeout => Some(failure_words(run)),
        Status::Queued
        | Status::InProgress
        | Status::Completed
        | Status::NoData(_)
        | Status::Other(_) => run.error.clone(),
    }
}

/// The format with its compression.
pub fn format(export: &Export) -> String {
    match export.compression.as_deref() {
        Some(compression) if !compression.eq_ignore_ascii_case("none") => {
            format!("{} {compression}", export.format)
        }
        _ => export.format.clone(),
    }
}

/// The definition in lines.
pub fn facts(export: &Export) -> Vec<String> {
    let kept = if export.keeps_every_run() {
        "every run stays: delete old ones by hand"
    } else {
        "each run replaces the one before"
    };
    let next = export.next_run.map(timestamp);
    let next = next.map_or_else(String::new, |next| format!(", next run {next}"));
    let version = export.data_version.as_deref().unwrap_or("latest");
    vec![
        format!(
            "{}: {} (data version {version}), {}",
            export.name,
            export.dataset.word(),
            export.timeframe
        ),
        format!("schedule: {}{next}", export.schedule_words()),
        format!("files: {}, {kept}", self::format(export)),
        format!("place: {}", export.source()),
    ]
}

/// The runs of an export in lines, the newest first, with the sizes that are known.
pub fn runs(export: &Export, sizes: &[RunSize], now: DateTime<Utc>) -> Vec<String> {
    let mut lines = Vec::new();
    for run in &export.runs {
        let submitted = run.submitted.map(timestamp).unwrap_or_default();
        let old = run.age(now).map(age).unwrap_or_default();
        let days = run.days.map(|days| days.to_string()).unwrap_or_default();
        let size = sizes.iter().find(|size| size.run == run.id);
        let size = size.map(|size| {
            let parts = counted(size.parts, "part");
            format!("  {parts}, {}", bytes(size.bytes))
        });
        lines.push(format!(
            "{submitted}  {:<20} {:<10} {days:<24} {old}{}",
            run.status.word(),
            run.trigger.word(),
            size.unwrap_or_default()
        ));
        lines.extend(error(run).map(|error| format!("    {error}")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use crate::domain::export::run::{Run, Status, Trigger};
    use crate::ops::exports::words::opening;

    #[test]
    fn a_run_is_opened_by_its_month_where_its_manifest_says_it() {
        let run = |manifest: Option<&str>, file: Option<&str>| Run {
            id: "r".to_owned(),
            status: Status::Completed,
            trigger: Trigger::OnDemand,
            submitted_by: None,
            submitted: None,
            ended: None,
            days: None,
            file: file.map(ToOwned::to_owned),
            manifest: manifest.map(ToOwned::to_owned),
            error: None,
        };
        let source = "az://costs/exports/cost/daily";
        let all = "`costscope open az://costs/exports/cost/daily`";
        let month = format!(
            "`costscope open {source}/20261001-20261031` opens its files, and {all} those of all months"
        );
        let whole = format!("{all} opens its files");
        let path = "cost/daily/20261001-20261031/r/manifest.json";
        let url = format!("https://costs.blob.core.windows.net/exports/{path}");
        for (manifest, file, expected) in [
            (Some(path), None, &month),
            (Some(url.as_str()), None, &month),
            (
                None,
                Some("cost/daily/20261001-20261031/r/part_0_0001.csv"),
                &month,
            ),
            // Another folder, such as the one before the export was changed.
            (
                Some("old/daily/20261001-20261031/r/manifest.json"),
                None,
                &whole,
            ),
            (
                Some("old-cost/daily/20261001-20261031/r/manifest.json"),
                None,
                &whole,
            ),
            (Some("cost/daily/manifest.json"), None, &whole),
            (None, None, &whole),
        ] {
            assert_eq!(&opening(source, &run(manifest, file), &[]), expected);
        }
        let odd = opening("az://costs/exports/our costs/daily", &run(None, None), &[]);
        assert!(
            odd.contains("open 'az://costs/exports/our costs/daily'`"),
            "{odd}"
        );
    }
}
