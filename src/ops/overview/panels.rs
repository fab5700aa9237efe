//! Computes the panels of an overview, each by itself. The first finds the month; the others need only that.

use super::found;
use super::found::Search;
use super::sources::OverviewSources;
use crate::data::error::DataError;
use crate::domain::analysis::comparison::Sort;
use crate::domain::analysis::overview::month::{self, DatedCost};
use crate::domain::analysis::overview::ranking::{self, ValueCost};
use crate::domain::analysis::overview::{
    BridgeTotal, CurrencyTotal, GroupDays, KeyPanel, MonthFrame, Overview, RankedGroup, TooLarge,
    UnusedBenefit,
};
use crate::domain::money::Amount;
use crate::domain::query::Query;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::group::{Group, GroupId};
use crate::domain::table::{Body, Series};
use crate::ops::compare::commitments;
use crate::ops::context::is_on_server;
use crate::ops::error::OpsError;
use crate::ops::explore::{ask, open};
use crate::ops::{Dataset, similar};
use chrono::{Days, NaiveDate};

/// The groups of each panel.
pub const MOST: usize = 5;
/// The groups that are known of each panel on a screen, for as many lines as it has.
pub const MOST_ON_SCREEN: usize = 20;
/// The services whose days are stacked.
pub(super) const STACKED: usize = 4;

/// The keys of the panels of largest groups, besides a tag.
pub const KEYS: [GroupKey; 2] = [
    GroupKey::Role(Role::ResourceGroup),
    GroupKey::Role(Role::Service),
];

/// The largest groups by one key, and the cost of rows without a value of it.
pub type RankedPanel = (KeyPanel, Vec<RankedGroup>);

impl From<TooLarge> for OpsError {
    fn from(_: TooLarge) -> Self {
        Self::Data(DataError::Overflow {
            what: "the overview".to_owned(),
        })
    }
}

/// The month, its totals and its days.
pub fn frame(sources: &OverviewSources, today: NaiveDate) -> Result<MonthFrame, OpsError> {
    let own = dated(&sources.opened.data)?;
    let before = sources.before.as_ref();
    let before = before.map(|before| dated(&before.data)).transpose()?;
    let frame = month::frame(&own, before.as_deref(), today)?;
    match (&frame.span, &before, &frame.before) {
        (Some(span), Some(_), None) => Err(OpsError::Failed(format!(
            "the sources to compare with have no days before {}; give those of an earlier month",
            span.month
        ))),
        _ => Ok(frame),
    }
}

/// The largest groups by one key, at most so many.
pub fn ranked(
    sources: &OverviewSources,
    frame: &MonthFrame,
    (key, most): (&GroupKey, usize),
) -> Result<RankedPanel, OpsError> {
    let own = values(&sources.opened.data, frame.filter(), key)?;
    let before = match frame.before {
        Some(_) => Some(values(sources.earlier(), frame.before_filter(), key)?),
        None => None,
    };
    let both = (own.as_slice(), before.as_deref());
    let panel = ranking::ranked(key, both, &frame.totals, most)?;
    let missing = ranking::missing(key, both, &frame.totals)?;
    Ok((panel, missing))
}

/// The days of the largest groups of a panel.
pub fn stacks(
    sources: &OverviewSources,
    frame: &MonthFrame,
    panel: &KeyPanel,
) -> Result<Vec<GroupDays>, OpsError> {
    let ids = frame.totals.iter().flat_map(|total| {
        let groups = panel.of(total.currency.as_deref());
        groups.take(STACKED).map(|group| GroupId {
            keys: vec![group.value.clone()],
            currency: group.currency.clone(),
        })
    });
    let ids: Vec<GroupId> = ids.collect();
    let keys = std::slice::from_ref(&panel.key);
    let found = ask::series(&sources.opened.data, frame.filter().as_ref(), keys, &ids)?;
    let Series {
        first: Some(first),
        lines,
    } = found
    else {
        return Ok(Vec::new());
    };
    let days = |costs: Vec<Amount>| -> Vec<(NaiveDate, Amount)> {
        let costs = (0_u64..).zip(costs);
        let day = |(number, cost)| Some((first.checked_add_days(Days::new(number))?, cost));
        costs.filter_map(day).collect()
    };
    let stack = |(id, costs): (GroupId, Vec<Amount>)| GroupDays {
        value: id.keys.into_iter().next().flatten(),
        currency: id.currency,
        days: days(costs),
    };
    Ok(ids.into_iter().zip(lines).map(stack).collect())
}

/// The unused reservations and savings plans, most expensive first; `None` if the amortized cost is not known, or on a
/// server, where rows are not matched.
pub fn unused(
    sources: &OverviewSources,
    frame: &MonthFrame,
) -> Result<Option<Vec<UnusedBenefit>>, OpsError> {
    let Some(amortized) = sources.amortized_side() else {
        return Ok(None);
    };
    if is_on_server(&sources.opened, amortized) {
        return Ok(None);
    }
    let all = commitments::of_pair(&sources.opened, amortized, of_month(frame).as_ref())?;
    let unused = all.into_iter().filter(|one| one.unused != Amount::ZERO);
    let mut unused: Vec<UnusedBenefit> = unused
        .map(|one| UnusedBenefit {
            id: one.id,
            name: one.name,
            kind: one.kind,
            currency: one.currency,
            cost: one.unused,
        })
        .collect();
    unused.sort_by_key(|one| std::cmp::Reverse(one.cost));
    Ok(Some(unused))
}

