//! Fills columns of days.

use super::column::{ColumnValues, NO_TIME, TextPart};
use super::texts::{is_constant, unless_null};
use super::word_repairs::{WordRepairs, line_of};
use crate::data::columns::column_types::{Days, Known, NO_DAY};
use crate::data::columns::dates;
use crate::data::columns::dates::{DateProblem, DayOrder, Slashes};
use crate::data::columns::text_column::NONE;
use crate::data::ingest::findings::Findings;
use crate::data::ingest::halt::{ParseStop, Restart};
use crate::data::ingest::rows::checks;

/// The days that a written date may have: 1970-01-01 to 2200-12-31.
pub(super) const WRITTEN: std::ops::RangeInclusive<i64> = 0..=84_370;
const DAY: i64 = 86_400;

/// How the values of a column are read.
#[derive(Clone, Copy)]
pub(super) struct DayRules {
    pub(super) at: usize,
    /// Whether an invalid date is an error.
    pub(super) must: bool,
    /// Whether it is the date of the row.
    pub(super) is_date: bool,
    pub(super) order: DayOrder,
}

/// A new date of a row with slashes, which its billing period may decide.
pub(super) type Judged = (usize, Slashes);

/// The column of these values.
pub(super) fn fill(
    column: ColumnValues,
    rules: DayRules,
    findings: &mut Findings,
    judged: &mut Vec<Judged>,
) -> Result<Days, ParseStop> {
    let days = match &column {
        ColumnValues::Days(values) => of_days(values),
        ColumnValues::Times(values) => of_times(values),
        ColumnValues::Blank(_)
        | ColumnValues::Texts(_)
        | ColumnValues::Decimals { .. }
        | ColumnValues::Doubles(_) => None,
    };
    let days = match days {
        Some(days) => {
            if rules.must {
                note_blanks(&days, findings);
            }
            days
        }
        None => of_texts(&column.into_texts(), rules, findings, judged)?,
    };
    if rules.must {
        let valid = || days.values.iter().copied().filter(|day| *day != NO_DAY);
        findings.days = valid().min().zip(valid().max());
    }
    Ok(days)
}

/// Counts the rows without a day.
pub(super) fn note_blanks(days: &Days, findings: &mut Findings) {
    for (row, day) in days.values.iter().enumerate() {
        if *day == NO_DAY {
            findings.repairs.add("blank-date", 1, line_of(row));
        }
    }
}

/// `None` if a day cannot be written as a date.
fn of_days(values: &[i32]) -> Option<Days> {
    let valid = |day: &i32| *day == NO_DAY || WRITTEN.contains(&i64::from(*day));
    let all = values.iter().all(valid);
    all.then(|| Days::of(values.to_vec(), false))
}

/// `None` if a time cannot be written as a date.
fn of_times(values: &[i64]) -> Option<Days> {
    let (mut days, mut timed) = (Vec::with_capacity(values.len()), false);
    for seconds in values {
        if *seconds == NO_TIME {
            days.push(NO_DAY);
            continue;
        }
        let day = seconds.div_euclid(DAY);
        if !WRITTEN.contains(&day) {
            return None;
        }
        timed |= seconds.rem_euclid(DAY) != 0;
        days.push(i32::try_from(day).ok()?);
    }
    Some(Days::of(days, timed))
}

fn of_texts(
    parts: &[TextPart],
    rules: DayRules,
    findings: &mut Findings,
    judged: &mut Vec<Judged>,
) -> Result<Days, ParseStop> {
    let mut days = Days::default();
    for part in parts {
        let before = days.values.len();
        let seen = if part.shared { part.words.count() } else { 0 };
        let mut seen: Vec<Option<i32>> = vec![None; seen];
        let mut repairs = WordRepairs::default();
        // A billing period has one day in all rows. Each row without a date is counted, however.
        let is_same = part.shared && is_constant(&part.codes) && part.codes.first() != Some(&NONE);
        let different = if is_same { 1 } else { part.codes.len() };
        for (row, code) in part.codes.iter().take(different).enumerate() {
            if let Some(known) = seen.get(*code as usize).copied().flatten() {
                days.values.push(known);
                continue;
            }
            let word = match *code {
                NONE => b"".as_slice(),
                code => part.words.word(code).unwrap_or_default(),
            };
            let word = checks::without_edges(unless_null(word, *code, &mut repairs));
            let day = if word.is_empty() {
                days.values.push(NO_DAY);
                if rules.must && *code == NONE {
                    findings.repairs.add("blank-date", 1, line_of(before + row));
                } else if rules.must {
                    repairs.add(*code, "blank-date");
                }
                NO_DAY
            } else {
                let is_new = days.new_text(word);
                let day = days.push(word, rules.order);
                let Known { day, is_moved } = day.map_err(|problem| stop(problem, rules))?;
                if rules.must && is_moved {
                    repairs.add(*code, "utc-day");
                }
                if is_new {
                    evidence(word, before + row, rules, findings, judged);
                }
                day
            };
            if let Some(slot) = seen.get_mut(*code as usize) {
                *slot = Some(day);
            }
        }
        let last = days.values.last().copied().unwrap_or(NO_DAY);
        days.values.resize(before + part.codes.len(), last);
        repairs.count(&part.codes, before, findings);
    }
    Ok(days)
}

fn stop(problem: DateProblem, rules: DayRules) -> ParseStop {
    ParseStop::Restart(match problem {
        DateProblem::NotADate if !rules.must => Restart::AsText { column: rules.at },
        DateProblem::NotADate | DateProblem::OtherOrder => Restart::ByText,
    })
}

/// Records the evidence of a date that is new in this block.
fn evidence(
    word: &[u8],
    row: usize,
    rules: DayRules,
    findings: &mut Findings,
    judged: &mut Vec<Judged>,
) {
    let text = std::str::from_utf8(word).ok();
    if let Some((numbers, padded)) = text.and_then(dates::slash_numbers) {
        let line = line_of(row);
        findings
            .date_texts
            .slashes(numbers, padded, rules.is_date, line);
        if rules.is_date {
            judged.push((row, numbers));
        }
    }
}
