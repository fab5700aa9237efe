//! Parses dates as cost files write them: `MM/DD/YYYY` (month first, padded or not), ISO days and ISO times.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Whether `1/2/2026` starts with the month or the day. Microsoft writes the month first; a spreadsheet that saved the
/// file again may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum DayOrder {
    #[default]
    MonthFirst,
    DayFirst,
}

/// The reason a text is not a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateProblem {
    NotADate,
    /// The date is valid only in the other order.
    OtherOrder,
}

/// Rules for the dates of a file that do not come from the file itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DateRules {
    /// The order chosen by the user (`--dates`) or found in other files of the source.
    pub forced: Option<DayOrder>,
    /// The days that a manifest or an order covers.
    pub expected: Option<(NaiveDate, NaiveDate)>,
}

/// The evidence in a file for the order of day and month in its dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum DateOrder {
    /// No date is ambiguous.
    #[default]
    Clear,
    Proven(DayOrder),
    /// Zero-padded dates under a known header: month first, as Azure writes them.
    Assumed,
    /// The file does not show the order.
    Undecided,
}

/// The three numbers of a date with slashes, in the order written.
pub(crate) type Slashes = (u32, u32, u32);

/// The numbers of a date with slashes, and whether day and month have two digits each.
pub(crate) fn slash_numbers(text: &str) -> Option<(Slashes, bool)> {
    let (day, _) = day_and_time(text.trim());
    let mut parts = day.split('/');
    let (first, second, year) = (parts.next()?, parts.next()?, parts.next()?);
    let padded = first.len() == 2 && second.len() == 2;
    let full = match year.len() {
        2 => number(year)? + 2000,
        _ => number(year)?,
    };
    Some(((number(first)?, number(second)?, full), padded))
}

/// The date of three numbers in the given order.
pub(crate) fn day_in_order((first, second, year): Slashes, order: DayOrder) -> Option<NaiveDate> {
    let (month, day) = match order {
        DayOrder::MonthFirst => (first, second),
        DayOrder::DayFirst => (second, first),
    };
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

/// Parses a date, month first.
pub fn parse(text: &str) -> Result<NaiveDate, DateProblem> {
    parse_as(text, DayOrder::MonthFirst)
}

/// Parses a date in the given order.
pub fn parse_as(text: &str, order: DayOrder) -> Result<NaiveDate, DateProblem> {
    let trimmed = text.trim();
    // Older versions of PowerShell write a time as milliseconds since 1970.
    if let Some(rest) = trimmed.strip_prefix("/Date(") {
        let digits = rest.trim_end_matches(")/");
        let milliseconds = digits.parse().map_err(|_| DateProblem::NotADate)?;
        let time = chrono::DateTime::from_timestamp_millis(milliseconds);
        return time
            .map(|time| time.date_naive())
            .ok_or(DateProblem::NotADate);
    }
    let (day, time) = day_and_time(trimmed);
    let day = if day.contains('/') {
        slashes(day, order)?
    } else {
        day_alone(day)?
    };
    if time.is_empty() {
        return Ok(day);
    }
    let seconds = utc_seconds(time).ok_or(DateProblem::NotADate)?;
    let days = chrono::TimeDelta::days(seconds.div_euclid(86_400));
    day.checked_add_signed(days).ok_or(DateProblem::NotADate)
}

/// Splits a text into its day and its time.
fn day_and_time(text: &str) -> (&str, &str) {
    let (day, time) = text.split_once(['T', 't', ' ']).unwrap_or((text, ""));
    (day, time.trim())
}

/// A day without a time: `2026-10-01` or `20261001`.
fn day_alone(day: &str) -> Result<NaiveDate, DateProblem> {
    // Results of the Query API: `20261001`.
    if day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit()) {
        let part = |range| day.get(range).unwrap_or_default();
        return build(part(0..4), part(4..6), part(6..8)).ok_or(DateProblem::NotADate);
    }
    let mut parts = day.split('-');
    let (Some(year), Some(month), Some(date), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(DateProblem::NotADate);
    };
    if year.len() != 4 {
        return Err(DateProblem::NotADate);
    }
    build(year, month, date).ok_or(DateProblem::NotADate)
}

/// Whether a text has a time of day other than midnight.
pub(crate) fn has_time(text: &str) -> bool {
    time_of_day(text).is_some_and(|time| time != "00:00")
}

