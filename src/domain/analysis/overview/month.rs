//! Finds the month of an overview, its totals and its days, from the costs of all days.

use super::{CostTrend, CurrencyTotal, DayCost, EarlierDays, MonthFrame, MonthSpan, TooLarge};
use crate::domain::money::{Amount, Money};
use crate::domain::period::{DateRange, Month};
use chrono::{Datelike, NaiveDate};
use std::collections::{BTreeMap, BTreeSet};

/// The cost of a day in a currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatedCost {
    /// `None` for rows without a date.
    pub date: Option<NaiveDate>,
    pub cost: Money,
    pub rows: u64,
}

/// A month with fewer rows than this part of the largest one has only stray rows: late arrivals, or the first hours of a
/// month in another time zone.
const STRAY: u64 = 100;

/// The newest month with more than stray rows, of all months or of those before one.
pub fn newest_month(costs: &[DatedCost], before: Option<Month>) -> Option<Month> {
    let mut months: BTreeMap<Month, u64> = BTreeMap::new();
    for cost in costs {
        let month = cost.date.map(Month::of);
        let month = month.filter(|month| before.is_none_or(|before| *month < before));
        if let Some(month) = month {
            *months.entry(month).or_default() += cost.rows;
        }
    }
    let most = months.values().copied().max().unwrap_or_default();
    let mut months = months.into_iter().rev();
    let found = months.find(|(_, rows)| rows.saturating_mul(STRAY) >= most);
    found.map(|(month, _)| month)
}

/// The month before one, if the same costs hold more than stray rows of it.
fn month_before(own: &[DatedCost], month: Month) -> Option<Month> {
    let rows_of = |wanted: Month| -> u64 {
        let costs = own.iter();
        let costs = costs.filter(|cost| cost.date.map(Month::of) == Some(wanted));
        costs.map(|cost| cost.rows).sum()
    };
    let before = month.back(1);
    (rows_of(before).saturating_mul(STRAY) >= rows_of(month)).then_some(before)
}

/// The frame of the newest month. `earlier` are the costs to compare with, if other sources hold them; else the sources
/// themselves may hold the month before.
pub fn frame(
    own: &[DatedCost],
    earlier: Option<&[DatedCost]>,
    today: NaiveDate,
) -> Result<MonthFrame, TooLarge> {
    let span = newest_month(own, None).map(|month| span_of(own, month, today));
    let range = span.as_ref().map(|span| span.days);
    let inside = own.iter().filter(|cost| is_inside(cost, range));
    let others = own.iter().filter(|cost| !is_inside(cost, range));
    let (before, was) = match compared_with(own, earlier, span.as_ref())? {
        Some((before, was)) => (Some(before), was),
        None => (None, Vec::new()),
    };
    let sums = sums_of(inside.clone())?;
    Ok(MonthFrame {
        totals: totals(&sums, before.as_ref(), span.as_ref()),
        days: match &span {
            Some(span) => days(span, inside, before.as_ref(), &was)?,
            None => Vec::new(),
        },
        outside: sums_of(others.clone())?,
        outside_rows: others.map(|cost| cost.rows).sum(),
        span,
        before,
    })
}

/// Whether a cost belongs to the days of the overview.
fn is_inside(cost: &DatedCost, range: Option<DateRange>) -> bool {
    range.is_none_or(|range| cost.date.is_some_and(|day| range.contains(day)))
}

/// The days of a month that have rows.
fn span_of(costs: &[DatedCost], month: Month, today: NaiveDate) -> MonthSpan {
    let range = month.range();
    let dated = costs.iter().filter(|cost| cost.rows > 0);
    let dated = dated.filter_map(|cost| cost.date);
    let held: BTreeSet<NaiveDate> = dated.filter(|day| range.contains(*day)).collect();
    let days = DateRange {
        from: held.first().copied().unwrap_or(range.from),
        to: held.last().copied().unwrap_or(range.to),
    };
    let gaps = days.each_day().filter(|day| !held.contains(day));
    MonthSpan {
        month,
        days,
        gaps: gaps.collect(),
        open: today < month.settled_on(),
    }
}

/// The days compared with, and their costs.
fn compared_with(
    own: &[DatedCost],
    earlier: Option<&[DatedCost]>,
    span: Option<&MonthSpan>,
) -> Result<Option<(EarlierDays, Vec<DatedCost>)>, TooLarge> {
    let Some(span) = span else {
        // Without dates, other sources are compared as a whole.
        let Some(earlier) = earlier else {
            return Ok(None);
        };
        let days = EarlierDays {
            days: None,
            totals: sums_of(earlier.iter())?,
            gaps: 0,
        };
        return Ok(Some((days, earlier.to_vec())));
    };
    let month = match earlier {
        Some(costs) => newest_month(costs, Some(span.month)),
        None => month_before(own, span.month),
    };
    let Some(month) = month else {
        return Ok(None);
    };
    let range = span.days.in_month(month);
    let costs = earlier.unwrap_or(own).iter();
    let inside: Vec<DatedCost> = costs
        .filter(|cost| is_inside(cost, Some(range)))
        .cloned()
        .collect();
    let held: BTreeSet<NaiveDate> = inside.iter().filter_map(|cost| cost.date).collect();
    if earlier.is_none() && held.is_empty() {
        return Ok(None);
    }
    let days = EarlierDays {
        days: Some(range),
        totals: sums_of(inside.iter())?,
        gaps: range.each_day().filter(|day| !held.contains(day)).count(),
    };
    Ok(Some((days, inside)))
}

