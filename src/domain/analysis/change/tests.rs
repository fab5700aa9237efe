//! The price and quantity effects.

use crate::domain::analysis::change::{Effects, Item};
use crate::domain::money::Amount;

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap().amount
}

#[test]
fn the_quantity_effect_is_rounded_and_the_price_takes_the_rest() {
    let item = |cost: &str, quantity: Option<&str>| Item {
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
