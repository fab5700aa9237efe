//! Measures, conditions on groups, and the orders of a query.

use super::{Having, Measure, Query, Summed, by_keys, nulls_last, unknown_last};
use crate::domain::money::Amount;
use crate::domain::query::filter::Comparator;
use crate::domain::query::filter_text::parse;
use crate::domain::query::group_key::parse_keys;
use crate::domain::query::sort::Sort;
use std::cmp::Ordering::{Equal, Greater, Less};

#[test]
fn a_measure_is_read_by_its_name_in_any_case() {
    for (name, measure) in Measure::ALL {
        assert_eq!(Measure::parse(&name.to_uppercase()), Some(measure));
        assert_eq!(measure.name(), name);
    }
    for name in ["", "cost", "shares", "first day"] {
        assert_eq!(Measure::parse(name), None, "{name}");
    }
}

#[test]
fn a_condition_on_groups_is_read_or_refused() {
    let amount = |text| Amount::parse(text).unwrap().amount;
    for (text, of, comparator, value) in [
        ("cost > 10", Summed::Cost, Comparator::Greater, "10"),
        (
            "cost>=10.5",
            Summed::Cost,
            Comparator::GreaterOrEqual,
            "10.5",
        ),
        (" Rows <= 3 ", Summed::Rows, Comparator::LessOrEqual, "3"),
        ("rows<3", Summed::Rows, Comparator::Less, "3"),
        ("cost = -1", Summed::Cost, Comparator::Equal, "-1"),
        ("cost != 0", Summed::Cost, Comparator::NotEqual, "0"),
    ] {
        let value = amount(value);
        let expected = Having {
            of,
            comparator,
            value,
        };
        assert_eq!(Having::parse(text), Some(expected), "{text}");
    }
    for text in [
        "",
        "cost",
        "cost 10",
        "> 10",
        "date > 1",
        "cost > ten",
        "cost >",
        "cost ! 1",
        "cost ~ 1",
    ] {
        assert_eq!(Having::parse(text), None, "{text}");
    }
}

#[test]
fn a_condition_keeps_groups_by_their_cost_or_their_rows() {
    let whole = Amount::from_whole;
    for (text, cost, rows, keeps) in [
        ("cost > 10", 10, 99, false),
        ("cost > 10", 11, 0, true),
        ("cost <= 10", 10, 99, true),
        ("rows >= 3", 0, 3, true),
        ("rows >= 3", 99, 2, false),
        ("rows != 3", 0, 3, false),
    ] {
        let having = Having::parse(text).unwrap();
        assert_eq!(
            having.keeps(whole(cost), rows),
            keeps,
            "{text}: {cost} {rows}"
        );
    }
}

#[test]
fn measures_are_summed_where_they_are_shown_or_sorted_by() {
    let query = |keys: &str, sorts: &[&str]| Query {
        group_by: parse_keys(keys).unwrap(),
        measures: vec![Measure::Share],
        sort: sorts
            .iter()
            .map(|text| Sort::parse(text).unwrap())
            .collect(),
        ..Query::default()
    };
    let shown = [Measure::Share];
    let sorted = [Measure::FirstDay, Measure::Quantity];
    for (keys, sorts, expected) in [
        ("service", &[][..], &shown[..]),
        (
            "service",
            &["cost", "|cost|", "rows", "service", "date"],
            &shown,
        ),
        ("service", &["cost", "quantity"], &sorted),
        ("service", &["-last-day"], &sorted),
        // A key that has the name of a measure is a key.
        ("service,quantity", &["quantity"], &shown),
    ] {
        let query = query(keys, sorts);
        assert_eq!(query.summed(), expected, "{keys} {sorts:?}");
    }
}

#[test]
fn a_query_without_an_order_has_the_largest_cost_first() {
    assert_eq!(Query::default().sorts(), [Sort::BY_COST]);
    let rows = Query {
        sort: vec![Sort::parse("rows").unwrap()],
        ..Query::default()
    };
    assert_eq!(rows.sorts(), rows.sort);
    let filter = parse("service = a").unwrap();
    let sums = Query::sums(filter.clone());
    assert_eq!((sums.filter, sums.limit), (Some(filter), Some(0)));
}

#[test]
fn absent_keys_come_last_in_either_direction() {
    for (a, b, order, reversed) in [
        (Some("a"), Some("b"), Less, Greater),
        (Some("b"), Some("a"), Greater, Less),
        (Some("B"), Some("a"), Less, Greater),
        (Some("a"), Some("a"), Equal, Equal),
        (Some("a"), None, Less, Less),
        (None, Some("a"), Greater, Greater),
        (None, None, Equal, Equal),
    ] {
        assert_eq!(nulls_last(a, b, false), order, "{a:?} {b:?}");
        assert_eq!(nulls_last(a, b, true), reversed, "{a:?} {b:?}");
    }
    assert_eq!(unknown_last(Some(1), Some(2), |a, b| b.cmp(&a)), Greater);
    let keys = |keys: [Option<&str>; 2]| keys.map(|key| key.map(str::to_owned));
    for (a, b, order) in [
        ([Some("a"), Some("z")], [Some("b"), Some("a")], Less),
        ([Some("a"), Some("b")], [Some("a"), Some("a")], Greater),
        ([Some("a"), None], [Some("a"), Some("a")], Greater),
        ([None, Some("a")], [None, Some("a")], Equal),
    ] {
        assert_eq!(by_keys(&keys(a), &keys(b)), order, "{a:?} {b:?}");
    }
}
