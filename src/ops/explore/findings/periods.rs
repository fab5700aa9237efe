//! The days that are searched, and the month before them.

use crate::data::dataset::Dataset;
use crate::data::query;
use crate::domain::analysis::overview::MonthFrame;
use crate::domain::period::{DateRange, Month};
use crate::domain::query::Query;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::Body;
use crate::ops::error::OpsError;
use std::collections::BTreeMap;

/// The share of rows, in percent, from which a month counts; fewer are late arrivals.
const LATE: u64 = 5;

/// The days of both periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Spans {
    pub(super) now: Option<DateRange>,
    pub(super) before: Option<DateRange>,
    /// The days that rows are limited to; `None` if all rows of a source belong to its period.
    pub(super) now_only: Option<DateRange>,
    pub(super) before_only: Option<DateRange>,
}

/// The periods of two sources, or of the last months in one.
pub(super) fn of(data: &Dataset, before: Option<&Dataset>) -> Result<Spans, OpsError> {
    let now = months(data)?;
    let days = |data: &Dataset, months: &[Month]| {
        let (first, last) = (months.first()?, months.last()?);
        let whole = DateRange {
            from: first.range().from,
            to: last.range().to,
        };
        // The days on a server are not known.
        data.days().map_or(Some(whole), |held| held.common(whole))
    };
    if let Some(before) = before {
        return Ok(Spans {
            now: days(data, &now),
            before: days(before, &months(before)?),
            ..Spans::default()
        });
    }
    let Some(last) = now.last() else {
        return Ok(Spans::default());
    };
    let searched = days(data, &[*last]);
    let several = now.len() > 1;
    let earlier = Some(last.back(1)).filter(|month| now.contains(month));
    let before = earlier.and_then(|month| days(data, &[month]));
    Ok(Spans {
        now: searched,
        before,
        now_only: searched.filter(|_| several),
        before_only: before,
    })
}

/// The periods of an overview; `before` holds its month before.
pub(super) fn of_frame(before: &Dataset, frame: &MonthFrame) -> Spans {
    let Some(span) = &frame.span else {
        return Spans::default();
    };
    let compared = frame.before.as_ref().and_then(|before| before.days);
    let held = before.days();
    let earlier = compared.and_then(|days| {
        let month = Month::of(days.from).range();
        held.map_or(Some(month), |held| held.common(month))
    });
    Spans {
        now: Some(span.days),
        before: earlier,
        now_only: (frame.outside_rows > 0).then_some(span.days),
        before_only: earlier.filter(|days| held != Some(*days)),
    }
}

/// The months with enough rows, in order.
fn months(data: &Dataset) -> Result<Vec<Month>, OpsError> {
    let query = Query {
        group_by: vec![GroupKey::Month],
        ..Query::default()
    };
    let table = query::run(data, &query)?;
    let Body::Groups { groups, .. } = &table.body else {
        return Ok(Vec::new());
    };
    let mut rows: BTreeMap<Month, u64> = BTreeMap::new();
    for group in groups {
        let month = group.keys.first().and_then(Option::as_deref);
        if let Some(month) = month.and_then(|month| Month::parse(month).ok()) {
            *rows.entry(month).or_default() += group.rows;
        }
    }
    let all: u64 = rows.values().sum();
    let counts = |rows: u64| rows.saturating_mul(100) >= all.saturating_mul(LATE);
    let months = rows.into_iter().filter(|(_, rows)| counts(*rows));
    Ok(months.map(|(month, _)| month).collect())
}
