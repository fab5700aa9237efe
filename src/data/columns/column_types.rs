//! Builders for the typed columns of one block.

use super::dates;
use super::dates::{DateProblem, DayOrder};
use super::text_column::GrowingTexts;
use crate::domain::money::{Amount, AmountError, Parsed};
use chrono::NaiveDate;
use hashbrown::HashMap;

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ColumnKind {
    Text,
    /// An exact amount. An invalid value is an error if `must` is set; otherwise the column is read as text.
    Amount {
        must: bool,
    },
    /// A day; `must` as for amounts.
    Day {
        must: bool,
    },
}

/// The value of a row without an amount.
pub(crate) const NO_AMOUNT: i128 = i128::MIN;
/// The value of a row without a day.
pub(crate) const NO_DAY: i32 = i32::MIN;

/// A column being filled.
pub(crate) enum Filling {
    Text(GrowingTexts),
    Amount(Vec<i128>),
    Day(Days),
}

impl Filling {
    pub(crate) fn new(kind: ColumnKind) -> Self {
        match kind {
            ColumnKind::Text => Self::Text(GrowingTexts::default()),
            ColumnKind::Amount { .. } => Self::Amount(Vec::new()),
            ColumnKind::Day { .. } => Self::Day(Days::default()),
        }
    }

    /// An empty column of the same type.
    pub(crate) fn same_type(&self) -> Self {
        match self {
            Self::Text(_) => Self::Text(GrowingTexts::default()),
            Self::Amount(_) => Self::Amount(Vec::new()),
            Self::Day(_) => Self::Day(Days::default()),
        }
    }

    /// Adds the value of an earlier row once more.
    #[inline]
    pub(crate) fn repeat(&mut self, row: usize) {
        match self {
            Self::Text(texts) => texts.repeat(row),
            Self::Amount(units) => units.push(units.get(row).copied().unwrap_or(NO_AMOUNT)),
            Self::Day(days) => days.repeat(row),
        }
    }

    pub(crate) fn texts(&self) -> Option<&GrowingTexts> {
        match self {
            Self::Text(texts) => Some(texts),
            Self::Amount(_) | Self::Day(_) => None,
        }
    }
}

/// The meaning of a text in a column of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) day: i32,
    /// Whether the text names another day, because its time has an offset.
    pub(crate) is_moved: bool,
}

/// A column of days. The same texts repeat in a file, so each one is parsed once.
#[derive(Default)]
pub(crate) struct Days {
    pub(crate) values: Vec<i32>,
    last: Vec<u8>,
    known: HashMap<Vec<u8>, Known>,
    /// Whether a typed value had a time of day.
    timed: bool,
}

impl Days {
    /// The days of typed values; `timed` tells whether any of them had a time of day.
    pub(crate) fn of(values: Vec<i32>, timed: bool) -> Self {
        Self {
            values,
            timed,
            ..Self::default()
        }
    }

    /// Adds a row with the date in this text.
    pub(crate) fn push(&mut self, text: &[u8], order: DayOrder) -> Result<Known, DateProblem> {
        let known = if let Some(known) = self.known.get(text) {
            *known
        } else {
            let known = read_day(text, order)?;
            self.known.insert(text.to_vec(), known);
            known
        };
        if self.last != text {
            self.last.clear();
            self.last.extend_from_slice(text);
        }
        self.values.push(known.day);
        Ok(known)
    }

    /// Adds a row with the day of an earlier row.
    fn repeat(&mut self, row: usize) {
        let day = self.values.get(row).copied();
        self.values.push(day.unwrap_or(NO_DAY));
    }

    /// Whether this text is new in the column.
    pub(crate) fn new_text(&self, text: &[u8]) -> bool {
        self.last != text && !self.known.contains_key(text)
    }

    /// Whether any of the values has a time of day.
    pub(crate) fn has_time(&self) -> bool {
        let mut texts = self.known.keys();
        self.timed || texts.any(|text| std::str::from_utf8(text).is_ok_and(dates::has_time))
    }
}

fn read_day(text: &[u8], order: DayOrder) -> Result<Known, DateProblem> {
    let text = std::str::from_utf8(text).map_err(|_| DateProblem::NotADate)?;
    let day = dates::parse_as(text.trim_start_matches('\u{feff}'), order)?;
    Ok(Known {
        day: day.to_epoch_days(),
        is_moved: dates::moves_day(text),
    })
}

/// The date this many days after 1970-01-01.
pub(crate) fn day_of(days: i32) -> NaiveDate {
    NaiveDate::from_epoch_days(days).unwrap_or_default()
}

/// Parses an amount that is written in the usual form, with both parsers; see [`read_amount`].
pub(crate) fn read_plain_amount(text: &[u8]) -> Option<(Amount, Amount)> {
    let stored = Amount::parse_plain(text)?;
    let parsed = Amount::parse(std::str::from_utf8(text).ok()?).ok()?;
    (!parsed.rounded).then_some((stored, parsed.amount))
}

/// Parses an amount with two independent parsers: one result is stored, the other is summed to check it. Other numbers
/// are not summed while reading and are parsed once.
pub(crate) fn read_amount(text: &[u8], twice: bool) -> Result<(Amount, Parsed), String> {
    let plain = Amount::parse_plain(text);
    if let Some(amount) = plain {
        let once = Parsed {
            amount,
            rounded: false,
        };
        if !twice {
            return Ok((amount, once));
        }
        // Such a text has neither blanks nor a byte-order mark.
        if let Ok(Ok(parsed)) = std::str::from_utf8(text).map(Amount::parse) {
            return Ok((amount, parsed));
        }
    }
    let written = String::from_utf8_lossy(text);
    let clean = written.trim_start_matches('\u{feff}').trim();
    // A refused text is shown as it is written, with its blanks.
    let parsed = Amount::parse(clean).map_err(|problem| match problem {
        AmountError::NotANumber(_) => AmountError::NotANumber(written.to_string()).to_string(),
        AmountError::TooLarge(_) => AmountError::TooLarge(written.to_string()).to_string(),
    })?;
    let stored = plain.unwrap_or(parsed.amount);
    Ok((stored, parsed))
}

/// The texts of a column, if it is a text column.
#[inline]
pub(crate) fn texts_of(columns: &[Filling], at: Option<usize>) -> Option<&GrowingTexts> {
    at.and_then(|at| columns.get(at)?.texts())
}

/// The amounts of a column; none if it is another column.
#[inline]
pub(crate) fn amounts_of(columns: &[Filling], at: Option<usize>) -> &[i128] {
    match at.and_then(|at| columns.get(at)) {
        Some(Filling::Amount(units)) => units,
        Some(Filling::Text(_) | Filling::Day(_)) | None => &[],
    }
}

/// Whether a column name means dates: `billingPeriodStartDate`, FOCUS `ChargePeriodEnd`.
pub(crate) fn is_day_column(plain: &str) -> bool {
    ["date", "periodstart", "periodend"]
        .iter()
        .any(|end| plain.ends_with(end))
}

pub(crate) fn units(cost: i128) -> i128 {
    if cost == NO_AMOUNT { 0 } else { cost }
}
