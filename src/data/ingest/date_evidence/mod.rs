//! Collects evidence from a file's dates for the order of day and month.

use crate::data::columns::dates::{DateOrder, DateRules, DayOrder, Slashes, day_in_order};
use chrono::{NaiveDate, TimeDelta};
use std::collections::BTreeSet;

/// The maximum number of distinct dates to keep; a month has 31, a year 366.
const MOST: usize = 4096;

/// Usage may be billed up to this many days late.
const LATE: TimeDelta = TimeDelta::days(62);

/// The slash dates of the rows, compared with the billing periods in the same rows.
#[derive(Debug, Clone, Default)]
pub(crate) struct DateEvidence {
    /// Distinct ambiguous dates of the rows.
    unclear: BTreeSet<Slashes>,
    /// Whether any row date has a one-digit day or month.
    unpadded: bool,
    /// The first line with a date that can only be month first.
    month_first: Option<u64>,
    /// The first line with an ambiguous date.
    first_line: Option<u64>,
    /// Distinct dates that lie in their row's billing period only when read month first, and only when read day first.
    in_period: [BTreeSet<Slashes>; 2],
}

impl DateEvidence {
    /// Records a slash date; `is_date` tells whether it is the date of the row.
    pub(crate) fn slashes(&mut self, numbers: Slashes, padded: bool, is_date: bool, line: u64) {
        let (first, second, _) = numbers;
        if second > 12 {
            self.month_first.get_or_insert(line);
        }
        if is_date && first <= 12 && second <= 12 {
            self.unpadded |= !padded;
            if first != second && self.unclear.len() < MOST {
                self.unclear.insert(numbers);
                self.first_line.get_or_insert(line);
            }
        }
    }

    /// Records the date of a row together with its billing period, if that is unambiguous.
    pub(crate) fn in_period(&mut self, numbers: Slashes, (from, to): (NaiveDate, NaiveDate)) {
        let within = |order: DayOrder, first: NaiveDate| {
            day_in_order(numbers, order).is_some_and(|day| first <= day && day <= to)
        };
        // A date that could be a late row in the other order proves nothing.
        let late = |order| within(order, from - LATE);
        let [month_first, day_first] = &mut self.in_period;
        let fits = |order| within(order, from);
        let votes = if fits(DayOrder::MonthFirst) && !late(DayOrder::DayFirst) {
            month_first
        } else if fits(DayOrder::DayFirst) && !late(DayOrder::MonthFirst) {
            day_first
        } else {
            return;
        };
        if votes.len() < MOST {
            votes.insert(numbers);
        }
    }

    /// The order that the billing periods prove, or an error if they contradict each other.
    fn by_periods(&self) -> Option<Result<DayOrder, ()>> {
        let [month_first, day_first] = self.in_period.each_ref().map(BTreeSet::len);
        match (month_first, day_first) {
            (0, 0) => None,
            (most, few) if few * 3 <= most => Some(Ok(DayOrder::MonthFirst)),
            (few, most) if few * 3 <= most => Some(Ok(DayOrder::DayFirst)),
            _ => Some(Err(())),
        }
    }

    /// Merges the evidence of the next block.
    pub(crate) fn append(&mut self, next: Self, lines_before: u64) {
        let behind = |line: u64| line + lines_before;
        self.unclear.extend(next.unclear);
        self.unpadded |= next.unpadded;
        self.month_first = self.month_first.or(next.month_first.map(behind));
        self.first_line = self.first_line.or(next.first_line.map(behind));
        for (mine, theirs) in self.in_period.iter_mut().zip(next.in_period) {
            mine.extend(theirs);
        }
    }

    /// The first line with an ambiguous date.
    pub(crate) fn line(&self) -> u64 {
        self.first_line.unwrap_or(1)
    }

    /// The order of the file, given the order it was read in; `known` tells whether its header is one of Azure's.
    pub(crate) fn order(&self, read_as: DayOrder, rules: &DateRules, known: bool) -> DateOrder {
        if let Some(forced) = rules.forced {
            return DateOrder::Proven(forced);
        }
        if read_as == DayOrder::DayFirst {
            return DateOrder::Proven(DayOrder::DayFirst);
        }
        if self.unclear.is_empty() {
            let proven = self.month_first.map(|_| DateOrder::Proven(read_as));
            return proven.unwrap_or(DateOrder::Clear);
        }
        let by_periods = match self.by_periods() {
            Some(Ok(order)) => Some(order),
            Some(Err(())) => return DateOrder::Undecided,
            None => None,
        };
        // The date range that a manifest or an order allows.
        let expected = rules.expected.and_then(|range| self.by_range(range));
        match (expected, by_periods) {
            (Some(one), Some(other)) if one != other => return DateOrder::Undecided,
            (Some(DayOrder::DayFirst), _) | (_, Some(DayOrder::DayFirst))
                if self.month_first.is_some() =>
            {
                return DateOrder::Undecided;
            }
            (Some(order), _) | (None, Some(order)) => return DateOrder::Proven(order),
            (None, None) => {}
        }
        if self.month_first.is_some() {
            DateOrder::Proven(DayOrder::MonthFirst)
        } else if known && !self.unpadded {
            DateOrder::Assumed
        } else {
            DateOrder::Undecided
        }
    }

    /// The only order in which all ambiguous dates are within this range.
    fn by_range(&self, (first, last): (NaiveDate, NaiveDate)) -> Option<DayOrder> {
        let fits = |order: DayOrder| {
            let mut days = self.unclear.iter();
            days.all(|numbers| {
                day_in_order(*numbers, order).is_some_and(|day| first <= day && day <= last)
            })
        };
        match (fits(DayOrder::MonthFirst), fits(DayOrder::DayFirst)) {
            (true, false) => Some(DayOrder::MonthFirst),
            (false, true) => Some(DayOrder::DayFirst),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
