//! Robust statistics: days that stand out against the same weekdays of their group.

use super::thresholds::{Thresholds, percent_of};
use crate::domain::money::Amount;
use crate::domain::period::DateRange;
use chrono::{Datelike, NaiveDate};

/// Other days of the same weekday that a day needs to be compared with.
pub const FEWEST_PEERS: usize = 3;
/// The standard deviation of normally distributed values, as a multiple of their median absolute deviation.
const OF_MEDIAN: i128 = 1_482_600_000_000_000_000;
/// The same for their mean absolute deviation.
const OF_MEAN: i128 = 1_253_300_000_000_000_000;
/// A jump is at least this many percent of the largest deviation of the other days.
const APART: u64 = 150;

/// A day that stands out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jump {
    pub day: NaiveDate,
    pub cost: Amount,
    /// The median of the other days of its weekday.
    pub usual: Amount,
    /// The days it was compared with.
    pub peers: Vec<NaiveDate>,
}

impl Jump {
    /// The cost above the usual one.
    pub fn excess(&self) -> Amount {
        self.cost.saturating_sub(self.usual)
    }
}

/// The middle one of some amounts; of the two middle ones the mean, rounded towards zero to 18 decimals.
pub fn median(amounts: &[Amount]) -> Option<Amount> {
    let mut sorted = amounts.to_vec();
    sorted.sort_unstable();
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = sorted.get(sorted.len() / 2 - 1)?;
    let middle = i128::midpoint(lower.units(), upper.units());
    Some(Amount::from_units(middle))
}

/// The spread of some deviations as a standard deviation: from their median, or from their mean if that is larger. The
/// median alone is too small if half of the values happen to be close together.
fn spread(deviations: &[Amount]) -> Option<Amount> {
    let one = Amount::from_whole(1);
    let sizes: Vec<Amount> = deviations.iter().map(|amount| amount.abs()).collect();
    let of_median = median(&sizes)?.proportion(Amount::from_units(OF_MEDIAN), one)?;
    let all = sizes
        .iter()
        .try_fold(Amount::ZERO, |all, size| all.checked_add(*size))?;
    let count = u64::try_from(sizes.len()).ok()?;
    let mean = all.proportion(one, Amount::from_whole(count))?;
    let of_mean = mean.proportion(Amount::from_units(OF_MEAN), one)?;
    Some(of_median.max(of_mean))
}

/// The days of a period that stand out above the same weekdays of one group. `days` are all days to compare, in order
/// and with zeros; those outside the period are only compared with. Empty if the group has no usual cost, or if so many
/// days stand out that its cost has a new level.
pub fn jumps(
    days: &[(NaiveDate, Amount)],
    period: DateRange,
    thresholds: &Thresholds,
) -> Vec<Jump> {
    let with_cost = days
        .iter()
        .filter(|(_, cost)| *cost != Amount::ZERO)
        .count();
    if with_cost * 2 <= days.len() {
        return Vec::new();
    }
    let all: Vec<Jump> = days
        .iter()
        .filter_map(|(day, cost)| compared(days, *day, *cost))
        .collect();
    let deviations: Vec<Amount> = all.iter().map(Jump::excess).collect();
    let limit = spread(&deviations)
        .and_then(|spread| spread.proportion(thresholds.jump_deviations, Amount::from_whole(1)));
    let Some(limit) = limit else {
        return Vec::new();
    };
    let stands_out = |jump: &Jump| {
        let excess = jump.excess();
        excess > Amount::ZERO
            && excess >= limit
            && excess >= percent_of(jump.usual.abs(), thresholds.jump_percent)
    };
    let (found, rest): (Vec<Jump>, Vec<Jump>) = all.into_iter().partition(stands_out);
    let count = u64::try_from(found.len()).map_or(Amount::MAX, Amount::from_whole);
    if count > thresholds.jump_days {
        return Vec::new();
    }
    let largest = rest.iter().map(|jump| jump.excess().abs()).max();
    let apart = percent_of(largest.unwrap_or_default(), Amount::from_whole(APART));
    found
        .into_iter()
        .filter(|jump| period.contains(jump.day) && jump.excess() >= apart)
        .collect()
}

/// A day beside the others of its weekday; `None` if they are too few.
fn compared(days: &[(NaiveDate, Amount)], day: NaiveDate, cost: Amount) -> Option<Jump> {
    let others = days
        .iter()
        .filter(|(other, _)| *other != day && other.weekday() == day.weekday());
    let (peers, costs): (Vec<NaiveDate>, Vec<Amount>) = others.copied().unzip();
    if peers.len() < FEWEST_PEERS {
        return None;
    }
    Some(Jump {
        day,
        cost,
        usual: median(&costs)?,
        peers,
    })
}
