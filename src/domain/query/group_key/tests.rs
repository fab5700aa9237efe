//! Lists of group keys.

use crate::domain::query::group_key::{GroupKey, parse_keys};

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
