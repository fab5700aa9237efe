//! A comparison as a JSON document.

use super::sheets::{Report, SideNames};
use crate::domain::analysis::commitments::Commitment;
use crate::domain::analysis::comparison::{BridgeStep, Comparison, Delta};
use crate::domain::analysis::reconciliation::{Covered, Residual};
use crate::domain::money::Amount;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::json::{Parts, add_parts};
use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};

#[derive(Serialize)]
pub(super) struct CompareJson<'a> {
    sources: &'a SideNames,
    filter: Option<&'a str>,
    group_by: Vec<String>,
    currencies: Vec<DeltaJson<'a>>,
    groups: Groups<'a>,
    shown: usize,
    of: usize,
    /// Covered rows without a counterpart; `None` if rows are not matched one by one.
    covered: Option<&'a Covered>,
    /// The reason the residual is not 0; absent if it is 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    residual: Option<&'a Residual>,
    notes: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    commitments: Option<&'a [Commitment]>,
}

/// The document of a report.
pub(super) fn document<'a>(report: &Report<'a>) -> CompareJson<'a> {
    let compared = report.compared;
    CompareJson {
        sources: report.sides,
        filter: report.filter,
        group_by: compared.group_by.iter().map(GroupKey::name).collect(),
        currencies: compared
            .currencies
            .iter()
            .map(|d| delta(d, false))
            .collect(),
        groups: Groups::Of(&compared.groups),
        shown: report.shown,
        of: compared.of,
        covered: report.why.map(|why| &why.0),
        residual: report.why.and_then(|why| why.1.as_ref()),
        notes: report.notes,
        commitments: report.commitments,
    }
}

impl<'a> CompareJson<'a> {
    /// The same with groups that are asked for part by part.
    pub(super) fn in_parts(self, parts: &'a Parts<'a, Comparison>) -> Self {
        Self {
            groups: Groups::Parts(parts),
            ..self
        }
    }
}

fn delta(delta: &Delta, with_keys: bool) -> DeltaJson<'_> {
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
enum Groups<'a> {
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
struct DeltaJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    keys: Option<&'a [Option<String>]>,
    currency: Option<&'a str>,
    actual: Amount,
    amortized: Amount,
    difference: Amount,
    bridge: [BridgeStep; 7],
    residual: Amount,
}
