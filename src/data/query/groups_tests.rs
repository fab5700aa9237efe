//! Groups of rows: their sums, their order, and those beyond the largest.

use super::run;
use crate::data::dataset::Dataset;
use crate::data::dataset::read::read_texts;
use crate::domain::query::filter_text;
use crate::domain::query::group_key::{GroupKey, parse_keys};
use crate::domain::query::sort::Sort;
use crate::domain::query::{Having, Measure, Query};
use crate::domain::table::text_table::Sheet;

const TEXT: &str = "\
Date,Cost,BillingCurrency,ResourceGroup,MeterName,ChargeType,Quantity,UnitOfMeasure
2026-10-01,10,EUR,rg-A,D2,Usage,1,h
2026-10-02,-5,EUR,RG-a,D4,Usage,2.5,h
2026-10-03,10.5,USD,rg-A,D2,usage,4,GB
,,EUR,rg-b,,Usage,10,
2026-11-01,0.25,EUR,rg-c,9,Usage,3,h
2026-11-02,1.75,,rg-c,9,Purchase,,h
";

fn data() -> Dataset {
    read_texts(&[TEXT.to_owned()])
}

fn query(keys: &str) -> Query {
    Query {
        group_by: parse_keys(keys).unwrap(),
        ..Query::default()
    }
}

/// The lines of an answer, each in one text, and the footer.
fn told(query: &Query) -> Vec<String> {
    let table = run(&data(), query).unwrap();
    let sheet = Sheet::of(query, &table);
    let text = |cell: Option<String>| cell.unwrap_or_else(|| "-".to_owned());
    let lines = sheet.rows.into_iter();
    let lines = lines.map(|row| row.into_iter().map(text).collect::<Vec<_>>().join(" "));
    lines.chain(sheet.footer).collect()
}

/// The first cells of the lines.
fn first(query: &Query) -> String {
    let mut all = told(query);
    all.pop();
    let words = all.iter().map(|line| line.split(' ').next().unwrap());
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn groups_have_their_sums_in_each_currency_and_all_measures() {
    let query = Query {
        measures: Measure::ALL.map(|(_, measure)| measure).to_vec(),
        ..query("resource-group")
    };
    assert_eq!(
        told(&query),
        [
            "rg-A 10.5 USD 1 100.0 100.0 4 GB 2026-10-03 2026-10-03",
            "rg-A 5 EUR 2 95.2 95.2 3.5 h 2026-10-01 2026-10-02",
            "rg-c 1.75 - 1 100.0 100.0 - 2026-11-02 2026-11-02",
            "rg-c 0.25 EUR 1 4.8 100.0 3 h 2026-11-01 2026-11-01",
            "rg-b 0 EUR 1 0.0 100.0 10 - -",
            "total 5.25 EUR · 10.5 USD · 1.75 -   5 of 5 shown   6 rows",
        ]
    );
}

#[test]
fn quantities_with_different_units_are_not_added() {
    let query = Query {
        measures: vec![Measure::Quantity],
        ..query("charge-type")
    };
    assert_eq!(
        told(&query)[..3],
        [
            "Usage 10.5 USD 1 4 GB",
            "Usage 5.25 EUR 4 -",
            "Purchase 1.75 - 1 -"
        ]
    );
}

#[test]
fn groups_come_in_the_order_that_is_asked_for() {
    for (keys, sort, expected) in [
        ("month", "cost", "2026-10 2026-10 2026-11 2026-11 -"),
        ("month", "month", "2026-10 2026-10 2026-11 2026-11 -"),
        ("month", "-month", "2026-11 2026-11 2026-10 2026-10 -"),
        ("meter", "cost", "D2 D2 9 9 - D4"),
        ("meter", "-cost", "D4 - 9 9 D2 D2"),
        ("meter", "|cost|", "D2 D2 D4 9 9 -"),
        ("meter", "meter", "9 9 D2 D2 D4 -"),
        ("meter", "-meter", "D4 D2 D2 9 9 -"),
        ("resource-group", "rows,-cost", "rg-A rg-b rg-c rg-c rg-A"),
        ("meter", "quantity", "D2 D4 9 D2 - 9"),
        ("meter", "first-day", "D2 D4 D2 9 9 -"),
        ("meter", "-last-day", "9 9 D2 D4 D2 -"),
    ] {
        let query = Query {
            sort: Sort::parse_list(sort).unwrap().unwrap(),
            ..query(keys)
        };
        assert_eq!(first(&query), expected, "{keys} by {sort}");
    }
}

#[test]
fn groups_beyond_the_largest_are_left_out_or_added_up() {
    let of = |offset, limit, top, others| Query {
        top,
        offset,
        limit,
        others,
        ..query("resource-group")
    };
    for (query, lines, shown) in [
        (
            of(0, None, Some(2), false),
            &["rg-A 10.5 USD 1", "rg-A 5 EUR 2"][..],
            "2 of 5",
        ),
        (
            of(0, None, Some(2), true),
            &[
                "rg-A 10.5 USD 1",
                "rg-A 5 EUR 2",
                "(3 others) 0.25 EUR -",
                "(3 others) 1.75 - -",
            ],
            "2 of 5",
        ),
        (of(1, Some(1), None, false), &["rg-A 5 EUR 2"], "1 of 5"),
        (of(4, Some(9), None, true), &["rg-b 0 EUR 1"], "1 of 5"),
        (of(9, None, None, false), &[], "0 of 5"),
    ] {
        let all = told(&query);
        let (footer, rows) = all.split_last().unwrap();
        assert_eq!(rows, lines, "{query:?}");
        assert!(footer.contains(shown), "{footer}");
    }
}

#[test]
fn filters_keep_rows_and_conditions_keep_groups() {
    for (filter, having, expected) in [
        (None, Some("cost > 1"), "rg-A rg-A rg-c"),
        (None, Some("rows >= 2"), "rg-A"),
        (Some("currency = EUR"), None, "rg-A rg-c rg-b"),
        (
            Some("cost > 0 and currency = EUR"),
            Some("cost < 10"),
            "rg-c",
        ),
        (Some("meter = D4"), None, "rg-A"),
        (Some("service = x"), None, ""),
    ] {
        let query = Query {
            filter: filter.map(|text| filter_text::parse(text).unwrap()),
            having: having.map(|text| Having::parse(text).unwrap()),
            ..query("resource-group")
        };
        assert_eq!(first(&query), expected, "{filter:?} {having:?}");
    }
}

#[test]
fn a_pivot_has_the_same_sums_by_its_columns() {
    let pivoted = Query {
        pivot: GroupKey::parse("month"),
        ..query("resource-group")
    };
    assert_eq!(
        told(&pivoted),
        [
            "rg-A 10.5 USD 10.5 - -",
            "rg-A 5 EUR 5 - -",
            "rg-c 1.75 - - 1.75 -",
            "rg-c 0.25 EUR - 0.25 -",
            "rg-b 0 EUR - - 0",
            "total 5.25 EUR · 10.5 USD · 1.75 -   5 of 5 shown   6 rows",
        ]
    );
    for (sort, expected) in [
        ("2026-11", "rg-c rg-c rg-A rg-A rg-b"),
        ("-2026-10", "rg-A rg-A rg-b rg-c rg-c"),
        ("resource-group", "rg-A rg-A rg-b rg-c rg-c"),
    ] {
        let query = Query {
            sort: Sort::parse_list(sort).unwrap().unwrap(),
            ..pivoted.clone()
        };
        assert_eq!(first(&query), expected, "{sort}");
    }
}
