//! `costscope overview`: shows where the money of a month went, as a table or as a page for a mail.

use super::findings::Given;
use crate::cli::args::local::OverviewArgs;
use crate::cli::output;
use crate::cli::output::{CliError, Format, PageFormat};
use crate::cli::progress_line::{Work, while_shown};
use crate::cli::{print, progress};
use crate::domain::analysis::overview::Overview;
use crate::domain::analysis::overview::json::OverviewDocument;
use crate::domain::query::Query;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::text_table::{Heading, Sheet};
use crate::domain::text::escape;
use crate::ops::context;
use crate::ops::context::OpenContext;
use crate::ops::overview::found::Search;
use crate::ops::overview::page::{html, image};
use crate::ops::overview::panels;
use crate::ops::overview::sources::OverviewSources;
use std::io::Write;

/// Runs the command.
pub fn run(
    context: &OpenContext<'_>,
    args: &OverviewArgs,
    (format, page): (Format, Option<PageFormat>),
    given: Given<'_>,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let tag = args.tag.as_deref();
    if tag.is_some_and(|tag| tag.trim().is_empty()) {
        return Err(CliError::usage(
            "--tag needs the key of a tag, such as owner",
        ));
    }
    let before = args.before.clone().unwrap_or_default().0;
    context::only_once(&[args.sources.as_slice(), before.as_slice()].concat())?;
    let mut opener = |sources: &[String]| progress::open(context, sources);
    let mut sources = OverviewSources::open(&args.sources, &before, &mut opener)?;
    let frame = sources.frame(context.ledger, given.today, &mut opener)?;
    if let Some(ledger) = context.ledger {
        sources.pair_with(ledger, &mut opener)?;
    }
    let notes = sources.notes(given.today)?;
    let tags: Vec<String> = tag.map(ToOwned::to_owned).into_iter().collect();
    let search = Search {
        thresholds: given.thresholds,
        tags: &tags,
        data_dir: given.data_dir,
        repeated: given.repeated,
    };
    let overview = while_shown(Work::Answering, || {
        panels::whole(&sources, frame, (tag, search), notes)
    })?;
    warn(&sources, &overview);
    let overview = if args.mask {
        overview.masked(given.salt)
    } else {
        overview
    };
    if page.is_none() {
        progress::notes(&overview.words());
    }
    write(&overview, (format, page), out)
}

/// Warns about repairs in the sources, and about tags that cannot be read.
fn warn(sources: &OverviewSources, overview: &Overview) {
    let sides = [&sources.amortized, &sources.before].into_iter().flatten();
    // Both sides of a FOCUS source are the same rows.
    let sides = sides.filter(|side| side.names != sources.opened.names);
    for side in std::iter::once(&sources.opened).chain(sides) {
        progress::all_repairs(side);
    }
    if let Some(tag) = &overview.tag {
        let query = Query {
            group_by: vec![GroupKey::Tag(tag.clone())],
            ..Query::default()
        };
        progress::broken_tags(&sources.opened.data, &query);
    }
    progress::worked(&sources.opened.data);
}

fn write(
    overview: &Overview,
    (format, page): (Format, Option<PageFormat>),
    out: &mut dyn Write,
) -> Result<(), CliError> {
    match (page, format) {
        (Some(PageFormat::Html), _) => Ok(out.write_all(html::html(overview).as_bytes())?),
        (Some(PageFormat::Svg), _) => Ok(out.write_all(image::svg(overview).as_bytes())?),
        (None, Format::Json) => output::json(out, &OverviewDocument::of(overview)),
        (None, Format::Md) => Ok(out.write_all(markdown(overview).as_bytes())?),
        (None, Format::Table) => print::sheet(out, &readable(overview.sheet()), format),
        (None, Format::Csv(_)) => print::sheet(out, &overview.sheet(), format),
    }
}

/// The table with a blank where a figure has no such value. Only values of keys can be absent for a reader.
fn readable(mut sheet: Sheet) -> Sheet {
    let numbers: Vec<bool> = sheet.headings.iter().map(Heading::right).collect();
    for row in &mut sheet.rows {
        for (cell, number) in row.iter_mut().zip(&numbers) {
            if *number && cell.is_none() {
                *cell = Some(String::new());
            }
        }
    }
    sheet
}

/// The figures as a Markdown report for a ticket.
fn markdown(overview: &Overview) -> String {
    let title = escape::markdown(&overview.title());
    let sources = escape::markdown(&overview.sources.join(", "));
    let mut text = format!("# Cost overview · {title}\n\n{sources}\n\n");
    text.push_str(&readable(overview.sheet()).markdown());
    text.push_str("\n## Notes\n\n");
    for words in overview.words() {
        text.extend(["- ", &escape::markdown(&words), "\n"]);
    }
    text
}
