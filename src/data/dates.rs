//! Dates as cost files write them: `MM/DD/YYYY` (month first, padded or not), ISO days and ISO times.

use chrono::NaiveDate;

/// Why a text is not a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateProblem {
    NotADate,
    /// The first part is above 12: a spreadsheet re-saved the file day first.
    DayFirst,
}

/// Reads one day.
pub fn parse(text: &str) -> Result<NaiveDate, DateProblem> {
    let trimmed = text.trim();
    if trimmed.contains('/') {
        return slashes(trimmed);
    }
    let day = trimmed.split(['T', ' ']).next().unwrap_or_default();
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

fn slashes(text: &str) -> Result<NaiveDate, DateProblem> {
    let day = text.split(' ').next().unwrap_or_default();
    let mut parts = day.split('/');
    let (Some(month), Some(date), Some(year), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(DateProblem::NotADate);
    };
    let full = match year.len() {
        4 => year.to_owned(),
        2 => format!("20{year}"),
        _ => return Err(DateProblem::NotADate),
    };
    let first = number(month).ok_or(DateProblem::NotADate)?;
    if first > 12 && build(&full, date, month).is_some() {
        return Err(DateProblem::DayFirst);
    }
    build(&full, month, date).ok_or(DateProblem::NotADate)
}

fn build(year: &str, month: &str, day: &str) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(
        i32::try_from(number(year)?).ok()?,
        number(month)?,
        number(day)?,
    )
}

fn number(text: &str) -> Option<u32> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}