/// Sums per currency, the one without a currency last.
fn sums_of<'a>(costs: impl Iterator<Item = &'a DatedCost>) -> Result<Vec<Money>, TooLarge> {
    let mut sums: BTreeMap<Option<&str>, Amount> = BTreeMap::new();
    for cost in costs {
        let sum = sums.entry(cost.cost.currency.as_deref()).or_default();
        *sum = sum.checked_add(cost.cost.amount).ok_or(TooLarge)?;
    }
    let money = sums.into_iter().map(|(currency, amount)| Money {
        currency: currency.map(ToOwned::to_owned),
        amount,
    });
    let mut money: Vec<Money> = money.collect();
    money.sort_by_key(|money| money.currency.is_none());
    Ok(money)
}

/// The amount of a currency; zero if it has none.
fn amount_in(money: &[Money], currency: Option<&str>) -> Amount {
    let mut money = money.iter();
    let found = money.find(|money| money.currency.as_deref() == currency);
    found.map_or(Amount::ZERO, |money| money.amount)
}

/// The totals of all currencies of both months.
fn totals(
    sums: &[Money],
    before: Option<&EarlierDays>,
    span: Option<&MonthSpan>,
) -> Vec<CurrencyTotal> {
    let was = before.map_or(&[][..], |before| before.totals.as_slice());
    let all = sums.iter().chain(was);
    let mut currencies: Vec<Option<String>> = all.map(|money| money.currency.clone()).collect();
    currencies.sort_by_key(|currency| (currency.is_none(), currency.clone()));
    currencies.dedup();
    let total = |currency: Option<String>| {
        let cost = amount_in(sums, currency.as_deref());
        CurrencyTotal {
            trend: CostTrend::new(cost, before.map(|_| amount_in(was, currency.as_deref()))),
            run_rate: span.and_then(|span| run_rate(cost, span)),
            currency,
        }
    };
    currencies.into_iter().map(total).collect()
}

/// The cost of the whole month at the average of its days so far. Only an open month whose days begin on its first has
/// one.
fn run_rate(cost: Amount, span: &MonthSpan) -> Option<Amount> {
    let whole = span.month.range();
    let goes_on = span.open && span.days.from == whole.from && span.days.to < whole.to;
    let days = |range: DateRange| u64::try_from(range.days()).ok().map(Amount::from_whole);
    let (all, so_far) = (days(whole)?, days(span.days)?);
    goes_on.then(|| cost.proportion(all, so_far)).flatten()
}

/// The days of the month, each compared with the day of the same number. A day has cost in one of the two months.
fn days<'a>(
    span: &MonthSpan,
    own: impl Iterator<Item = &'a DatedCost>,
    before: Option<&EarlierDays>,
    costs_before: &'a [DatedCost],
) -> Result<Vec<DayCost>, TooLarge> {
    let was = by_day(costs_before.iter())?;
    let mut all = by_day(own)?;
    for (day, without, currency) in was.keys() {
        let day = span.days.from.with_day(day.day());
        if let Some(day) = day.filter(|day| span.days.contains(*day)) {
            all.entry((day, *without, *currency)).or_default();
        }
    }
    let range = before.and_then(|before| before.days);
    let of_day = |number: u32, currency: Option<&str>| {
        // A day that the other month does not have is compared with nothing.
        let day = range?.from.with_day(number)?;
        range?.contains(day).then(|| {
            let found = was.get(&(day, currency.is_none(), currency));
            found.copied().unwrap_or_default()
        })
    };
    let day = |((date, _, currency), cost): (DayPlace<'_>, Amount)| DayCost {
        date,
        currency: currency.map(ToOwned::to_owned),
        trend: CostTrend::new(cost, of_day(date.day(), currency)),
    };
    Ok(all.into_iter().map(day).collect())
}

/// A day and a currency, in order; the rows without a currency are last.
type DayPlace<'a> = (NaiveDate, bool, Option<&'a str>);

fn by_day<'a>(
    costs: impl Iterator<Item = &'a DatedCost>,
) -> Result<BTreeMap<DayPlace<'a>, Amount>, TooLarge> {
    let mut days: BTreeMap<DayPlace<'a>, Amount> = BTreeMap::new();
    for cost in costs {
        let Some(date) = cost.date else { continue };
        let currency = cost.cost.currency.as_deref();
        let sum = days
            .entry((date, currency.is_none(), currency))
            .or_default();
        *sum = sum.checked_add(cost.cost.amount).ok_or(TooLarge)?;
    }
    Ok(days)
}
