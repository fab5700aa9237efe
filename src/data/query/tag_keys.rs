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
    for (text, rows) in delegate::tag_texts(data)? {
        for (key, _) in tags::parse(&text).unwrap_or_default() {
            let counts = found.entry(key.to_lowercase()).or_default();
            *counts.entry(key).or_default() += rows;
        }
    }
    for part in data.parts() {
        for tag in part.stored.layout.tag_names() {
            let counts = found.entry(tag.to_lowercase()).or_default();
            *counts.entry(tag).or_default() += part.stored.info.rows;
        }
        for (lower, spelled) in part.stored.sets()?.spellings() {
            let counts = found.entry(lower).or_default();
            for (text, rows) in spelled {
                *counts.entry(text.to_owned()).or_default() += rows;
            }
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
