//! The days of one currency, ready to be drawn: parts from the axis outwards, and running totals.

use crate::domain::analysis::overview::{CostTrend, Overview};
use crate::domain::money::Amount;
use crate::domain::period::DateRange;
use crate::domain::table::text_table::value_name;
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// A series of the picture of days.
pub(super) struct DaySeries {
    pub(super) name: String,
    costs: BTreeMap<NaiveDate, Amount>,
}

/// The days of a currency.
pub(super) struct CurrencyDays {
    /// The whole month.
    pub(super) month: DateRange,
    /// The days with rows.
    pub(super) held: DateRange,
    costs: BTreeMap<NaiveDate, CostTrend>,
    /// The largest services; all others are the rest of a day.
    pub(super) series: Vec<DaySeries>,
    /// The total at the end of the month at the average of its days so far.
    pub(super) run_rate: Option<Amount>,
}

/// A part of the bar of a day: its series, and the amounts at both of its ends.
pub(super) struct BarPart {
    pub(super) series: usize,
    pub(super) from: Amount,
    pub(super) to: Amount,
}

impl CurrencyDays {
    /// The days of a currency; `None` if the rows have no dates.
    pub(super) fn of(overview: &Overview, currency: Option<&str>) -> Option<Self> {
        let span = overview.frame.span.as_ref()?;
        let days = overview.frame.days.iter();
        let days = days.filter(|day| day.currency.as_deref() == currency);
        let stacks = overview.stacks.iter();
        let stacks = stacks.filter(|stack| stack.currency.as_deref() == currency);
        let series = stacks.map(|stack| DaySeries {
            name: value_name(stack.value.as_deref()),
            costs: stack.days.iter().copied().collect(),
        });
        let total = overview.frame.total(currency);
        Some(Self {
            month: span.month.range(),
            held: span.days,
            costs: days.map(|day| (day.date, day.trend)).collect(),
            series: series.collect(),
            run_rate: total.and_then(|total| total.run_rate),
        })
    }

    /// The parts of the bar of a day: costs above zero, refunds below it. The last series stands for all others.
    pub(super) fn bar(&self, day: NaiveDate) -> Vec<BarPart> {
        let cost = self.costs.get(&day).map_or(Amount::ZERO, |day| day.cost);
        let mut rest = cost;
        let mut costs = Vec::new();
        for series in &self.series {
            let part = series.costs.get(&day).copied().unwrap_or_default();
            rest = rest.saturating_sub(part);
            costs.push(part);
        }
        costs.push(rest);
        let (mut above, mut below) = (Amount::ZERO, Amount::ZERO);
        let mut parts = Vec::new();
        for (series, cost) in costs.into_iter().enumerate() {
            let end = if cost < Amount::ZERO {
                &mut below
            } else {
                &mut above
            };
            let from = *end;
            *end = end.saturating_add(cost);
            if cost != Amount::ZERO {
                let to = *end;
                parts.push(BarPart { series, from, to });
            }
        }
        parts
    }

    /// The cost of a day.
    pub(super) fn cost(&self, day: NaiveDate) -> Amount {
        self.costs.get(&day).map_or(Amount::ZERO, |day| day.cost)
    }

    /// The lowest and the highest end of all bars.
    pub(super) fn ends(&self) -> (Amount, Amount) {
        let parts = self.held.each_day().flat_map(|day| self.bar(day));
        let ends = parts.map(|part| part.to);
        ends.fold((Amount::ZERO, Amount::ZERO), |(low, high), end| {
            (low.min(end), high.max(end))
        })
    }

    /// The running total of each day with rows, and that of the month before, if it is known.
    pub(super) fn running(&self) -> (Vec<Amount>, Option<Vec<Amount>>) {
        let running = |of: &dyn Fn(&CostTrend) -> Amount| {
            let mut sum = Amount::ZERO;
            let days = self.held.each_day();
            days.map(|day| {
                let cost = self.costs.get(&day).map_or(Amount::ZERO, of);
                sum = sum.saturating_add(cost);
                sum
            })
            .collect::<Vec<Amount>>()
        };
        let known = self.costs.values().any(|day| day.before.is_some());
        let own = running(&|day| day.cost);
        let before = known.then(|| running(&|day| day.before.unwrap_or_default()));
        (own, before)
    }
}
