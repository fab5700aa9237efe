//! The names of values as they are shown and typed: absent and empty ones have a name, too.

use crate::domain::text::counted;

/// The placeholder for an absent value in readable output.
pub const ABSENT: &str = "(none)";
/// The placeholder for an empty value.
pub const EMPTY: &str = "(empty)";

/// The display name of a value. A text that reads like one of the placeholders is quoted, and so is one that reads like a
/// quoted placeholder: two values never have the same name.
pub fn value_name(value: Option<&str>) -> String {
    match value {
        None => ABSENT.to_owned(),
        Some(text) if is_placeholder(text) || unquoted(text).is_some() => quoted(text),
        Some(text) => text.to_owned(),
    }
}

fn is_placeholder(text: &str) -> bool {
    text == ABSENT || text == EMPTY
}

/// A text in quotes as a filter has it: a quote inside is doubled.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// The text whose display name is quoted; `None` for any other name.
fn unquoted(name: &str) -> Option<String> {
    let inside = name.strip_prefix('"')?.strip_suffix('"')?;
    if !is_placeholder(inside.trim_matches('"')) {
        return None;
    }
    let text = inside.replace("\"\"", "\"");
    let is_own = is_placeholder(&text) || unquoted(&text).is_some();
    (is_own && quoted(&text) == name).then_some(text)
}

/// The same, with a placeholder where the value is empty, so that no name is blank.
pub fn visible_name(value: Option<&str>) -> String {
    match value {
        Some("") => EMPTY.to_owned(),
        value => value_name(value),
    }
}

/// The name of what is added up because it is beyond the largest.
pub fn others_name(count: usize) -> String {
    format!("({})", counted(count as u64, "other"))
}

/// The value with a display name of [`value_name`].
pub fn value_of_name(name: &str) -> Option<String> {
    match name {
        ABSENT => None,
        EMPTY => Some(String::new()),
        name => Some(unquoted(name).unwrap_or_else(|| name.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::table::value_names::{others_name, value_name, value_of_name, visible_name};
    use std::collections::{BTreeSet, HashMap};

    #[test]
    fn names_of_values_tell_them_apart_and_are_read_back() {
        for (value, name, visible) in [
            (None, "(none)", "(none)"),
            (Some(""), "", "(empty)"),
            (Some("(none)"), "\"(none)\"", "\"(none)\""),
            (Some("(empty)"), "\"(empty)\"", "\"(empty)\""),
            (Some("prod"), "prod", "prod"),
            (Some("\"a\""), "\"a\"", "\"a\""),
            (Some("\""), "\"", "\""),
            (Some("\"(none)"), "\"(none)", "\"(none)"),
            (Some("\"\"(none)\"\""), "\"\"(none)\"\"", "\"\"(none)\"\""),
            // A text that has the quotes itself is not the text between them.
            (
                Some("\"(none)\""),
                "\"\"\"(none)\"\"\"",
                "\"\"\"(none)\"\"\"",
            ),
            (
                Some("\"(empty)\""),
                "\"\"\"(empty)\"\"\"",
                "\"\"\"(empty)\"\"\"",
            ),
        ] {
            assert_eq!(value_name(value), name);
            assert_eq!(visible_name(value), visible);
            assert_eq!(value_of_name(name).as_deref(), value, "{name}");
            assert_eq!(value_of_name(visible).as_deref(), value, "{visible}");
        }
        assert_eq!(others_name(1), "(1 other)");
        assert_eq!(others_name(2), "(2 others)");
    }

    #[test]
    fn two_values_never_have_the_same_name() {
        let mut names = HashMap::new();
        let quotes = |count: usize| "\"".repeat(count);
        let texts = ["(none)", "(empty)", "", "a"].into_iter().flat_map(|word| {
            let before = (0..9).flat_map(|before| (0..9).map(move |after| (before, after)));
            before.map(move |(before, after)| format!("{}{word}{}", quotes(before), quotes(after)))
        });
        let texts: BTreeSet<String> = texts.collect();
        for value in texts.iter().map(Some).chain([None]) {
            let value = value.map(String::as_str);
            for name in [value_name(value), visible_name(value)] {
                assert_eq!(value_of_name(&name).as_deref(), value, "{name}");
                let first = *names.entry(name.clone()).or_insert(value);
                assert_eq!(first, value, "{name}");
            }
        }
    }
}
