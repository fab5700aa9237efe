//! Dates as cost files write them: `MM/DD/YYYY` (month first, padded or not), ISO days and ISO times.

use chrono::NaiveDate;

/// Which part of `1/2/2026` is the month. Microsoft writes it first; a file that a spreadsheet saved again may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    #[default]
    MonthFirst,
    DayFirst,
}

/// Why a text is not a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateProblem {
    NotADate,
    /// It is one in the other order only.
    OtherOrder,
}

/// How the dates of a file are to be read, where something beside the file says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DateRules {
    /// Decided by the user (`--dates`) or by files beside this one.
    pub forced: Option<Order>,
    /// The days that a manifest or an order promises.
    pub expected: Option<(NaiveDate, NaiveDate)>,
}

/// What a file proves about the order of day and month in its dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DateOrder {
    /// No date can be read in two ways.
    #[default]
    Clear,
    Proven(Order),
    /// Zero-padded dates under a known header: month first, as Azure writes them.
    Assumed,
    /// Nothing tells.
    Undecided,
}

/// A date with slashes as its three numbers in the order written.
pub(crate) type Slashes = (u32, u32, u32);

/// The numbers of a date with slashes, and whether day and month have two digits each.
pub(crate) fn slash_numbers(text: &str) -> Option<(Slashes, bool)> {
    let day = text.trim().split(' ').next().unwrap_or_default();
    let mut parts = day.split('/');
    let (first, second, year) = (parts.next()?, parts.next()?, parts.next()?);
    let padded = first.len() == 2 && second.len() == 2;
    let full = match year.len() {
        2 => number(year)? + 2000,
        _ => number(year)?,
    };
    Some(((number(first)?, number(second)?, full), padded))
}

/// The day of three numbers in an order.
pub(crate) fn day_in_order((first, second, year): Slashes, order: Order) -> Option<NaiveDate> {
    let (month, day) = match order {
        Order::MonthFirst => (first, second),
        Order::DayFirst => (second, first),
    };
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

/// Reads one day, month first.
pub fn parse(text: &str) -> Result<NaiveDate, DateProblem> {
    parse_as(text, Order::MonthFirst)
}

/// Reads one day.
pub fn parse_as(text: &str, order: Order) -> Result<NaiveDate, DateProblem> {
    let trimmed = text.trim();
    // What older versions of PowerShell make of a time: milliseconds since 1970.
    if let Some(rest) = trimmed.strip_prefix("/Date(") {
        let digits = rest.trim_end_matches(")/");
        let milliseconds = digits.parse().map_err(|_| DateProblem::NotADate)?;
        let time = chrono::DateTime::from_timestamp_millis(milliseconds);
        return time
            .map(|time| time.date_naive())
            .ok_or(DateProblem::NotADate);
    }
    if trimmed.contains('/') {
        return slashes(trimmed, order);
    }
    let (day, time) = trimmed.split_once(['T', 't', ' ']).unwrap_or((trimmed, ""));
    let day_here = day_alone(day)?;
    Ok(match offset_minutes(time) {
        Some(minutes) if minutes != 0 => utc_day(day_here, time, minutes).unwrap_or(day_here),
        _ => day_here,
    })
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

/// Whether a text says a time of day other than midnight.
pub(crate) fn has_time(text: &str) -> bool {
    if text.contains('/') {
        let time = text.trim().split_once(' ').map_or("", |(_, time)| time);
        // Midnight is also written as 12:00 AM.
        let bare = time.trim_end_matches(" AM");
        let midnight = bare.len() < time.len() && bare.starts_with("12:00");
        return !midnight && time.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    }
    time_of_day(text).is_some_and(|time| time != "00:00")
}

/// The time zone behind a time, in minutes east of Greenwich; nothing where none is named.
fn offset_minutes(time: &str) -> Option<i64> {
    let at = time.rfind(['+', '-'])?;
    let (sign, zone) = time.get(at..)?.split_at_checked(1)?;
    let digits: String = zone.chars().filter(|c| *c != ':').collect();
    if !matches!(digits.len(), 2 | 4) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let hours: i64 = digits.get(..2)?.parse().ok()?;
    let minutes: i64 = digits
        .get(2..)
        .filter(|rest| !rest.is_empty())
        .map_or(Some(0), |rest| rest.parse().ok())?;
    let total = hours * 60 + minutes;
    Some(if sign == "-" { -total } else { total })
}

/// Seconds since midnight of a time such as `23:30:00.5Z`.
fn seconds_of(time: &str) -> Option<i64> {
    let end = time.find(['Z', 'z', '+', '-', '.']).unwrap_or(time.len());
    let mut parts = time.get(..end)?.trim().split(':');
    let mut next = || {
        parts
            .next()
            .map_or(Some(0), |part| part.parse::<i64>().ok())
    };
    Some(next()? * 3600 + next()? * 60 + next()?)
}

fn utc_moment(day: NaiveDate, time: &str, minutes: i64) -> Option<chrono::NaiveDateTime> {
    let seconds = seconds_of(time)? - minutes * 60;
    day.and_hms_opt(0, 0, 0)?
        .checked_add_signed(chrono::TimeDelta::seconds(seconds))
}

fn utc_day(day: NaiveDate, time: &str, minutes: i64) -> Option<NaiveDate> {
    utc_moment(day, time, minutes).map(|moment| moment.date())
}

/// The time of day of a text in UTC, as `HH:MM` or `HH:MM:SS`; nothing where it says none.
pub(crate) fn time_of_day(text: &str) -> Option<String> {
    let (day, time) = text.trim().split_once(['T', 't', ' '])?;
    let day = day_alone(day).ok()?;
    let moment = utc_moment(day, time, offset_minutes(time).unwrap_or_default())?;
    let format = if moment.format("%S").to_string() == "00" {
        "%H:%M"
    } else {
        "%H:%M:%S"
    };
    Some(moment.format(format).to_string())
}

fn slashes(text: &str, order: Order) -> Result<NaiveDate, DateProblem> {
    let day = text.split(' ').next().unwrap_or_default();
    let mut parts = day.split('/');
    let (Some(first), Some(second), Some(year), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(DateProblem::NotADate);
    };
    let full = match year.len() {
        4 => year.to_owned(),
        2 => format!("20{year}"),
        _ => return Err(DateProblem::NotADate),
    };
    let (month, date) = match order {
        Order::MonthFirst => (first, second),
        Order::DayFirst => (second, first),
    };
    let above = number(month).ok_or(DateProblem::NotADate)? > 12;
    if above && build(&full, date, month).is_some() {
        return Err(DateProblem::OtherOrder);
    }
    build(&full, month, date).ok_or(DateProblem::NotADate)
}

fn build(year: &str, month: &str, day: &str) -> Option<NaiveDate> {
    // Azure began in 2010; a year far from it is a slip.
    let full = number(year).filter(|year| (1970..=2200).contains(year))?;
    NaiveDate::from_ymd_opt(i32::try_from(full).ok()?, number(month)?, number(day)?)
}

fn number(text: &str) -> Option<u32> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}
