//! The price and quantity effects.

use crate::domain::analysis::change::{Change, Changed, Effects, ItemSums, period_titles};
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

fn effects([new, gone, quantity, price]: [&str; 4]) -> Effects {
    Effects {
        before: amount("100"),
        after: amount("130.5"),
        new: amount(new),
        gone: amount(gone),
        quantity: amount(quantity),
        price: amount(price),
    }
}

#[test]
fn the_effects_of_an_item_add_up_to_its_difference() {
    let item = |cost: &str| ItemSums {
        cost: amount(cost),
        quantity: None,
    };
    let some = |cost: &str| Some(item(cost));
    for (was, is, expected) in [
        (None, None, ["0", "0", "0", "0", "0", "0", "0"]),
        (None, some("5"), ["0", "5", "5", "5", "0", "0", "0"]),
        (some("5"), None, ["5", "0", "-5", "0", "-5", "0", "0"]),
        (some("5"), some("7"), ["5", "7", "2", "0", "0", "0", "2"]),
    ] {
        let found = Effects::of(was, is).unwrap();
        assert_eq!(found.amounts(), expected.map(amount), "{was:?} {is:?}");
    }
    let largest = ItemSums {
        cost: Amount::parse(&"9".repeat(20)).unwrap().amount,
        quantity: None,
    };
    let smallest = ItemSums {
        cost: largest.cost.negated(),
        quantity: None,
    };
    assert_eq!(Effects::of(Some(smallest), Some(largest)), None);
}

#[test]
fn amounts_have_names_and_are_added_each_to_its_own() {
    let one = effects(["1", "2", "3", "4"]);
    let all = ["100", "130.5", "30.5", "1", "2", "3", "4"];
    for (name, expected) in Effects::NAMES.iter().zip(all) {
        assert_eq!(one.named(name), Some(amount(expected)), "{name}");
    }
    assert_eq!(one.named("cost"), None);
    let sum = one.and(&effects(["10", "20", "30", "40"])).unwrap();
    let all = ["200", "261", "61", "11", "22", "33", "44"];
    assert_eq!(sum.amounts(), all.map(amount));
    assert_eq!(
        serde_json::to_string(&one).unwrap(),
        "{\"before\":\"100\",\"after\":\"130.5\",\"difference\":\"30.5\",\"new\":\"1\",\"gone\":\"2\",\"quantity\":\"3\",\
         \"price\":\"4\"}"
    );
}

#[test]
fn the_main_cause_is_the_largest_part_whatever_its_sign() {
    for (parts, cause) in [
        (["0", "0", "0", "0"], ""),
        (["1", "0", "0", "0"], "new"),
        (["1", "-2", "0", "0"], "gone"),
        (["1", "-2", "3", "0"], "quantity"),
        (["1", "-2", "3", "-4"], "price"),
        // Of equal parts, the first one.
        (["2", "-2", "2", "-2"], "new"),
        (["0", "1", "-1", "0"], "gone"),
    ] {
        assert_eq!(effects(parts).main_cause(), cause, "{parts:?}");
    }
}

#[test]
fn a_period_without_any_cost_is_named() {
    let total = |(before, after): &(&str, &str)| Changed {
        keys: Vec::new(),
        labels: Vec::new(),
        currency: None,
        effects: Effects {
            before: amount(before),
            after: amount(after),
            ..Effects::default()
        },
    };
    for (totals, word) in [
        (&[][..], None),
        (&[("1", "2")], None),
        (&[("0", "2")], Some("looks new")),
        (&[("2", "0")], Some("looks gone")),
        (&[("0", "2"), ("0", "0")], Some("looks new")),
        (&[("0", "2"), ("1", "0")], None),
        (&[("2", "0"), ("0", "1")], None),
    ] {
        let change = Change {
            group_by: Vec::new(),
            currencies: totals.iter().map(total).collect(),
            groups: Vec::new(),
            of: 0,
            rows: 0,
            pivot: None,
        };
        let note = change.one_sided().unwrap_or_default();
        assert_eq!(note.is_empty(), word.is_none(), "{totals:?}: {note}");
        assert!(note.ends_with(word.unwrap_or_default()), "{note}");
    }
}

#[test]
fn a_changed_group_has_its_difference_as_cost() {
    let keys = vec![Some("a".to_owned()), None];
    let changed = Changed {
        keys: keys.clone(),
        labels: vec![Some("A".to_owned()), None],
        currency: Some("EUR".to_owned()),
        effects: effects(["0", "0", "0", "0"]),
    };
    assert_eq!(changed.id(), (keys.as_slice(), Some("EUR")));
    let group = changed.clone().into_group();
    assert_eq!((&group.keys, &group.labels), (&keys, &changed.labels));
    assert_eq!(group.cost.currency, changed.currency);
    assert_eq!((group.cost.amount, group.rows), (amount("30.5"), 0));
}
