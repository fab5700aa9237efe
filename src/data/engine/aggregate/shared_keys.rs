//! The texts of all groups, with numbers that the threads share.

use crate::data::columns::text_column::NONE;
use crate::data::engine::dictionary::{Dictionary, Interner};
use hashbrown::HashSet;
use std::sync::{PoisonError, RwLock};
use xxhash_rust::xxh3::xxh3_64;

/// The texts of the keys, of the currency (last) and of the units, with numbers shared by all threads.
pub(crate) struct SharedKeys {
    texts: Vec<RwLock<Interner>>,
    units: RwLock<Interner>,
}

impl SharedKeys {
    /// Creates interners for this many keys and the currency.
    pub(crate) fn new(keys: usize) -> Self {
        Self {
            texts: (0..=keys).map(|_| RwLock::default()).collect(),
            units: RwLock::default(),
        }
    }

    /// The numbers of these codes of a key.
    pub(crate) fn numbers(&self, key: usize, words: &Dictionary, codes: &[u32]) -> Vec<u32> {
        self.texts
            .get(key)
            .map_or_else(Vec::new, |texts| numbers(texts, words, codes))
    }

    /// The number of a text of a key.
    pub(crate) fn number(&self, key: usize, text: &str) -> u32 {
        self.texts
            .get(key)
            .map_or(NONE, |texts| number(texts, text))
    }

    /// The number of a unit.
    pub(crate) fn unit(&self, text: &str) -> u32 {
        number(&self.units, text)
    }

    /// The texts of the keys and the currency, and those of the units.
    pub(crate) fn into_texts(self) -> (Vec<Interner>, Interner) {
        let texts = self.texts.into_iter().map(unlocked).collect();
        (texts, unlocked(self.units))
    }

    /// The hashes of the texts of a key, whatever their case.
    pub(crate) fn folded(&self, key: usize) -> HashSet<u64> {
        let Some(texts) = self.texts.get(key) else {
            return HashSet::new();
        };
        let texts = texts.read().unwrap_or_else(PoisonError::into_inner);
        let all = (0_u32..).take(texts.len());
        all.filter_map(|number| texts.get(number).map(folded))
            .collect()
    }

    /// The numbers of these codes of the units.
    pub(crate) fn units(&self, words: &Dictionary, codes: &[u32]) -> Vec<u32> {
        numbers(&self.units, words, codes)
    }
}

/// The hash of a text, whatever its case.
pub(crate) fn folded(text: &str) -> u64 {
    xxh3_64(text.to_lowercase().as_bytes())
}

fn unlocked(texts: RwLock<Interner>) -> Interner {
    texts.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn number(texts: &RwLock<Interner>, text: &str) -> u32 {
    let mut texts = texts.write().unwrap_or_else(PoisonError::into_inner);
    texts.number(text)
}

fn numbers(texts: &RwLock<Interner>, words: &Dictionary, codes: &[u32]) -> Vec<u32> {
    // Nearly all texts are known from earlier row groups, so that many threads can look them up at once.
    let mut out = {
        let texts = texts.read().unwrap_or_else(PoisonError::into_inner);
        texts.find_all(words, codes)
    };
    let missing = codes
        .iter()
        .zip(&out)
        .any(|(code, number)| *number == NONE && words.get(*code).is_some());
    if missing {
        let mut texts = texts.write().unwrap_or_else(PoisonError::into_inner);
        for (code, number) in codes
            .iter()
            .zip(&mut out)
            .filter(|(_, number)| **number == NONE)
        {
            if let Some(text) = words.get(*code) {
                *number = texts.number(text);
            }
        }
    }
    out
}
