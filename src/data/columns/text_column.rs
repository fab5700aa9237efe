//! Builds a dictionary-encoded text column: each distinct text once, and a code for each row.

use hashbrown::HashTable;
use std::ops::Range;
use xxhash_rust::xxh3::xxh3_64;

/// The code of a row without a value.
pub(crate) const NONE: u32 = u32::MAX;

/// Distinct texts by code, and the codes row by row.
#[derive(Default)]
pub(crate) struct GrowingTexts {
    codes: Vec<u32>,
    known: HashTable<u32>,
    bytes: Vec<u8>,
    /// Where each distinct text ends in `bytes`.
    ends: Vec<usize>,
    hashes: Vec<u64>,
    last: u32,
}

impl GrowingTexts {
    /// An empty column with room for the codes of so many rows.
    pub(crate) fn with_rows(rows: usize) -> Self {
        Self {
            codes: Vec::with_capacity(rows),
            ..Self::default()
        }
    }

    /// Adds a row; a blank text counts as no value. Returns its code and whether the text is new.
    pub(crate) fn push(&mut self, text: &[u8]) -> (u32, bool) {
        if text.is_empty() || text.trim_ascii().is_empty() {
            self.codes.push(NONE);
            return (NONE, false);
        }
        // Files are usually sorted, so the previous row often has the same text.
        if self.get(self.last) == Some(text) {
            self.codes.push(self.last);
            return (self.last, false);
        }
        let (code, new) = self.code_of(text);
        self.codes.push(code);
        self.last = code;
        (code, new)
    }

    /// The code of a text, which may be empty, and whether it is new. No row is added.
    pub(crate) fn code_of(&mut self, text: &[u8]) -> (u32, bool) {
        let hash = xxh3_64(text);
        let same = |code: &u32| self.get(*code) == Some(text);
        match self.known.find(hash, same) {
            Some(code) => (*code, false),
            None => (self.add(text, hash), true),
        }
    }

    /// The codes that the rows of another column have here. Its texts are added, its rows are not.
    pub(crate) fn codes_here(&mut self, other: &Self) -> Vec<u32> {
        let all = 0..u32::try_from(other.distinct()).unwrap_or(NONE);
        let text = |code| other.get(code).unwrap_or_default();
        let known: Vec<u32> = all.map(|code| self.code_of(text(code)).0).collect();
        let here = |code: &u32| known.get(*code as usize).copied().unwrap_or(NONE);
        other.codes.iter().map(here).collect()
    }

    /// Keeps only these rows, by their numbers, and every text.
    pub(crate) fn keep_rows(&mut self, rows: &[u32]) {
        let code = |row: &u32| self.codes.get(*row as usize).copied();
        self.codes = rows.iter().map(|row| code(row).unwrap_or(NONE)).collect();
    }

    /// Adds a row with a text that the column has already, or with none; `false` if it is new.
    pub(crate) fn push_known(&mut self, text: &[u8]) -> bool {
        if text.is_empty() {
            self.codes.push(NONE);
            return true;
        }
        let same = |code: &u32| self.get(*code) == Some(text);
        let Some(code) = self.known.find(xxh3_64(text), same).copied() else {
            return false;
        };
        self.codes.push(code);
        self.last = code;
        true
    }

    /// Adds a row with the value of an earlier row.
    #[inline]
    pub(crate) fn repeat(&mut self, row: usize) {
        let code = self.codes.get(row).copied();
        self.codes.push(code.unwrap_or(NONE));
    }

    /// Adds a row with exactly this value; an empty text is a value as well.
    pub(crate) fn push_value(&mut self, value: Option<&[u8]>) {
        match value {
            Some(text) if text.trim_ascii().is_empty() => {
                let (code, _) = self.code_of(text);
                self.codes.push(code);
            }
            Some(text) => {
                self.push(text);
            }
            None => self.codes.push(NONE),
        }
    }

    /// Adds so many rows with the text of a known code, or without a value.
    pub(crate) fn push_codes(&mut self, code: u32, rows: usize) {
        self.codes.resize(self.codes.len() + rows, code);
    }

