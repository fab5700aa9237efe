//! Pickers that several screens offer.

use crate::domain::query::group_key::{GroupKey, KEY_NAMES};
use crate::tui::state::picker::{Choice, Picker};

/// The picker of group keys: the built-in keys, then the tags found, then the columns.
pub fn group_picker(headers: &[String], tags: &[String], now: &[GroupKey]) -> Picker {
    let choice = |name: String, hint: &str| Choice::new(name, hint);
    let known = KEY_NAMES
        .iter()
        .filter(|(_, key)| key.groups())
        .map(|(name, _)| choice((*name).to_owned(), "key"));
    let tags = tags.iter().map(|tag| choice(format!("tag:{tag}"), "tag"));
    let columns = headers
        .iter()
        .map(|header| choice(header.clone(), "column"));
    let choices = known.chain(tags).chain(columns).collect();
    let ticked = now.iter().map(GroupKey::name).collect();
    Picker::several("Group by", choices, ticked)
}
