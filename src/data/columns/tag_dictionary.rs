//! Tag sets: each distinct Tags text is parsed once, and rows refer to its set by a number.
//!
//! Keys and values are numbered too, so that a query for one tag only looks up numbers.

use super::text_column::NONE;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The tag sets of a file, as they are stored.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Sets {
    pub(crate) keys: Vec<String>,
    pub(crate) values: Vec<String>,
    /// For each set: key, value, key, value, by their numbers.
    pub(crate) pairs: Vec<Vec<u32>>,
    /// Number of rows with each set.
    pub(crate) rows: Vec<u64>,
    /// Whether there were too many sets. Rows do not refer to them then.
    #[serde(default)]
    pub(crate) too_many: bool,
}

impl Sets {
    /// Keys ignoring case: the lower-case key, and rows by spelling.
    pub(crate) fn spellings(&self) -> BTreeMap<String, BTreeMap<&str, u64>> {
        let mut counts = vec![0_u64; self.keys.len()];
        for (set, rows) in self.pairs.iter().zip(&self.rows) {
            for key in set.iter().step_by(2) {
                if let Some(count) = counts.get_mut(*key as usize) {
                    *count += rows;
                }
            }
        }
        let mut found: BTreeMap<String, BTreeMap<&str, u64>> = BTreeMap::new();
        for (key, count) in self.keys.iter().zip(counts) {
            *found
                .entry(key.to_lowercase())
                .or_default()
                .entry(key)
                .or_default() += count;
        }
        found
    }

    /// Every key of every set with its value, and the number of the set.
    #[cfg(feature = "sql")]
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (usize, &str, &str)> {
        let sets = self.pairs.iter().enumerate();
        sets.flat_map(move |(number, set)| {
            set.chunks_exact(2).filter_map(move |pair| {
                let [key, value] = pair else { return None };
                let key = self.keys.get(*key as usize)?;
                let value = self.values.get(*value as usize)?;
                Some((number, key.as_str(), value.as_str()))
            })
        })
    }

    /// For each set, the number of this tag's value.
    pub(crate) fn column(&self, tag: &str) -> Vec<u32> {
        let lower = tag.to_lowercase();
        let wanted: Vec<bool> = self
            .keys
            .iter()
            .map(|key| key.to_lowercase() == lower)
            .collect();
        let is_wanted = |key: u32| wanted.get(key as usize).copied().unwrap_or_default();
        let value = |set: &Vec<u32>| {
            let mut pairs = set.chunks_exact(2);
            pairs
                .find_map(|pair| match pair {
                    [key, value] if is_wanted(*key) => Some(*value),
                    _ => None,
                })
                .unwrap_or(NONE)
        };
        self.pairs.iter().map(value).collect()
    }
}

/// Keys that differ only in blanks: one of them is probably a typo.
pub(crate) fn alike(keys: impl Iterator<Item = String>) -> Vec<Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for key in keys {
        let squeezed = key.to_lowercase().split_whitespace().collect();
        found.entry(squeezed).or_default().push(key);
    }
    found.into_values().filter(|keys| keys.len() > 1).collect()
}
