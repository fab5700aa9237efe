//! Queries apart from the table itself: text search, cost per day, the facts of a line, and the comparison of two periods.

use crate::data::analysis::change;
use crate::data::dataset::Dataset;
use crate::data::query;
use crate::data::query::series;
use crate::domain::analysis::change::{Change, Changed};
use crate::domain::analysis::differences::DifferencePivot;
use crate::domain::metric::Metric;
use crate::domain::money::{Amount, Money};
use crate::domain::period::DateRange;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::Sort;
use crate::domain::query::{Measure, Query};
use crate::domain::table::group::GroupId;
use crate::domain::table::line_facts::{FactsOfLine, LineFacts, LineParts, PeriodFacts};
use crate::domain::table::{Body, Seek, Series, Table};
use crate::ops::differences::{DifferencePivoting, TOGETHER};
use crate::ops::error::OpsError;

/// The number of the next line that contains a text, in the order of the query.
pub fn seek(data: &Dataset, query: &Query, seek: &Seek) -> Result<Option<usize>, OpsError> {
    Ok(query::seek(data, query, seek)?)
}

/// The cost of some groups per day.
pub fn series(
    data: &Dataset,
    filter: Option<&Filter>,
    group_by: &[GroupKey],
    groups: &[GroupId],
) -> Result<Series, OpsError> {
    Ok(series::run(data, filter, group_by, groups)?)
}

/// The parts of a line that are named.
const NAMED: usize = 3;

/// Facts of a line: of its costs, or of its costs in two periods.
pub fn facts_of_line(
    data: &Dataset,
    periods: Option<(DateRange, DateRange)>,
    filter: Option<&Filter>,
    keys: &[GroupKey],
) -> Result<FactsOfLine, OpsError> {
    match periods {
        None => line_facts(data, filter, keys).map(FactsOfLine::Costs),
        Some(periods) => period_facts(data, periods, filter, keys).map(FactsOfLine::Periods),
    }
}

/// Facts of the rows of one currency beyond their sum: their days, and their largest parts by each key.
pub fn line_facts(
    data: &Dataset,
    filter: Option<&Filter>,
    keys: &[GroupKey],
) -> Result<LineFacts, OpsError> {
    let mut facts = LineFacts::default();
    for (at, key) in keys.iter().enumerate() {
        // All groups together tell the days of the line.
        let measures = match at {
            0 => vec![Measure::FirstDay, Measure::LastDay],
            _ => Vec::new(),
        };
        let question = Query {
            filter: filter.cloned(),
            group_by: vec![key.clone()],
            sort: vec![Sort::BY_SIZE],
            limit: (at > 0).then_some(NAMED),
            measures,
            others: at > 0,
            ..Query::default()
        };
        let Body::Groups { mut groups, others } = query::run(data, &question)?.body else {
            continue;
        };
        let days = groups.iter().filter_map(|group| group.days);
        let whole = days.reduce(|(from, to), (first, last)| (from.min(first), to.max(last)));
        facts.days = facts.days.or(whole);
        if groups.iter().all(|group| group.keys == [None]) {
            continue;
        }
        let smaller = groups.split_off(groups.len().min(NAMED));
        let cost = |costs: &[Money]| costs.first().map_or(Amount::ZERO, |cost| cost.amount);
        let others = match others {
            Some(others) => Some((others.groups, cost(&others.costs))),
            None if smaller.is_empty() => None,
            None => {
                let costs = smaller.iter().map(|group| group.cost.amount);
                Some((smaller.len(), Amount::saturating_sum(costs)))
            }
        };
        facts.parts.push(LineParts {
            key: key.clone(),
            largest: groups,
            others,
        });
    }
    Ok(facts)
}

/// The same for the rows of two periods: their days, and their largest changes by each key.
fn period_facts(
    data: &Dataset,
    (before, after): (DateRange, DateRange),
    filter: Option<&Filter>,
    keys: &[GroupKey],
) -> Result<PeriodFacts, OpsError> {
    let [was, is] = [before, after].map(|days| narrowed((data, Some(days)), filter));
    let first = keys.get(..1).unwrap_or_default();
    let days = |filter: Option<&Filter>| line_facts(data, filter, first).map(|facts| facts.days);
    let mut facts = PeriodFacts {
        days: [days(was.as_ref())?, days(is.as_ref())?],
        parts: Vec::new(),
    };
    for key in keys {
        let sides = ((data, was.as_ref()), (data, is.as_ref()));
        let key = std::slice::from_ref(key);
        let found = change::run(sides.0, sides.1, key, &[], Some(NAMED))?;
        if found.groups.iter().any(|group| group.keys != [None]) {
            facts.parts.push(found);
        }
    }
    Ok(facts)
}

