//! The days of a currency.

use super::days::CurrencyDays;
use super::month::{DatedCost, frame};
use super::{GroupDays, Overview};
use crate::domain::money::{Amount, Money};
use crate::domain::period::parse_date;
use chrono::NaiveDate;

fn day(text: &str) -> NaiveDate {
    parse_date(text).unwrap()
}

fn amounts(texts: &[&str]) -> Vec<Amount> {
    let texts = texts.iter();
    texts
        .map(|text| Amount::parse(text).unwrap().amount)
        .collect()
}

fn cost(date: &str, text: &str, currency: &str) -> DatedCost {
    let amount = Amount::parse(text).unwrap().amount;
    DatedCost {
        date: Some(day(date)),
        cost: Money {
            currency: Some(currency.to_owned()),
            amount,
        },
        rows: 1,
    }
}

fn stack(value: &str, currency: &str, days: &[(&str, u64)]) -> GroupDays {
    let days = days.iter();
    GroupDays {
        value: Some(value.to_owned()),
        currency: Some(currency.to_owned()),
        days: days
            .map(|(date, cost)| (day(date), Amount::from_whole(*cost)))
            .collect(),
    }
}

/// An overview of February with rows from the second to the fourth, compared with January where that is known.
fn overview(earlier: Option<&[DatedCost]>) -> Overview {
    let own = [
        cost("2026-02-02", "10", "EUR"),
        cost("2026-02-04", "2.5", "EUR"),
        cost("2026-02-03", "7", "USD"),
    ];
    Overview {
        frame: frame(&own, earlier, day("2026-05-01")).unwrap(),
        stacks: vec![
            stack("Web", "EUR", &[("2026-02-02", 6), ("2026-02-04", 1)]),
            stack("Tax", "USD", &[("2026-02-03", 7)]),
            stack("", "EUR", &[("2026-02-02", 3)]),
            stack("Disk", "EUR", &[("2026-02-02", 1)]),
        ],
        ..Overview::default()
    }
}

fn days_of(overview: &Overview) -> CurrencyDays {
    CurrencyDays::of(overview, Some("EUR"), 2).unwrap()
}

#[test]
fn costs_are_added_up_to_the_last_day_with_rows() {
    let earlier = [
        cost("2026-01-02", "4", "EUR"),
        cost("2026-01-03", "5", "EUR"),
        cost("2026-01-05", "100", "EUR"),
    ];
    let none = overview(None);
    let compared = overview(Some(&earlier));
    for (overview, before) in [(&none, None), (&compared, Some(["0", "4", "9", "9"]))] {
        let (costs, was) = days_of(overview).running();
        assert_eq!(costs, amounts(&["0", "10", "10", "12.5"]));
        assert_eq!(was, before.map(|before| amounts(&before)));
    }
}

#[test]
fn a_day_is_its_largest_services_and_the_rest() {
    let days = days_of(&overview(None));
    let names: Vec<&str> = days.services.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Web", "(empty)"]);
    for (date, cost, parts) in [
        ("2026-02-01", "0", ["0", "0", "0"]),
        ("2026-02-02", "10", ["6", "3", "1"]),
        ("2026-02-03", "0", ["0", "0", "0"]),
        ("2026-02-04", "2.5", ["1", "0", "1.5"]),
    ] {
        assert_eq!(days.cost(day(date)), amounts(&[cost])[0], "{date}");
        assert_eq!(days.parts(day(date)), amounts(&parts), "{date}");
    }
    let mut costs = amounts(&["0", "10", "0", "2.5"]);
    let mut rest = amounts(&["0", "1", "0", "1.5"]);
    costs.resize(28, Amount::ZERO);
    rest.resize(28, Amount::ZERO);
    assert_eq!((days.costs(), days.rest()), (costs, rest));
}

#[test]
fn the_dearest_day_is_the_first_of_the_highest_costs() {
    let days = |own: &[DatedCost]| {
        let frame = frame(own, None, day("2026-05-01")).unwrap();
        let overview = Overview {
            frame,
            ..Overview::default()
        };
        CurrencyDays::of(&overview, Some("EUR"), 0)
            .unwrap()
            .dearest()
    };
    let (low, high) = (
        cost("2026-02-02", "4", "EUR"),
        cost("2026-02-03", "10", "EUR"),
    );
    let (same, back) = (
        cost("2026-02-04", "10", "EUR"),
        cost("2026-02-05", "-30", "EUR"),
    );
    let most = Some((day("2026-02-03"), amounts(&["10"])[0]));
    assert_eq!(days(&[low, high, same, back.clone()]), most);
    assert_eq!(
        days(&[back]),
        None,
        "a day that gives money back costs nothing"
    );
}

#[test]
fn rows_without_dates_have_no_days() {
    let undated = Overview::default();
    assert_eq!(CurrencyDays::of(&undated, Some("EUR"), 2), None);
}
