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

/// Reads one day, month first.
pub fn parse(text: &str) -> Result<NaiveDate, DateProblem> {
    parse_as(text, Order::MonthFirst)
}

/// Reads one day.
pub fn parse_as(text: &str, order: Order) -> Result<NaiveDate, DateProblem> {
    let trimmed = text.trim();
    if trimmed.contains('/') {
        return slashes(trimmed, order);
    }
    let day = trimmed.split(['T', ' ']).next().unwrap_or_default();
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
    let time = text
        .trim()
        .split_once(['T', ' '])
        .map_or("", |(_, time)| time);
    time.bytes().any(|byte| matches!(byte, b'1'..=b'9'))
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
