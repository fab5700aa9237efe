//! An overview as a JSON document. Amounts and percentages are decimal strings.

use super::found::OverviewFinding;
use super::{
    BridgeTotal, CostTrend, CurrencyTotal, DayCost, EarlierDays, KeyPanel, MonthSpan, Overview,
    RankedGroup, RestOfGroups, UnusedBenefit,
};
use crate::domain::analysis::commitments::CommitmentKind;
use crate::domain::analysis::comparison::BridgeStep;
use crate::domain::analysis::findings::kind::FindingKind;
use crate::domain::money::{Amount, Money};
use crate::domain::text::percent;
use chrono::NaiveDate;
use serde::Serialize;

/// The document of `costscope overview --format json`.
#[derive(Serialize)]
pub struct OverviewDocument<'a> {
    sources: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    limited: Option<&'a str>,
    metric: &'a str,
    /// Whether amounts are an index and names pseudonyms.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    masked: bool,
    /// `null` if the rows have no dates.
    month: Option<MonthJson>,
    totals: Vec<TotalJson<'a>>,
    /// `null` if no month before is known.
    before: Option<EarlierJson<'a>>,
    days: Vec<DayJson<'a>>,
    top: Vec<PanelJson<'a>>,
    tag: Option<&'a str>,
    untagged: Vec<RankedJson<'a>>,
    /// `null` if the amortized cost is not known.
    unused: Option<Vec<UnusedJson<'a>>>,
    /// `null` unless both metrics are known.
    bridge: Option<Vec<BridgeTotalJson<'a>>>,
    /// Left out if none were looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<Vec<FindingJson<'a>>>,
    outside: OutsideJson<'a>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct MonthJson {
    month: String,
    from: NaiveDate,
    to: NaiveDate,
    complete: bool,
    open: bool,
    gaps: Vec<NaiveDate>,
}

#[derive(Serialize)]
struct TrendJson {
    cost: Amount,
    before: Option<Amount>,
    change: Option<String>,
}

#[derive(Serialize)]
struct TotalJson<'a> {
    currency: Option<&'a str>,
    #[serde(flatten)]
    trend: TrendJson,
    run_rate: Option<Amount>,
}

#[derive(Serialize)]
struct EarlierJson<'a> {
    sources: &'a [String],
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    days_without_rows: usize,
    totals: &'a [Money],
}

#[derive(Serialize)]
struct DayJson<'a> {
    date: NaiveDate,
    currency: Option<&'a str>,
    cost: Amount,
    before: Option<Amount>,
}

#[derive(Serialize)]
struct PanelJson<'a> {
    key: String,
    groups: Vec<RankedJson<'a>>,
    others: Vec<RestJson<'a>>,
}

#[derive(Serialize)]
struct RankedJson<'a> {
    keys: [Option<&'a str>; 1],
    currency: Option<&'a str>,
    #[serde(flatten)]
    trend: TrendJson,
    share: Option<String>,
}

#[derive(Serialize)]
struct RestJson<'a> {
    groups: usize,
    currency: Option<&'a str>,
    #[serde(flatten)]
    trend: TrendJson,
    share: Option<String>,
}

#[derive(Serialize)]
struct UnusedJson<'a> {
    id: Option<&'a str>,
    name: Option<&'a str>,
    kind: CommitmentKind,
    currency: Option<&'a str>,
    cost: Amount,
}

#[derive(Serialize)]
struct BridgeTotalJson<'a> {
    currency: Option<&'a str>,
    actual: Amount,
    amortized: Amount,
    difference: Amount,
    bridge: [BridgeStep; 7],
}

#[derive(Serialize)]
struct FindingJson<'a> {
    kind: FindingKind,
    text: String,
    currency: Option<&'a str>,
    cost: Amount,
    command: &'a str,
}

#[derive(Serialize)]
struct OutsideJson<'a> {
    rows: u64,
    totals: &'a [Money],
}