/// The bridge from actual to amortized cost, for each currency; `None` unless the sources are a pair.
pub fn bridge(
    sources: &OverviewSources,
    frame: &MonthFrame,
) -> Result<Option<Vec<BridgeTotal>>, OpsError> {
    let Some(amortized) = &sources.amortized else {
        return Ok(None);
    };
    let compared = open::compare(
        &sources.opened.data,
        &amortized.data,
        &[],
        of_month(frame).as_ref(),
        (Sort::default(), None),
    )?;
    let totals = compared.currencies.into_iter().map(|total| BridgeTotal {
        currency: total.currency,
        bridge: total.bridge,
    });
    Ok(Some(totals.collect()))
}

/// The filter of the whole month: the sides of a pair may have rows on different days of it.
fn of_month(frame: &MonthFrame) -> Option<Filter> {
    let span = frame.span.as_ref()?;
    Some(Filter::of_days(span.month.range()))
}

/// The tag whose values are ranked, and a note if no row has it. Without a choice, it is the one that most rows carry.
pub fn tag_of(
    data: &Dataset,
    chosen: Option<&str>,
) -> Result<(Option<String>, Option<String>), OpsError> {
    let Some(chosen) = chosen else {
        return Ok((open::commonest_tag_key(data)?, None));
    };
    let known = open::tag_keys(data)?;
    let lower = chosen.to_lowercase();
    let found = known.iter().find(|key| key.to_lowercase() == lower);
    if let Some(found) = found {
        return Ok((Some(found.clone()), None));
    }
    let close = similar(&lower, known, |key| key.to_lowercase(), 3);
    let close = match close.as_slice() {
        [] => String::new(),
        close => format!("; did you mean {}?", close.join(", ")),
    };
    let note = format!("no row has the tag `{chosen}`{close}");
    Ok((Some(chosen.to_owned()), Some(note)))
}

/// All panels.
pub fn whole(
    sources: &OverviewSources,
    frame: MonthFrame,
    (tag, search): (Option<&str>, Search<'_>),
    mut notes: Vec<String>,
) -> Result<Overview, OpsError> {
    let mut panels = Vec::new();
    let mut stacked = Vec::new();
    for key in &KEYS {
        let (panel, _) = ranked(sources, &frame, (key, MOST))?;
        if *key == GroupKey::Role(Role::Service) {
            stacked = stacks(sources, &frame, &panel)?;
        }
        panels.push(panel);
    }
    let (tag, note) = tag_of(&sources.opened.data, tag)?;
    notes.extend(note);
    let untagged = match &tag {
        Some(tag) => {
            let (panel, missing) = ranked(sources, &frame, (&GroupKey::Tag(tag.clone()), MOST))?;
            panels.push(panel);
            missing
        }
        None => without_tags(&frame),
    };
    Ok(Overview {
        sources: sources.names(),
        before_sources: sources.before_names(),
        metric: sources.opened.metric_word(),
        limited: sources.opened.limits(),
        panels,
        stacks: stacked,
        tag,
        untagged,
        unused: unused(sources, &frame)?,
        bridge: bridge(sources, &frame)?,
        findings: Some(found::findings(sources, &frame, search)?),
        frame,
        notes,
        masked: false,
    })
}

/// If no row has a tag, all cost is untagged.
pub fn without_tags(frame: &MonthFrame) -> Vec<RankedGroup> {
    let whole = |total: &CurrencyTotal| RankedGroup {
        value: None,
        currency: total.currency.clone(),
        trend: total.trend,
        share: total.trend.cost.per_mille(total.trend.cost),
    };
    frame.totals.iter().map(whole).collect()
}

/// The cost of every day.
fn dated(data: &Dataset) -> Result<Vec<DatedCost>, OpsError> {
    let groups = groups(data, None, &GroupKey::Role(Role::Date))?;
    let dated = groups.into_iter().map(|group| DatedCost {
        date: first_key(&group).and_then(|day| day.parse().ok()),
        cost: group.cost,
        rows: group.rows,
    });
    Ok(dated.collect())
}

/// The cost of every value of a key, largest first.
fn values(
    data: &Dataset,
    filter: Option<Filter>,
    key: &GroupKey,
) -> Result<Vec<ValueCost>, OpsError> {
    let groups = groups(data, filter, key)?.into_iter();
    let values = groups.map(|group| ValueCost {
        value: first_key(&group),
        cost: group.cost,
    });
    Ok(values.collect())
}

fn first_key(group: &Group) -> Option<String> {
    group.keys.first().cloned().flatten()
}

fn groups(data: &Dataset, filter: Option<Filter>, key: &GroupKey) -> Result<Vec<Group>, OpsError> {
    let query = Query {
        filter,
        group_by: vec![key.clone()],
        ..Query::default()
    };
    Ok(match open::show(data, &query)?.body {
        Body::Groups { groups, .. } => groups,
        Body::Rows { .. } | Body::Pivot(_) | Body::Change(_) => Vec::new(),
    })
}
