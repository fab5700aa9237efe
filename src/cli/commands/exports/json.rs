//! Exports and runs as JSON.

use crate::domain::export::definition::Export;
use crate::domain::export::run::Run;
use crate::domain::text::timestamp;
use crate::ops::exports::words::error;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct ExportJson<'a> {
    pub(super) name: &'a str,
    #[serde(rename = "type")]
    pub(super) dataset: &'a str,
    pub(super) format: &'a str,
    pub(super) compression: Option<&'a str>,
    /// A source that opens the files.
    pub(super) destination: String,
    pub(super) schedule: String,
    pub(super) next_run: Option<String>,
    pub(super) last_run: Option<LastRunJson<'a>>,
    /// Only of a single export.
    #[serde(flatten)]
    pub(super) details: Option<DetailsJson<'a>>,
}

#[derive(Serialize)]
pub(super) struct LastRunJson<'a> {
    pub(super) status: &'a str,
    pub(super) submitted_at: Option<String>,
    pub(super) error: Option<String>,
}

#[derive(Serialize)]
pub(super) struct DetailsJson<'a> {
    storage: &'a str,
    timeframe: &'a str,
    data_version: Option<&'a str>,
    overwrites: bool,
    partitioned: bool,
    identity: bool,
    description: Option<&'a str>,
    runs: Vec<RunJson<'a>>,
}

#[derive(Serialize)]
pub(super) struct RunJson<'a> {
    pub(super) id: &'a str,
    pub(super) status: &'a str,
    pub(super) trigger: &'a str,
    pub(super) submitted_by: Option<&'a str>,
    pub(super) submitted_at: Option<String>,
    pub(super) ended_at: Option<String>,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    pub(super) manifest: Option<&'a str>,
    pub(super) error: Option<String>,
}

pub(super) fn export(export: &Export) -> ExportJson<'_> {
    ExportJson {
        name: &export.name,
        dataset: export.dataset.word(),
        format: &export.format,
        compression: export.compression.as_deref(),
        destination: export.source(),
        schedule: export.schedule_words(),
        next_run: export.next_run.map(timestamp),
        last_run: export.last_run().map(|run| LastRunJson {
            status: run.status.word(),
            submitted_at: run.submitted.map(timestamp),
            error: error(run),
        }),
        details: None,
    }
}

pub(super) fn with_details(export: &Export) -> ExportJson<'_> {
    ExportJson {
        details: Some(DetailsJson {
            storage: &export.destination.account,
            timeframe: &export.timeframe,
            data_version: export.data_version.as_deref(),
            overwrites: !export.keeps_every_run(),
            partitioned: export.is_partitioned,
            identity: export.has_identity,
            description: export.description.as_deref(),
            runs: export.runs.iter().map(run).collect(),
        }),
        ..self::export(export)
    }
}

pub(super) fn run(run: &Run) -> RunJson<'_> {
    RunJson {
        id: &run.id,
        status: run.status.word(),
        trigger: run.trigger.word(),
        submitted_by: run.submitted_by.as_deref(),
        submitted_at: run.submitted.map(timestamp),
        ended_at: run.ended.map(timestamp),
        from: run.days.map(|days| days.from.to_string()),
        to: run.days.map(|days| days.to.to_string()),
        manifest: run.manifest.as_deref(),
        error: error(run),
    }
}
