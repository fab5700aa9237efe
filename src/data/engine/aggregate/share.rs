//! Shares of the groups, so that only some of them are in memory at once.

use super::shared_keys::folded;
use crate::data::engine::dictionary::DictColumn;
use crate::data::engine::filter::keeps;
use crate::domain::query::group_key::GroupKey;
use xxhash_rust::xxh3::xxh3_64;

/// One of several shares of the groups, by a hash of their first keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share {
    /// The number of keys that are hashed.
    pub(crate) keys: usize,
    pub(crate) number: u64,
    pub(crate) of: u64,
}

/// The hash of each row's texts. Spellings that are one key have one hash.
pub(crate) fn hashes(keys: &[GroupKey], coded: &[DictColumn], rows: usize) -> Vec<u64> {
    let mut hashes = vec![0_u64; rows];
    for (key, column) in keys.iter().zip(coded) {
        let ignores_case = key.ignores_case();
        let of_text = |text: &str| {
            if ignores_case {
                folded(text)
            } else {
                xxh3_64(text.as_bytes())
            }
        };
        let all = (0_u32..).take(column.words.len());
        let by_code: Vec<u64> = all
            .map(|code| column.words.get(code).map_or(0, of_text))
            .collect();
        for (hash, code) in hashes.iter_mut().zip(column.codes.get()) {
            let own = by_code.get(*code as usize).copied().unwrap_or_default();
            let mixed = (*hash ^ own).wrapping_mul(0xff51_afd7_ed55_8ccd);
            *hash = mixed ^ (mixed >> 32);
        }
    }
    hashes
}

/// The rows that a mask keeps and that are in all of these shares.
pub(crate) fn kept(
    shares: &[Share],
    (keys, coded): (&[GroupKey], &[DictColumn]),
    rows: usize,
    mask: Option<&[bool]>,
) -> Vec<bool> {
    let mut kept: Vec<bool> = (0..rows).map(|row| keeps(mask, row)).collect();
    for share in shares.iter().filter(|share| share.of > 1) {
        let first = keys.get(..share.keys).unwrap_or(keys);
        for (keep, hash) in kept.iter_mut().zip(hashes(first, coded, rows)) {
            *keep &= hash % share.of == share.number;
        }
    }
    kept
}
