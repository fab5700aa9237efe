//! Checks that the received rows match the order: days, scope and metric.

use crate::data::dataset::convert::{Ingested, Options};
use crate::data::dataset::{Dataset, read};
use crate::data::error::DataError;
use crate::data::progress::Progress;
use crate::data::query;
use crate::data::query::coverage::{Level, coverage};
use crate::data::sources::usage::pages::SortedPages;
use crate::domain::metric::Metric;
use crate::domain::money::{Amount, Money, listed};
use crate::domain::period::DateRange;
use crate::domain::query::Query;
use crate::domain::query::column_kinds::ACCOUNT;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::{Comparator, Filter};
use crate::domain::query::group_key::GroupKey;
use crate::domain::report::reply::Failure;
use crate::domain::report::request::ReportRequest;
use crate::domain::scope::is_guid;
use crate::domain::table::Body;
use crate::domain::table::group::Group;
use crate::domain::text::{bytes, counted};
use crate::ops::error::OpsError;
use crate::store::ledger::{LedgerEntry, StoredRepair};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The error for a report that is not what was ordered.
pub(crate) fn refused(message: String) -> OpsError {
    OpsError::Report(Failure::Damaged { message })
}

/// A note on rows of a file, with details.
pub(crate) fn noted(file: &str, kind: &str, count: u64, said: String) -> StoredRepair {
    StoredRepair {
        file: file.to_owned(),
        kind: kind.to_owned(),
        count,
        first_line: 1,
        said: Some(said),
    }
}

/// An error in a downloaded file. A truncated one must be ordered again; its writer is not to blame.
pub(crate) fn of_download(error: DataError) -> OpsError {
    match error {
        // A disk error, too little memory or a cancellation is not the report's fault.
        DataError::Io { .. }
        | DataError::Room(_)
        | DataError::RoomToRead { .. }
        | DataError::Cancelled => error.into(),
        error => refused(format!("{error}; order it again with --refresh")),
    }
}

/// Checks one file against the order.
pub(crate) fn check_file(name: &str, file: &Ingested, ordered: Metric) -> Result<(), OpsError> {
    let cut = file
        .repairs
        .iter()
        .any(|repair| repair.kind == "open-header");
    if cut {
        return Err(refused(format!(
            "{name}: it ends in the middle of its header: the file is truncated; order it again with --refresh"
        )));
    }
    if file.layout.headers.is_empty() && file.bytes > 0 {
        return Err(refused(format!(
            "{name}: it has {} and no header: order it again with --refresh",
            bytes(file.bytes)
        )));
    }
    match file.metric {
        Some(metric) if metric != ordered && ordered != Metric::Usage => Err(refused(format!(
            "{name}: its rows are {metric} cost, but {ordered} was ordered; order it again with --refresh"
        ))),
        _ => Ok(()),
    }
}

/// Notes rows of Usage Details that look like the other metric. They are kept, since published responses have them.
pub(crate) fn other_metric(file: &Ingested, ordered: Metric) -> Option<StoredRepair> {
    let metric = file.metric?;
    (metric != ordered && ordered != Metric::Usage).then(|| {
        let said = format!("they look like {metric} cost, but {ordered} was ordered");
        noted("Usage Details", "other-metric", file.rows, said)
    })
}

/// The note on a report that was limited to its most recent rows.
pub(crate) fn cut_off(
    request: &ReportRequest,
    sorted: &SortedPages,
    has_more: bool,
) -> Option<StoredRepair> {
    let wanted = u64::from(request.subset.top_rows?.get());
    let kept: u64 = sorted.files.iter().map(|file| file.rows).sum();
    let came = sorted.received;
    let said = if has_more || sorted.beyond > 0 {
        "the server has more".to_owned()
    } else if came == wanted {
        "exactly as many were received, without a link to more: there may or may not be more"
            .to_owned()
    } else {
        format!("{} received: there are no more", counted(came, "row"))
    };
    Some(noted("Usage Details", "top-rows", kept, said))
}

/// Compares the rows of all parts with the order. Some rows outside the ordered days or scope are kept and noted.
pub(crate) fn check_rows(
    parts: &[PathBuf],
    entry: &LedgerEntry,
    request: &ReportRequest,
    by_report: bool,
) -> Result<Vec<StoredRepair>, OpsError> {
    if entry.rows == 0 {
        return Ok(Vec::new());
    }
    let progress = Progress::default();
    let options = Options::new(&progress);
    let mut read = Vec::new();
    for path in parts {
        let file = File::open(path)
            .map_err(|error| OpsError::Failed(format!("{}: {error}", path.display())))?;
        let name = entry.key.as_str();
        read.extend(read::read_stored(
            Arc::new(file),
            name,
            request.metric,
            Path::new("/"),
            &options,
        )?);
    }
    let data = Dataset::join(read);
    let elsewhere = check_scope(&data, entry, request)?;
    let outside = match request.range() {
        Some(range) if by_report => outside(&data, entry, range)?,
        _ => None,
    };
    Ok(elsewhere.into_iter().chain(outside).collect())
}

/// How many rows a filter keeps.
fn count(data: &Dataset, filter: Filter) -> Result<u64, OpsError> {
    Ok(query::run(data, &Query::sums(filter))?.rows)
}

