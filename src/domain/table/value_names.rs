//! The names of values as they are shown and typed: absent and empty ones have a name, too.

use crate::domain::text::counted;

/// The placeholder for an absent value in readable output.
pub const ABSENT: &str = "(none)";
/// The placeholder for an empty value.
pub const EMPTY: &str = "(empty)";

/// The display name of a value; a text that reads like one of the placeholders is quoted.
pub fn value_name(value: Option<&str>) -> String {
    match value {
        None => ABSENT.to_owned(),
        Some(text) if text == ABSENT || text == EMPTY => format!("\"{text}\""),
        Some(text) => text.to_owned(),
    }
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
    let quoted = |word: &str| name == format!("\"{word}\"");
    match name {
        ABSENT => None,
        EMPTY => Some(String::new()),
        _ if quoted(ABSENT) => Some(ABSENT.to_owned()),
        _ if quoted(EMPTY) => Some(EMPTY.to_owned()),
        name => Some(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::table::value_names::{others_name, value_name, value_of_name, visible_name};

    #[test]
    fn names_of_values_tell_them_apart_and_are_read_back() {
        for (value, name, visible) in [
            (None, "(none)", "(none)"),
            (Some(""), "", "(empty)"),
            (Some("(none)"), "\"(none)\"", "\"(none)\""),
            (Some("(empty)"), "\"(empty)\"", "\"(empty)\""),
            (Some("prod"), "prod", "prod"),
            (Some("\"a\""), "\"a\"", "\"a\""),
        ] {
            assert_eq!(value_name(value), name);
            assert_eq!(visible_name(value), visible);
            assert_eq!(value_of_name(name).as_deref(), value, "{name}");
            assert_eq!(value_of_name(visible).as_deref(), value, "{visible}");
        }
        assert_eq!(others_name(1), "(1 other)");
        assert_eq!(others_name(2), "(2 others)");
    }
}
