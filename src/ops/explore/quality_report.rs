//! The quality report: the findings from reading the sources, as text for both the UI and the CLI.

use crate::data::dataset::source::Source;
use crate::domain::metric::Metric;
use crate::domain::text::{counted, grouped};
use crate::ops::context::OpenDataset;
use crate::ops::explore::opening::plan_lines;
use crate::store::ledger::{ExportSource, LedgerEntry};

/// The description of a repair; JSON has the kind itself.
pub fn repair_words(kind: &str) -> &'static str {
    match kind {
        "short-row" => "rows with fewer fields than the header, kept because the cost is there",
        "long-row" => "rows with more fields than the header, all of them blank",
        "rounded-amount" => "amounts with more than 18 decimals, rounded half-even",
        "blank-cost" => "rows without an amount, counted as zero",
        "blank-date" => "rows without a date",
        "rounded-number" => "other numbers with more than 18 decimals, rounded half-even",
        "bad-utf8" => "values in an unknown encoding, their bytes shown as \\xNN",
        "windows-1252" => "values in Windows-1252, read as such",
        "utf-16" => "rows in UTF-16, read as such",
        "invisible-character" => "values with invisible characters, kept and shown as such",
        "outer-blanks" => "values with surrounding blanks, which were removed",
        "two-layouts" => "values taken from the column of another layout",
        "rival-column" => {
            "amounts, currencies or dates that differ in another layout's column; the layout's own column counts"
        }
        "second-bom" => "byte-order marks inside the file, removed",
        "repeated-header" => "repeated header rows, left out",
        "literal-quote" => "rows with quotes inside an unquoted field, taken as text",
        "no-billed-cost" => {
            "rows with an effective but no billed cost, counted as zero in actual cost"
        }
        "no-number" => "number columns with other values in them, kept as text",
        "null-word" => "fields with the word NULL, taken as blank",
        "control-character" => "values with control characters, kept and shown as such",
        "open-header" => "header without a line end and without rows: the file may be truncated",
        "unread-column" => "columns of a type that is not text, number or date, left out",
        "preamble" => "lines before the header, left out",
        "day-first" => "rows read day first: a spreadsheet saved the file again",
        "float-amount" => "amounts in binary floating point, read as their shortest decimal",
        "float32-amount" => {
            "amounts of 32 bits, which keep about 7 digits: the others were lost when the file was written"
        }
        "utc-day" => {
            "rows with an offset in their time, whose day is another in UTC; the day in UTC counts"
        }
        "other-zone" => "rows with times of another zone; their day in UTC counts",
        "broken-tags" => "rows whose Tags text cannot be read as tags, kept as text",
        "tag-keys-alike" => "pairs of tag keys that differ only by blanks",
        "other-days" => "rows of other days than those ordered, left out",
        "repeated-page" => "rows of a page that the server sent twice, counted once",
        "repeated-file" => "rows of a file that the report lists twice, counted once",
        "outside-days" => "rows outside the days that were ordered, kept",
        "other-scope" => "rows of other subscriptions than the one ordered, kept",
        "other-metric" => "rows that look like another metric than the one ordered, kept",
        "other-groups" => "rows of other resource groups, left out",
        "outside-filter" => "rows that the server sent although the order's filter excludes them",
        "top-rows" => "most recent rows, as ordered",
        _ => "rows repaired",
    }
}

/// The detected kind of a source, in one line.
pub fn source_line(source: &Source) -> String {
    let metric = match source.metric {
        _ if source.both => "actual and amortized",
        Some(metric) => Metric::word(metric),
        None => "unknown",
    };
    let days = source
        .days
        .map_or_else(String::new, |(from, to)| format!(", {from} to {to}"));
    // The size of a table on a server is unknown.
    let bytes = (source.bytes > 0).then(|| format!(", {} bytes", grouped(source.bytes)));
    format!(
        "{}, {metric} cost, {} columns{}{days}",
        source.dialect.word(),
        source.columns,
        bytes.unwrap_or_default()
    )
}

