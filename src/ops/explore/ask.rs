//! Questions beside the table itself: the next line that says a text, costs day by day, two periods beside each other.

use crate::data::analysis::change;
use crate::data::dataset::Dataset;
use crate::data::query;
use crate::data::query::series;
use crate::domain::analysis::change::Change;
use crate::domain::metric::Metric;
use crate::domain::period::DateRange;
use crate::domain::query::filter::Filter;
use crate::domain::query::sort::Sort;
use crate::domain::query::{GroupKey, Query};
use crate::domain::table::{Body, GroupId, Seek, Series, Table};
use crate::ops::error::OpsError;

/// The number of the next line that says a text, in the order of the query.
pub fn seek(data: &Dataset, query: &Query, seek: &Seek) -> Result<Option<usize>, OpsError> {
    Ok(query::seek(data, query, seek)?)
}

/// What some groups cost day by day.
pub fn series(
    data: &Dataset,
    filter: Option<&Filter>,
    group_by: &[GroupKey],
    groups: &[GroupId],
) -> Result<Series, OpsError> {
    Ok(series::run(data, filter, group_by, groups)?)
}

/// Data, and the days of it that count.
pub type Side<'a> = (&'a Dataset, Option<DateRange>);

/// A few rows of other days are late ones; so many are a period, in percent.
const LATE: u64 = 5;

/// Days that both sides stand for. Days that were chosen count as they are, those of a file as far as it is made of them.
fn common_days(before: Side<'_>, after: Side<'_>) -> Result<Option<DateRange>, OpsError> {
    let (Some(was), Some(is)) = (days_of(before), days_of(after)) else {
        return Ok(None);
    };
    let Some(both) = was.common(is) else {
        return Ok(None);
    };
    for (data, chosen) in [before, after] {
        let question = Query {
            filter: Some(both.filter()),
            limit: Some(0),
            ..Query::default()
        };
        if chosen.is_none() && query::run(data, &question)?.rows * 100 < LATE * data.rows() {
            return Ok(None);
        }
    }
    Ok(Some(both))
}

/// The days that a side stands for.
fn days_of((data, chosen): Side<'_>) -> Option<DateRange> {
    let held = data.days()?;
    match chosen {
        Some(chosen) => chosen.common(held),
        None => Some(held),
    }
}

/// What changed from one period to another.
pub fn change(
    before: Side<'_>,
    after: Side<'_>,
    filter: Option<&Filter>,
    group_by: &[GroupKey],
    sort: &[Sort],
    limit: Option<usize>,
) -> Result<Change, OpsError> {
    let mixed = |one, other| before.0.has_metric(one) && after.0.has_metric(other);
    if mixed(Metric::Actual, Metric::Amortized) || mixed(Metric::Amortized, Metric::Actual) {
        return Err(OpsError::Failed(
            "one period holds actual cost and the other amortized; take both of one metric (`costscope compare` \
             explains the difference between the two)"
                .to_owned(),
        ));
    }
    if let Some(both) = common_days(before, after)? {
        return Err(OpsError::Failed(format!(
            "both periods hold the days {both}: what changed is told of days that follow each other (--before-days, \
             --after-days)"
        )));
    }
    let narrowed =
        |days: Option<DateRange>| Filter::both(filter.cloned(), days.map(DateRange::filter));
    let (was, is) = (narrowed(before.1), narrowed(after.1));
    let sides = ((before.0, was.as_ref()), (after.0, is.as_ref()));
    Ok(change::run(sides.0, sides.1, group_by, sort, limit)?)
}

/// Two periods of the same data beside each other, as a table.
pub fn periods(
    data: &Dataset,
    (before, after): (DateRange, DateRange),
    query: &Query,
) -> Result<Table, OpsError> {
    let (was, is) = ((data, Some(before)), (data, Some(after)));
    let filter = query.filter.as_ref();
    let change = change(was, is, filter, &query.group_by, &query.sort, None)?;
    Ok(Table {
        of: change.of,
        rows: 0,
        totals: Vec::new(),
        body: Body::Change(change),
    })
}
