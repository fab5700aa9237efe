//! Filters, filters that the server applies, lists of keys and lists of sort keys: printing what was parsed and parsing
//! it again gives the same, and an error points into the text.

use super::play::{Parser, Verdict};
use costscope::domain::query::filter_text::{FilterError, parse};
use costscope::domain::query::group_key::{keys_text, parse_keys};
use costscope::domain::query::sort::{Sort, list_text};
use costscope::domain::report::usage_filter::UsageFilter;

pub(super) const PARSER: Parser = Parser {
    name: "filter",
    slice: 3_000,
    valid,
    words: &[
        " and ",
        " or ",
        " not ",
        "not ",
        " in (",
        " is missing",
        " != ",
        " <> ",
        ">=",
        "~",
        "!",
        "tag:",
        "tag:\"",
        "cost",
        "month",
        "- cost",
        "\u{a0}",
        "\u{130}",
    ],
    one,
};

fn valid() -> Vec<Vec<u8>> {
    let texts = [
        "resource-group = rg-a and cost > 10",
        "tag:env != prod",
        "service ~ storage",
        "charge-type in (Usage, Purchase)",
        "charge-type not in (Usage, 'Purchase')",
        "date >= 2026-10-01 and date < 2026-11-01 or month = 2026-10",
        "tag:owner is missing",
        "tag:\"cost center\" is not missing",
        "not (cost <= -0.5 and (meter = \"it's \"\"x\"\"\" or not region = 'eu, north'))",
        "\"Meter Name\" = \"a b\" or subscription = aaaaaaaa-0000-4000-8000-000000000001",
        "not not not charge-type = Usage",
    ];
    texts.map(|text| text.as_bytes().to_vec()).to_vec()
}

/// Checks that a caret stands under the text, or behind its end.
fn check_place(error: &FilterError, text: &str) {
    let said = error.to_string();
    assert_eq!(error.text, text, "{said}");
    assert!(error.at <= text.chars().count(), "{said}");
    assert!(!error.wrong.is_empty() && !error.expected.is_empty());
    assert!(said.contains(&error.wrong) && said.contains(&error.expected));
}

fn one(bytes: &[u8]) -> Verdict {
    let text = String::from_utf8_lossy(bytes);
    check_server_filter(&text);
    check_lists(&text);
    let filter = match parse(&text) {
        Ok(filter) => filter,
        Err(error) => {
            check_place(&error, &text);
            return Verdict::Refused;
        }
    };
    let printed = filter.to_string();
    let again = parse(&printed).unwrap_or_else(|error| panic!("printed: {error}"));
    assert_eq!(again, filter, "{printed}");
    assert_eq!(again.to_string(), printed);
    for field in filter.fields() {
        assert!(field.at < text.chars().count(), "{}", field.at);
    }
    Verdict::Read
}

fn check_server_filter(text: &str) {
    match UsageFilter::parse(text) {
        Ok(filter) => {
            let printed = filter.to_string();
            let again = UsageFilter::parse(&printed).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(again, filter, "{printed}");
            assert_eq!(again.canonical(), filter.canonical());
        }
        Err(error) => check_place(&error, text),
    }
}

fn check_lists(text: &str) {
    match parse_keys(text) {
        Ok(keys) => {
            let printed = keys_text(&keys);
            let again = parse_keys(&printed).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(again, keys, "{printed}");
        }
        Err(error) => assert!(error.to_string().contains(text), "{error}"),
    }
    match Sort::parse_list(text) {
        Ok(Some(sorts)) => {
            let printed = list_text(&sorts);
            let again = Sort::parse_list(&printed).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(again, Some(sorts), "{printed}");
        }
        Ok(None) => {}
        Err(error) => assert!(error.to_string().contains(text), "{error}"),
    }
}
