//! `costscope change`: compares two periods and explains the difference.

use super::show;
use crate::cli::args::local::ChangeArgs;
use crate::cli::held::HeldOutput;
use crate::cli::output;
use crate::cli::output::{CliError, Format};
use crate::cli::progress_line::{Work, while_shown};
use crate::cli::{print, progress};
use crate::domain::analysis::change::{Change, period_titles};
use crate::domain::period::DateRange;
use crate::domain::query::filter::Filter;
use crate::domain::sql::sides::SideOf;
use crate::domain::table::json::{AnswerSubject, ChangeDocument};
use crate::domain::table::text_table::Sheet;
use crate::ops::compare::in_parts::AskedPeriods;
use crate::ops::context;
use crate::ops::context::{OpenContext, OpenDataset};
use crate::ops::error::OpsError;
use crate::ops::explore::{open, sql, verify};
use std::cell::Cell;
use std::io::{self, Write};

/// Runs the command.
pub fn run(
    context: &OpenContext<'_>,
    args: &ChangeArgs,
    format: Format,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let filter = show::read_filter(args.filter.as_deref())?;
    let group_by = show::read_keys(args.group_by.as_deref())?;
    let span = |text: &Option<String>| text.as_deref().map(read_span).transpose();
    let spans = [span(&args.before_days)?, span(&args.after_days)?];
    let dialect = show::printed_alone(&args.printed)?;
    context::only_once(&args.before.with(args.after.as_ref()))?;
    let (before, after) = sides(context, args, spans)?;
    let [was, is] = spans;
    let limit = args.top.filter(|top| *top > 0);
    let failed = |error: OpsError| CliError::of_query(&error, args.filter.as_deref());
    if let Some(dialect) = dialect {
        let [one, other] = if args.after.is_some() {
            ["before", "after"]
        } else {
            ["costs"; 2]
        };
        let narrowed =
            |days: Option<DateRange>| Filter::both(filter.clone(), days.map(Filter::of_days));
        let (first, second) = (narrowed(was), narrowed(is));
        let side = |table, filter| SideOf { table, filter };
        let sides = [side(one, first.as_ref()), side(other, second.as_ref())];
        let lines = (&*show::read_sort(args.sort.as_deref())?, limit);
        let statement = sql::changed([&before, &after], sides, &group_by, lines, dialect);
        let statement = statement.map_err(failed)?;
        show::tell_money(&after.data);
        return Ok(writeln!(out, "{statement}")?);
    }
    if args.printed.verify {
        let sides = [(&before.data, was), (&after.data, is)];
        let agreed = verify::verify_periods(sides, &group_by, filter.as_ref());
        progress::say(&agreed.map_err(failed)?);
    }
    let sort = show::read_sort(args.sort.as_deref())?;
    let asked = AskedPeriods {
        before: (&before.data, was),
        after: (&after.data, is),
        filter: filter.as_ref(),
        group_by: &group_by,
        sort: &sort,
        limit,
    };
    let change = while_shown(Work::Answering, || asked.first());
    let mut change = change.map_err(failed)?;
    if was.is_some() || is.is_some() {
        for side in [&before, &after] {
            progress::undated(&side.data)?;
        }
    }
    progress::worked(&after.data);
    crate::cli::progress::notes(change.one_sided().map(ToOwned::to_owned).as_slice());
    let periods = [(&before, was), (&after, is)].map(|(side, days)| days.or(side.data.days()));
    let titles = period_titles(periods);
    let sides = [&before, &after];
    if asked.goes_in_parts(&mut change) {
        return write_in_parts(args, sides, (&asked, &change, titles), (format, out));
    }
    write(args, sides, (&change, titles), (format, out))
}

/// Prints the changes.
fn write(
    args: &ChangeArgs,
    [before, after]: [&OpenDataset; 2],
    (change, [was, is]): (&Change, [String; 2]),
    (format, out): (Format, &mut dyn Write),
) -> Result<(), CliError> {
    match format {
        Format::Json => {
            let limits = limits([before, after]).join("; ");
            output::json(out, &document(args, [before, after], change, &limits))
        }
        other => {
            let mut sheet = sheet(change, [&was, &is], other);
            sheet.footer.extend(limits([before, after]));
            print::sheet(out, &sheet, other)
        }
    }
}

