//! The order of day and month is proven, assumed for Azure's own headers, or undecided.

use super::DateEvidence;
use crate::data::columns::dates::{DateOrder, DateRules, DayOrder};
use chrono::NaiveDate;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The order that the dates `first/second/2026` show; `padded` means two digits each.
fn order(dates: &[(u32, u32)], padded: bool, known: bool, rules: &DateRules) -> DateOrder {
    let mut evidence = DateEvidence::default();
    for (line, (first, second)) in (2..).zip(dates) {
        evidence.slashes((*first, *second, 2026), padded, true, line);
    }
    evidence.order(DayOrder::MonthFirst, rules, known)
}

#[test]
fn a_day_above_twelve_proves_the_order_and_padding_lets_assume_it() {
    let none = DateRules::default();
    let month_first = DateOrder::Proven(DayOrder::MonthFirst);
    assert_eq!(order(&[], true, true, &none), DateOrder::Clear);
    assert_eq!(order(&[(5, 5)], true, true, &none), DateOrder::Clear);
    assert_eq!(order(&[(10, 31)], true, true, &none), month_first);
    assert_eq!(
        order(&[(10, 1), (10, 31)], false, false, &none),
        month_first
    );
    assert_eq!(order(&[(10, 1)], true, true, &none), DateOrder::Assumed);
    assert_eq!(order(&[(10, 1)], false, true, &none), DateOrder::Undecided);
    assert_eq!(order(&[(10, 1)], true, false, &none), DateOrder::Undecided);
}

#[test]
fn a_flag_or_an_expected_range_decides() {
    let forced = DateRules {
        forced: Some(DayOrder::DayFirst),
        ..DateRules::default()
    };
    let day_first = DateOrder::Proven(DayOrder::DayFirst);
    assert_eq!(order(&[(10, 1)], true, true, &forced), day_first);
    let january = DateRules {
        expected: Some((day("2026-01-01"), day("2026-01-31"))),
        ..DateRules::default()
    };
    assert_eq!(order(&[(10, 1)], true, true, &january), day_first);
    // A date that only fits month first contradicts the range.
    let both = order(&[(10, 1), (10, 31)], true, true, &january);
    assert_eq!(both, DateOrder::Undecided);
}

#[test]
fn billing_periods_of_the_rows_vote() {
    let none = DateRules::default();
    let october = (day("2026-10-01"), day("2026-10-31"));
    let mut evidence = DateEvidence::default();
    for first in 1..=9 {
        evidence.slashes((first, 10, 2026), true, true, u64::from(first));
        evidence.in_period((first, 10, 2026), october);
    }
    // Days in August and September could be late usage in the other order; the others prove the order.
    let order = evidence.order(DayOrder::MonthFirst, &none, true);
    assert_eq!(order, DateOrder::Proven(DayOrder::DayFirst));
}
