//! What is expected at the end of a filter that is being typed.

use crate::domain::query::filter_help::{Wants, help};
use crate::domain::query::group_key::GroupKey;

/// The word at the caret, where it starts, and what is expected there.
fn check(text: &str, word: &str, from: usize, wants: &str) {
    let wants = match wants {
        "field" => Wants::Field,
        "operator" => Wants::Operator,
        "joint" => Wants::Joint,
        key => Wants::Value(GroupKey::parse(key).unwrap()),
    };
    let found = help(text);
    assert_eq!((found.word.as_str(), found.from), (word, from), "{text:?}");
    assert_eq!(found.wants, wants, "{text:?}");
}

#[test]
fn a_test_is_a_name_an_operator_and_a_value() {
    for (text, word, from, wants) in [
        ("", "", 0, "field"),
        ("  ", "", 2, "field"),
        ("se", "se", 0, "field"),
        (" se", "se", 1, "field"),
        ("service", "service", 0, "field"),
        ("service ", "", 8, "operator"),
        ("service =", "", 9, "service"),
        ("service=", "", 8, "service"),
        ("service = ", "", 10, "service"),
        ("service = St", "St", 10, "service"),
        ("service=St", "St", 8, "service"),
        ("service != St", "St", 11, "service"),
        ("cost>=1", "1", 6, "cost"),
        ("cost >= ", "", 8, "cost"),
        ("service = Storage ", "", 18, "joint"),
        ("service = Storage an", "an", 18, "joint"),
        ("service is ", "", 11, "operator"),
        ("service is mis", "mis", 11, "operator"),
        ("service is not ", "", 15, "operator"),
        ("service is missing ", "", 19, "joint"),
        ("service IS NOT MISSING ", "", 23, "joint"),
        ("not ", "", 4, "field"),
        ("not (", "", 5, "field"),
        ("((", "", 2, "field"),
        ("(ser", "ser", 1, "field"),
        ("tag:en", "tag:en", 0, "field"),
        ("ä = b", "b", 4, "ä"),
    ] {
        check(text, word, from, wants);
    }
}

#[test]
fn tests_are_joined_and_lists_go_on_behind_commas() {
    for (text, word, from, wants) in [
        ("service = a and ", "", 16, "field"),
        ("service = a OR ", "", 15, "field"),
        ("service = a and re", "re", 16, "field"),
        ("service = a and region = ", "", 25, "region"),
        ("service = a and not ", "", 20, "field"),
        ("(service = a) ", "", 14, "joint"),
        ("(service = a)", "", 13, "joint"),
        ("(service = a) or (", "", 18, "field"),
        ("service in", "in", 8, "operator"),
        ("service in ", "", 11, "operator"),
        ("service in (", "", 12, "service"),
        ("service in (a", "a", 12, "service"),
        ("service in (a ", "", 14, "joint"),
        ("service in (a,", "", 14, "service"),
        ("service in (a,b", "b", 14, "service"),
        ("service in (a, b", "b", 15, "service"),
        ("service in (a, b)", "", 17, "joint"),
        ("service not in (a, ", "", 19, "service"),
        ("service in (a) and region = b ", "", 30, "joint"),
        // A comma outside of a list means nothing.
        ("service in (a) and region = b ,", "", 31, "joint"),
        ("service = a,", "", 12, "joint"),
    ] {
        check(text, word, from, wants);
    }
}

#[test]
fn quotes_hold_a_word_together_until_they_are_closed() {
    for (text, word, from, wants) in [
        ("\"", "", 0, "field"),
        ("\"cost ce", "cost ce", 0, "field"),
        ("\"cost center\"", "cost center", 0, "field"),
        ("\"cost center\" ", "", 14, "operator"),
        ("tag:\"cost ce", "tag:cost ce", 0, "field"),
        ("tag:\"cost center\" = ", "", 20, "tag:cost center"),
        ("tag:'cost center' = ", "", 20, "tag:cost center"),
        ("service = \"a b", "a b", 10, "service"),
        ("service = 'a b", "a b", 10, "service"),
        ("service ='a b", "a b", 9, "service"),
        ("service = \"a b\"", "a b", 10, "service"),
        ("service = \"a b\" ", "", 16, "joint"),
        ("service = \"a = b\" ", "", 18, "joint"),
        ("service = \"it's", "it's", 10, "service"),
        ("service = 'say \"x", "say \"x", 10, "service"),
        // An apostrophe inside a word opens nothing.
        ("service = o'brien ", "", 18, "joint"),
        ("service = o'brien", "o'brien", 10, "service"),
    ] {
        check(text, word, from, wants);
    }
}
