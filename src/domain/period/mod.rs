//! Periods and their limits: 13 months back, one calendar month per report.
//!
//! Limits: azure-rest-api-specs `GenerateCostDetailsReportRequestDefinition` ("time period ... within the past
//! 13 months", "1 month or less"). All days are UTC and both ends count.

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How far back reports reach.
pub const MONTHS_BACK: u32 = 13;
/// The first day that Usage Details covers (Microsoft Learn, "Usage Details - List").
const USAGE_FROM: (i32, u32, u32) = (2014, 5, 1);

/// Days from `from` to `to`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DateRange {
    pub from: NaiveDate,
    pub to: NaiveDate,
}

/// A calendar month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i32,
    month: u32,
}

/// The day that is so many days after another.
pub fn days_after(first: NaiveDate, days: usize) -> NaiveDate {
    let days = Days::new(u64::try_from(days).unwrap_or(u64::MAX));
    first.checked_add_days(days).unwrap_or(first)
}

/// The period that a report covers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Period {
    Dates(DateRange),
    Invoice(String),
    /// A billing period by its name (`202403`, `201702-1`, `20180801`); enterprise agreements and pay-as-you-go only.
    Billing(String),
}

/// How far back an API reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    Reports,
    UsageDetails,
}

impl Reach {
    /// The first day that can be ordered as of `today`; month ends are clamped (from 31 March to 28 or 29 February).
    pub fn earliest_day(self, today: NaiveDate) -> NaiveDate {
        let (year, month, day) = USAGE_FROM;
        match self {
            Self::Reports => today
                .checked_sub_months(Months::new(MONTHS_BACK))
                .unwrap_or(today),
            Self::UsageDetails => NaiveDate::from_ymd_opt(year, month, day).unwrap_or(today),
        }
    }
}

impl Period {
    /// One period that covers both: the same one, or all days from the first to the last.
    pub fn joined(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Dates(a), Self::Dates(b)) => Some(Self::Dates(DateRange {
                from: a.from.min(b.from),
                to: a.to.max(b.to),
            })),
            _ => (self == other).then(|| self.clone()),
        }
    }

    /// Reads the name of a billing period.
    pub fn billing(text: &str) -> Result<Self, PeriodError> {
        let name = text.trim();
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let is_month = |month: &str| {
            month.len() == 6
                && digits(month)
                && month.get(4..).is_some_and(|m| ("01"..="12").contains(&m))
        };
        let is_day = |day: &str| day.len() == 8 && NaiveDate::parse_from_str(day, "%Y%m%d").is_ok();
        let good = match name.split_once('-') {
            Some((month, part)) => is_month(month) && digits(part),
            None => is_month(name) || digits(name) && is_day(name),
        };
        if good {
            Ok(Self::Billing(name.to_owned()))
        } else {
            Err(PeriodError::NotABillingPeriod {
                text: name.to_owned(),
            })
        }
    }

    /// The days of the period, if it is a range of days.
    pub fn range(&self) -> Option<DateRange> {
        match self {
            Self::Dates(range) => Some(*range),
            Self::Invoice(_) | Self::Billing(_) => None,
        }
    }

    /// Display name of a period that is not a range of days; otherwise `None`.
    pub fn name(&self) -> Option<String> {
        match self {
            Self::Dates(_) => None,
            Self::Invoice(id) => Some(format!("invoice {id}")),
            Self::Billing(name) => Some(format!("billing period {name}")),
        }
    }
}

/// The reason that a period cannot be ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeriodError {
    NotADate {
        text: String,
        why: &'static str,
    },
    NotAMonth {
        text: String,
    },
    Backwards {
        from: NaiveDate,
        to: NaiveDate,
    },
    NotABillingPeriod {
        text: String,
    },
    TooEarly {
        from: NaiveDate,
        earliest: NaiveDate,
        reach: Reach,
    },
    NotYet {
        from: NaiveDate,
        today: NaiveDate,
    },
}

impl fmt::Display for PeriodError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotADate { text, why } => {
                write!(f, "`{text}` is not a date: {why}; write it as YYYY-MM-DD")
            }
            Self::NotAMonth { text } => write!(
                f,
                "`{text}` is not a month; write it as YYYY-MM, such as 2026-10"
            ),
            Self::Backwards { from, to } => {
                write!(f, "the first day {from} is after the last day {to}")
            }
            Self::NotABillingPeriod { text } if text.is_empty() => {
                write!(
                    f,
                    "write the name of a billing period, such as 202610, 201702-1 or 20180801"
                )
            }
            Self::NotABillingPeriod { text } => write!(
                f,
                "`{text}` is not a billing period; write its name, such as 202610, 201702-1 or 20180801"
            ),
            Self::TooEarly {
                from,
                earliest,
                reach: Reach::Reports,
            } => {
                write!(
                    f,
                    "{from} is too early: reports reach back {MONTHS_BACK} months, the earliest day is {earliest}"
                )
            }
            Self::TooEarly { from, earliest, .. } => {
                write!(f, "{from} is too early: Usage Details begins on {earliest}")
            }
            Self::NotYet { from, today } => {
                write!(f, "{from} is in the future; today is {today} (UTC)")
            }
        }
    }
}

