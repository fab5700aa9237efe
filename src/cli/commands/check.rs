//! `costscope check`: reports how the sources were read and what was repaired.

use crate::cli::output;
use crate::cli::output::{CliError, Format};
use crate::cli::print;
use crate::domain::metric::Metric;
use crate::domain::money::{Money, listed};
use crate::domain::table::text_table::{Heading, Sheet};
use crate::domain::text::counted;
use crate::ops::context::{OpenContext, OpenDataset, PlanLine};
use crate::ops::explore::open;
use crate::ops::explore::opening::plan_lines;
use crate::ops::explore::quality_report::repair_words;
use serde::Serialize;
use std::io::Write;

#[derive(Serialize)]
struct CheckJson<'a> {
    rows: u64,
    totals: Vec<Money>,
    files: Vec<FileJson<'a>>,
    repairs: Vec<RepairJson<'a>>,
    unknown_columns: Vec<String>,
    /// Tag keys that differ only by blanks.
    tag_keys_alike: Vec<Vec<String>>,
    notes: Vec<String>,
    plan: Vec<PlanLine>,
}

#[derive(Serialize)]
struct FileJson<'a> {
    name: &'a str,
    dialect: &'a str,
    metric: &'a str,
    bytes: u64,
    sha256: &'a str,
    rows: u64,
    columns: usize,
    bom: bool,
    from: Option<String>,
    to: Option<String>,
    totals: &'a [Money],
}

#[derive(Serialize)]
struct RepairJson<'a> {
    file: &'a str,
    kind: &'a str,
    count: u64,
    first_line: u64,
}

/// Runs the command.
pub fn run(
    context: &OpenContext<'_>,
    sources: &[String],
    format: Format,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let mut lines = Vec::new();
    let opened = match crate::cli::progress::open_planned(context, sources, &mut lines) {
        Ok(opened) => opened,
        Err(error) => {
            say_plan(&lines, format);
            return Err(error.into());
        }
    };
    if opened.data.server().is_some() {
        return Err(CliError::usage(
            "check inspects files for repairs, damage and duplicate rows. A server reads its data itself; \
             use show or sql instead",
        ));
    }
    let document = document(&opened)?;
    match format {
        Format::Json => output::json(out, &document),
        other => print::sheet(out, &sheet(&document), other),
    }
}

/// The notes from opening the sources, and the cost of rows with unreadable tags.
fn notes(opened: &OpenDataset) -> Result<Vec<String>, CliError> {
    let mut notes = opened.noted();
    let broken = opened.data.broken_tags();
    if broken > 0 {
        notes.push(format!(
            "{} with an invalid Tags value: {}",
            counted(broken, "row"),
            listed(&open::broken_tags_money(&opened.data)?)
        ));
    }
    Ok(notes)
}

/// Prints the plan to stderr when the sources are refused, so that stdout stays empty.
fn say_plan(lines: &[PlanLine], format: Format) {
    if lines.is_empty() {
        return;
    }
    if format == Format::Json {
        crate::cli::progress::say(&serde_json::json!({ "plan": lines }).to_string());
        return;
    }
    for line in lines {
        crate::cli::progress::say(&plan_words(line));
    }
}

fn plan_words(line: &PlanLine) -> String {
    let why = line.why.as_ref().map(|why| format!(": {why}"));
    let by = line
        .replaced_by
        .as_ref()
        .map(|by| format!(" ({by} is used instead)"));
    format!(
        "{} {}{}{}",
        line.decision,
        line.path,
        why.unwrap_or_default(),
        by.unwrap_or_default()
    )
}

fn document(opened: &OpenDataset) -> Result<CheckJson<'_>, CliError> {
    let sources = opened.data.sources();
    let mut unknown: Vec<String> = sources
        .iter()
        .flat_map(|source| source.unknown_columns.iter().cloned())
        .collect();
    unknown.sort();
    unknown.dedup();
    let repairs = sources.iter().flat_map(|source| {
        source.repairs.iter().map(|repair| RepairJson {
            file: &source.name,
            kind: repair.kind,
            count: repair.count,
            first_line: repair.first_line,
        })
    });
    let metric = |source: &crate::ops::Source| match source.metric {
        _ if source.both => "both",
        Some(metric) => Metric::word(metric),
        None => "unknown",
    };
    Ok(CheckJson {
        rows: opened.data.rows(),
        totals: open::totals(&opened.data)?,
        files: sources
            .iter()
            .map(|source| FileJson {
                name: &source.name,
                dialect: source.dialect.word(),
                metric: metric(source),
                bytes: source.bytes,
                sha256: &source.sha256,
                rows: source.rows,
                columns: source.columns,
                bom: source.bom,
                from: source.days.map(|(from, _)| from.to_string()),
                to: source.days.map(|(_, to)| to.to_string()),
                totals: &source.totals,
            })
            .collect(),
        repairs: repairs.collect(),
        unknown_columns: unknown,
        tag_keys_alike: open::tag_keys_alike(&opened.data)?,
        notes: notes(opened)?,
        plan: plan_lines::with_scopes(&opened.data, &opened.plan)?,
    })
}

/// One line for each file and each repair, with totals below.
fn sheet(document: &CheckJson<'_>) -> Sheet {
    let headings = vec![
        Heading::text("file"),
        Heading::text("what"),
        Heading::number("count"),
        Heading::number("first line or row"),
    ];
    let mut rows = Vec::new();
    let line = |file: &str, what: String, count: Option<u64>, first: Option<u64>| {
        vec![
            Some(file.to_owned()),
            Some(what),
            count.map(|count| count.to_string()),
            first.map(|line| line.to_string()),
        ]
    };
    for file in &document.files {
        let days = match (&file.from, &file.to) {
            (Some(from), Some(to)) => format!(", {from} to {to}"),
            _ => String::new(),
        };
        let what = format!(
            "{}, {} cost, {} columns, {} bytes{days}: rows",
            file.dialect, file.metric, file.columns, file.bytes
        );
        rows.push(line(file.name, what, Some(file.rows), None));
        for repair in document
            .repairs
            .iter()
            .filter(|repair| repair.file == file.name)
        {
            let what = format!("{}: {}", repair.kind, repair_words(repair.kind));
            rows.push(line(
                file.name,
                what,
                Some(repair.count),
                Some(repair.first_line),
            ));
        }
    }
    Sheet {
        headings,
        rows,
        footer: footer(document),
    }
}

/// Totals, and notes on all sources together.
fn footer(document: &CheckJson<'_>) -> Vec<String> {
    let mut footer: Vec<String> = document
        .totals
        .iter()
        .map(|money| format!("total {} {}", money.amount, money.code()))
        .collect();
    footer.push(counted(document.rows, "row"));
    if document.repairs.is_empty() {
        footer.push("nothing was repaired".to_owned());
    }
    if !document.unknown_columns.is_empty() {
        let names = document.unknown_columns.join(", ");
        footer.push(format!("unknown columns, kept as text: {names}"));
    }
    for keys in &document.tag_keys_alike {
        footer.push(format!(
            "tag keys that differ only by blanks: {}",
            keys.join(" | ")
        ));
    }
    for line in document.plan.iter().filter(|line| line.decision != "read") {
        let why = line.why.as_ref().map(|why| format!(": {why}"));
        footer.push(format!(
            "{} {}{}",
            line.decision,
            line.path,
            why.unwrap_or_default()
        ));
    }
    footer.extend(document.notes.iter().cloned());
    footer
}
