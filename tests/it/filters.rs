//! The filter language: its meaning, its printed form, its errors, and the rows that it keeps.

use crate::support::cost_files::{shown_as_csv, shown_as_json};
use costscope::domain::query::filter_text::parse;
use costscope::domain::query::group_key::{GroupKey, parse_keys};
use costscope::domain::query::sort::{Sort, SortBy};
use proptest::prelude::*;

#[test]
fn filters_accept_common_spellings_and_suggest_close_values() {
    let text = "Date,Cost,Currency,ResourceGroup,ChargeType\n2026-10-01,1,EUR,rg-web,Usage\n2026-10-02,2,EUR,RG-Db,Purchase\n";
    let rows = |filter: &str| {
        let (out, said, code) = shown_as_csv(text, &["--filter", filter]);
        (out.lines().count().saturating_sub(1), said, code)
    };
    for (filter, count) in [
        ("resource-group = 'rg-web'", 1),
        ("charge-type = usage", 1),
        ("resource-group = rg-db", 1),
        ("Date >= 2026-10-02", 1),
        ("Date >= 2026-10-01T00:00:00Z", 2),
    ] {
        assert_eq!(rows(filter).0, count, "{filter}: {}", rows(filter).1);
    }
    let (count, said, _) = rows("resource-group = rg-wbe");
    assert_eq!(count, 0);
    assert!(said.contains("rg-web"), "{said}");
    let (_, said, code) = rows("resource-group = “rg-web”");
    assert_eq!(code, Some(2), "{said}");
}

#[test]
fn a_filter_and_its_negation_add_up() {
    let text = "Cost,ResourceGroup,Tags,Date\n1,rg-a,\"{\"\"env\"\":\"\"prod\"\"}\",10/01/2026\n2,rg-b,,10/02/2026\n4,,\"{\"\"env\"\":\"\"\"\"}\",10/03/2026\n";
    let total = |filter: &str| {
        let found = shown_as_json(text, &["--group-by", "currency", "--filter", filter]);
        found["totals"][0]["cost"]
            .as_str()
            .map_or(0, |cost| cost.parse::<i64>().unwrap())
    };
    let cases = [
        ("tag:env = prod", 1),
        ("tag:env != prod", 6),
        ("tag:env is missing", 2),
        ("resource-group = RG-A", 1),
        ("resource-group ~ RG", 3),
        ("resource-group in (rg-a, rg-b)", 3),
        ("cost > 1.5", 6),
        ("cost <= 2", 3),
        ("date >= 2026-10-02 and date < 2026-10-03", 2),
        ("month = 2026-10", 7),
        ("cost = 1 or cost = 2 and resource-group = x", 1),
    ];
    for (filter, expected) in cases {
        assert_eq!(total(filter), expected, "{filter}");
        assert_eq!(
            total(&format!("not ({filter})")),
            7 - expected,
            "not ({filter})"
        );
    }
}

#[test]
fn required_part_is_removed_from_a_filter() {
    let days = "date >= 2026-10-01 and date <= 2026-10-31";
    let cases = [
        (days.to_owned(), None),
        (format!("cost > 1 and ({days})"), Some("cost > 1")),
        (
            format!("cost > 1 and {days} and rows = 2"),
            Some("cost > 1 and rows = 2"),
        ),
        // Only one of the two date tests, or days inside an `or`: both stay.
        ("date >= 2026-10-01".to_owned(), Some("date >= 2026-10-01")),
        (
            format!("({days}) or cost > 1"),
            Some("(date >= 2026-10-01 and date <= 2026-10-31) or cost > 1"),
        ),
    ];
    for (text, left) in cases {
        let filter = parse(&text).unwrap().without(&parse(days).unwrap());
        assert_eq!(filter.map(|f| f.to_string()).as_deref(), left, "{text}");
    }
}

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
