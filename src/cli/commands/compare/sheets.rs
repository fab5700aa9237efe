//! A comparison as text tables.

use crate::domain::money::Amount;

use serde::Serialize;

use crate::domain::analysis::commitments::Commitment;
use crate::domain::analysis::comparison::{Comparison, Delta, Step};
use crate::domain::table::text_table::{Heading, Sheet};
use crate::ops::compare::{commitments, pair};
use crate::ops::context::OpenDataset;

/// Commitments as lines of text, exact.
pub(crate) fn exact_lines(report: &Report<'_>) -> Vec<String> {
    let all = report.commitments.unwrap_or_default();
    commitments::lines(all, report.filter.is_some(), &commitments::Style::Exact)
}

/// Everything that is printed about a comparison.
pub(crate) struct Report<'a> {
    pub(crate) sides: &'a Sides,
    pub(crate) opened: [&'a OpenDataset; 2],
    pub(crate) filter: Option<&'a str>,
    pub(crate) compared: &'a Comparison,
    /// `None` if rows are not matched one by one.
    pub(crate) why: Option<&'a pair::Why>,
    pub(crate) notes: &'a [String],
    /// `None` unless requested.
    pub(crate) commitments: Option<&'a [Commitment]>,
}

pub(crate) fn bridge_sheet(compared: &Comparison) -> Sheet {
    let line = |total: &Delta, step: Step| {
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
pub(crate) struct Sides {
    pub(super) actual: Vec<String>,
    pub(super) amortized: Vec<String>,
}

pub(crate) fn delta(delta: &Delta, with_keys: bool) -> DeltaJson<'_> {
    DeltaJson {
        keys: with_keys.then_some(delta.keys.as_slice()),
        currency: delta.currency.as_deref(),
        actual: delta.bridge.actual,
        amortized: delta.bridge.amortized,
        difference: delta.bridge.difference(),
        bridge: delta.bridge.steps(),
        residual: delta.bridge.residual,
    }
}

#[derive(Serialize)]
pub(crate) struct DeltaJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    keys: Option<&'a [Option<String>]>,
    currency: Option<&'a str>,
    actual: Amount,
    amortized: Amount,
    difference: Amount,
    bridge: [Step; 7],
    residual: Amount,
}
