//! A comparison as text tables.

use crate::domain::money::Amount;

use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};

use crate::domain::analysis::commitments::Commitment;
use crate::domain::analysis::comparison::{Comparison, Delta, Step};
use crate::domain::table::json::{Parts, add_parts};
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

/// The groups of a comparison: those that are held, or parts that are asked for while they are written.
pub(crate) enum Groups<'a> {
    Of(&'a [Delta]),
    Parts(&'a Parts<'a, Comparison>),
}

impl Serialize for Groups<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        let mut add = |groups: &[Delta]| {
            let mut groups = groups.iter();
            groups.try_for_each(|each| list.serialize_element(&delta(each, true)))
        };
        match self {
            Self::Of(groups) => add(groups)?,
            Self::Parts(parts) => add_parts(*parts, |part| add(&part.groups))?,
        }
        list.end()
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
