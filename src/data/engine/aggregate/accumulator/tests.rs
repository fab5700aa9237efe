//! Sums and quantities of a group.

use super::{MIXED, NAMELESS, NO_UNIT, Quantity, Sum};

#[test]
fn quantities_have_a_unit_only_if_all_of_them_share_it() {
    for (a, b, joined) in [
        (NO_UNIT, NO_UNIT, NO_UNIT),
        (NO_UNIT, 3, 3),
        (3, NO_UNIT, 3),
        (3, 3, 3),
        (3, 4, MIXED),
        (3, NAMELESS, MIXED),
        (NAMELESS, NAMELESS, NAMELESS),
        (MIXED, 3, MIXED),
    ] {
        let mut quantity = Quantity { units: 2, unit: a };
        quantity.join(&Quantity { units: 5, unit: b }).unwrap();
        assert_eq!((quantity.units, quantity.unit), (7, joined), "{a} {b}");
    }
}

#[test]
fn sums_keep_the_first_and_last_day_and_report_overflow() {
    let mut sum = Sum::EMPTY;
    for (cost, day) in [(5, 20), (-7, 10), (1, 15)] {
        let row = Sum {
            cost,
            rows: 1,
            first: day,
            last: day,
        };
        sum.join(&row).unwrap();
    }
    assert_eq!((sum.cost, sum.rows, sum.first, sum.last), (-1, 3, 10, 20));
    let largest = Sum {
        cost: i128::MAX,
        ..Sum::EMPTY
    };
    sum.cost = 1;
    assert!(sum.join(&largest).is_none(), "an overflow is no number");
}
