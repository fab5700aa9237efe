//! Compares date columns with a value: an ISO date, an ISO time or a date in the file's own format.

use super::dictionary::by_code;
use super::keys;
use super::scan::RowGroup;
use crate::data::columns::column_types::{ColumnKind, NO_DAY, is_day_column};
use crate::data::columns::dates;
use crate::data::columns::dates::DayOrder;
use crate::data::error::DataError;
use crate::domain::query::columns::{Role, plain};
use crate::domain::query::filter::Comparator;
use crate::domain::query::group_key::GroupKey;
use std::cmp::Ordering;

/// The header of the date column that a key refers to.
fn header<'a>(slice: &RowGroup<'a>, key: &GroupKey) -> Option<&'a str> {
    match key {
        GroupKey::Role(Role::Date) => slice.role(Role::Date),
        GroupKey::Column(name) => {
            let header = slice.header(name)?;
            let days = matches!(slice.kind(header), ColumnKind::Day { .. });
            (days || is_day_column(&plain(header))).then_some(header)
        }
        GroupKey::Role(_) | GroupKey::Month | GroupKey::Tag(_) => None,
    }
}

/// Whether a key is compared as a date.
pub(super) fn applies(slice: &RowGroup<'_>, key: &GroupKey) -> bool {
    header(slice, key).is_some()
}

/// A day, and the time of day if the text has one.
type DayAndTime = (i32, Option<String>);

fn moment(text: &str, order: DayOrder) -> Option<DayAndTime> {
    let other = match order {
        DayOrder::MonthFirst => DayOrder::DayFirst,
        DayOrder::DayFirst => DayOrder::MonthFirst,
    };
    // The other order is safe as a fallback: the date is valid in that order only.
    let day = dates::parse_as(text, order).or_else(|_| dates::parse_as(text, other));
    let time = dates::has_time(text)
        .then(|| dates::time_of_day(text))
        .flatten();
    Some((day.ok()?.to_epoch_days(), time))
}

/// The rows that pass a comparison with a day; `None` if the key is not a date column or the value is not a date.
pub(super) fn compare(
    slice: &RowGroup<'_>,
    key: &GroupKey,
    comparator: Comparator,
    value: &str,
) -> Result<Option<Vec<bool>>, DataError> {
    let Some(header) = header(slice, key) else {
        return Ok(None);
    };
    let order = if slice.part.stored.info.day_first {
        DayOrder::DayFirst
    } else {
        DayOrder::MonthFirst
    };
    let Some((wanted, time)) = moment(value, order) else {
        return Ok(None);
    };
    let absent = comparator == Comparator::NotEqual;
    if slice.kind(header) == ColumnKind::Text {
        let coded = keys::of(slice, &GroupKey::Column(header.to_owned()))?;
        let keep = |text: &str| {
            moment(text, order).map_or(absent, |(day, own)| {
                comparator.meets(ordered((day, own.as_deref()), (wanted, time.as_deref())))
            })
        };
        return Ok(Some(by_code(&coded, absent, keep)));
    }
    let days = slice.part.stored.days(slice.group, header, None)?;
    let hours = match &time {
        Some(_) => slice.header(&format!("{header}Time")),
        None => None,
    };
    let hours = hours.map(|hours| slice.texts(hours)).transpose()?;
    let keep = |(row, day): (usize, &i32)| {
        if *day == NO_DAY {
            return absent;
        }
        let own = hours.as_ref().and_then(|hours| hours.row(row));
        comparator.meets(ordered((*day, own), (wanted, time.as_deref())))
    };
    Ok(Some(days.iter().enumerate().map(keep).collect()))
}

/// A value without a time means the whole day.
fn ordered((day, own): (i32, Option<&str>), (wanted, time): (i32, Option<&str>)) -> Ordering {
    day.cmp(&wanted).then_with(|| match time {
        Some(time) => own.unwrap_or("00:00").cmp(time),
        None => Ordering::Equal,
    })
}
