//! A comparison as text tables.

use crate::cli::output;
use crate::cli::output::{CliError, Format};
use crate::domain::analysis::commitments::Commitment;
use crate::domain::analysis::comparison::{BridgeStep, Comparison, Delta};
use crate::domain::table::text_table::{Heading, Sheet};
use crate::ops::compare::{commitments, pair};
use crate::ops::context::OpenDataset;
use serde::Serialize;
use std::io::Write;

/// Commitments as lines of text, exact.
pub(crate) fn exact_lines(report: &Report<'_>) -> Vec<String> {
    let all = report.commitments.unwrap_or_default();
    commitments::lines(all, report.filter.is_some(), &commitments::Style::Exact)
}

/// Prints the commitments under a table. They are sentences, which CSV cannot contain.
pub(crate) fn add_commitments(
    report: &Report<'_>,
    format: Format,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    if report.commitments.is_some() && matches!(format, Format::Csv(_)) {
        let why =
            "commitments are not part of the CSV output; use --format json, md or table for them";
        crate::cli::progress::say(why);
    }
    if report.commitments.is_some() && format == Format::Table {
        for line in exact_lines(report) {
            writeln!(out, "{}", output::printable(&line))?;
        }
    }
    Ok(())
}

/// Everything that is printed about a comparison.
pub(crate) struct Report<'a> {
    pub(crate) sides: &'a SideNames,
    pub(crate) opened: [&'a OpenDataset; 2],
    pub(crate) filter: Option<&'a str>,
    /// The comparison; only the first groups if all of them do not fit.
    pub(crate) compared: &'a Comparison,
    /// The number of groups to print.
    pub(crate) shown: usize,
    /// `None` if rows are not matched one by one.
    pub(crate) why: Option<&'a pair::Why>,
    pub(crate) notes: &'a [String],
    /// `None` unless requested.
    pub(crate) commitments: Option<&'a [Commitment]>,
}

pub(crate) fn bridge_sheet(compared: &Comparison) -> Sheet {
    let line = |total: &Delta, step: BridgeStep| {
        let cost = Some(step.cost.to_string());
        vec![total.currency.clone(), Some(step.step.to_owned()), cost]
    };
    let rows = compared
        .currencies
        .iter()
        .flat_map(|total| total.bridge.steps().map(|step| line(total, step)));
    let headings = vec![
        Heading::text("currency"),
        Heading::text("step"),
        Heading::number("cost"),
    ];
    Sheet::new(headings, rows)
}

pub(crate) fn group_sheet(compared: &Comparison) -> Sheet {
    let cause = |delta: &Delta| delta.bridge.main_cause().to_owned();
    let groups = (compared.group_by.as_slice(), compared.groups.as_slice());
    let total = |total: &Delta| {
        let steps = total
            .bridge
            .steps()
            .map(|s| format!("{} {}", s.step, s.cost));
        let currency = total.currency.as_deref().unwrap_or("-");
        format!("{currency}: {}", steps.join(" · "))
    };
    Sheet {
        footer: compared.currencies.iter().map(total).collect(),
        ..pair::group_sheet(groups, "cause", cause)
    }
}

/// The names of the sources of both sides.
#[derive(Serialize)]
pub(crate) struct SideNames {
    pub(super) actual: Vec<String>,
    pub(super) amortized: Vec<String>,
}