/// The place and the run of a report that was made from an export.
fn export_lines(source: &ExportSource) -> Vec<String> {
    let run = source.run.as_ref().map(|run| format!("run {run}"));
    let submitted = source
        .submitted
        .map(|at| format!("submitted {} UTC", at.format("%Y-%m-%d %H:%M:%S")));
    let about: Vec<String> = run.into_iter().chain(submitted).collect();
    let blobs = counted(source.blobs.len() as u64, "blob");
    let mut lines = vec![format!("{blobs} at {}", source.place)];
    lines.extend((!about.is_empty()).then(|| about.join(", ")));
    lines
}

/// All facts about a stored report, as lines.
pub fn entry_lines(entry: &LedgerEntry) -> Vec<String> {
    let (request, time) = (&entry.request, "%Y-%m-%d %H:%M:%S");
    let days = request.range().map(|range| range.to_string());
    let period = days.or(request.period.name()).unwrap_or_default();
    let mut lines = vec![
        entry.key.to_string(),
        format!("{} at {}", request.scope.kind(), request.scope),
        format!("{} cost of {period}", request.metric),
        format!(
            "{}, {} as received, via {}, layout {}",
            counted(entry.rows, "row"),
            counted(entry.bytes, "byte"),
            match &request.export {
                Some(export) => format!("the export {}", export.name),
                None => entry.api.operation().to_owned(),
            },
            entry.dialect
        ),
    ];
    lines.extend(entry.source.iter().flat_map(export_lines));
    let begun = if entry.source.is_some() {
        "listed"
    } else {
        "ordered"
    };
    lines.push(format!("{begun} {} UTC", entry.fetched_at.format(time)));
    lines.extend(
        request
            .subset
            .words()
            .map(|words| format!("only a part of them, limited to {words}")),
    );
    for money in &entry.totals {
        lines.push(format!("total {} {}", money.amount, money.code()));
    }
    let times = entry.times.unwrap_or_default();
    lines.extend(times.took().map(|took| format!("the server took {took}")));
    for (name, at) in [
        ("the server started", times.started_at),
        ("the server finished", times.ended_at),
        ("its download links are valid until", times.valid_till),
    ] {
        lines.extend(at.map(|at| format!("{name} {} UTC", at.format(time))));
    }
    lines.push(String::new());
    if entry.repairs.is_empty() {
        lines.push("nothing was repaired".to_owned());
    }
    for repair in &entry.repairs {
        let words = repair_words(&repair.kind);
        let said = repair.said.as_ref().map(|said| format!(": {said}"));
        lines.push(format!(
            "{}: {} {words}{}",
            repair.file,
            grouped(repair.count),
            said.unwrap_or_default()
        ));
    }
    lines
}

/// All facts about opened data, as lines.
pub fn lines(opened: &OpenDataset) -> Vec<String> {
    let mut lines = Vec::new();
    let on_server = opened.data.server().is_some();
    let summed = if on_server {
        "summed by the server"
    } else {
        "the sums over the text and over the table agree"
    };
    // The sums of a source are those of its billed amounts, whatever the view shows.
    let billed = opened.data.money().currency();
    let billed = billed.map_or_else(String::new, |code| format!(" as billed, not in {code}"));
    for source in opened.data.sources() {
        lines.push(source.name.clone());
        lines.push(format!(
            "  {}, {}",
            source_line(source),
            counted(source.rows, "row")
        ));
        for money in &source.totals {
            lines.push(format!(
                "  {} {}{billed}: {summed}",
                money.amount,
                money.code()
            ));
        }
        if on_server {
            lines.push("  not checked there: values to repair, duplicate rows, damage".to_owned());
            continue;
        }
        if source.repairs.is_empty() {
            lines.push("  nothing was repaired".to_owned());
        }
        for repair in &source.repairs {
            lines.push(format!(
                "  {} {}, first in {} {}",
                grouped(repair.count),
                repair_words(repair.kind),
                source.place_word(),
                grouped(repair.first_line)
            ));
        }
        if !source.unknown_columns.is_empty() {
            let names = source.unknown_columns.join(", ");
            lines.push(format!(
                "  columns not in any known layout, kept as text: {names}"
            ));
        }
        if !source.sha256.is_empty() {
            lines.push(format!("  SHA-256 {}", source.sha256));
        }
        lines.push(String::new());
    }
    if opened.plan.len() > 1 {
        lines.push("Sources".to_owned());
        lines.extend(plan_lines::words(&opened.plan));
        lines.push(String::new());
    }
    lines.extend(opened.noted());
    lines
}