/// Notes rows of other days; an error if all of them are.
fn outside(
    data: &Dataset,
    entry: &LedgerEntry,
    range: DateRange,
) -> Result<Option<StoredRepair>, OpsError> {
    let Some(days) = data.days() else {
        return Err(refused(format!(
            "{}: no row has a date, so none is known to be of the ordered days {range}; order it again with --refresh",
            entry.key
        )));
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
    let inside = Filter::And(vec![
        by_day(Comparator::GreaterOrEqual, range.from),
        by_day(Comparator::LessOrEqual, range.to),
    ]);
    let rows_inside = count(data, inside)?;
    let found = query::run(
        data,
        &Query {
            filter: Some(other_days),
            group_by: vec![GroupKey::Role(Role::Date)],
            ..Query::default()
        },
    )?;
    let Body::Groups { groups, .. } = &found.body else {
        return Ok(None);
    };
    let named = groups
        .iter()
        .filter_map(|group| group.keys.first()?.as_ref());
    let (first, last) = (named.clone().min(), named.max());
    let text = format!(
        "{}, {} to {}, {}",
        counted(found.rows, "row"),
        first.map_or("", String::as_str),
        last.map_or("", String::as_str),
        listed(&found.totals)
    );
    if rows_inside == 0 {
        return Err(refused(format!(
            "{}: no row is in the ordered days {range} (the rows cover {} to {}); order it again with --refresh",
            entry.key, days.from, days.to
        )));
    }
    Ok(Some(noted("all files", "outside-days", found.rows, text)))
}

/// If all rows belong to another subscription or resource group, it is another report.
fn check_scope(
    data: &Dataset,
    entry: &LedgerEntry,
    request: &ReportRequest,
) -> Result<Option<StoredRepair>, OpsError> {
    let path = request.scope.path().to_lowercase();
    let id_of = |kind: &str| {
        let mut parts = path.split('/').skip_while(|part| *part != kind);
        parts.nth(1).map(ToOwned::to_owned)
    };
    let (mut seen, mut accounts) = (Level::default(), BTreeSet::new());
    for at in 0..data.sources().len() {
        let found = coverage(data, at)?;
        accounts.extend(found.values_of(ACCOUNT));
        seen.values.extend(found.subscriptions.values);
        seen.blanks |= found.subscriptions.blanks;
    }
    let Some(subscription) = id_of("subscriptions") else {
        return check_account(entry, id_of("billingaccounts"), &accounts).map(|()| None);
    };
    let others = !seen.values.is_empty() && !seen.values.contains(&subscription);
    let guids = is_guid(&subscription) && seen.values.iter().all(|id| is_guid(id));
    if guids && others {
        let first = seen.values.into_iter().next().unwrap_or_default();
        return Err(refused(format!(
            "{}: every row is of another subscription ({first}); order it again with --refresh",
            entry.key
        )));
    }
    let Some(group) = id_of("resourcegroups") else {
        return elsewhere(data, &subscription);
    };
    let by_group = Query {
        group_by: vec![GroupKey::Role(Role::ResourceGroup)],
        ..Query::default()
    };
    let Body::Groups { groups, .. } = query::run(data, &by_group)?.body else {
        return Ok(None);
    };
    let mut names = groups
        .into_iter()
        .filter_map(|group| group.keys.into_iter().next().flatten());
    let Some(first) = names.next() else {
        return Ok(None);
    };
    let is_it = |name: &String| name.eq_ignore_ascii_case(&group);
    if !is_it(&first) && !names.any(|name| is_it(&name)) {
        return Err(refused(format!(
            "{}: every row is of another resource group ({first}); order it again with --refresh",
            entry.key
        )));
    }
    Ok(None)
}

/// If all rows belong to another enrolment, it is another report. Other accounts have too many spellings to tell.
fn check_account(
    entry: &LedgerEntry,
    ordered: Option<String>,
    seen: &BTreeSet<String>,
) -> Result<(), OpsError> {
    let number = |text: &String| text.bytes().all(|byte| byte.is_ascii_digit());
    let Some(account) = ordered.filter(number) else {
        return Ok(());
    };
    match seen.iter().next() {
        Some(first) if seen.iter().all(number) && !seen.contains(&account) => {
            Err(refused(format!(
                "{}: every row is of another billing account ({first}); order it again with --refresh",
                entry.key
            )))
        }
        _ => Ok(()),
    }
}

/// Notes rows of subscriptions other than the ordered one.
fn elsewhere(data: &Dataset, subscription: &str) -> Result<Option<StoredRepair>, OpsError> {
    let by_subscription = Query {
        group_by: vec![GroupKey::Role(Role::Subscription)],
        ..Query::default()
    };
    let Body::Groups { groups, .. } = query::run(data, &by_subscription)?.body else {
        return Ok(None);
    };
    let is_other = |group: &Group| {
        let id = group.keys.first().cloned().flatten();
        id.is_some_and(|id| is_guid(&id) && !id.eq_ignore_ascii_case(subscription))
    };
    let others: Vec<Group> = groups.into_iter().filter(is_other).collect();
    if !is_guid(subscription) || others.is_empty() {
        return Ok(None);
    }
    let rows = others.iter().map(|group| group.rows).sum();
    let mut money: BTreeMap<Option<String>, Amount> = BTreeMap::new();
    for group in &others {
        let sum = money.entry(group.cost.currency.clone()).or_default();
        let added = sum.checked_add(group.cost.amount);
        *sum = added.ok_or_else(|| OpsError::Failed("a sum is too large".to_owned()))?;
    }
    let money: Vec<Money> = money
        .into_iter()
        .map(|(currency, amount)| Money { currency, amount })
        .collect();
    let said = format!(
        "{} of other subscriptions, {}",
        counted(rows, "row"),
        listed(&money)
    );
    Ok(Some(noted("all files", "other-scope", rows, said)))
}
