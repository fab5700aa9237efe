//! Searches in memory.

use crate::tui::state::search::{LineSearch, next_match};

#[test]
fn a_search_wraps_around_in_both_directions() {
    let lines = ["a", "b", "a", "c"];
    let find =
        |here, forward, text: &str| next_match(lines.len(), here, forward, |at| lines[at] == text);
    let cases = [
        (0, true, "a", Some(2)),
        (2, true, "a", Some(0)),
        (0, false, "a", Some(2)),
        (1, true, "b", Some(1)),
        (9, false, "c", Some(3)),
        (0, true, "z", None),
    ];
    for (here, forward, text, found) in cases {
        assert_eq!(find(here, forward, text), found, "{here} {forward} {text}");
    }
    assert_eq!(next_match(0, 0, true, |_| true), None);
}

#[test]
fn an_empty_text_searches_the_last_one_again() {
    let mut search = LineSearch::default();
    assert!(!search.begin(""));
    assert!(search.begin("web"));
    search.text.clear();
    assert!(search.begin(""));
    assert_eq!(search.text, "web");
}
