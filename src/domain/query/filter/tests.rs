//! Filters are combined, taken apart and quoted.

use crate::domain::period::DateRange;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::{Comparator, Filter, quoted};
use crate::domain::query::filter_text::parse;
use crate::domain::query::group_key::GroupKey;
use std::cmp::Ordering::{Equal, Greater, Less};

fn filter(text: &str) -> Filter {
    parse(text).unwrap_or_else(|error| panic!("{error}"))
}

fn service() -> GroupKey {
    GroupKey::Role(Role::Service)
}

#[test]
fn a_comparison_is_met_by_the_orders_of_its_sign() {
    for (comparator, symbol, met) in [
        (Comparator::Equal, "=", vec![Equal]),
        (Comparator::NotEqual, "!=", vec![Less, Greater]),
        (Comparator::Less, "<", vec![Less]),
        (Comparator::LessOrEqual, "<=", vec![Less, Equal]),
        (Comparator::Greater, ">", vec![Greater]),
        (Comparator::GreaterOrEqual, ">=", vec![Equal, Greater]),
        (Comparator::Contains, "~", vec![]),
    ] {
        assert_eq!(comparator.symbol(), symbol);
        for order in [Less, Equal, Greater] {
            let expected = met.contains(&order);
            assert_eq!(comparator.meets(order), expected, "{symbol} {order:?}");
        }
    }
}

#[test]
fn tests_of_values_keep_or_leave_out_what_they_name() {
    let some = |text: &str| Some(text.to_owned());
    let days = DateRange::parse("2026-10-02..2026-10-05").unwrap();
    assert_eq!(
        Filter::of_days(days),
        filter("date >= 2026-10-02 and date <= 2026-10-05")
    );
    for (value, keep, expected) in [
        (some("a b"), true, "service = \"a b\""),
        (some("a"), false, "service != a"),
        (None, true, "service is missing"),
        (None, false, "service is not missing"),
    ] {
        let found = Filter::of_value(service(), value, keep);
        assert_eq!(found, filter(expected));
    }
    for (values, expected) in [
        (vec![some("a")], "service = a"),
        (vec![None], "service is missing"),
        (vec![some("a"), some("b")], "service in (a, b)"),
        (vec![some("a"), None], "service = a or service is missing"),
        (
            vec![some("a"), None, some("b")],
            "service in (a, b) or service is missing",
        ),
    ] {
        let kept = Filter::of_values(service(), &values, true);
        assert_eq!(kept, Some(filter(expected)), "{values:?}");
        let left = Filter::of_values(service(), &values, false);
        assert_eq!(
            left,
            Some(filter(&format!("not ({expected})"))),
            "{values:?}"
        );
    }
    assert_eq!(Filter::of_values(service(), &[], true), None);
    let keys = [service(), GroupKey::Role(Role::Region)];
    let inside = Filter::inside(Some(filter("cost > 1")), &keys, &[some("a"), None]);
    let expected = "cost > 1 and service = a and region is missing";
    assert_eq!(inside, Some(filter(expected)));
    assert_eq!(Filter::inside(None, &[], &[]), None);
}

#[test]
fn filters_are_combined_and_taken_apart_again() {
    let [one, two, three] = ["cost > 1", "service = a", "region = b"].map(filter);
    let both = one.clone().and(two.clone());
    assert_eq!(both, filter("cost > 1 and service = a"));
    let all = both.clone().and(three.clone());
    assert_eq!(all, filter("cost > 1 and service = a and region = b"));
    assert_eq!(all.conjuncts().len(), 3);
    assert_eq!(one.conjuncts(), std::slice::from_ref(&one));
    assert_eq!(Filter::both(None, None), None);
    assert_eq!(Filter::both(Some(one.clone()), None), Some(one.clone()));
    assert_eq!(Filter::both(None, Some(two.clone())), Some(two.clone()));
    for (whole, part, left) in [
        (&all, &two, Some(filter("cost > 1 and region = b"))),
        (&all, &both, Some(three.clone())),
        (&all, &filter("region = b and cost > 1"), Some(two.clone())),
        (&all, &filter("region = b and cost > 2"), Some(all.clone())),
        (&both, &one, Some(two.clone())),
        (&one, &one, None),
        (&one, &two, Some(one.clone())),
    ] {
        assert_eq!(whole.clone().without(part), left, "{whole} without {part}");
    }
    for (own, wider, beyond) in [
        (&all, Some(&both), Some(three.clone())),
        (&all, Some(&one), Some(filter("service = a and region = b"))),
        (&all, Some(&all), None),
        (&all, Some(&two), Some(all.clone())),
        (&all, None, Some(all.clone())),
        (&one, Some(&all), Some(one.clone())),
    ] {
        assert_eq!(own.beyond(wider), beyond, "{own} beyond {wider:?}");
    }
}

