//! Joined rows have the sums and the counts of the single ones, in the order of the first of each.

use crate::data::columns::column_types::{Days, Filling, NO_AMOUNT, NO_DAY};
use crate::data::columns::text_column::{GrowingTexts, NONE};
use crate::data::dataset::row_groups::joined::{RowJoiner, TableRows};
use proptest::prelude::*;

/// The largest amount.
const MOST: i128 = 99_999_999_999_999_999_999_999_999_999_999_999_999;

/// A row: two texts, a day, a tag set and two amounts.
type Row = ([Option<&'static str>; 2], i32, u32, [i128; 2]);

/// What tells joined rows apart, with their sums and the number of rows.
type Sum = ([Option<String>; 2], i32, u32, [i128; 2], u64);

fn block(rows: &[Row]) -> TableRows {
    let text = |at: usize| {
        let mut texts = GrowingTexts::default();
        for row in rows {
            texts.push_value(row.0[at].map(str::as_bytes));
        }
        Filling::Text(texts)
    };
    let amount = |at: usize| Filling::Amount(rows.iter().map(|row| row.3[at]).collect());
    let days = Days::of(rows.iter().map(|row| row.1).collect(), false);
    let columns = vec![text(0), amount(0), Filling::Day(days), text(1), amount(1)];
    let tags = rows.iter().map(|row| row.2).collect();
    TableRows::single(columns, Some(tags), rows.len())
}

fn sums(rows: &TableRows) -> Vec<Sum> {
    let [
        Filling::Text(one),
        Filling::Amount(cost),
        Filling::Day(days),
        Filling::Text(two),
        Filling::Amount(other),
    ] = rows.columns.as_slice()
    else {
        panic!("the columns have other types");
    };
    let text = |texts: &GrowingTexts, row: usize| {
        let text = texts.get(texts.codes()[row]);
        text.map(|text| String::from_utf8(text.to_vec()).unwrap())
    };
    let tags = rows.tags.as_ref().unwrap();
    let row = |row: usize| {
        let keys = [text(one, row), text(two, row)];
        let amounts = [cost[row], other[row]];
        let count = u64::from(rows.counts[row]);
        (keys, days.values[row], tags[row], amounts, count)
    };
    (0..rows.counts.len()).map(row).collect()
}

/// The sums of rows one by one.
fn expected(rows: &[Row]) -> Vec<Sum> {
    let mut all: Vec<Sum> = Vec::new();
    for (texts, day, tags, amounts) in rows {
        let keys = texts.map(|text| text.map(ToOwned::to_owned));
        let same = |sum: &&mut Sum| (&sum.0, sum.1, sum.2) == (&keys, *day, *tags);
        let Some(sum) = all.iter_mut().find(same) else {
            all.push((keys, *day, *tags, *amounts, 1));
            continue;
        };
        for (sum, amount) in sum.3.iter_mut().zip(amounts) {
            *sum = match (*sum, *amount) {
                (NO_AMOUNT, only) | (only, NO_AMOUNT) => only,
                (one, other) => one + other,
            };
        }
        sum.4 += 1;
    }
    all
}

fn row() -> impl Strategy<Value = Row> {
    let text = || prop_oneof![Just(None), Just(Some("")), Just(Some("a")), Just(Some("b"))];
    let day = prop_oneof![Just(NO_DAY), Just(-3), Just(20_000), Just(40_000)];
    let tags = prop_oneof![Just(NONE), Just(0), Just(70_000)];
    let amount = || prop_oneof![Just(NO_AMOUNT), Just(0), -9_i128..9];
    let texts = (text(), text()).prop_map(|(one, two)| [one, two]);
    let amounts = (amount(), amount()).prop_map(|(one, two)| [one, two]);
    (texts, day, tags, amounts)
}

proptest! {
    #[test]
    fn joined_rows_have_the_sums_of_single_ones(
        kinds in proptest::collection::vec(row(), 1..9),
        picks in proptest::collection::vec((0_usize..9, -5_i128..5), 1..60),
        blocks in 1_usize..4,
    ) {
        let rows: Vec<Row> = picks
            .iter()
            .map(|(at, more)| {
                let (texts, day, tags, [cost, other]) = kinds[at % kinds.len()];
                (texts, day, tags, [if cost == NO_AMOUNT { cost } else { cost + more }, other])
            })
            .collect();
        let mut joiner = RowJoiner::default();
        for rows in rows.chunks(rows.len().div_ceil(blocks)) {
            let mut block = block(rows);
            let few = expected(rows);
            prop_assert_eq!(block.join(), few.len() <= rows.len() / 2);
            if few.len() <= rows.len() / 2 {
                prop_assert_eq!(sums(&block), few);
            } else {
                prop_assert_eq!(sums(&block).len(), rows.len());
            }
            joiner.add(&block);
        }
        prop_assert_eq!(sums(&joiner.take().unwrap()), expected(&rows));
        prop_assert!(joiner.take().is_none());
    }
}

#[test]
fn sums_that_are_too_large_are_not_joined() {
    let row = |cost: i128| -> Row { ([Some("a"), None], 0, 0, [cost, 1]) };
    let mut too_large = block(&[row(MOST), row(1), row(2), row(3)]);
    assert!(!too_large.join());
    assert_eq!(sums(&too_large).len(), 4);
    let mut joiner = RowJoiner::default();
    for rows in [
        &[row(MOST - 5), row(3)],
        &[row(2), row(1)],
        &[row(-4), row(0)],
    ] {
        let mut block = block(rows);
        assert!(block.join());
        joiner.add(&block);
    }
    let found = sums(&joiner.take().unwrap());
    let costs: Vec<(i128, u64)> = found.iter().map(|sum| (sum.3[0], sum.4)).collect();
    assert_eq!(costs, [(MOST - 2, 2), (-1, 4)]);
}

#[test]
fn a_joiner_is_full_before_its_rows_take_much_memory() {
    let mut joiner = RowJoiner::default();
    let texts: Vec<String> = (0..40_000).map(|row| row.to_string()).collect();
    for (at, part) in texts.chunks(10_000).enumerate() {
        assert!(!joiner.is_full(), "{at}");
        let mut column = GrowingTexts::default();
        for text in part {
            column.push(text.as_bytes());
        }
        joiner.add(&TableRows::single(
            vec![Filling::Text(column)],
            None,
            part.len(),
        ));
    }
    assert!(joiner.is_full());
    assert_eq!(joiner.take().unwrap().counts.len(), 40_000);
    assert!(!joiner.is_full());
}