impl std::error::Error for PeriodError {}

/// Reads a day written as `YYYY-MM-DD`.
pub fn parse_date(text: &str) -> Result<NaiveDate, PeriodError> {
    let trimmed = text.trim();
    let wrong = |why| PeriodError::NotADate {
        text: trimmed.to_owned(),
        why,
    };
    let parts: Vec<&str> = trimmed.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return Err(wrong("it needs a year, a month and a day"));
    };
    let number = |part: &str, width: usize| {
        (part.len() == width && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    let (Some(y), Some(m), Some(d)) = (number(year, 4), number(month, 2), number(day, 2)) else {
        return Err(wrong("it needs four, two and two digits"));
    };
    if !(1..=12).contains(&m) {
        return Err(wrong("there is no such month"));
    }
    let y = i32::try_from(y).map_err(|_| wrong("there is no such year"))?;
    NaiveDate::from_ymd_opt(y, m, d).ok_or_else(|| wrong("that month has no such day"))
}

impl Month {
    /// Reads a month written as `YYYY-MM`.
    pub fn parse(text: &str) -> Result<Self, PeriodError> {
        let trimmed = text.trim();
        let first = parse_date(&format!("{trimmed}-01"));
        first.map(Self::of).map_err(|_| PeriodError::NotAMonth {
            text: trimmed.to_owned(),
        })
    }

    /// The month a day falls in.
    pub fn of(day: NaiveDate) -> Self {
        Self {
            year: day.year(),
            month: day.month(),
        }
    }

    /// First to last day.
    pub fn range(self) -> DateRange {
        let from = NaiveDate::from_ymd_opt(self.year, self.month, 1).unwrap_or_default();
        DateRange {
            from,
            to: last_day(from),
        }
    }

    /// The month `count` months earlier.
    #[must_use]
    pub fn back(self, count: u32) -> Self {
        let from = self.range().from;
        Self::of(from.checked_sub_months(Months::new(count)).unwrap_or(from))
    }

    /// The first day on which its cost is final: the 6th of the next month.
    pub fn settled_on(self) -> NaiveDate {
        let end = self.range().to;
        end.checked_add_days(Days::new(6)).unwrap_or(end)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

fn last_day(first: NaiveDate) -> NaiveDate {
    first
        .checked_add_months(Months::new(1))
        .and_then(|next| next.checked_sub_days(Days::new(1)))
        .unwrap_or(first)
}

impl DateRange {
    /// Reads a month (`2026-10`), a day, or two days with two dots between them.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(month) = Month::parse(text) {
            return Some(month.range());
        }
        let (from, to) = text.split_once("..").unwrap_or((text, text));
        let range = Self {
            from: parse_date(from.trim()).ok()?,
            to: parse_date(to.trim()).ok()?,
        };
        (range.from <= range.to).then_some(range)
    }

    /// The parts of the range that fall into one calendar month each, in order, without a gap.
    pub fn by_month(self) -> Vec<Self> {
        self.parts(|from| Month::of(from).range().to)
    }

    /// How many days it has.
    pub fn days(self) -> i64 {
        self.to.signed_duration_since(self.from).num_days() + 1
    }

    /// Parts of at most `days` days each, in order, without a gap.
    pub fn pieces(self, days: i64) -> Vec<Self> {
        let step = Days::new(u64::try_from(days.max(1) - 1).unwrap_or_default());
        self.parts(|from| from.checked_add_days(step).unwrap_or(self.to))
    }

    /// Parts in order; `end` gives the last day of the one that begins on a day.
    fn parts(self, end: impl Fn(NaiveDate) -> NaiveDate) -> Vec<Self> {
        let mut parts = Vec::new();
        let mut next = Some(self.from);
        while let Some(from) = next.filter(|from| *from <= self.to) {
            let to = end(from).min(self.to);
            parts.push(Self { from, to });
            next = to.succ_opt();
        }
        parts
    }

    /// Whether a day lies in it.
    pub fn contains(self, day: NaiveDate) -> bool {
        self.from <= day && day <= self.to
    }

    /// Whether the range is exactly one calendar month.
    pub fn is_whole_month(self) -> bool {
        Month::of(self.from).range() == self
    }

    /// The range with the month of its last day left out if that is the month of the first: `2026-11-01..22`.
    pub fn short(self) -> String {
        let in_one_month = Month::of(self.from) == Month::of(self.to);
        if in_one_month && !self.is_whole_month() {
            format!("{}..{}", self.from, self.to.format("%d"))
        } else {
            self.to_string()
        }
    }

    /// Whether the two ranges share a day.
    pub fn overlaps(self, other: Self) -> bool {
        self.from <= other.to && other.from <= self.to
    }

    /// The same days of another month, for days of one month: the 3rd to the 22nd. Days that end with their month end
    /// with the other month, too, whatever their lengths.
    #[must_use]
    pub fn in_month(self, month: Month) -> Self {
        let whole = month.range();
        let day = |number: u32| whole.from.with_day(number).unwrap_or(whole.to);
        let ends = self.to == Month::of(self.to).range().to;
        Self {
            from: day(self.from.day()),
            to: if ends { whole.to } else { day(self.to.day()) },
        }
    }

    /// Every day of it, in order.
    pub fn each_day(self) -> impl Iterator<Item = NaiveDate> {
        let days = self.from.iter_days();
        days.take_while(move |day| *day <= self.to)
    }

    /// The days that both ranges share, if any.
    pub fn common(self, other: Self) -> Option<Self> {
        let both = Self {
            from: self.from.max(other.from),
            to: self.to.min(other.to),
        };
        (both.from <= both.to).then_some(both)
    }

    /// The range that can be ordered today: a future end is moved to today; days out of reach are refused.
    pub fn orderable(self, today: NaiveDate, reach: Reach) -> Result<Orderable, PeriodError> {
        let Self { from, to } = self;
        if from > to {
            return Err(PeriodError::Backwards { from, to });
        }
        if from > today {
            return Err(PeriodError::NotYet { from, today });
        }
        let earliest = reach.earliest_day(today);
        if from < earliest {
            return Err(PeriodError::TooEarly {
                from,
                earliest,
                reach,
            });
        }
        Ok(Orderable {
            range: Self {
                from,
                to: to.min(today),
            },
            moved_from: (to > today).then_some(to),
        })
    }
}

impl fmt::Display for DateRange {
    /// A text that [`DateRange::parse`] reads back: the month, if the range is a whole one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_whole_month() {
            write!(f, "{}", Month::of(self.from))
        } else {
            write!(f, "{}..{}", self.from, self.to)
        }
    }
}

