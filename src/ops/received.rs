//! What was ordered is what came: days, scope and metric of the rows that were received.

use super::error::OpsError;
use crate::data::convert::{Ingested, Options};
use crate::data::coverage::{Level, coverage};
use crate::data::dataset::Dataset;
use crate::data::error::DataError;
use crate::data::progress::Progress;
use crate::data::query;
use crate::data::read::Part;
use crate::domain::columns::Role;
use crate::domain::filter::{Comparator, Filter};
use crate::domain::metric::Metric;
use crate::domain::money::listed;
use crate::domain::period::DateRange;
use crate::domain::query::{GroupKey, Query};
use crate::domain::reply::Failure;
use crate::domain::request::ReportRequest;
use crate::domain::table::Body;
use crate::domain::text::counted;
use crate::store::ledger::{Entry, Mended};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn refused(message: String) -> OpsError {
    OpsError::Report(Failure::Damaged { message })
}

/// A download that ends in the middle is no fault of the file's writer: it has to be fetched again.
pub(super) fn of_download(error: DataError) -> OpsError {
    match error {
        DataError::CutOff { .. } => refused(error.to_string()),
        other => other.into(),
    }
}

/// What one file proves must fit what was ordered.
pub(super) fn check_file(name: &str, file: &Ingested, ordered: Metric) -> Result<(), OpsError> {
    let cut = file
        .repairs
        .iter()
        .any(|repair| repair.kind == "open-header");
    if cut {
        return Err(refused(format!(
            "{name}: it ends in the middle of its header: the file was cut off; order it again"
        )));
    }
    match file.metric {
        Some(metric) if metric != ordered && ordered != Metric::Usage => Err(refused(format!(
            "{name}: its rows are {metric} cost where {ordered} was ordered; order it again with --refresh"
        ))),
        _ => Ok(()),
    }
}

/// Compares the rows of all parts with the order. Rows outside the ordered days are kept and said.
pub(super) fn check_rows(
    parts: &[PathBuf],
    entry: &Entry,
    request: &ReportRequest,
    by_report: bool,
) -> Result<Option<Mended>, OpsError> {
    if entry.rows == 0 {
        return Ok(None);
    }
    let progress = Progress::default();
    let options = Options::new(&progress);
    let mut read = Vec::new();
    for path in parts {
        let file = File::open(path)
            .map_err(|error| OpsError::Failed(format!("{}: {error}", path.display())))?;
        let name = entry.key.as_str();
        read.extend(Part::from_ledger(
            Arc::new(file),
            name,
            request.metric,
            Path::new("/"),
            &options,
        )?);
    }
    let data = Dataset::join(read);
    check_scope(&data, entry, request)?;
    match request.range() {
        Some(range) if by_report => outside(&data, entry, range),
        _ => Ok(None),
    }
}

/// Rows of other days; an error where all of them are.
fn outside(data: &Dataset, entry: &Entry, range: DateRange) -> Result<Option<Mended>, OpsError> {
    let Some(days) = data.days() else {
        return Ok(None);
    };
    if range.from <= days.from && days.to <= range.to {
        return Ok(None);
    }
    let by_day = |comparator, day: chrono::NaiveDate| {
        Filter::compare(GroupKey::Role(Role::Date), comparator, day.to_string())
    };
    let other_days = Filter::Or(vec![
        by_day(Comparator::Less, range.from),
        by_day(Comparator::Greater, range.to),
    ]);
    let found = query::run(
        data,
        &Query {
            filter: Some(other_days),
            limit: Some(0),
            ..Query::default()
        },
    )?;
    let text = format!(
        "{}, {} to {}, {}",
        counted(found.rows, "row"),
        days.from,
        days.to,
        listed(&found.totals)
    );
    if found.rows >= entry.rows {
        return Err(refused(format!(
            "{}: no row is of the ordered days {range} (the rows are of {} to {}); order it again with --refresh",
            entry.key, days.from, days.to
        )));
    }
    Ok(Some(Mended {
        file: "all files".to_owned(),
        kind: "outside-days".to_owned(),
        count: found.rows,
        first_line: 1,
        said: Some(text),
    }))
}

/// Rows that all belong to another subscription or resource group are another report.
fn check_scope(data: &Dataset, entry: &Entry, request: &ReportRequest) -> Result<(), OpsError> {
    let path = request.scope.path().to_lowercase();
    let id_of = |kind: &str| {
        let mut parts = path.split('/').skip_while(|part| *part != kind);
        parts.nth(1).map(ToOwned::to_owned)
    };
    let Some(subscription) = id_of("subscriptions") else {
        return Ok(());
    };
    let mut seen = Level::default();
    for at in 0..data.sources().len() {
        let found = coverage(data, at)?;
        seen.values.extend(found.subscriptions.values);
        seen.blanks |= found.subscriptions.blanks;
    }
    let guid = subscription.len() == 36;
    let others = !seen.values.is_empty() && !seen.values.contains(&subscription);
    if guid && others && seen.values.iter().all(|id| id.len() == 36) {
        let first = seen.values.into_iter().next().unwrap_or_default();
        return Err(refused(format!(
            "{}: every row is of another subscription ({first}); order it again with --refresh",
            entry.key
        )));
    }
    let Some(group) = id_of("resourcegroups") else {
        return Ok(());
    };
    let by_group = Query {
        group_by: vec![GroupKey::Role(Role::ResourceGroup)],
        ..Query::default()
    };
    let Body::Groups { groups, .. } = query::run(data, &by_group)?.body else {
        return Ok(());
    };
    let mut names = groups
        .into_iter()
        .filter_map(|group| group.keys.into_iter().next().flatten());
    let Some(first) = names.next() else {
        return Ok(());
    };
    let is_it = |name: &String| name.eq_ignore_ascii_case(&group);
    if !is_it(&first) && !names.any(|name| is_it(&name)) {
        return Err(refused(format!(
            "{}: every row is of another resource group ({first}); order it again with --refresh",
            entry.key
        )));
    }
    Ok(())
}
