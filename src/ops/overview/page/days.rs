//! The bars of days: their parts from the axis outwards.

use crate::domain::analysis::overview::days::CurrencyDays;
use crate::domain::money::Amount;
use chrono::NaiveDate;

/// A part of the bar of a day: its series, and the amounts at both of its ends.
pub(super) struct BarPart {
    pub(super) series: usize,
    pub(super) from: Amount,
    pub(super) to: Amount,
}

/// The parts of the bar of a day: costs above zero, refunds below it. The last series stands for all others.
pub(super) fn bar(days: &CurrencyDays, day: NaiveDate) -> Vec<BarPart> {
    let (mut above, mut below) = (Amount::ZERO, Amount::ZERO);
    let mut parts = Vec::new();
    for (series, cost) in days.parts(day).into_iter().enumerate() {
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

/// The lowest and the highest end of all bars.
pub(super) fn ends(days: &CurrencyDays) -> (Amount, Amount) {
    let parts = days.held.each_day().flat_map(|day| bar(days, day));
    let ends = parts.map(|part| part.to);
    ends.fold((Amount::ZERO, Amount::ZERO), |(low, high), end| {
        (low.min(end), high.max(end))
    })
}
