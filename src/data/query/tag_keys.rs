//! The tag keys of a dataset.

use crate::data::columns::tag_dictionary::alike;
use crate::data::columns::tags;
use crate::data::dataset::Dataset;
use crate::data::engine::dictionary::commonest;
use crate::data::engine::external::delegate;
use crate::data::error::DataError;
use std::collections::BTreeMap;

/// The tag keys found, in their commonest spelling.
pub fn tag_keys(data: &Dataset) -> Result<Vec<String>, DataError> {
    Ok(counted(data)?.values().filter_map(best).collect())
}

/// The tag key that most rows carry, of those that are wanted; the first by name of several.
pub fn commonest_tag_key(
    data: &Dataset,
    wanted: impl Fn(&str) -> bool,
) -> Result<Option<String>, DataError> {
    let found = counted(data)?;
    let wanted = found.iter().filter(|(key, _)| wanted(key));
    let rows = |spelled: &Spellings| spelled.values().sum::<u64>();
    // Of several maxima, `max_by_key` takes the last.
    let most = wanted.rev().max_by_key(|(_, spelled)| rows(spelled));
    Ok(most.and_then(|(_, spelled)| best(spelled)))
}

/// The spellings of a key and the rows that carry each.
type Spellings = BTreeMap<String, u64>;

/// The spellings of every key, by the key in lower case.
fn counted(data: &Dataset) -> Result<BTreeMap<String, Spellings>, DataError> {
    let mut found: BTreeMap<String, Spellings> = BTreeMap::new();
    let mut count = |key: String, rows: u64| {
        let counts = found.entry(key.to_lowercase()).or_default();
        *counts.entry(key).or_default() += rows;
    };
    for (text, rows) in delegate::tag_texts(data)? {
        for (key, _) in tags::parse(&text).unwrap_or_default() {
            count(key, rows);
        }
    }
    for part in data.parts() {
        for tag in part.stored.layout.tag_names() {
            count(tag, part.stored.info.rows);
        }
        for (key, rows) in part.stored.sets()?.spellings().into_values().flatten() {
            count(key.to_owned(), rows);
        }
    }
    Ok(found)
}

/// The commonest spelling.
fn best(spelled: &Spellings) -> Option<String> {
    let spelled = spelled.iter().map(|(text, rows)| (text.as_str(), *rows));
    commonest(spelled).map(ToOwned::to_owned)
}

/// Tag keys that differ by nothing but the blanks in them.
pub fn tag_keys_alike(data: &Dataset) -> Result<Vec<Vec<String>>, DataError> {
    Ok(alike(tag_keys(data)?.into_iter()))
}
