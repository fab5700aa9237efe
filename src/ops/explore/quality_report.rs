//! Can these numbers be trusted? What reading the sources showed, in words, for both twins.

use super::open::Opened;
use crate::data::dataset::source::Source;
use crate::domain::metric::Metric;
use crate::domain::text::{counted, grouped};
use crate::store::ledger::Entry;

/// What is known of a table on a server.
fn on_server(source: &Source) -> Vec<String> {
    let mut lines = vec![format!(
        "  {}, {}",
        source_line(source),
        counted(source.rows, "row")
    )];
    let totals = source.totals.iter();
    lines.extend(totals.map(|money| {
        format!(
            "  {} {}: added up by the server",
            money.amount,
            money.code()
        )
    }));
    lines.push(
        "  not looked for there: values to be mended, rows that stand there twice, damage"
            .to_owned(),
    );
    lines
}

/// A repair in words; the kind itself stands in the JSON.
pub fn repair_words(kind: &str) -> &'static str {
    match kind {
        "short-row" => "rows with fewer fields than the header, kept because the cost is there",
        "long-row" => "rows with more fields than the header, all of them blank",
        "rounded-amount" => "amounts with more than 18 decimals, rounded half-even",
        "blank-cost" => "rows without an amount, counted as nothing",
        "blank-date" => "rows without a date",
        "rounded-number" => "other numbers with more than 18 decimals, rounded half-even",
        "bad-utf8" => "values in no known encoding, their bytes shown as \\xNN",
        "windows-1252" => "values in Windows-1252, read as such",
        "utf-16" => "rows of a text in UTF-16, read as such",
        "invisible-character" => {
            "values with characters that cannot be seen, kept and shown as such"
        }
        "outer-blanks" => "values with blanks around them, which were removed",
        "two-layouts" => "values that stand in another layout's column, taken from there",
        "rival-column" => {
            "amounts, currencies or days that a column of another layout has otherwise; the layout's own column counts"
        }
        "second-bom" => "byte-order marks inside the file, removed",
        "repeated-header" => "repeated header rows, left out",
        "literal-quote" => "rows with quotes inside a field that has none around it, taken as text",
        "no-billed-cost" => {
            "rows with an effective cost and no billed one, counted as nothing in actual cost"
        }
        "no-number" => "columns of numbers with other values among them, kept as text",
        "null-word" => "fields with the word NULL, taken as blank",
        "control-character" => "values with control characters, kept and shown as such",
        "open-header" => {
            "header without a line end and without rows: the file may have been cut off"
        }
        "unread-column" => "columns of lists or structures, left out",
        "preamble" => "lines before the header, left out",
        "day-first" => "rows read day first: a spreadsheet saved the file again",
        "float-amount" => {
            "amounts that came as binary floating point numbers, read as their shortest decimal"
        }
        "broken-tags" => "rows whose Tags text cannot be read as tags, kept as text",
        "tag-keys-alike" => "pairs of tag keys that differ only by blanks",
        "other-days" => "rows of other days, which nobody had asked for, left out",
        "repeated-page" => "rows of a page that the server sent twice, counted once",
        "repeated-file" => "rows of a file that the report lists twice, counted once",
        "outside-days" => "rows outside the days that were ordered, kept",
        "other-scope" => "rows of other subscriptions than the one ordered, kept",
        "other-metric" => "rows that look like another metric than the one ordered, kept",
        "other-groups" => "rows of other resource groups, left out",
        "outside-filter" => {
            "rows that the filter of the order leaves out, although the server sent them"
        }
        "top-rows" => "most recent rows, as they were ordered",
        _ => "rows mended",
    }
}

/// What a source was taken for, in one line.
pub fn source_line(source: &Source) -> String {
    let metric = match source.metric {
        _ if source.both => "actual and amortized",
        Some(metric) => Metric::word(metric),
        None => "unknown",
    };
    let days = source
        .days
        .map_or_else(String::new, |(from, to)| format!(", {from} to {to}"));
    // Of a table on a server nobody knows them.
    let bytes = (source.bytes > 0).then(|| format!(", {} bytes", grouped(source.bytes)));
    format!(
        "{}, {metric} cost, {} columns{}{days}",
        source.dialect.word(),
        source.columns,
        bytes.unwrap_or_default()
    )
}

/// Everything there is to know about a stored report, as lines.
pub fn entry_lines(entry: &Entry) -> Vec<String> {
    let (request, time) = (&entry.request, "%Y-%m-%d %H:%M:%S");
    let days = request.range().map(|range| range.to_string());
    let period = days.or(request.period.name()).unwrap_or_default();
    let mut lines = vec![
        entry.key.to_string(),
        format!("{} at {}", request.scope.kind(), request.scope),
        format!("{} cost of {period}", request.metric),
        format!(
            "{}, {} as received, by way of {}, layout {}",
            counted(entry.rows, "row"),
            counted(entry.bytes, "byte"),
            entry.api.operation(),
            entry.dialect
        ),
        format!("ordered {} UTC", entry.fetched_at.format(time)),
    ];
    lines.extend(
        request
            .subset
            .words()
            .map(|words| format!("a part of them only, limited to {words}")),
    );
    for money in &entry.totals {
        lines.push(format!("total {} {}", money.amount, money.code()));
    }
    let times = entry.times.unwrap_or_default();
    lines.extend(times.took().map(|took| format!("the server took {took}")));
    for (name, at) in [
        ("the server began", times.started_at),
        ("the server was done", times.ended_at),
        ("the links to its files worked until", times.valid_till),
    ] {
        lines.extend(at.map(|at| format!("{name} {} UTC", at.format(time))));
    }
    lines.push(String::new());
    if entry.repairs.is_empty() {
        lines.push("nothing had to be mended".to_owned());
    }
    for mended in &entry.repairs {
        let words = repair_words(&mended.kind);
        let said = mended.said.as_ref().map(|said| format!(": {said}"));
        lines.push(format!(
            "{}: {} {words}{}",
            mended.file,
            grouped(mended.count),
            said.unwrap_or_default()
        ));
    }
    lines
}

/// Everything there is to know about opened data, as lines.
pub fn lines(opened: &Opened) -> Vec<String> {
    let mut lines = Vec::new();
    for source in opened.data.sources() {
        lines.push(source.name.clone());
        if opened.data.server().is_some() {
            lines.extend(on_server(source));
            continue;
        }
        lines.push(format!(
            "  {}, {}",
            source_line(source),
            counted(source.rows, "row")
        ));
        for money in &source.totals {
            lines.push(format!(
                "  {} {}: added up from the text and from the table, both the same",
                money.amount,
                money.code()
            ));
        }
        if source.repairs.is_empty() {
            lines.push("  nothing had to be mended".to_owned());
        }
        for repair in &source.repairs {
            lines.push(format!(
                "  {} {}, first in line {}",
                grouped(repair.count),
                repair_words(repair.kind),
                grouped(repair.first_line)
            ));
        }
        if !source.unknown_columns.is_empty() {
            let names = source.unknown_columns.join(", ");
            lines.push(format!(
                "  columns of no known layout, kept as text: {names}"
            ));
        }
        if !source.sha256.is_empty() {
            lines.push(format!("  SHA-256 {}", source.sha256));
        }
        lines.push(String::new());
    }
    if opened.plan.len() > 1 {
        lines.push("What was given".to_owned());
        lines.extend(super::plan_lines::words(opened));
        lines.push(String::new());
    }
    lines.extend(opened.notes.iter().cloned());
    lines
}
