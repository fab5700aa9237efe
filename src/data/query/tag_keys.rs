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
    let mut found: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
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
    let best = |spelled: &BTreeMap<String, u64>| {
        commonest(spelled.iter().map(|(text, rows)| (text.as_str(), *rows))).map(ToOwned::to_owned)
    };
    Ok(found.values().filter_map(best).collect())
}

/// Tag keys that differ by nothing but the blanks in them.
pub fn tag_keys_alike(data: &Dataset) -> Result<Vec<Vec<String>>, DataError> {
    Ok(alike(tag_keys(data)?.into_iter()))
}