#[test]
fn a_filter_implies_those_whose_tests_it_has() {
    for (own, other, expected) in [
        ("cost > 1 and service = a", "cost > 1", true),
        ("cost > 1 and service = a", "service = a and cost > 1", true),
        (
            "cost > 1 and (service = a and region = b)",
            "region = b",
            true,
        ),
        ("cost > 1", "cost > 1 and service = a", false),
        ("cost > 1 or service = a", "cost > 1", false),
        ("cost > 1", "cost > 1 or service = a", false),
        ("not cost > 1", "cost > 1", false),
    ] {
        assert_eq!(
            filter(own).implies(&filter(other)),
            expected,
            "{own}: {other}"
        );
    }
}

#[test]
fn every_key_that_is_tested_is_listed_with_its_place() {
    let text = "not (cost > 1) and (service in (a, b) or region is missing)";
    let parsed = filter(text);
    let found: Vec<(String, usize)> = parsed
        .fields()
        .into_iter()
        .map(|field| (field.key.name(), field.at))
        .collect();
    for name in ["cost", "service", "region"] {
        let place = (name.to_owned(), text.find(name).unwrap());
        assert!(found.contains(&place), "{found:?}");
    }
    assert_eq!(found.len(), 3);
    assert_ne!(filter("cost > 1"), filter("quantity > 1"));
}

#[test]
fn words_that_mean_something_else_are_quoted() {
    for (text, expected) in [
        ("rg-a", "rg-a"),
        ("a.b:c/d@e", "a.b:c/d@e"),
        ("", "\"\""),
        ("a b", "\"a b\""),
        ("And", "\"And\""),
        ("or", "\"or\""),
        ("not", "\"not\""),
        ("in", "\"in\""),
        ("is", "\"is\""),
        ("missing", "missing"),
        ("a\"b", "\"a\"\"b\""),
        ("a,b", "\"a,b\""),
        ("a=b", "\"a=b\""),
        ("(a)", "\"(a)\""),
        ("it's", "\"it's\""),
    ] {
        assert_eq!(quoted(text), expected);
        let again = filter(&format!("service = {}", quoted(text)));
        let Filter::Compare { value, .. } = again else {
            panic!("{again}");
        };
        assert_eq!(value, text);
    }
}

#[test]
fn tests_of_days_are_left_out_of_another_month() {
    for (whole, rest) in [
        (
            "date >= 2026-11-01 and date <= 2026-11-30 and service = a",
            Some("service = a"),
        ),
        ("service = a and month = 2026-11", Some("service = a")),
        ("date = 2026-11-03 or month = 2026-10", None),
        (
            "service = a or date = 2026-11-03",
            Some("service = a or date = 2026-11-03"),
        ),
        ("not (date = 2026-11-03)", None),
        ("service = a", Some("service = a")),
    ] {
        let filter = parse(whole).unwrap();
        let (kept, any) = filter.without_times();
        assert_eq!(
            kept.map(|kept| kept.to_string()).as_deref(),
            rest,
            "{whole}"
        );
        assert_eq!(any, rest != Some(whole), "{whole}");
    }
}

#[test]
fn days_that_every_row_must_be_of_are_known() {
    for (text, days) in [
        ("date >= 2026-11-01 and date <= 2026-11-30", Some("2026-11")),
        (
            "service = a and date <= 2026-11-05 and date >= 2026-11-02",
            Some("2026-11-02..2026-11-05"),
        ),
        ("date >= 2026-11-01", None),
        ("date >= 2026-11-01 or date <= 2026-11-30", None),
        ("date >= 2026-11-30 and date <= 2026-11-01", None),
        ("not (date >= 2026-11-01 and date <= 2026-11-30)", None),
    ] {
        let expected = days.map(|days| DateRange::parse(days).unwrap());
        assert_eq!(parse(text).unwrap().days(), expected, "{text}");
    }
}
