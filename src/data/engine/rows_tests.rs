//! Rows are kept, sorted and found by the values of their columns.

use super::{rows, search};
use crate::data::dataset::Dataset;
use crate::data::dataset::read::read_texts;
use crate::data::error::DataError;
use crate::domain::query::sort::Sort;
use crate::domain::query::{Query, filter_text};
use crate::domain::table::{Body, Seek};

/// Five rows, whose notes are the letters from a to e. The group of c is only in its id; d has no date and no cost.
const TEXT: &str = "\
Date,Cost,BillingCurrency,ResourceGroup,ResourceId,MeterName,ChargeType,Tags,Quantity,Note
2026-10-01,10,EUR,rg-A,/subscriptions/s/resourceGroups/rg-A/vm1,D2,Usage,\"\"\"env\"\": \"\"prod\"\"\",1,a
2026-10-02,-5,EUR,RG-a,/subscriptions/s/resourceGroups/rg-A/vm2,D4,Purchase,\"\"\"env\"\": \"\"Prod\"\"\",2.5,b
2026-10-03,10.5,USD,,/subscriptions/s/resourceGroups/rg-b/vm3,D2,usage,,,c
,,EUR,rg-c,,,Usage,\"\"\"env\"\": \"\"\"\"\",10,d
2026-11-01,0.25,EUR,rg-c,,9,Usage,\"\"\"team\"\": \"\"x\"\"\",3,e
";

fn data() -> Dataset {
    read_texts(&[TEXT.to_owned()])
}

/// The notes of the rows of an answer, in order.
fn notes(data: &Dataset, query: &Query) -> Result<String, DataError> {
    let query = Query {
        columns: vec!["Note".to_owned()],
        ..query.clone()
    };
    let Body::Rows { rows, .. } = rows::run(data, &query)?.body else {
        panic!("rows are asked for");
    };
    let notes = rows.iter().map(|cells| cells[0].exact().unwrap());
    Ok(notes.collect())
}

fn sorted(text: &str) -> Query {
    Query {
        sort: Sort::parse_list(text).unwrap().unwrap(),
        ..Query::default()
    }
}

#[test]
fn a_filter_keeps_the_rows_that_pass_it() {
    let data = data();
    for (filter, kept) in [
        ("cost > 5", "ac"),
        ("not cost > 5", "bde"),
        ("cost = 10.0", "a"),
        ("cost != 10", "bcde"),
        ("cost is missing", "d"),
        ("cost in (10, 0.25)", "ae"),
        ("cost ~ 5", "bce"),
        ("date >= 2026-10-02", "bce"),
        ("date < 2026-10-02", "a"),
        ("date = 10/02/2026", "b"),
        ("date != 2026-10-01", "bcde"),
        ("date in (2026-10-01, 2026-11-01)", "ae"),
        ("date ~ 2026-11-01", "e"),
        ("date is missing", "d"),
        ("month = 2026-10", "abc"),
        ("month > 2026-10", "e"),
        ("resource-group = RG-A", "ab"),
        ("resource-group = rg-b", "c"),
        ("resource-group != rg-a", "cde"),
        ("resource-group in (RG-a, rg-B)", "abc"),
        ("resource-group ~ G-C", "de"),
        ("resource-group is missing", ""),
        ("ResourceGroup is missing", "c"),
        ("resource is missing", "de"),
        ("charge-type = usage", "acde"),
        ("charge-type in (PURCHASE)", "b"),
        ("service is missing", "abcde"),
        ("service = a", ""),
        ("tag:env = prod", "a"),
        ("tag:ENV = Prod", "b"),
        ("tag:env ~ PRO", "ab"),
        ("tag:env = \"\"", "d"),
        ("tag:env is missing", "ce"),
        ("tag:env != prod", "bcde"),
        ("tag:env in (prod, Prod)", "ab"),
        ("meter = D2", "ac"),
        ("meter = d2", ""),
        // Text that does not begin with a digit is neither more nor less than a number.
        ("meter > 5", "e"),
        ("meter < 5", ""),
        ("meter < D3", "ace"),
        ("meter >= D2", "abc"),
        ("Quantity >= 2.5", "bde"),
        ("Quantity in (1, 3.0)", "ae"),
        ("Quantity ~ 1", "ad"),
        ("Quantity = x", ""),
        ("Quantity != x", "abcde"),
        ("Quantity is missing", "c"),
        ("currency = eur", "abde"),
        ("currency in (usd)", "c"),
        ("meter = D2 and cost > 10", "c"),
        ("meter = D2 or cost < 0", "abc"),
        ("note in (e, a)", "ae"),
    ] {
        let query = Query {
            filter: Some(filter_text::parse(filter).unwrap()),
            ..sorted("Note")
        };
        assert_eq!(notes(&data, &query).unwrap(), kept, "{filter}");
    }
}

