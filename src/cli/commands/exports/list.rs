//! `exports list` and `exports show`.

use super::given::unless_stopped;
use super::json;
use super::json::{ExportJson, RunJson};
use crate::cli::output;
use crate::cli::output::{CliError, Format};
use crate::cli::{print, progress};
use crate::domain::export::definition::Export;
use crate::domain::scope::ScopeId;
use crate::domain::table::text_table::{Heading, Sheet};
use crate::domain::text::age;
use crate::ops::exports;
use crate::ops::exports::words;
use crate::ops::session::Session;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::io::Write;
use tokio_util::sync::CancellationToken;

/// Lists the exports of a scope.
pub(super) async fn list(
    session: &Session,
    scope: &ScopeId,
    format: Format,
    out: &mut dyn Write,
    stop: &CancellationToken,
) -> Result<u8, CliError> {
    let found = unless_stopped(exports::list(session, scope), stop).await?;
    if found.is_empty() {
        progress::say(&format!(
            "{scope} has no exports that this identity can see. Exports belong to one scope: try the account or the subscription"
        ));
    }
    let rows: Vec<ExportJson<'_>> = found.iter().map(json::export).collect();
    if format == Format::Json {
        output::json(out, &BTreeMap::from([("exports", rows)]))?;
        return Ok(0);
    }
    let now = session.clock().now();
    print::sheet(out, &sheet(&found, &rows, now), format)?;
    Ok(0)
}

fn sheet(found: &[Export], rows: &[ExportJson<'_>], now: DateTime<Utc>) -> Sheet {
    let headings = [
        "name", "type", "format", "schedule", "last run", "age", "next run", "place",
    ];
    let rows = found.iter().zip(rows).map(|(export, row)| {
        let last = export.last_run();
        vec![
            Some(row.name.to_owned()),
            Some(row.dataset.to_owned()),
            Some(words::format(export)),
            Some(row.schedule.clone()),
            last.map(|run| run.status.word().to_owned()),
            last.and_then(|run| run.age(now)).map(age),
            row.next_run.clone(),
            Some(row.destination.clone()),
        ]
    });
    let failed = found.iter().filter_map(|export| {
        let error = words::error(export.last_run()?)?;
        Some(format!("{}: {error}", export.name))
    });
    let mut sheet = Sheet::new(headings.map(Heading::text).into(), rows);
    sheet.footer = failed.collect();
    sheet
}

/// Shows one export and its runs.
pub(super) async fn show(
    session: &Session,
    (scope, name): (&ScopeId, &str),
    format: Format,
    out: &mut dyn Write,
    stop: &CancellationToken,
) -> Result<u8, CliError> {
    let export = unless_stopped(exports::show(session, scope, name), stop).await?;
    if format == Format::Json {
        output::json(out, &json::with_details(&export))?;
        return Ok(0);
    }
    for line in words::facts(&export) {
        progress::say(&line);
    }
    let rows: Vec<RunJson<'_>> = export.runs.iter().map(json::run).collect();
    let failed = rows.iter().filter_map(|run| {
        let error = run.error.as_ref()?;
        Some(format!("{}: {error}", run.id))
    });
    let mut sheet = runs(&rows);
    sheet.footer = failed.collect();
    print::sheet(out, &sheet, format)?;
    Ok(0)
}

/// Runs as a table.
pub(super) fn runs(rows: &[RunJson<'_>]) -> Sheet {
    let headings = [
        "run",
        "status",
        "trigger",
        "submitted",
        "ended",
        "from",
        "to",
    ];
    let rows = rows.iter().map(|run| {
        vec![
            Some(run.id.to_owned()),
            Some(run.status.to_owned()),
            Some(run.trigger.to_owned()),
            run.submitted_at.clone(),
            run.ended_at.clone(),
            run.from.clone(),
            run.to.clone(),
        ]
    });
    Sheet::new(headings.map(Heading::text).into(), rows)
}
