//! `costscope compare`: compares actual with amortized cost, and shows the bridge between them.

mod json;
mod parts;
pub mod report;
pub mod sheets;

use super::show;
use crate::cli::args::local::CompareArgs;
use crate::cli::output;
use crate::cli::output::{CliError, Format};
use crate::cli::print;
use crate::cli::progress_line::{Work, while_shown};
use crate::domain::analysis::comparison::{Comparison, Delta, Sort, SortBy};
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::text_table::Sheet;
use crate::ops::compare::in_parts::AskedPair;
use crate::ops::compare::{commitments, pair};
use crate::ops::context;
use crate::ops::context::{OpenContext, OpenDataset};
use crate::ops::error::OpsError;
use crate::ops::explore::{open, sql, verify};
use chrono::NaiveDate;
use json::document;
use report::markdown;
use sheets::{Report, SideNames, add_commitments, bridge_sheet, group_sheet};
use std::io::Write;

/// Runs the command.
pub fn run(
    context: &OpenContext<'_>,
    args: &CompareArgs,
    format: Format,
    today: NaiveDate,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let filter = show::read_filter(args.filter.as_deref())?;
    let group_by = show::read_keys(args.group_by.as_deref())?;
    let sort = read_sort(args.sort.as_deref(), &group_by)?;
    let dialect = show::printed_alone(&args.printed)?;
    let (sides, actual, amortized) = open(context, args)?;
    let limit = args.top.filter(|top| *top > 0);
    let failed = |error: OpsError| CliError::of_query(&error, args.filter.as_deref());
    if let Some(dialect) = dialect {
        let asked = (group_by.as_slice(), filter.as_ref(), (sort, limit));
        let statement = sql::bridge([&actual, &amortized], asked, dialect).map_err(failed)?;
        show::tell_money(&actual.data);
        return Ok(writeln!(out, "{statement}")?);
    }
    if args.printed.verify {
        let sides = [&actual, &amortized];
        crate::cli::progress::say(
            &verify::verify_pair(sides, &group_by, filter.as_ref()).map_err(failed)?,
        );
    }
    tell_repairs(&sides, [&actual, &amortized]);
    let asked = AskedPair {
        actual: &actual.data,
        amortized: &amortized.data,
        group_by: &group_by,
        filter: filter.as_ref(),
        sort,
        limit,
    };
    let compared = while_shown(Work::Answering, || asked.first());
    let mut compared = compared.map_err(failed)?;
    crate::cli::progress::worked(&amortized.data);
    let why = unmatched([&actual, &amortized], filter.as_ref()).map_err(failed)?;
    let mut notes = pair::notes(&actual, &amortized, today)?;
    notes.extend(said(&compared, filter.is_some(), why.as_ref()));
    crate::cli::progress::notes(&notes);
    if args.strict && !compared.closed {
        return Err(CliError::new(6, not_closed(&compared)));
    }
    let committed = args
        .commitments
        .then(|| commitments::of_pair(&actual, &amortized, filter.as_ref()))
        .transpose()
        .map_err(failed)?;
    let in_parts = asked.goes_in_parts(&mut compared);
    let report = Report {
        sides: &sides,
        opened: [&actual, &amortized],
        filter: args.filter.as_deref(),
        compared: &compared,
        shown: asked.shown(&compared),
        why: why.as_ref(),
        notes: &notes,
        commitments: committed.as_deref(),
    };
    if in_parts {
        return parts::write(&report, &asked, format, out);
    }
    write(&report, format, out)
}

/// The rows without a counterpart. A server is not asked for them.
fn unmatched(
    [actual, amortized]: [&OpenDataset; 2],
    filter: Option<&Filter>,
) -> Result<Option<pair::Why>, OpsError> {
    let is_local = !context::is_on_server(actual, amortized);
    let explain = || pair::explain(actual, amortized, filter);
    let explained = is_local.then(|| while_shown(Work::Answering, explain));
    explained.transpose()
}

