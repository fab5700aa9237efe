//! `costscope ledger`: lists, verifies and removes stored reports.

use crate::cli::output;
use crate::cli::output::{CliError, Format};
use crate::cli::print;
use crate::cli::progress_line::{Work, while_shown};
use crate::domain::money::{Money, listed};
use crate::domain::report::request::ReportKey;
use crate::domain::table::text_table::{Heading, Sheet};
use crate::domain::text::{counted, timestamp};
use crate::ops::error::OpsError;
use crate::ops::explore::stored_reports;
use crate::ops::{Ledger, LedgerEntry, Listing, similar};
use serde::Serialize;
use std::io::Write;

#[derive(Serialize)]
struct LedgerJson<'a> {
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
    totals: &'a [Money],
    fetched_at: String,
    /// The place of the export that it was made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<&'a str>,
}

/// Lists every report that can be read. If any cannot, they are named, and the exit code is 6.
pub fn list(ledger: &Ledger, format: Format, out: &mut dyn Write) -> Result<u8, CliError> {
    let listing = ledger.list().map_err(OpsError::from)?;
    for damaged in &listing.damaged {
        crate::cli::progress::warn(&damaged.to_string());
    }
    let code = if listing.damaged.is_empty() { 0 } else { 6 };
    print_list(ledger, &listing, format, out)?;
    Ok(code)
}

fn print_list(
    ledger: &Ledger,
    listing: &Listing,
    format: Format,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let reports: Vec<EntryJson<'_>> = listing.entries.values().map(entry).collect();
    if format == Format::Json {
        return output::json(
            out,
            &LedgerJson {
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
        Heading::text("total"),
    ]);
    let has_exports = reports.iter().any(|report| report.place.is_some());
    headings.extend(has_exports.then(|| Heading::text("export at")));
    let rows = reports.into_iter().map(|report| {
        let text = |text: &str| Some(text.to_owned());
        let place = report.place.map(ToOwned::to_owned);
        let cells = vec![
            text(report.key),
            text(report.metric),
            report.from,
            report.to,
            Some(report.rows.to_string()),
            Some(report.bytes.to_string()),
            Some(report.fetched_at),
            Some(listed(report.totals)),
        ];
        let place = has_exports.then_some(place);
        cells.into_iter().chain(place).collect()
    });
    let sheet = Sheet {
        headings,
        rows: rows.collect(),
        footer: vec![format!("in {}", ledger.root().display())],
    };
    print::sheet(out, &sheet, format)
}

/// Prints the ledger's folder.
pub fn path(ledger: &Ledger, format: Format, out: &mut dyn Write) -> Result<(), CliError> {
    output::path(out, format, ledger.root())
}

/// Reads every byte of the reports. If any are damaged, they are named, the exit code is 6, and stdout stays empty.
pub fn verify(
    ledger: &Ledger,
    keys: &[String],
    format: Format,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let keys = stored(ledger, keys, "")?;
    let verified = while_shown(Work::Answering, || {
        stored_reports::verify_all(ledger, &keys)
    });
    let (good, wrong) = verified?;
    for report in good.iter().filter(|report| report.sealed_now) {
        crate::cli::progress::say(&format!(
            "{}: rows and totals agree with report.json; checksums were added",
            report.key
        ));
    }
    if !wrong.is_empty() {
        let words: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        return Err(CliError::new(6, words.join("\n")));
    }
    if format == Format::Json {
        let reports: Vec<_> = good
            .iter()
            .map(|report| serde_json::json!({ "key": report.key.as_str(), "rows": report.rows, "bytes": report.bytes }))
            .collect();
        return output::json(out, &serde_json::json!({ "verified": reports }));
    }
    let headings = vec![
        Heading::text("key"),
        Heading::number("rows"),
        Heading::number("bytes"),
    ];
    let rows = good.iter().map(|report| {
        vec![
            Some(report.key.to_string()),
            Some(report.rows.to_string()),
            Some(report.bytes.to_string()),
        ]
    });
    let sheet = Sheet {
        headings,
        rows: rows.collect(),
        footer: vec![format!("{} verified", counted(good.len() as u64, "report"))],
    };
    print::sheet(out, &sheet, format)
}

/// Deletes reports; if any of them does not exist, nothing is deleted.
pub fn remove(
    ledger: &Ledger,
    keys: &[String],
    format: Format,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let mut keys = stored(ledger, keys, ", and nothing was removed")?;
    keys.sort();
    keys.dedup();
    let mut removed = Vec::new();
    for key in &keys {
        // A damaged report is removed, too, but its number of rows is unknown.
        let rows = ledger.find(key).ok().flatten().map(|entry| entry.rows);
        if !ledger.remove(key).map_err(OpsError::from)? {
            crate::cli::progress::say(&format!("{key}: removed by another costscope"));
            continue;
        }
        let rows = rows.map_or_else(|| "damaged".to_owned(), |rows| counted(rows, "row"));
        crate::cli::progress::say(&format!("{key}: removed ({rows})"));
        removed.push(key.as_str());
    }
    if format == Format::Json {
        return output::json(out, &serde_json::json!({ "removed": removed }));
    }
    Ok(())
}

/// The keys of reports, or the error for one that is not in the ledger.
fn stored(ledger: &Ledger, keys: &[String], then: &str) -> Result<Vec<ReportKey>, CliError> {
    let keys: Vec<ReportKey> = keys.iter().map(|key| ReportKey::from_text(key)).collect();
    match keys.iter().find(|key| !ledger.holds(key)) {
        Some(unknown) => Err(CliError::new(1, not_there(ledger, unknown, then))),
        None => Ok(keys),
    }
}

/// The error for an unknown key, with similar keys.
fn not_there(ledger: &Ledger, key: &ReportKey, then: &str) -> String {
    let listed = ledger.list().unwrap_or_default().entries;
    let known = listed.keys().map(ToString::to_string);
    let names = similar(key.as_str(), known, Clone::clone, 3);
    let hint = match names.as_slice() {
        [] => "`costscope ledger list` lists all keys".to_owned(),
        names => format!("did you mean {}?", names.join(" or ")),
    };
    format!("there is no report `{key}` in the ledger{then}; {hint}")
}

fn entry(entry: &LedgerEntry) -> EntryJson<'_> {
    let range = entry.request.range();
    EntryJson {
        key: entry.key.as_str(),
        scope: entry.request.scope.path(),
        metric: entry.request.metric.word(),
        from: range.map(|range| range.from.to_string()),
        to: range.map(|range| range.to.to_string()),
        rows: entry.rows,
        bytes: entry.bytes,
        totals: &entry.totals,
        fetched_at: timestamp(entry.fetched_at),
        place: entry.source.as_ref().map(|source| source.place.as_str()),
    }
}
