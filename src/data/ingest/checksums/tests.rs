//! Hashes of line items, and checksums of the rows of two sides.

use super::line_item_hash::{self, mixed, with_cost};
use super::row_checksums::{RowChecksums, of_block};
use crate::data::columns::column_types::{Days, Filling, NO_AMOUNT};
use crate::data::columns::layout::Layout;
use crate::data::columns::text_column::GrowingTexts;

const HEADERS: [&str; 11] = [
    "Date",
    "CostInBillingCurrency",
    "ResourceId",
    "MeterName",
    "SubscriptionId",
    "ResourceGroup",
    "MeterCategory",
    "BillingCurrency",
    "ChargeType",
    "PricingModel",
    "ReservationId",
];

/// A row of a block: its day, its cost, and its texts from the resource on.
#[derive(Clone, Copy)]
struct BlockRow {
    day: i32,
    cost: i128,
    texts: [&'static str; 9],
}

const USAGE: BlockRow = BlockRow {
    day: 20_000,
    cost: 5,
    texts: ["/vm", "D2", "s", "rg", "VM", "EUR", "Usage", "OnDemand", ""],
};

const fn of_type(charge_type: &'static str, cost: i128) -> BlockRow {
    let mut texts = USAGE.texts;
    texts[6] = charge_type;
    texts[7] = "Reservation";
    BlockRow {
        cost,
        texts,
        ..USAGE
    }
}

fn block(rows: &[BlockRow]) -> (Vec<Filling>, Layout) {
    let headers = HEADERS.map(str::to_owned);
    let days = rows.iter().map(|row| row.day).collect();
    let mut columns = vec![
        Filling::Day(Days::of(days, false)),
        Filling::Amount(rows.iter().map(|row| row.cost).collect()),
    ];
    for at in 0..USAGE.texts.len() {
        let mut texts = GrowingTexts::default();
        for row in rows {
            texts.push_value(Some(row.texts[at].as_bytes()));
        }
        columns.push(Filling::Text(texts));
    }
    (columns, Layout::read("", &headers).unwrap())
}

fn items(rows: &[BlockRow]) -> Vec<(u64, u64)> {
    let (columns, layout) = block(rows);
    line_item_hash::of_block(&columns, &layout, rows.len())
}

fn checksums(rows: &[BlockRow]) -> RowChecksums {
    let (columns, layout) = block(rows);
    of_block(&columns, &layout, rows.len())
}

#[test]
fn an_item_is_told_by_its_day_and_its_place_and_not_by_its_cost() {
    let with_text = |at: usize| {
        let mut row = USAGE;
        row.texts[at] = "other";
        row
    };
    let other_day = BlockRow {
        day: 20_001,
        ..USAGE
    };
    let other_cost = BlockRow { cost: 6, ..USAGE };
    let higher = BlockRow {
        cost: 5 + (1 << 64),
        ..USAGE
    };
    for (other, same_place, same_row) in [
        (USAGE, true, true),
        (other_day, false, false),
        (other_cost, true, false),
        (higher, true, false),
        (with_text(0), false, false),
        (with_text(1), false, false),
        (with_text(2), false, false),
        (with_text(3), false, false),
        (with_text(4), false, false),
        (with_text(5), false, false),
        // The charge type.
        (with_text(6), true, false),
        (with_text(7), true, true),
        (with_text(8), true, true),
    ] {
        let found = items(&[USAGE, other]);
        let [(place, row), (other_place, other_row)] = found[..] else {
            panic!("{found:?}");
        };
        assert_eq!(place == other_place, same_place, "{:?}", other.texts);
        assert_eq!(row == other_row, same_row, "{:?}", other.texts);
        assert_eq!(found[0], items(&[USAGE])[0], "a row stands alone");
    }
    let unknown = BlockRow {
        cost: NO_AMOUNT,
        ..USAGE
    };
    let free = BlockRow { cost: 0, ..USAGE };
    assert_eq!(items(&[unknown]), items(&[free]));
}

#[test]
fn hashes_depend_on_the_order_of_what_they_combine() {
    assert_ne!(mixed(1, 2), mixed(2, 1));
    assert_ne!(mixed(0, 1), mixed(0, 2));
    assert_ne!(with_cost(1, -1), with_cost(1, 1));
    assert_ne!(with_cost(1, -1), with_cost(1, i128::from(u64::MAX)));
    assert_eq!(with_cost(1, 7), with_cost(1, 7));
}

#[test]
fn sides_with_the_same_rows_have_the_same_checksum_in_any_order() {
    let other = BlockRow { cost: 7, ..USAGE };
    let purchase = of_type("Purchase", 100);
    let refund = of_type("Refund", -3);
    let used = of_type("Usage", 0);
    let side = checksums(&[USAGE, other]);
    for (rows, is_same) in [
        (&[USAGE, other][..], true),
        (&[other, USAGE], true),
        // Purchases are not usage, and rows of a benefit are compared by themselves.
        (&[other, purchase, refund, used, USAGE], true),
        (&[USAGE], false),
        (&[USAGE, USAGE], false),
        (&[USAGE, other, other], false),
        (&[USAGE, BlockRow { cost: 8, ..USAGE }], false),
    ] {
        assert_eq!(
            side.same_plain(&checksums(rows)),
            is_same,
            "{} rows",
            rows.len()
        );
        assert_eq!(checksums(rows).same_plain(&side), is_same);
    }
}

#[test]
fn covered_rows_are_the_same_whether_their_benefit_was_used_or_not() {
    let used = of_type("Usage", 0);
    let paid = of_type("Usage", 40);
    let unused = of_type("UnusedReservation", 2);
    let elsewhere = BlockRow {
        day: 20_001,
        ..used
    };
    for (actual, amortized, is_same) in [
        (&[used][..], &[paid][..], true),
        (&[used], &[paid, unused], true),
        (&[used, unused], &[paid, unused], true),
        (&[used], &[], false),
        (&[used], &[paid, paid], false),
        (&[used], &[elsewhere], false),
        (&[used], &[paid, USAGE], true),
        (&[], &[], true),
    ] {
        let (actual, amortized) = (checksums(actual), checksums(amortized));
        assert_eq!(
            actual.same_covered(&amortized),
            is_same,
            "{actual:?} {amortized:?}"
        );
    }
}

#[test]
fn checksums_of_blocks_add_up_to_those_of_all_rows() {
    let rows = [
        USAGE,
        of_type("Usage", 0),
        of_type("UnusedReservation", 2),
        of_type("Purchase", 9),
        BlockRow { cost: 8, ..USAGE },
    ];
    let whole = checksums(&rows);
    for at in 0..=rows.len() {
        let (first, rest) = rows.split_at(at);
        assert_eq!(checksums(first).plus(checksums(rest)), whole, "{at}");
    }
    assert_ne!(whole, checksums(&rows[1..]));
}