/// A range within the limits, and the future end it was moved back from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Orderable {
    pub range: DateRange,
    pub moved_from: Option<NaiveDate>,
}

/// Named periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    LastMonth,
    ThisMonth,
    Last3,
    Last12,
    Last7,
    Last30,
    ThisQuarter,
    LastQuarter,
    ThisYear,
    LastYear,
}

impl Preset {
    /// Every preset, in the order the form shows them.
    pub const ALL: [Self; 10] = [
        Self::LastMonth,
        Self::ThisMonth,
        Self::Last3,
        Self::Last12,
        Self::Last7,
        Self::Last30,
        Self::ThisQuarter,
        Self::LastQuarter,
        Self::ThisYear,
        Self::LastYear,
    ];

    /// Label on the form.
    pub fn label(self) -> &'static str {
        match self {
            Self::LastMonth => "last month",
            Self::ThisMonth => "this month",
            Self::Last3 => "last 3",
            Self::Last12 => "last 12",
            Self::Last7 => "last 7 days",
            Self::Last30 => "last 30 days",
            Self::ThisQuarter => "this quarter",
            Self::LastQuarter => "last quarter",
            Self::ThisYear => "this year",
            Self::LastYear => "last year",
        }
    }

    /// The days of the preset as of `today`: whole months, or days up to today.
    pub fn range(self, today: NaiveDate) -> DateRange {
        let this = Month::of(today);
        let so_far = |from| DateRange { from, to: today };
        let days = |count: u64| {
            let first = today.checked_sub_days(Days::new(count - 1));
            so_far(first.unwrap_or(today))
        };
        // The first months of the quarter and of the year.
        let (quarter, year) = (this.back((this.month - 1) % 3), this.back(this.month - 1));
        let before = |first: Month, months| DateRange {
            from: first.back(months).range().from,
            to: first.back(1).range().to,
        };
        match self {
            Self::LastMonth => before(this, 1),
            Self::ThisMonth => so_far(this.range().from),
            Self::Last3 => before(this, 3),
            Self::Last12 => before(this, 12),
            Self::Last7 => days(7),
            Self::Last30 => days(30),
            Self::ThisQuarter => so_far(quarter.range().from),
            Self::LastQuarter => before(quarter, 3),
            Self::ThisYear => so_far(year.range().from),
            Self::LastYear => before(year, 12),
        }
    }
}

#[cfg(test)]
mod range_tests;
#[cfg(test)]
mod tests;