/// Prints changes with more groups than are held.
fn write_in_parts(
    args: &ChangeArgs,
    sides: [&OpenDataset; 2],
    (asked, change, [was, is]): (&AskedPeriods<'_>, &Change, [String; 2]),
    (format, out): (Format, &mut dyn Write),
) -> Result<(), CliError> {
    let filter = args.filter.as_deref();
    if format == Format::Json {
        let limits = limits(sides).join("; ");
        let begun = Cell::new(false);
        let each = |take: &mut dyn FnMut(Change) -> io::Result<()>| {
            asked.each(&mut |part| {
                begun.set(true);
                take(part)
            })
        };
        let written = open::with_parts_of(each, |parts| {
            let document = document(args, sides, change, &limits);
            let document = document.in_parts(parts, asked.shown(change));
            output::json_in_parts(HeldOutput::new(out, &begun), &document)
        });
        return Ok(written.map_err(|error| CliError::of_query(&error, filter))??);
    }
    let sheets = |take: &mut dyn FnMut(&Sheet) -> io::Result<()>| {
        output::each_part(
            |taken| asked.each(taken),
            |part: Change| take(&sheet(&part, [&was, &is], format)),
            filter,
        )
    };
    let mut lines = sheet(change, [&was, &is], format).footer;
    lines.extend(limits(sides));
    print::in_parts(out, (&sheets, &lines), format)
}

fn document<'a>(
    args: &'a ChangeArgs,
    [before, after]: [&'a OpenDataset; 2],
    change: &'a Change,
    limits: &'a str,
) -> ChangeDocument<'a> {
    let subject = AnswerSubject {
        sources: &before.names,
        metric: "",
        filter: args.filter.as_deref(),
        limits: (!limits.is_empty()).then_some(limits),
    };
    let sources = [before.names.as_slice(), after.names.as_slice()];
    ChangeDocument::of(sources, subject, change)
}

fn sheet(change: &Change, titles: [&str; 2], format: Format) -> Sheet {
    match format {
        Format::Table => Sheet::of_change_for_reading(change, titles),
        // These are read by programs, or kept: their headings are always the same.
        Format::Csv(_) | Format::Md | Format::Json => Sheet::of_change(change),
    }
}

/// Opens both periods, which may be two periods of one source.
fn sides(
    context: &OpenContext<'_>,
    args: &ChangeArgs,
    spans: [Option<DateRange>; 2],
) -> Result<(OpenDataset, OpenDataset), CliError> {
    let after = args.after.clone().unwrap_or_default();
    // Before anything is opened, and perhaps fetched.
    if after.0.is_empty() && spans.iter().any(Option::is_none) {
        return Err(CliError::usage(
            "change needs two sources, BEFORE and AFTER, or one source and two periods of it: --before-days 2026-09 \
             --after-days 2026-10",
        ));
    }
    let before = progress::open_aloud(context, &args.before.0)?;
    let after = if after.0.is_empty() {
        before.clone()
    } else {
        progress::open_aloud(context, &after.0)?
    };
    if args.after.is_some() {
        open::check_parts([("the earlier period", &before), ("the later one", &after)])?;
    }
    Ok((before, after))
}

/// The limits of both sides, listed once if they are the same.
pub(crate) fn limits(sides: [&OpenDataset; 2]) -> Vec<String> {
    let mut limits: Vec<String> = sides.iter().filter_map(|side| side.limits()).collect();
    limits.dedup();
    limits
}

/// A month (`2026-10`), or days (`2026-10-01..2026-10-15`).
fn read_span(text: &str) -> Result<DateRange, CliError> {
    DateRange::parse(text).ok_or_else(|| {
        CliError::usage(format!(
            "`{text}` is not a period; write a month as 2026-10, or days as 2026-10-01..2026-10-15"
        ))
    })
}
