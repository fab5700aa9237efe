//! Collects the tag sets of a file while its blocks are read.

use super::findings::Findings;
use crate::data::columns::column_types::{Filling, texts_of};
use crate::data::columns::tag_dictionary::Sets;
use crate::data::columns::tags;
use crate::data::columns::text_column::{GrowingTexts, NONE};
use hashbrown::HashMap;
use std::sync::{Mutex, PoisonError};
use xxhash_rust::xxh3::xxh3_128;

/// Maximum number of sets kept. Grouping by tags that differ in every row is useless.
const MOST: usize = 1 << 18;

/// Maximum bytes of keys and values kept.
const MOST_BYTES: usize = 32 << 20;

/// Collects the sets of a file while several threads read it.
#[derive(Default)]
pub(crate) struct Collector {
    inner: Mutex<CollectedTags>,
}

#[derive(Default)]
struct CollectedTags {
    sets: Sets,
    /// Set numbers by the hash of their text; [`NONE`] for invalid tags.
    known: HashMap<u128, u32>,
    keys: HashMap<String, u32>,
    values: HashMap<String, u32>,
    /// Bytes of keys and values kept.
    bytes: usize,
}

impl CollectedTags {
    /// The number of a set, and whether its text is invalid.
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
        // Limits the memory for invalid texts, too.
        if self.known.len() < 2 * MOST {
            self.known.insert(hash, number);
        }
        (number, number == NONE)
    }
}

pub(crate) fn number(
    known: &mut HashMap<String, u32>,
    list: &mut Vec<String>,
    text: String,
) -> u32 {
    if let Some(number) = known.get(&text) {
        return *number;
    }
    let number = u32::try_from(list.len()).unwrap_or(NONE);
    list.push(text.clone());
    known.insert(text, number);
    number
}

/// The tags of one block: the number of each row's set, and how many rows have invalid tags.
pub(crate) struct Tagged {
    pub(crate) rows: Vec<u32>,
    pub(crate) broken: u64,
    /// The first of those rows.
    pub(crate) first_broken: usize,
}

impl Collector {
    /// Numbers the tag sets of one block.
    pub(crate) fn collect(&self, texts: &GrowingTexts) -> Tagged {
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
        // The texts are parsed without the lock, so that other threads are not blocked.
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
        useful(inner.sets)
    }

    /// The sets collected so far. Those of every block that was collected are among them.
    pub(crate) fn sets_so_far(&self) -> Sets {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        useful(inner.sets.clone())
    }
}

/// The sets as a table keeps them. If there are too many, queries read the text of each row, and only the names of the keys are
/// useful.
fn useful(sets: Sets) -> Sets {
    if !sets.too_many {
        return sets;
    }
    Sets {
        keys: sets.keys,
        too_many: true,
        ..Sets::default()
    }
}

fn tagged(texts: &GrowingTexts, numbers: &[(u32, bool)]) -> Tagged {
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

/// The tag set of each row of a block. Rows with invalid tags are counted.
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

#[cfg(test)]
mod tests {
    use super::{Collector, of_block};
    use crate::data::columns::column_types::Filling;
    use crate::data::columns::text_column::{GrowingTexts, NONE};
    use crate::data::ingest::findings::{Findings, Repair};

    fn texts(words: &[&str]) -> GrowingTexts {
        let mut texts = GrowingTexts::default();
        for word in words {
            texts.push(word.as_bytes());
        }
        texts
    }

    const ONE: &str = "\"env\": \"prod\"";
    const TWO: &str = "{\"env\": \"prod\", \"team\": \"web\"}";

    #[test]
    fn sets_of_all_blocks_have_one_list_of_numbers() {
        let collector = Collector::default();
        let first = collector.collect(&texts(&[ONE, "", TWO, ONE]));
        assert_eq!(first.rows, [0, NONE, 1, 0]);
        assert_eq!(first.broken, 0);
        let second = collector.collect(&texts(&[TWO, "\"team\": \"prod\""]));
        assert_eq!(second.rows, [1, 2]);
        let so_far = collector.sets_so_far();
        let sets = collector.into_sets();
        assert_eq!(so_far.pairs, sets.pairs);
        assert_eq!(sets.keys, ["env", "team"]);
        assert_eq!(sets.values, ["prod", "web"]);
        // The numbers of keys and values, in turn.
        assert_eq!(sets.pairs, [vec![0, 0], vec![0, 0, 1, 1], vec![1, 0]]);
        assert_eq!(sets.rows, [2, 2, 1]);
        assert!(!sets.too_many);
    }

    #[test]
    fn rows_with_invalid_tags_are_counted_from_the_first() {
        let rows = ["", ONE, "{x", "{y", "{x"];
        let collector = Collector::default();
        for first in [true, false] {
            let mut findings = Findings {
                rows: 5,
                row_lines: vec![2, 3, 5, 6, 7],
                ..Findings::default()
            };
            let columns = [Filling::Text(texts(&rows))];
            let found = of_block(&columns, Some(0), &collector, &mut findings);
            assert_eq!(found, [NONE, 0, NONE, NONE, NONE], "{first}");
            let expected = Repair {
                kind: "broken-tags",
                count: 3,
                first_line: 5,
            };
            assert_eq!(findings.repairs.list(), [expected], "{first}");
        }
        assert_eq!(collector.into_sets().rows, [2]);
    }

    #[test]
    fn a_file_without_tags_has_no_sets() {
        let collector = Collector::default();
        let mut findings = Findings {
            rows: 2,
            ..Findings::default()
        };
        let columns = [Filling::Text(texts(&[ONE, TWO]))];
        for at in [None, Some(1)] {
            let found = of_block(&columns, at, &collector, &mut findings);
            assert_eq!(found, [NONE, NONE]);
        }
        assert!(findings.repairs.list().is_empty());
        assert!(collector.into_sets().pairs.is_empty());
    }
}
