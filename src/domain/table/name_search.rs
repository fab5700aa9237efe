//! Searches the names of groups as a screen shows them.

use super::value_names::visible_name;

/// Whether a name that a screen shows contains a text in lower case: a label in the place of its key, a placeholder where
/// there is no value.
pub fn has_name(lower: &str, labels: &[Option<String>], keys: &[Option<String>]) -> bool {
    let mut names = labels.iter().zip(keys);
    names.any(|(label, key)| {
        let name = visible_name(label.as_deref().or(key.as_deref()));
        name.to_lowercase().contains(lower)
    })
}
