//! The price and quantity effects.

use crate::domain::analysis::change::{Effects, ItemSums, period_titles};
use crate::domain::money::Amount;
use crate::domain::period::DateRange;

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap().amount
}

#[test]
fn the_quantity_effect_is_rounded_and_the_price_takes_the_rest() {
    let item = |cost: &str, quantity: Option<&str>| ItemSums {
        cost: amount(cost),
        quantity: quantity.map(amount),
    };
    // Before, after, quantity effect, price effect.
    let cases = [
        (
            item("10", Some("3")),
            item("10", Some("4")),
            "3.333333333333333333",
            "-3.333333333333333333",
        ),
        (item("20", Some("10")), item("30", Some("15")), "10", "0"),
        (item("5", Some("0")), item("8", Some("2")), "0", "3"),
        (item("5", None), item("8", Some("2")), "0", "3"),
        (item("-2", Some("1")), item("-4", Some("2")), "-2", "0"),
    ];
    for (was, is, quantity, price) in cases {
        let effects = Effects::of(Some(was), Some(is)).unwrap();
        assert_eq!(
            (effects.quantity, effects.price),
            (amount(quantity), amount(price))
        );
    }
}

#[test]
fn a_percent_is_of_the_size_of_the_earlier_amount() {
    // Before, after, tenths of a percent.
    let cases = [
        ("20", "37", Some(850)),
        ("30", "33.3", Some(110)),
        ("5", "0", Some(-1000)),
        ("-10", "-5", Some(500)),
        ("-10", "-15", Some(-500)),
        ("0", "7", None),
        ("0", "0", None),
    ];
    for (before, after, percent) in cases {
        let effects = Effects {
            before: amount(before),
            after: amount(after),
            ..Effects::default()
        };
        assert_eq!(effects.percent(), percent, "{before} to {after}");
    }
}

#[test]
fn periods_are_named_by_their_months_or_their_days() {
    let cases = [
        ("2026-09", "2026-10", ["2026-09", "2026-10"]),
        // A report of an open month is of that month.
        ("2026-09", "2026-10-01..2026-10-14", ["2026-09", "2026-10"]),
        (
            "2026-10-01..2026-10-10",
            "2026-10-11..2026-10-20",
            ["2026-10-01..2026-10-10", "2026-10-11..2026-10-20"],
        ),
        (
            "2026-08-20..2026-09-10",
            "2026-10",
            ["2026-08-20..2026-09-10", "2026-10"],
        ),
        ("2026-10", "2026-10", ["before", "after"]),
    ];
    for (before, after, titles) in cases {
        let days = [before, after].map(DateRange::parse);
        assert_eq!(period_titles(days), titles, "{before} {after}");
    }
    let known = DateRange::parse("2026-10");
    assert_eq!(period_titles([None, known]), ["before", "after"]);
}