impl From<CostTrend> for TrendJson {
    fn from(trend: CostTrend) -> Self {
        Self {
            cost: trend.cost,
            before: trend.before,
            change: trend.change().map(percent),
        }
    }
}

fn month(span: &MonthSpan) -> MonthJson {
    MonthJson {
        month: span.month.to_string(),
        from: span.days.from,
        to: span.days.to,
        complete: span.is_complete(),
        open: span.open,
        gaps: span.gaps.clone(),
    }
}

fn total(total: &CurrencyTotal) -> TotalJson<'_> {
    TotalJson {
        currency: total.currency.as_deref(),
        trend: total.trend.into(),
        run_rate: total.run_rate,
    }
}

fn day(day: &DayCost) -> DayJson<'_> {
    DayJson {
        date: day.date,
        currency: day.currency.as_deref(),
        cost: day.trend.cost,
        before: day.trend.before,
    }
}

fn ranked(group: &RankedGroup) -> RankedJson<'_> {
    RankedJson {
        keys: [group.value.as_deref()],
        currency: group.currency.as_deref(),
        trend: group.trend.into(),
        share: group.share.map(percent),
    }
}

fn rest(rest: &RestOfGroups) -> RestJson<'_> {
    RestJson {
        groups: rest.groups,
        currency: rest.currency.as_deref(),
        trend: rest.trend.into(),
        share: rest.share.map(percent),
    }
}

fn panel(panel: &KeyPanel) -> PanelJson<'_> {
    PanelJson {
        key: panel.key.name(),
        groups: panel.groups.iter().map(ranked).collect(),
        others: panel.others.iter().map(rest).collect(),
    }
}

fn unused(unused: &UnusedBenefit) -> UnusedJson<'_> {
    UnusedJson {
        id: unused.id.as_deref(),
        name: unused.name.as_deref(),
        kind: unused.kind,
        currency: unused.currency.as_deref(),
        cost: unused.cost,
    }
}

fn bridge(total: &BridgeTotal) -> BridgeTotalJson<'_> {
    BridgeTotalJson {
        currency: total.currency.as_deref(),
        actual: total.bridge.actual,
        amortized: total.bridge.amortized,
        difference: total.bridge.difference(),
        bridge: total.bridge.steps(),
    }
}

fn finding<'a>(overview: &'a Overview, one: &'a OverviewFinding) -> FindingJson<'a> {
    let finding = &one.finding;
    FindingJson {
        kind: finding.kind,
        text: overview.sentence(finding),
        currency: finding.money.currency.as_deref(),
        cost: finding.money.amount,
        command: &one.command,
    }
}

impl<'a> OverviewDocument<'a> {
    /// The document of an overview.
    pub fn of(overview: &'a Overview) -> Self {
        let frame = &overview.frame;
        let earlier = |before: &'a EarlierDays| EarlierJson {
            sources: &overview.before_sources,
            from: before.days.map(|days| days.from),
            to: before.days.map(|days| days.to),
            days_without_rows: before.gaps,
            totals: &before.totals,
        };
        let benefits = overview.unused.as_ref();
        let bridges = overview.bridge.as_ref();
        let largest = || {
            overview
                .largest()
                .map(|one| finding(overview, one))
                .collect()
        };
        Self {
            sources: &overview.sources,
            limited: overview.limited.as_deref(),
            metric: overview.metric,
            masked: overview.masked,
            month: frame.span.as_ref().map(month),
            totals: frame.totals.iter().map(total).collect(),
            before: frame.before.as_ref().map(earlier),
            days: frame.days.iter().map(day).collect(),
            top: overview.panels.iter().map(panel).collect(),
            tag: overview.tag.as_deref(),
            untagged: overview.untagged.iter().map(ranked).collect(),
            unused: benefits.map(|all| all.iter().map(unused).collect()),
            bridge: bridges.map(|all| all.iter().map(bridge).collect()),
            findings: overview.findings.is_some().then(largest),
            outside: OutsideJson {
                rows: frame.outside_rows,
                totals: &frame.outside,
            },
            notes: overview.words(),
        }
    }
}
