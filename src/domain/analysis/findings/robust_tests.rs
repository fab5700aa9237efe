//! Days at the thresholds of jumps.

use super::robust::jumps;
use super::steps::{PriceStep, Priced, goes_on, price_step};
use super::thresholds::{Thresholds, percent_of};
use crate::domain::money::Amount;
use crate::domain::period::Month;
use chrono::{Datelike, NaiveDate, Weekday};

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap().amount
}

fn day(number: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 10, number).unwrap()
}

/// October with a cost of 10 a day on Thursdays to Saturdays, of 10 and 11 in turn on all other days, and of another
/// amount on Friday the 9th. The median of all deviations is 1, so a deviation counts 1.4826.
fn october(friday: &str) -> Vec<(NaiveDate, Amount)> {
    let cost = |number: u32| {
        let calm = [Weekday::Thu, Weekday::Fri, Weekday::Sat].contains(&day(number).weekday());
        match number {
            9 => amount(friday),
            number if !calm && number / 7 % 2 == 1 => amount("11"),
            _ => amount("10"),
        }
    };
    (1..=31).map(|number| (day(number), cost(number))).collect()
}

fn jumped(days: &[(NaiveDate, Amount)], thresholds: &Thresholds) -> Vec<u32> {
    let october = Month::parse("2026-10").unwrap().range();
    let found = jumps(days, october, thresholds);
    found.iter().map(|jump| jump.day.day()).collect()
}

#[test]
fn a_day_jumps_from_each_of_its_thresholds_on() {
    let usual = Thresholds::default();
    let percent = Thresholds {
        jump_percent: amount("80"),
        ..usual.clone()
    };
    let deviations = Thresholds {
        jump_deviations: Amount::ZERO,
        jump_percent: Amount::ZERO,
        ..usual.clone()
    };
    for (thresholds, friday, expected) in [
        // Five deviations are 7.413.
        (&usual, "17.413", &[9][..]),
        (&usual, "17.412999", &[]),
        (&percent, "18", &[9]),
        (&percent, "17.999", &[]),
        // Half as much again as the largest other deviation, whatever the thresholds.
        (&deviations, "10", &[]),
    ] {
        assert_eq!(jumped(&october(friday), thresholds), expected, "{friday}");
    }
}

#[test]
fn as_many_days_jump_as_the_threshold_has() {
    let high = |days: &[u32]| -> Vec<(NaiveDate, Amount)> {
        let cost = |number: u32| amount(if days.contains(&number) { "100" } else { "10" });
        (1..=31).map(|number| (day(number), cost(number))).collect()
    };
    let usual = Thresholds::default();
    for (days, expected) in [
        (&[5, 13, 21][..], &[5, 13, 21][..]),
        (&[5, 13, 21, 29], &[]),
    ] {
        assert_eq!(jumped(&high(days), &usual), expected);
    }
}

#[test]
fn a_jump_is_far_above_all_other_days() {
    // The 16th is 4 above its usual cost, without being a jump itself.
    for (friday, expected) in [("17.5", &[9][..]), ("17.42", &[9]), ("15.9", &[])] {
        let mut days = october(friday);
        days[15].1 = amount("14");
        let least = Thresholds {
            jump_deviations: amount("3"),
            ..Thresholds::default()
        };
        assert_eq!(jumped(&days, &least), expected, "{friday}");
    }
}

#[test]
fn a_cost_on_half_of_the_days_is_not_usual() {
    let on = |days: u32| -> Vec<(NaiveDate, Amount)> {
        let cost = |number: u32| match number {
            1 => amount("500"),
            number if number <= days => amount("100"),
            _ => Amount::ZERO,
        };
        (1..=28).map(|number| (day(number), cost(number))).collect()
    };
    assert_eq!(jumped(&on(14), &Thresholds::default()), [0; 0]);
    assert_eq!(jumped(&on(28), &Thresholds::default()), [1]);
}

#[test]
fn a_percentage_that_does_not_fit_is_the_largest_amount() {
    assert_eq!(percent_of(amount("50"), amount("20")), amount("10"));
    assert_eq!(percent_of(Amount::MAX, amount("101")), Amount::MAX);
    let mut thresholds = Thresholds::default();
    let too_fine = format!("0.{}1", "0".repeat(18));
    for wrong in ["-0.1", too_fine.as_str()] {
        assert!(thresholds.set("least", wrong).is_err(), "{wrong}");
    }
    assert_eq!(thresholds.set("least", "0"), Ok(()));
}

fn priced(cost: &str, quantity: &str) -> Priced {
    Priced {
        cost: amount(cost),
        quantity: amount(quantity),
    }
}

#[test]
fn prices_within_a_five_hundredth_are_the_same() {
    for (later, steps) in [
        ("1002", false),
        ("1002.01", true),
        ("998", false),
        ("997.99", true),
    ] {
        let days = [(day(1), priced("1000", "1")), (day(2), priced(later, "1"))];
        assert_eq!(price_step(days).is_some(), steps, "{later}");
    }
    // Averages of several days differ from a two-thousandth on.
    for (later, may) in [("1000.5", false), ("1000.51", true)] {
        assert_eq!(priced("1000", "1").may_step_to(priced(later, "1")), may);
    }
    for days in [
        [(day(1), priced("0", "1")), (day(2), priced("5", "1"))],
        [(day(1), priced("5", "1")), (day(2), priced("0", "1"))],
        [(day(1), priced("-5", "1")), (day(2), priced("5", "1"))],
    ] {
        assert_eq!(price_step(days), None, "{days:?}");
    }
    let step = PriceStep {
        day: day(2),
        before: priced("10", "2"),
        after: priced("12", "3"),
    };
    assert_eq!(step.effect(), Some((amount("-3"), amount("15"))));
}

#[test]
fn idle_cost_goes_on_within_some_percent() {
    let amounts =
        |texts: &[&str]| -> Vec<Amount> { texts.iter().map(|text| amount(text)).collect() };
    for (without, with, expected) in [
        (&["11"][..], &["10"][..], true),
        (&["11.01"], &["10"], false),
        (&["9"], &["10"], true),
        (&["8.99"], &["10"], false),
        (&["-11"], &["-10"], true),
        (&["11", "10", "9"], &[], true),
        (&["11.01", "10", "9"], &[], false),
    ] {
        let found = goes_on(&amounts(without), &amounts(with), amount("10"));
        assert_eq!(found, expected, "{without:?} {with:?}");
    }
}
