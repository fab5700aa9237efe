//! The filter language: its printed form and its errors.

use crate::domain::query::filter_text::{parse, place_behind, place_of};

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

#[test]
fn a_filter_implies_the_tests_of_its_parts() {
    let days = "date >= 2026-10-05 and date <= 2026-10-05";
    for (text, implied) in [
        (days.to_owned(), true),
        (format!("a = 1 and ({days})"), true),
        (format!("a = 1 and {days}"), true),
        ("a = 1 and date >= 2026-10-05".to_owned(), false),
        (format!("a = 1 or ({days})"), false),
    ] {
        let filter = parse(&text).unwrap();
        assert_eq!(filter.implies(&parse(days).unwrap()), implied, "{text}");
    }
}

#[test]
fn a_narrowed_filter_names_what_it_adds() {
    let cases = [
        ("a = 1", None, Some("a = 1")),
        ("a = 1 and b = 2", Some("a = 1"), Some("b = 2")),
        ("a = 1 and a = 1", Some("a = 1"), Some("a = 1")),
        (
            "(a = 1 or b = 2) and c = 3",
            Some("a = 1 or b = 2"),
            Some("c = 3"),
        ),
        ("a = 1", Some("a = 1"), None),
        // It was not narrowed from that filter.
        ("b = 2", Some("a = 1"), Some("b = 2")),
    ];
    for (text, wider, added) in cases {
        let wider = wider.map(|wider| parse(wider).unwrap());
        let beyond = parse(text).unwrap().beyond(wider.as_ref());
        assert_eq!(beyond.map(|f| f.to_string()).as_deref(), added, "{text}");
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
        (
            "a = 1 b = 2",
            6,
            "nothing joins `b` to the condition before it",
        ),
        ("a = 1 )", 6, "unexpected `)`"),
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

/// Printing `not x` adds parentheses, which count as depth.
#[test]
fn deep_filters_are_refused_or_print_to_a_valid_one() {
    for count in 0..80 {
        let text = format!("{}a = 1", "not ".repeat(count));
        match parse(&text) {
            Ok(filter) => assert_eq!(parse(&filter.to_string()).as_ref(), Ok(&filter), "{count}"),
            Err(error) => assert!(count > 30 && error.wrong.contains("too deep"), "{error}"),
        }
    }
    let joined = format!(
        "{}a = 1 or b = 1 and c = 1{}",
        "(".repeat(62),
        ")".repeat(62)
    );
    let filter = parse(&joined).unwrap();
    assert_eq!(parse(&filter.to_string()), Ok(filter));
}

#[test]
fn a_filter_has_at_most_64_levels() {
    let nested = |count: usize| format!("{}a = 1{}", "(".repeat(count), ")".repeat(count));
    assert!(parse(&nested(63)).is_ok());
    let error = parse(&nested(64)).unwrap_err();
    assert!(error.wrong.contains("too deep"), "{error}");
    // Each level of these has two when it is printed, so that 31 of them have 62.
    let level = |inner: &str| format!("a = 1 or b = 1 and ({inner})");
    for innermost in ["a = 1 or b = 1", "a = 1 and (b = 1 or c = 1)"] {
        let mut text = innermost.to_owned();
        for count in 1..40 {
            text = level(&text);
            match parse(&text) {
                Ok(filter) => {
                    assert!(count <= 31, "{count}");
                    assert_eq!(parse(&filter.to_string()).as_ref(), Ok(&filter));
                }
                Err(error) => {
                    assert!(count > 31 && error.wrong.contains("too deep"), "{error}");
                }
            }
        }
    }
}

#[test]
fn days_are_compared_with_days_in_any_of_their_forms() {
    for (day, is_one) in [
        ("2026-10-01", true),
        ("2026-10-01T00:00:00Z", true),
        ("\"2026-10-01 12:00\"", true),
        ("1/31/2026", true),
        ("31/1/2026", true),
        ("\"1/2/26 0:00\"", true),
        ("12/31/2026", true),
        ("13/31/2026", false),
        ("13/13/2026", false),
        ("1/32/2026", false),
        ("0/1/2026", false),
        ("1/0/2026", false),
        ("1/1/0", false),
        ("1/1", false),
        ("1/1/2026/1", false),
        ("x/1/2026", false),
        ("2026-13-01", false),
        ("10", false),
    ] {
        assert_eq!(parse(&format!("date = {day}")).is_ok(), is_one, "{day}");
    }
}

#[test]
fn words_and_signs_are_told_apart_without_blanks() {
    for (text, expected) in [
        ("a=1and b=2", Err(7)),
        ("a=1 AND b<>2 Or c>=3", Ok("(a = 1 and b != 2) or c >= 3")),
        ("a in(1,2)", Ok("a in (1, 2)")),
        ("a NOT IN (1)", Ok("not (a in (1))")),
        ("a not = 1", Err(6)),
        ("not", Err(3)),
        ("\"not\" = 1", Ok("\"not\" = 1")),
        ("a = 'b c' and d = it's", Ok("a = \"b c\" and d = \"it's\"")),
        ("tag:'cost center' = 1", Ok("\"tag:cost center\" = 1")),
        ("a = 'it''s'", Ok("a = \"it's\"")),
        ("a = \"b\"c", Ok("a = bc")),
        ("a = \u{201c}b\u{201d}", Err(4)),
        ("a = b`c", Err(5)),
        ("!", Err(0)),
        ("a !~ b", Err(2)),
        ("a is", Err(4)),
        ("a is not", Err(8)),
        ("a in (1,)", Err(8)),
        ("a in ()", Err(6)),
        ("= 1", Err(0)),
        ("a = 1 or", Err(8)),
        ("(a = 1))", Err(7)),
        (
            "month = 2026-10 and cost = 1e2",
            Ok("month = 2026-10 and cost = 1e2"),
        ),
    ] {
        let read = parse(text).map(|filter| filter.to_string());
        let read = read.as_deref().map_err(|error| error.at);
        assert_eq!(read, expected, "{text}");
    }
}

#[test]
fn places_of_words_are_counted_in_characters() {
    let text = "(\u{e4} > 1 and b = 2) or tag:\"or\" = c";
    for (words, place) in [
        (&["or"][..], Some(18)),
        (&["AND", "or"], Some(7)),
        (&["tag:or"], None),
        (&["x"], None),
    ] {
        assert_eq!(place_of(text, words), place, "{words:?}");
    }
    for (at, words, place) in [
        (0, 0, 0),
        (0, 1, 1),
        (1, 1, 3),
        (7, 1, 11),
        (18, 2, 30),
        (8, 0, 11),
        (31, 9, 31),
    ] {
        assert_eq!(place_behind(text, at, words), place, "{at} {words}");
    }
    assert_eq!(place_of("or \"", &["or"]), None, "a quote is open");
}
