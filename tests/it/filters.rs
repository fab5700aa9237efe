//! The filter language: its meaning, its printed form, and its errors.

use costscope::domain::query::filter_text::parse;
use costscope::domain::query::group_key::{GroupKey, parse_keys};
use costscope::domain::query::sort::{Sort, SortBy};
use proptest::prelude::*;

fn printed(text: &str) -> String {
    parse(text)
        .unwrap_or_else(|error| panic!("{error}"))
        .to_string()
}

#[test]
fn filters_print_as_they_are_read() {
    let cases = [
        (
            "resource-group = rg-a and cost > 10",
            "resource-group = rg-a and cost > 10",
        ),
        ("tag:env != prod", "tag:env != prod"),
        ("service ~ storage", "service ~ storage"),
        (
            "charge-type in (Usage, Purchase)",
            "charge-type in (Usage, Purchase)",
        ),
        ("date >= 2026-10-01", "date >= 2026-10-01"),
        ("tag:owner is missing", "tag:owner is missing"),
        ("tag:owner is not missing", "not (tag:owner is missing)"),
        ("a = 1 or b = 2 and c = 3", "a = 1 or (b = 2 and c = 3)"),
        ("not (a = 1)", "not (a = 1)"),
        ("not a = 1 and b = 2", "not (a = 1) and b = 2"),
        (
            "tag:\"cost center\" = \"a b\"",
            "\"tag:cost center\" = \"a b\"",
        ),
        ("RESOURCE-GROUP=rg-a", "resource-group = rg-a"),
        ("x = \"say \"\"hi\"\"\"", "x = \"say \"\"hi\"\"\""),
        ("x = \"and\"", "x = \"and\""),
        ("x = \"\"", "x = \"\""),
        ("a <> 1", "a != 1"),
    ];
    for (text, expected) in cases {
        assert_eq!(printed(text), expected, "{text}");
        assert_eq!(printed(expected), expected, "{expected}");
    }
}

#[test]
fn wrong_filters_point_at_the_place() {
    let cases = [
        ("", 0, "name"),
        ("cost >", 6, "value"),
        ("cost > ten", 7, "number"),
        ("date = 2026-02-30", 7, "date"),
        ("month = 2026", 8, "month"),
        ("resource-group rg-a", 15, "comparison"),
        ("a = 1 b = 2", 6, "unexpected text"),
        ("(a = 1", 6, "parenthesis"),
        ("a in 1", 5, "list"),
        ("a in (1", 7, "closed"),
        ("a = \"x", 4, "never closed"),
        ("a is gone", 5, "missing"),
        ("a ! b", 2, "alone"),
    ];
    for (text, at, word) in cases {
        let error = parse(text).unwrap_err();
        assert_eq!(error.at, at, "{text}: {error}");
        let shown = error.to_string();
        assert!(
            shown.contains(word) && shown.contains(&format!("  {}^", " ".repeat(at))),
            "{text}: {shown}"
        );
    }
    assert!(parse(&"(".repeat(10_000)).is_err());
}

#[test]
fn key_lists_are_read_or_refused() {
    let names = |text: &str| {
        parse_keys(text)
            .unwrap()
            .iter()
            .map(GroupKey::name)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names("resource-group, TAG:env ,\"a, b\""),
        ["resource-group", "tag:env", "a, b"]
    );
    assert_eq!(names("\"tag:q\"\"z\""), ["tag:q\"z"]);
    for text in ["", ",", "a,,b", "tag:", "\"a"] {
        assert!(parse_keys(text).is_err(), "{text}");
    }
}

#[test]
fn sorts_are_read() {
    let read = |text: &str| Sort::parse(text).unwrap();
    assert_eq!(
        (read("cost").by, read("cost").ascending),
        (SortBy::Cost, false)
    );
    assert!(read("-cost").ascending);
    assert!(read("date").ascending);
    assert!(!read("-date").ascending);
    assert_eq!(Sort::parse(" "), None);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_prints_back(text in "[a-z0-9 =<>!~(),\"andorti:-]{0,40}") {
        if let Ok(filter) = parse(&text) {
            let again = parse(&filter.to_string()).unwrap();
            prop_assert_eq!(again.to_string(), filter.to_string());
        }
    }
}
