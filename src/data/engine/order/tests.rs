//! All rows come in the order of the best rows, whatever they are sorted by.

use super::{all_rows, sorted};
use crate::data::dataset::read::read_texts;
use crate::data::engine::rows::best;
use crate::domain::query::Query;
use crate::domain::query::filter_text;
use crate::domain::query::sort::Sort;
use proptest::prelude::*;

fn file() -> impl Strategy<Value = String> {
    let cost = prop_oneof!["-?[1-9][0-9]{0,2}", "[0-9]\\.[0-9]{1,9}"];
    // Texts, texts that read as numbers, and none.
    let note = prop_oneof!["[a-cA-C]{0,2}", "[1-9][0-9]?", "[1-9]\\.0"];
    let group = prop_oneof!["[a-c]{1,2}", Just(String::new())];
    let currency = prop_oneof![Just("EUR"), Just("USD")];
    let row = (1..4_u32, cost, currency, group, note);
    // A file without rows is refused.
    prop::collection::vec(row, 1..40).prop_map(|rows| {
        let rows: String = rows
            .into_iter()
            .map(|(day, cost, currency, group, note)| {
                format!("2026-10-0{day},{cost},{currency},{group},{note}\n")
            })
            .collect();
        format!("Date,Cost,BillingCurrency,ResourceGroup,Note\n{rows}")
    })
}

proptest! {
    #[test]
    fn all_rows_are_in_the_order_of_the_best(
        texts in prop::collection::vec(file(), 1..4),
        sort in prop::sample::select(vec![
            "cost",
            "-cost",
            "Note",
            "-Note",
            "resource-group,-cost",
            "-resource-group,Note",
            "date,-Note,cost",
        ]),
        (offset, limit) in (0..20_usize, prop::option::of(0..90_usize)),
        filtered in any::<bool>(),
    ) {
        let data = read_texts(&texts);
        let filter = filtered.then(|| filter_text::parse("cost > 0").unwrap());
        let query = Query {
            filter,
            sort: Sort::parse_list(sort).unwrap().unwrap(),
            offset,
            limit,
            ..Query::default()
        };
        let (all, best) = (all_rows(&data, &query).unwrap(), best(&data, &query).unwrap());
        prop_assert_eq!(all.numbers, best.numbers);
        prop_assert_eq!(all.rows, best.rows);
        prop_assert_eq!(all.totals, best.totals);
    }
}

proptest! {
    #[test]
    fn parts_are_merged_into_one_order(
        keys in prop::collection::vec(0..9_u8, 0..60),
        threads in 1..6_usize,
        least in 0..20_usize,
    ) {
        let items: Vec<u32> = (0_u32..).take(keys.len()).collect();
        let place = |item: u32| (keys[item as usize], item);
        let mut expected = items.clone();
        expected.sort_by_key(|item| place(*item));
        let found = sorted(items, (threads, least), |one, other| place(one).cmp(&place(other)));
        prop_assert_eq!(found.unwrap(), expected);
    }
}