    /// Adds rows by the codes of another dictionary, if `known` has the code here for each of them; `unseen` stands for one
    /// that it does not have. Returns whether it has added them.
    pub(crate) fn push_translated(&mut self, codes: &[u32], known: &[u32], unseen: u32) -> bool {
        let start = self.codes.len();
        let translated = codes.iter().map(|code| match known.get(*code as usize) {
            Some(known) => *known,
            None if *code == NONE => NONE,
            None => unseen,
        });
        self.codes.extend(translated);
        let new = self.codes.get(start..).unwrap_or_default();
        let is_known = !new.contains(&unseen);
        if !is_known {
            self.codes.truncate(start);
        }
        is_known
    }

    /// Adds a row with the text of a known code, or without a value.
    pub(crate) fn push_code(&mut self, code: u32) {
        self.codes.push(code);
    }

    /// Adds so many rows without a value.
    pub(crate) fn push_blanks(&mut self, count: usize) {
        self.codes.resize(self.codes.len() + count, NONE);
    }

    fn add(&mut self, text: &[u8], hash: u64) -> u32 {
        let code = u32::try_from(self.ends.len()).unwrap_or(NONE);
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
        self.hashes.push(hash);
        let hashes = &self.hashes;
        let rehash = |code: &u32| hashes.get(*code as usize).copied().unwrap_or_default();
        self.known.insert_unique(hash, code, rehash);
        code
    }

    #[inline]
    fn range(&self, code: u32) -> Option<Range<usize>> {
        let at = code as usize;
        let end = self.ends.get(at)?;
        let start = at
            .checked_sub(1)
            .and_then(|before| self.ends.get(before))
            .copied()
            .unwrap_or_default();
        Some(start..*end)
    }

    /// The text of a code.
    #[inline]
    pub(crate) fn get(&self, code: u32) -> Option<&[u8]> {
        self.range(code).and_then(|range| self.bytes.get(range))
    }

    /// A hash of the text that is the same on every machine.
    pub(crate) fn hash(&self, code: u32) -> u64 {
        self.hashes.get(code as usize).copied().unwrap_or_default()
    }

    /// Codes row by row.
    #[inline]
    pub(crate) fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// The number of distinct texts.
    pub(crate) fn distinct(&self) -> usize {
        self.ends.len()
    }

    /// The total length of all distinct texts.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Replaces each distinct text.
    pub(crate) fn replace(&mut self, change: impl Fn(&[u8]) -> Vec<u8>) {
        let (mut bytes, mut ends) = (Vec::with_capacity(self.bytes.len()), Vec::new());
        let codes = u32::try_from(self.ends.len()).unwrap_or(NONE);
        for code in 0..codes {
            bytes.extend(change(self.get(code).unwrap_or_default()));
            ends.push(bytes.len());
        }
        (self.bytes, self.ends) = (bytes, ends);
    }

    /// Rows per distinct text.
    pub(crate) fn counts(&self) -> Vec<u64> {
        let mut counts = vec![0; self.ends.len()];
        for code in &self.codes {
            if let Some(count) = counts.get_mut(*code as usize) {
                *count += 1;
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use crate::data::columns::text_column::{GrowingTexts, NONE};

    #[test]
    fn codes_of_another_dictionary_are_added_if_all_are_known() {
        const UNSEEN: u32 = NONE - 1;
        let known = [1, UNSEEN, 0, NONE];
        let cases: [(&[u32], &[u32]); 5] = [
            (&[0, 2, 0], &[1, 0, 1]),
            (&[2, NONE, 3], &[0, NONE, NONE]),
            (&[0, 1], &[]),
            (&[4], &[]),
            (&[], &[]),
        ];
        for (codes, expected) in cases {
            let mut texts = GrowingTexts::default();
            for text in ["a", "b"] {
                texts.push(text.as_bytes());
            }
            let is_added = texts.push_translated(codes, &known, UNSEEN);
            assert_eq!(is_added, expected.len() == codes.len(), "{codes:?}");
            assert_eq!(texts.codes(), [&[0, 1], expected].concat(), "{codes:?}");
        }
    }
}
