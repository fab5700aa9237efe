//! All rows come in the order of the best rows, whatever they are sorted by.

use super::all_rows;
use crate::data::dataset::Dataset;
use crate::data::dataset::convert::Options;
use crate::data::dataset::read::read_file;
use crate::data::engine::rows::best;
use crate::data::progress::Progress;
use crate::domain::query::Query;
use crate::domain::query::filter_text;
use crate::domain::query::sort::Sort;
use proptest::prelude::*;
use std::fs;
use tempfile::TempDir;

/// The rows of several files.
fn read(texts: &[String]) -> Dataset {
    let folder = TempDir::new().unwrap();
    let progress = Progress::default();
    let options = Options::new(&progress);
    let parts = texts.iter().enumerate().flat_map(|(at, text)| {
        let name = format!("{at}.csv");
        let path = folder.path().join(&name);
        fs::write(&path, text).unwrap();
        read_file(&path, &name, folder.path(), &options).unwrap()
    });
    Dataset::join(parts.collect())
}

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
        let data = read(&texts);
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
