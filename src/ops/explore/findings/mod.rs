//! Looks for findings in open data, and keeps note of those that were dismissed.

pub mod command;
mod periods;

use super::{ask, open};
use crate::data::analysis::findings;
use crate::data::analysis::findings::asked::{FindingsScope, SearchPeriod};
use crate::domain::analysis::findings::Findings;
use crate::domain::analysis::findings::thresholds::Thresholds;
use crate::domain::analysis::overview::MonthFrame;
use crate::domain::metric::Metric;
use crate::domain::query::filter::Filter;
use crate::ops::context::OpenDataset;
use crate::ops::error::OpsError;
use crate::store::dismissals::Dismissals;
use chrono::NaiveDate;
use periods::Spans;
use std::collections::BTreeSet;
use std::path::Path;

/// The open sources.
#[derive(Clone, Copy)]
pub struct Searched<'a> {
    pub now: &'a OpenDataset,
    /// The month before; without it, the month before in the same sources, if they have it.
    pub before: Option<&'a OpenDataset>,
    /// Amortized costs of the same days, if the sources are actual costs.
    pub amortized: Option<&'a OpenDataset>,
}

/// The settings of a search.
#[derive(Clone, Copy)]
pub struct SearchSettings<'a> {
    /// The rows that count, on every side.
    pub filter: Option<&'a Filter>,
    /// The tag keys that usage must carry; empty: those that most money carries.
    pub tags: &'a [String],
    pub thresholds: &'a Thresholds,
}

/// Looks for findings of every kind, the largest first. Sources of several months are searched in the last one.
pub fn find(searched: Searched<'_>, wanted: &SearchSettings<'_>) -> Result<Findings, OpsError> {
    check(searched)?;
    let spans = periods::of(
        &searched.now.data,
        searched.before.map(|before| &before.data),
    )?;
    if searched.before.is_some() && spans.before.is_none() {
        return Err(OpsError::Failed(
            "--before: no row of these sources has a date, so they are no month before".to_owned(),
        ));
    }
    search(searched, wanted, spans)
}

/// Looks for findings in the month of an overview. The month before is searched as a whole, also if only some of its
/// days are compared.
pub fn find_in_month(
    searched: Searched<'_>,
    wanted: &SearchSettings<'_>,
    frame: &MonthFrame,
) -> Result<Findings, OpsError> {
    let before = searched.before.unwrap_or(searched.now);
    search(searched, wanted, periods::of_frame(&before.data, frame))
}

fn search(
    searched: Searched<'_>,
    wanted: &SearchSettings<'_>,
    spans: Spans,
) -> Result<Findings, OpsError> {
    let narrowed = |days| Filter::both(wanted.filter.cloned(), days);
    let now_rows = narrowed(spans.now_only.map(Filter::of_days));
    let before_rows = narrowed(spans.before_only.map(Filter::of_days));
    let amortized_rows = narrowed(spans.now.map(Filter::of_days));
    let before = searched.before.unwrap_or(searched.now);
    let before = spans.before.map(|days| SearchPeriod {
        data: &before.data,
        filter: before_rows.as_ref(),
        days: Some(days),
    });
    let amortized = searched.amortized.map(|amortized| SearchPeriod {
        data: &amortized.data,
        filter: amortized_rows.as_ref(),
        days: spans.now,
    });
    let asked = FindingsScope {
        now: SearchPeriod {
            data: &searched.now.data,
            filter: now_rows.as_ref(),
            days: spans.now,
        },
        before,
        amortized,
        tags: wanted.tags,
        thresholds: wanted.thresholds,
    };
    Ok(findings::run(&asked)?)
}

/// Refuses sources that cannot be compared.
fn check(searched: Searched<'_>) -> Result<(), OpsError> {
    if let Some(before) = searched.before {
        open::check_parts([
            ("the month before", before),
            ("the searched month", searched.now),
        ])?;
        let sides = ((&before.data, None), (&searched.now.data, None));
        ask::check_apart(sides.0, sides.1, "--before")?;
    }
    if let Some(amortized) = searched.amortized {
        let data = &amortized.data;
        if data.has_metric(Metric::Actual) && data.amortized_side().is_none() {
            return Err(OpsError::Usage(
                "--amortized: these sources are actual costs; give the amortized costs of the same days"
                    .to_owned(),
            ));
        }
    }
    Ok(())
}

/// The ids of the dismissed findings.
pub fn dismissed(data_dir: &Path) -> Result<BTreeSet<String>, OpsError> {
    Ok(Dismissals::new(data_dir).read()?)
}

/// Dismisses findings on this day, by their ids.
pub fn dismiss(data_dir: &Path, ids: &[String], day: NaiveDate) -> Result<(), OpsError> {
    Ok(Dismissals::new(data_dir).add(ids, day)?)
}

/// Restores dismissed findings; returns the ids that were not dismissed.
pub fn restore(data_dir: &Path, ids: &[String]) -> Result<Vec<String>, OpsError> {
    Ok(Dismissals::new(data_dir).remove(ids)?)
}
