//! Numbers of texts, and the texts of codes.

use super::dictionary::{Codes, DictColumn, Dictionary, Interner, by_code, commonest};
use crate::data::columns::text_column::NONE;
use std::sync::Arc;

fn list(words: &[Option<&str>]) -> Dictionary {
    let words = words.iter().map(|word| word.map(str::to_owned));
    Dictionary::List(Arc::new(words.collect()))
}

#[test]
fn equal_texts_have_one_number_and_others_their_own() {
    let mut known = Interner::default();
    assert_eq!((known.len(), known.get(0)), (0, None));
    for (text, number) in [("a", 0), ("", 1), ("ab", 2), ("a", 0), ("b", 3), ("", 1)] {
        assert_eq!(known.number(text), number, "{text:?}");
    }
    let texts = [0, 1, 2, 3, 4].map(|number| known.get(number));
    assert_eq!(texts, [Some("a"), Some(""), Some("ab"), Some("b"), None]);
    assert_eq!(known.len(), 4);
    let words = list(&[Some("b"), None, Some("x"), Some(""), Some("a")]);
    let numbers = known.find_all(&words, &[4, 0, 1, 2, 3, 9]);
    assert_eq!(numbers, [0, 3, NONE, NONE, 1, NONE]);
}

#[test]
fn the_bytes_of_texts_and_of_their_table_are_counted() {
    let mut known = Interner::default();
    let before = known.bytes();
    known.number(&"x".repeat(1_000));
    let one = known.bytes();
    assert!((1_000..2_000).contains(&(one - before)), "{before} {one}");
    known.number(&"x".repeat(1_000));
    assert_eq!(known.bytes(), one, "it is stored once");
    for number in 0..1_000 {
        known.number(&number.to_string());
    }
    // Each text has an end and an entry of the table.
    assert!(known.bytes() > one + 1_000 * (size_of::<usize>() + 20));
}

#[test]
fn the_commonest_spelling_is_the_first_of_those_with_the_most_rows() {
    for (found, expected) in [
        (&[][..], None),
        (&[("b", 2), ("a", 1)], Some("b")),
        (&[("a", 1), ("b", 2)], Some("b")),
        (&[("b", 2), ("B", 2), ("a", 2)], Some("B")),
        (&[("a", 2), ("B", 2), ("b", 2)], Some("B")),
    ] {
        assert_eq!(commonest(found.iter().copied()), expected, "{found:?}");
    }
}

#[test]
fn rows_without_a_value_have_the_answer_for_absent_ones() {
    let column = || DictColumn {
        codes: Codes::Own(vec![0, 2, 1, NONE, 0]),
        words: list(&[Some("a"), None, Some("b")]),
    };
    assert_eq!(column().words.len(), 3);
    for absent in [true, false] {
        let found = by_code(&column(), absent, |text| text == "a");
        assert_eq!(found, [true, false, absent, absent, true]);
        let none = by_code(&DictColumn::absent(2), absent, |_| !absent);
        assert_eq!(none, [absent; 2]);
    }
}
