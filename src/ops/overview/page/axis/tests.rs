//! Round steps, and positions between them.

use super::{Axis, tick_text};
use crate::domain::money::Amount;
use proptest::prelude::*;

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap().amount
}

#[test]
fn ticks_are_round_and_few() {
    let cases = [
        ("0", "2312.7", "0 1,000 2,000 3,000"),
        ("0", "7.4", "0 2 4 6 8"),
        ("-30", "95", "-50 0 50 100"),
        ("0", "0.01", "0 0.01"),
        ("0", "0", "0 0.01"),
        ("-4", "-1", "-4 -3 -2 -1 0"),
    ];
    for (low, high, expected) in cases {
        let axis = Axis::of(amount(low), amount(high));
        let ticks: Vec<String> = axis.ticks().into_iter().map(tick_text).collect();
        assert_eq!(ticks.join(" "), expected, "{low} to {high}");
    }
}

proptest! {
    #[test]
    fn every_amount_is_on_its_axis(low in -10_i128.pow(30)..10_i128.pow(30), high in -10_i128.pow(30)..10_i128.pow(30)) {
        let (low, high) = (Amount::from_units(low.min(high)), Amount::from_units(low.max(high)));
        let axis = Axis::of(low, high);
        let ticks = axis.ticks();
        prop_assert!((2..=6).contains(&ticks.len()), "{ticks:?}");
        prop_assert!(ticks.contains(&Amount::ZERO));
        prop_assert!(ticks[0] <= low && high <= ticks[ticks.len() - 1]);
        let down = |amount| axis.down(amount, 1000);
        prop_assert_eq!((down(ticks[0]), down(ticks[ticks.len() - 1])), (1000, 0));
        prop_assert!(down(low) >= down(high));
    }
}