/// Data, and the days of it to compare.
pub type Side<'a> = (&'a Dataset, Option<DateRange>);

/// The share of rows, in percent, from which days count as part of a file's period; fewer are late arrivals.
const LATE: u64 = 5;

/// The days that both sides cover. Chosen days count as they are; days of a file count only if enough rows have them.
fn common_days(before: Side<'_>, after: Side<'_>) -> Result<Option<DateRange>, OpsError> {
    let days = days_of(before).zip(days_of(after));
    let Some(both) = days.and_then(|(was, is)| was.common(is)) else {
        return Ok(None);
    };
    for (data, chosen) in [before, after] {
        let question = Query::sums(Filter::of_days(both));
        if chosen.is_none() && query::run(data, &question)?.rows * 100 < LATE * data.rows() {
            return Ok(None);
        }
    }
    Ok(Some(both))
}

/// The days that a side covers.
fn days_of((data, chosen): Side<'_>) -> Option<DateRange> {
    let held = data.days()?;
    chosen.map_or(Some(held), |chosen| chosen.common(held))
}

/// Refuses periods of different metrics, and periods with common days, which these flags choose.
pub(super) fn check_apart(before: Side<'_>, after: Side<'_>, flags: &str) -> Result<(), OpsError> {
    let mixed = |one, other| before.0.has_metric(one) && after.0.has_metric(other);
    if mixed(Metric::Actual, Metric::Amortized) || mixed(Metric::Amortized, Metric::Actual) {
        return Err(OpsError::Failed(
            "one period is actual cost and the other amortized; use the same metric for both (`costscope compare` \
             explains the difference between the two)"
                .to_owned(),
        ));
    }
    if let Some(both) = common_days(before, after)? {
        return Err(OpsError::Failed(format!(
            "both periods contain the days {both}: choose periods without common days ({flags})"
        )));
    }
    Ok(())
}

/// The change from one period to another.
pub fn change(
    before: Side<'_>,
    after: Side<'_>,
    filter: Option<&Filter>,
    group_by: &[GroupKey],
    sort: &[Sort],
    limit: Option<usize>,
) -> Result<Change, OpsError> {
    check_apart(before, after, "--before-days, --after-days")?;
    let (was, is) = (narrowed(before, filter), narrowed(after, filter));
    let sides = ((before.0, was.as_ref()), (after.0, is.as_ref()));
    Ok(change::run(sides.0, sides.1, group_by, sort, limit)?)
}

/// The filter of the rows of a side.
pub(crate) fn narrowed((_, days): Side<'_>, filter: Option<&Filter>) -> Option<Filter> {
    Filter::both(filter.cloned(), days.map(Filter::of_days))
}

/// Two periods of the same data side by side, as a table.
pub fn periods(
    data: &Dataset,
    (before, after): (DateRange, DateRange),
    query: &Query,
) -> Result<Table, OpsError> {
    let (was, is) = ((data, Some(before)), (data, Some(after)));
    let filter = query.filter.as_ref();
    let mut change = change(was, is, filter, &query.group_by, &query.sort, None)?;
    if let Some(asked) = &query.change_pivot {
        let pivot = differences([was, is], filter, (&query.group_by, &asked.by))?;
        if let Some(order) = &asked.order {
            pivot.sort(order, &mut change.groups, Changed::id);
        }
        change.pivot = Some(pivot);
    }
    Ok(Table {
        of: change.of,
        rows: change.rows,
        totals: Vec::new(),
        body: Body::Change(change),
    })
}

/// The differences of groups, with a column for each value of another key.
fn differences(
    [before, after]: [Side<'_>; 2],
    filter: Option<&Filter>,
    (group_by, by): (&[GroupKey], &GroupKey),
) -> Result<DifferencePivot, OpsError> {
    let (was, is) = (narrowed(before, filter), narrowed(after, filter));
    let keys = [group_by, std::slice::from_ref(by)].concat();
    let sides = [(before.0, was.as_ref()), (after.0, is.as_ref())];
    let mut pivoting = DifferencePivoting::new(by);
    let asked = change::each(sides, &keys, (&[], None), TOGETHER, |part| {
        pivoting.add(part.groups.into_iter().map(Changed::into_group))
    });
    pivoting.finish(asked)
}
