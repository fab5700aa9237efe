//! Dictionary-encoded values of a key: a code for each row, and the text of each code.

use crate::data::columns::text_column::NONE;
use crate::data::table::stored::Texts;
use hashbrown::HashTable;
use std::rc::Rc;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// The texts that codes refer to.
pub(crate) enum Dictionary {
    /// The texts of a column, followed by additional texts.
    Column(Rc<Texts>, Vec<String>),
    List(Arc<Vec<Option<String>>>),
}

impl Dictionary {
    pub(crate) fn get(&self, code: u32) -> Option<&str> {
        match self {
            Self::Column(texts, more) => texts.get(code).or_else(|| {
                let at = (code as usize).checked_sub(texts.values.len())?;
                more.get(at).map(String::as_str)
            }),
            Self::List(list) => list.get(code as usize)?.as_deref(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Column(texts, more) => texts.values.len() + more.len(),
            Self::List(list) => list.len(),
        }
    }
}

/// The values of a key in a row group. Different codes may have the same text.
pub(crate) struct DictColumn {
    pub(crate) codes: Codes,
    pub(crate) words: Dictionary,
}

/// The codes of a column, or separate ones.
pub(crate) enum Codes {
    Column(Rc<Texts>),
    Own(Vec<u32>),
}

impl Codes {
    pub(crate) fn get(&self) -> &[u32] {
        match self {
            Self::Column(texts) => &texts.codes,
            Self::Own(codes) => codes,
        }
    }
}

impl DictColumn {
    /// A column as stored; equal texts have equal codes.
    pub(crate) fn column(texts: Rc<Texts>) -> Self {
        let codes = if texts.unique {
            Codes::Column(Rc::clone(&texts))
        } else {
            Codes::Own(first_codes(&texts))
        };
        Self {
            codes,
            words: Dictionary::Column(texts, Vec::new()),
        }
    }

    /// A column with every text mapped by `change`.
    pub(crate) fn changed(texts: &Rc<Texts>, change: impl Fn(&str) -> Option<String>) -> Self {
        let codes = 0..u32::try_from(texts.values.len()).unwrap_or(NONE);
        let list = codes
            .map(|code| texts.get(code).and_then(&change))
            .collect();
        Self {
            codes: Codes::Column(Rc::clone(texts)),
            words: Dictionary::List(Arc::new(list)),
        }
    }

    /// A key without a value in any row.
    pub(crate) fn absent(rows: usize) -> Self {
        Self {
            codes: Codes::Own(vec![NONE; rows]),
            words: Dictionary::List(Arc::default()),
        }
    }
}

/// Codes for a column without a dictionary: the code of the first row with the same text.
fn first_codes(texts: &Texts) -> Vec<u32> {
    let mut known: HashTable<u32> = HashTable::with_capacity(texts.codes.len() / 2);
    let hash_of = |code: &u32| xxh3_64(texts.get(*code).unwrap_or_default().as_bytes());
    let mut out = Vec::with_capacity(texts.codes.len());
    for code in texts.codes.iter() {
        let Some(text) = texts.get(*code) else {
            out.push(NONE);
            continue;
        };
        let hash = xxh3_64(text.as_bytes());
        let same = |other: &u32| texts.get(*other) == Some(text);
        let first = known.entry(hash, same, hash_of).or_insert(*code);
        out.push(*first.get());
    }
    out
}

/// Assigns numbers to texts; equal texts get the same number and are stored once.
#[derive(Default)]
pub(crate) struct Interner {
    known: HashTable<KnownText>,
    text: String,
    /// Where each text ends in `text`.
    ends: Vec<usize>,
}

/// A numbered text and its position in the buffer.
#[derive(Clone, Copy)]
struct KnownText {
    hash: u64,
    start: usize,
    end: usize,
    number: u32,
}

impl Interner {
    fn text_of(&self, known: KnownText) -> Option<&str> {
        self.text.get(known.start..known.end)
    }

    /// The number of a known text.
    fn find_hashed(&self, hash: u64, text: &str) -> Option<u32> {
        let same = |known: &KnownText| known.hash == hash && self.text_of(*known) == Some(text);
        self.known.find(hash, same).map(|known| known.number)
    }

    /// The numbers of many texts, [`NONE`] for unknown ones. Each step runs over all texts, so that the cache misses of
    /// many texts overlap.
    pub(crate) fn find_all(&self, words: &Dictionary, codes: &[u32]) -> Vec<u32> {
        let texts = || {
            codes
                .iter()
                .map(|code| words.get(*code).unwrap_or_default())
        };
        let hashes: Vec<u64> = texts().map(|text| xxh3_64(text.as_bytes())).collect();
        let first = |hash: &u64| self.known.find(*hash, |known| known.hash == *hash).copied();
        let found: Vec<Option<KnownText>> = hashes.iter().map(first).collect();
        // Prefetches the texts that are compared below.
        let bytes = self.text.as_bytes();
        let touched = found.iter().flatten().fold(0, |all, known| {
            all ^ bytes.get(known.start).copied().unwrap_or_default()
        });
        std::hint::black_box(touched);
        let all = texts().zip(codes).zip(hashes).zip(found);
        all.map(|(((text, code), hash), found)| match found {
            _ if words.get(*code).is_none() => NONE,
            Some(known) if self.text_of(known) == Some(text) => known.number,
            // Two texts have the same hash.
            Some(_) => self.find_hashed(hash, text).unwrap_or(NONE),
            None => NONE,
        })
        .collect()
    }

    pub(crate) fn number(&mut self, text: &str) -> u32 {
        let hash = xxh3_64(text.as_bytes());
        if let Some(number) = self.find_hashed(hash, text) {
            return number;
        }
        let number = u32::try_from(self.ends.len()).unwrap_or(NONE);
        let start = self.text.len();
        self.text.push_str(text);
        let end = self.text.len();
        self.ends.push(end);
        let known = KnownText {
            hash,
            start,
            end,
            number,
        };
        self.known.insert_unique(hash, known, |known| known.hash);
        number
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of the texts and of the table that finds them.
    pub(crate) fn bytes(&self) -> usize {
        let table = self.known.capacity() * size_of::<KnownText>();
        self.text.len() + size_of_val(self.ends.as_slice()) + table
    }

    pub(crate) fn get(&self, number: u32) -> Option<&str> {
        let at = number as usize;
        let end = self.ends.get(at)?;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before));
        self.text.get(start.copied().unwrap_or_default()..*end)
    }
}

/// The spelling seen most often; ties go to the first in byte order.
pub(crate) fn commonest<'a>(found: impl Iterator<Item = (&'a str, u64)>) -> Option<&'a str> {
    found
        .max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0)))
        .map(|(text, _)| text)
}

/// Tests each distinct text once; `absent` is the result for rows without a value.
pub(crate) fn by_code(coded: &DictColumn, absent: bool, keep: impl Fn(&str) -> bool) -> Vec<bool> {
    let answer = |code: u32| coded.words.get(code).map_or(absent, &keep);
    let column = coded.codes.get();
    if let Dictionary::Column(texts, _) = &coded.words
        && !texts.unique
    {
        return column.iter().map(|code| answer(*code)).collect();
    }
    let all = 0..u32::try_from(coded.words.len()).unwrap_or(NONE);
    let answers: Vec<bool> = all.map(answer).collect();
    column
        .iter()
        .map(|code| answers.get(*code as usize).copied().unwrap_or(absent))
        .collect()
}