/// Whether the offset of a time moves it to another day.
pub(crate) fn moves_day(text: &str) -> bool {
    let (_, time) = day_and_time(text.trim());
    let Some((_, zone)) = time_and_zone(time).filter(|(_, zone)| *zone != 0) else {
        return false;
    };
    utc_seconds(time).is_some_and(|utc| {
        let there = utc + zone * 60;
        there.div_euclid(86_400) != utc.div_euclid(86_400)
    })
}

/// Splits a time from its offset in minutes east of UTC: `23:30:00.5Z`, `11:30:00 PM -05:00`.
fn time_and_zone(time: &str) -> Option<(&str, i64)> {
    let time = time.trim_end();
    for mark in ["UTC", "GMT", "Z", "z"] {
        if let Some(before) = time.strip_suffix(mark) {
            return Some((before.trim_end(), 0));
        }
    }
    let Some(at) = time.rfind(['+', '-']) else {
        return Some((time, 0));
    };
    let (before, zone) = time.split_at_checked(at)?;
    let (sign, digits) = zone.split_at_checked(1)?;
    let (hours, minutes) = match digits.split_once(':') {
        Some(both) => both,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    if hours > 14 || minutes > 59 {
        return None;
    }
    let total = i64::from(hours * 60 + minutes);
    Some((before.trim_end(), if sign == "-" { -total } else { total }))
}

/// Seconds after midnight UTC. Negative or more than a day if the offset moves the time there.
fn utc_seconds(time: &str) -> Option<i64> {
    let (time, zone) = time_and_zone(time)?;
    let upper = time.to_ascii_uppercase();
    let (clock, afternoon) = match (upper.strip_suffix("AM"), upper.strip_suffix("PM")) {
        (Some(clock), _) => (clock.trim_end(), Some(false)),
        (_, Some(clock)) => (clock.trim_end(), Some(true)),
        _ => (upper.as_str(), None),
    };
    let whole = clock.split_once('.').map_or(clock, |(whole, fraction)| {
        let digits = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
        if digits { whole } else { clock }
    });
    let mut parts = whole.split(':');
    let hour = number(parts.next()?)?;
    let mut next = || parts.next().map_or(Some(0), number);
    let (minute, second) = (next()?, next()?);
    if parts.next().is_some() || minute > 59 || second > 60 {
        return None;
    }
    let hour = match afternoon {
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(afternoon) => hour % 12 + if afternoon { 12 } else { 0 },
        None => hour,
    };
    // The end of a day may be written as 24:00.
    let ends = hour == 24 && minute == 0 && second == 0;
    (hour < 24 || ends).then(|| i64::from(hour * 3600 + minute * 60 + second) - zone * 60)
}

/// The time of day in UTC, as `HH:MM` or `HH:MM:SS`; `None` if the text has no time.
pub(crate) fn time_of_day(text: &str) -> Option<String> {
    let (_, time) = day_and_time(text.trim());
    if time.is_empty() {
        return None;
    }
    let seconds = utc_seconds(time)?.rem_euclid(86_400);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    Some(match second {
        0 => format!("{hour:02}:{minute:02}"),
        second => format!("{hour:02}:{minute:02}:{second:02}"),
    })
}

fn slashes(day: &str, order: DayOrder) -> Result<NaiveDate, DateProblem> {
    let mut parts = day.split('/');
    let (Some(first), Some(second), Some(year), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(DateProblem::NotADate);
    };
    let full = match year.len() {
        4 => year.to_owned(),
        // Two-digit years before the first cost files are invalid.
        2 if number(year).is_some_and(|year| year >= 15) => format!("20{year}"),
        _ => return Err(DateProblem::NotADate),
    };
    let (month, date) = match order {
        DayOrder::MonthFirst => (first, second),
        DayOrder::DayFirst => (second, first),
    };
    let above = number(month).ok_or(DateProblem::NotADate)? > 12;
    if above && build(&full, date, month).is_some() {
        return Err(DateProblem::OtherOrder);
    }
    build(&full, month, date).ok_or(DateProblem::NotADate)
}

fn build(year: &str, month: &str, day: &str) -> Option<NaiveDate> {
    // Azure began in 2010; a year far from it is a typo.
    let full = number(year).filter(|year| (1970..=2200).contains(year))?;
    NaiveDate::from_ymd_opt(i32::try_from(full).ok()?, number(month)?, number(day)?)
}

fn number(text: &str) -> Option<u32> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests;
