//! The columns of a row group that were kept, and those that were not.

use super::scan::fold;
use crate::data::columns::column_types::{NO_AMOUNT, NO_DAY};
use crate::data::dataset::Dataset;
use crate::data::dataset::convert::Options;
use crate::data::dataset::read::read_file;
use crate::data::dataset::wanted::Wanted;
use crate::data::progress::Progress;
use crate::domain::query::Query;
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::parse_keys;

const TEXT: &str = "Date,Cost,BillingCurrency,MeterName,Quantity\n2026-10-01,1.5,EUR,m,x\n,,,n,2\n";

/// The rows that a question by these keys needs; all of them without keys.
fn data(keys: Option<&str>) -> Dataset {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("costs.csv");
    std::fs::write(&path, TEXT).unwrap();
    let progress = Progress::default();
    let wanted = keys.map(|keys| {
        let query = Query {
            group_by: parse_keys(keys).unwrap(),
            ..Query::default()
        };
        Wanted::by(&query).unwrap()
    });
    let options = Options::new(&progress).only(wanted.as_ref());
    let parts = read_file(&path, "costs.csv", folder.path(), &options).unwrap();
    Dataset::join(parts)
}

#[test]
fn a_column_that_was_not_kept_has_no_values() {
    for (keys, has_days) in [(None, true), (Some("month"), true), (Some("meter"), false)] {
        let days = fold(&data(keys), Vec::new, |all, slice| {
            all.extend(slice.days()?.iter().copied());
            Ok(())
        });
        let days: Vec<i32> = days.unwrap().concat();
        assert_eq!(days.len(), 2, "{keys:?}");
        assert_eq!(days.iter().any(|day| *day != NO_DAY), has_days, "{keys:?}");
    }
}

#[test]
fn costs_texts_and_numbers_are_read_row_by_row() {
    let found = fold(&data(None), Vec::new, |all, slice| {
        let costs: Vec<i128> = slice.costs()?.iter().copied().collect();
        let currency = slice.role_texts(Role::Currency)?;
        let service = slice.role_texts(Role::Service)?;
        let length = |text: &str| i128::try_from(text.len()).unwrap();
        let numbers = slice.numbers("Quantity", length)?;
        let again = slice.numbers("Cost", |_| panic!("it holds amounts"))?;
        assert!(again.iter().eq(&costs));
        for row in 0..slice.rows {
            let currency = currency.row(row).map(str::to_owned);
            all.push((
                costs[row],
                currency,
                service.row(row).is_some(),
                numbers[row],
            ));
        }
        Ok(())
    });
    let half = 1_500_000_000_000_000_000;
    let expected = [
        (half, Some("EUR".to_owned()), false, 1),
        (NO_AMOUNT, None, false, 1),
    ];
    assert_eq!(found.unwrap().concat(), expected);
}
