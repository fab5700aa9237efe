//! The days of one currency: their costs, those of the largest services, and the running totals.

use super::{CostTrend, Overview};
use crate::domain::money::Amount;
use crate::domain::period::DateRange;
use crate::domain::table::value_names::visible_name;
use chrono::{Datelike, NaiveDate};
use std::collections::BTreeMap;

/// A service and its cost on each day of the month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceDays {
    pub name: String,
    pub costs: Vec<Amount>,
}

/// The days of a currency, one for each of the month. Days without rows cost nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrencyDays {
    /// The whole month.
    pub month: DateRange,
    /// The days with rows.
    pub held: DateRange,
    trends: Vec<CostTrend>,
    /// The largest services; all others are the rest of a day.
    pub services: Vec<ServiceDays>,
}

impl CurrencyDays {
    /// The days of a currency with at most this many services; `None` if the rows have no dates.
    pub fn of(overview: &Overview, currency: Option<&str>, services: usize) -> Option<Self> {
        let span = overview.frame.span.as_ref()?;
        let month = span.month.range();
        let days = overview.frame.days.iter();
        let days = days.filter(|day| day.currency.as_deref() == currency);
        let trends: BTreeMap<NaiveDate, CostTrend> =
            days.map(|day| (day.date, day.trend)).collect();
        let stacks = overview.stacks.iter();
        let stacks = stacks.filter(|stack| stack.currency.as_deref() == currency);
        let services = stacks.take(services).map(|stack| {
            let known: BTreeMap<NaiveDate, Amount> = stack.days.iter().copied().collect();
            ServiceDays {
                name: visible_name(stack.value.as_deref()),
                costs: each_day(month, &known),
            }
        });
        Some(Self {
            month,
            held: span.days,
            trends: each_day(month, &trends),
            services: services.collect(),
        })
    }

    /// The cost of each day of the month.
    pub fn costs(&self) -> Vec<Amount> {
        self.trends.iter().map(|trend| trend.cost).collect()
    }

    /// The cost of a day.
    pub fn cost(&self, day: NaiveDate) -> Amount {
        let trend = self.trends.get(day.day0() as usize);
        trend.map_or(Amount::ZERO, |trend| trend.cost)
    }

    /// The day with the highest cost, the first of equal ones; `None` if no day has a cost.
    pub fn dearest(&self) -> Option<(NaiveDate, Amount)> {
        let days = self.month.each_day().map(|day| (day, self.cost(day)));
        let costs = days.filter(|(_, cost)| *cost > Amount::ZERO);
        costs.reduce(|most, day| if day.1 > most.1 { day } else { most })
    }

    /// The parts of a day: the cost of each service, and what is left.
    pub fn parts(&self, day: NaiveDate) -> Vec<Amount> {
        let of_day = |service: &ServiceDays| service.costs.get(day.day0() as usize).copied();
        let services = self.services.iter();
        let mut parts: Vec<Amount> = services
            .map(|service| of_day(service).unwrap_or_default())
            .collect();
        let left = |rest: Amount, part: &Amount| rest.saturating_sub(*part);
        parts.push(parts.iter().fold(self.cost(day), left));
        parts
    }

    /// The cost of each day of the month beyond the services.
    pub fn rest(&self) -> Vec<Amount> {
        let days = self.month.each_day();
        days.filter_map(|day| self.parts(day).pop()).collect()
    }

    /// The running total up to the last day with rows, and that of the same days of the month before, if it is known.
    pub fn running(&self) -> (Vec<Amount>, Option<Vec<Amount>>) {
        let held = |of: fn(&CostTrend) -> Amount| {
            let days = self.month.each_day().zip(&self.trends);
            let days = days.take_while(|(day, _)| *day <= self.held.to);
            Amount::running_totals(days.map(|(_, trend)| of(trend)))
        };
        let known = self.trends.iter().any(|trend| trend.before.is_some());
        let before = known.then(|| held(|trend| trend.before.unwrap_or_default()));
        (held(|trend| trend.cost), before)
    }
}

/// The value of each day; the default for a day without one.
fn each_day<T: Copy + Default>(month: DateRange, known: &BTreeMap<NaiveDate, T>) -> Vec<T> {
    let days = month.each_day();
    days.map(|day| known.get(&day).copied().unwrap_or_default())
        .collect()
}
