//! Tag sets: every distinct Tags text read once, each row refers to its set by a number.
//!
//! Keys and values are numbered too, so that a question about one tag is answered by looking numbers up.

use super::column_types::Filling;
use super::tags;
use super::text_column::{NONE, Texts};
use crate::data::ingest::block_parser::texts_of;
use crate::data::ingest::findings::Findings;
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use xxhash_rust::xxh3::xxh3_128;

/// Beyond so many sets they are no longer kept: nobody groups by tags that every row has to itself.
const MOST: usize = 1 << 18;
/// Nor beyond so many bytes of keys and values.
const MOST_BYTES: usize = 32 << 20;

/// The tag sets of a file, as they are stored.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Sets {
    pub(crate) keys: Vec<String>,
    pub(crate) values: Vec<String>,
    /// Per set: key, value, key, value, by their numbers.
    pub(crate) pairs: Vec<Vec<u32>>,
    /// Rows with each set.
    pub(crate) rows: Vec<u64>,
    /// There were too many; rows do not refer to them.
    #[serde(default)]
    pub(crate) too_many: bool,
}

impl Sets {
    /// Keys without regard to case: the lower-case key, and rows by spelling.
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

    /// By set: the number of the value that this tag has in it.
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

/// Keys that differ only by the blanks in them: one of them is probably a slip of the pen.
pub(crate) fn alike(keys: impl Iterator<Item = String>) -> Vec<Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for key in keys {
        let squeezed = key.to_lowercase().split_whitespace().collect();
        found.entry(squeezed).or_default().push(key);
    }
    found.into_values().filter(|keys| keys.len() > 1).collect()
}

/// Collects the sets of a file while several threads read it.
#[derive(Default)]
pub(crate) struct Collector {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    sets: Sets,
    /// By the hash of the text: the number of its set; [`NONE`] where it cannot be read.
    known: HashMap<u128, u32>,
    keys: HashMap<String, u32>,
    values: HashMap<String, u32>,
    /// Of keys and values kept.
    bytes: usize,
}

impl Inner {
    /// The number of a set, and whether its text cannot be read.
    fn insert(&mut self, hash: u128, parsed: Option<tags::TagSet>) -> (u32, bool) {
        if let Some(known) = self.known.get(&hash) {
            return (*known, *known == NONE);
        }
        let number = match parsed {
            None => NONE,
            Some(_) if self.sets.pairs.len() >= MOST || self.bytes >= MOST_BYTES => {
                self.sets.too_many = true;
                return (NONE, false);
            }
            Some(pairs) => {
                let mut set = Vec::with_capacity(pairs.len() * 2);
                for (key, value) in pairs {
                    self.bytes += key.len() + value.len() + 16;
                    set.push(number(&mut self.keys, &mut self.sets.keys, key));
                    set.push(number(&mut self.values, &mut self.sets.values, value));
                }
                self.sets.pairs.push(set);
                self.sets.rows.push(0);
                u32::try_from(self.sets.pairs.len() - 1).unwrap_or(NONE)
            }
        };
        // What cannot be read is not kept without end either.
        if self.known.len() < 2 * MOST {
            self.known.insert(hash, number);
        }
        (number, number == NONE)
    }
}

fn number(known: &mut HashMap<String, u32>, list: &mut Vec<String>, text: String) -> u32 {
    if let Some(number) = known.get(&text) {
        return *number;
    }
    let number = u32::try_from(list.len()).unwrap_or(NONE);
    list.push(text.clone());
    known.insert(text, number);
    number
}

/// The tags of one block: the number of each row's set, and rows whose tags cannot be read.
pub(crate) struct Tagged {
    pub(crate) rows: Vec<u32>,
    pub(crate) broken: u64,
    /// The first of those rows.
    pub(crate) first_broken: usize,
}

impl Collector {
    /// Numbers for the sets of one block.
    pub(crate) fn collect(&self, texts: &Texts) -> Tagged {
        let codes = 0..u32::try_from(texts.distinct()).unwrap_or(NONE);
        let hashes: Vec<u128> = codes
            .clone()
            .map(|code| xxh3_128(texts.get(code).unwrap_or_default()))
            .collect();
        let new: Vec<bool> = {
            let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
            hashes
                .iter()
                .map(|hash| !inner.known.contains_key(hash))
                .collect()
        };
        // The others may go on while the texts are read.
        let parsed: Vec<Option<tags::TagSet>> = codes
            .zip(&new)
            .map(|(code, new)| {
                let text = texts.get(code).filter(|_| *new)?;
                tags::parse(&String::from_utf8_lossy(text))
            })
            .collect();
        let counts = texts.counts();
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let numbers: Vec<(u32, bool)> = hashes
            .into_iter()
            .zip(parsed)
            .zip(&counts)
            .map(|((hash, parsed), count)| {
                let (number, broken) = inner.insert(hash, parsed);
                if let Some(rows) = inner.sets.rows.get_mut(number as usize) {
                    *rows += count;
                }
                (number, broken)
            })
            .collect();
        drop(inner);
        tagged(texts, &numbers)
    }

    /// The sets collected.
    pub(crate) fn into_sets(self) -> Sets {
        let inner = self
            .inner
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let mut sets = inner.sets;
        if sets.too_many {
            // Rows are then asked for their own text; only the names of the keys are of use.
            sets = Sets {
                keys: sets.keys,
                too_many: true,
                ..Sets::default()
            };
        }
        sets
    }
}

fn tagged(texts: &Texts, numbers: &[(u32, bool)]) -> Tagged {
    let (mut broken, mut first_broken) = (0, 0);
    let mut rows = Vec::with_capacity(texts.codes().len());
    for (row, code) in texts.codes().iter().enumerate() {
        let (number, unreadable) = numbers
            .get(*code as usize)
            .copied()
            .unwrap_or((NONE, false));
        if unreadable {
            if broken == 0 {
                first_broken = row;
            }
            broken += 1;
        }
        rows.push(number);
    }
    Tagged {
        rows,
        broken,
        first_broken,
    }
}

/// The tag set of each row of a block; rows whose tags cannot be read are counted.
pub(crate) fn of_block(
    columns: &[Filling],
    at: Option<usize>,
    collector: &Collector,
    findings: &mut Findings,
) -> Vec<u32> {
    let rows = usize::try_from(findings.rows).unwrap_or_default();
    let Some(texts) = texts_of(columns, at) else {
        return vec![NONE; rows];
    };
    let tagged = collector.collect(texts);
    if tagged.broken > 0 {
        let line = findings.line_of(tagged.first_broken);
        findings.repairs.add("broken-tags", tagged.broken, line);
    }
    tagged.rows
}
