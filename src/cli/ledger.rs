//! `costscope ledger`: what is stored, and where.

use super::output::{self, Format, Stop};
use super::print;
use crate::domain::sheet::{Heading, Sheet};
use crate::ops::error::OpsError;
use crate::ops::{Entry, Ledger};
use serde::Serialize;
use std::io::Write;

#[derive(Serialize)]
struct Document<'a> {
    path: String,
    reports: Vec<EntryJson<'a>>,
}

#[derive(Serialize)]
struct EntryJson<'a> {
    key: &'a str,
    scope: &'a str,
    metric: &'a str,
    from: Option<String>,
    to: Option<String>,
    rows: u64,
    bytes: u64,
    fetched_at: String,
}

/// Lists every report.
pub fn list(ledger: &Ledger, format: Format, out: &mut dyn Write) -> Result<(), Stop> {
    let listing = ledger.list().map_err(OpsError::from)?;
    for damaged in &listing.damaged {
        super::progress::warn(&damaged.to_string());
    }
    let reports: Vec<EntryJson<'_>> = listing.entries.values().map(entry).collect();
    if format == Format::Json {
        return output::json(
            out,
            &Document {
                path: ledger.root().display().to_string(),
                reports,
            },
        );
    }
    let mut headings: Vec<Heading> = ["key", "metric", "from", "to"].map(Heading::text).into();
    headings.extend([
        Heading::number("rows"),
        Heading::number("bytes"),
        Heading::text("fetched"),
    ]);
    let rows = reports.into_iter().map(|report| {
        let text = |text: &str| Some(text.to_owned());
        let counts = [
            Some(report.rows.to_string()),
            Some(report.bytes.to_string()),
            Some(report.fetched_at),
        ];
        let mut row = vec![
            text(report.key),
            text(report.metric),
            report.from,
            report.to,
        ];
        row.extend(counts);
        row
    });
    let sheet = Sheet {
        headings,
        rows: rows.collect(),
        footer: vec![format!("in {}", ledger.root().display())],
    };
    print::sheet(out, &sheet, format)
}

/// Prints the ledger's folder.
pub fn path(ledger: &Ledger, format: Format, out: &mut dyn Write) -> Result<(), Stop> {
    let path = ledger.root().display().to_string();
    if format == Format::Json {
        return output::json(out, &serde_json::json!({ "path": path }));
    }
    writeln!(out, "{path}")?;
    Ok(())
}

fn entry(entry: &Entry) -> EntryJson<'_> {
    let range = entry.request.range();
    EntryJson {
        key: entry.key.as_str(),
        scope: entry.request.scope.path(),
        metric: entry.request.metric.word(),
        from: range.map(|range| range.from.to_string()),
        to: range.map(|range| range.to.to_string()),
        rows: entry.rows,
        bytes: entry.bytes,
        fetched_at: super::progress::timestamp(entry.fetched_at),
    }
}