#[test]
fn rows_without_a_value_come_last_in_either_direction() {
    let data = data();
    for (sort, expected) in [
        ("cost", "caebd"),
        ("-cost", "beacd"),
        ("|cost|", "cabed"),
        ("-|cost|", "ebacd"),
        ("date", "abced"),
        ("-date", "ecbad"),
        // Numbers come before texts.
        ("meter", "eacbd"),
        ("-meter", "ebacd"),
        ("charge-type,-cost", "beadc"),
        ("resource-group", "bacde"),
        ("-resource-group,-Note", "edcab"),
        ("Quantity", "abedc"),
        ("-Quantity", "debac"),
        ("tag:env", "dbace"),
    ] {
        assert_eq!(notes(&data, &sorted(sort)).unwrap(), expected, "{sort}");
    }
    for (offset, limit, expected) in [
        (1, Some(2), "ae"),
        (3, None, "bd"),
        (5, Some(9), ""),
        (0, Some(0), ""),
    ] {
        let query = Query {
            offset,
            limit,
            ..sorted("cost")
        };
        assert_eq!(
            notes(&data, &query).unwrap(),
            expected,
            "{offset} {limit:?}"
        );
    }
}

#[test]
fn a_text_is_found_in_the_order_of_the_rows_and_around_its_end() {
    let data = data();
    // By cost: c a e b d.
    for (text, from, forward, place) in [
        ("d2", None, true, Some(0)),
        ("D2", Some(0), true, Some(1)),
        ("d2", Some(1), true, Some(0)),
        ("d2", Some(4), false, Some(1)),
        ("d2", Some(1), false, Some(0)),
        ("d2", Some(0), false, Some(1)),
        ("d2", None, false, Some(1)),
        ("d2", Some(99), true, Some(0)),
        ("0.25", None, true, Some(2)),
        ("2026-10-02", None, true, Some(3)),
        ("team", Some(2), true, Some(2)),
        ("zzz", None, true, None),
    ] {
        let seek = Seek {
            text: text.to_owned(),
            from,
            forward,
        };
        let found = search::rows(&data, &sorted("cost"), &seek).unwrap();
        assert_eq!(found, place, "{text} {from:?} {forward}");
    }
    let eur = Query {
        filter: Some(filter_text::parse("currency = EUR").unwrap()),
        ..sorted("cost")
    };
    let seek = Seek {
        text: "d".to_owned(),
        from: Some(1),
        forward: true,
    };
    // Without c, the rows are a e b d, and b is the next one with a D.
    assert_eq!(search::rows(&data, &eur, &seek).unwrap(), Some(2));
}

#[test]
fn unknown_columns_are_refused_with_the_closest_names() {
    let data = data();
    for (sort, expected) in [
        ("MeterNam", "Did you mean MeterName"),
        ("meter_name", ""),
        ("qqqqqqqq", "Use a key such as resource-group"),
    ] {
        let found = notes(&data, &sorted(sort));
        let told = found.map_or_else(|error| error.to_string(), |_| String::new());
        assert_eq!(told.is_empty(), expected.is_empty(), "{sort}: {told}");
        assert!(told.contains(expected), "{sort}: {told}");
    }
}