/// Reports what was noted and repaired on both sides.
fn tell_repairs(sides: &SideNames, [actual, amortized]: [&OpenDataset; 2]) {
    for side in [actual, amortized] {
        crate::cli::progress::notes(&side.notes);
    }
    crate::cli::progress::all_repairs(actual);
    if !sides.amortized.is_empty() {
        crate::cli::progress::all_repairs(amortized);
    }
}

/// Opens both sides; fails if they are not a pair.
fn open(
    context: &OpenContext<'_>,
    args: &CompareArgs,
) -> Result<(SideNames, OpenDataset, OpenDataset), CliError> {
    let mut second = args.amortized.clone().unwrap_or_default().0;
    context::only_once(&args.actual.with(args.amortized.as_ref()))?;
    let actual = match crate::cli::progress::open(context, &args.actual.0) {
        Err(OpsError::TwoMetrics {
            sides: Some([actual, amortized]),
            ..
        }) if second.is_empty() => {
            second = amortized;
            crate::cli::progress::open(context, &actual)?
        }
        opened => opened?,
    };
    let amortized = if second.is_empty() {
        open::other_side(&actual)?
    } else {
        crate::cli::progress::open(context, &second)?.into_amortized()
    };
    pair::check(&actual, &amortized)?;
    // The name of a server does not contain its token.
    let sides = SideNames {
        actual: actual.names.clone(),
        amortized: if second.is_empty() {
            Vec::new()
        } else {
            amortized.names.clone()
        },
    };
    Ok((sides, actual, amortized))
}

fn read_sort(text: Option<&str>, group_by: &[GroupKey]) -> Result<Sort, CliError> {
    let Some(text) = text else {
        return Ok(Sort::default());
    };
    Sort::parse(text, group_by).ok_or_else(|| {
        let names = SortBy::ALL.map(|(name, _)| name).join(", ");
        CliError::usage(format!(
            "cannot sort by `{text}`; use {names}, or one of the keys in --group-by"
        ))
    })
}

fn write(report: &Report<'_>, format: Format, out: &mut dyn Write) -> Result<(), CliError> {
    match format {
        Format::Json => output::json(out, &document(report)),
        Format::Md => Ok(out.write_all(markdown(report).as_bytes())?),
        other => {
            let mut sheet = sheet(report.compared);
            sheet.footer.extend(super::change::limits(report.opened));
            print::sheet(out, &sheet, other)?;
            add_commitments(report, other, out)
        }
    }
}

/// The notes on the comparison itself.
fn said(compared: &Comparison, filtered: bool, why: Option<&pair::Why>) -> Vec<String> {
    // Missing rows mean nothing if a filter selects only a part.
    let mut said = if compared.currencies.is_empty() && filtered {
        vec!["no row matches the filter on either side: nothing was compared".to_owned()]
    } else if filtered {
        Vec::new()
    } else {
        pair::missing(compared)
    };
    match why {
        Some(why) => said.extend(pair::why_words(why)),
        None => said.push(pair::UNMATCHED.to_owned()),
    }
    said
}

/// The error of `--strict`, with the residuals. Nothing has been printed on stdout by then.
fn not_closed(compared: &Comparison) -> String {
    let residual = |total: &Delta| {
        let currency = total.currency.as_deref().unwrap_or("no currency");
        format!("{} {currency}", total.bridge.residual)
    };
    let all: Vec<String> = compared.currencies.iter().map(residual).collect();
    format!(
        "the two files do not describe the same usage: the residual is {} (groups may differ even if \
         the total does not). Without --strict the comparison is printed",
        all.join(", ")
    )
}

/// The groups with both sides, or the bridge itself if there are no keys.
fn sheet(compared: &Comparison) -> Sheet {
    if compared.group_by.is_empty() {
        bridge_sheet(compared)
    } else {
        group_sheet(compared)
    }
}
