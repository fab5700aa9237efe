//! Hashes of the line items of a row group.

use crate::data::columns::text_column::NONE;
use crate::data::engine::scan::RowGroup;
use crate::data::error::DataError;
use crate::data::ingest::checksums::line_item_hash::{charged_by, mixed, places_by};
use crate::domain::query::columns::{Role, subscription_id};
use xxhash_rust::xxh3::xxh3_64;

/// A hash for each row. Rows of the same item share it, regardless of their charge type.
pub(crate) fn places(slice: &RowGroup<'_>) -> Result<Vec<u64>, DataError> {
    let days = slice.days()?;
    places_by(days.iter().copied(), |items, role| {
        mix_in(items, slice, role)
    })
}

/// The same hashes with the charge type mixed in, which no benefit changes.
pub(crate) fn charged(places: &[u64], slice: &RowGroup<'_>) -> Result<Vec<u64>, DataError> {
    charged_by(places, |items, role| mix_in(items, slice, role))
}

/// Mixes each row's value of a column into its hash. Each distinct text is hashed once.
pub(crate) fn mix_in(items: &mut [u64], slice: &RowGroup<'_>, role: Role) -> Result<(), DataError> {
    let texts = slice.role_texts(role)?;
    let mut changed = String::new();
    let of_code: Vec<u64> = (0..u32::try_from(texts.values.len()).unwrap_or(NONE))
        .map(|code| {
            changed.clear();
            let text = texts.get(code).unwrap_or_default().trim();
            let same = match role {
                Role::Subscription => subscription_id(text),
                _ => text,
            };
            push_lower(&mut changed, same);
            xxh3_64(changed.as_bytes())
        })
        .collect();
    mix_codes(items, &texts.codes, &of_code);
    Ok(())
}

/// Mixes the hash of each row's code into the row's hash.
pub(crate) fn mix_codes(items: &mut [u64], codes: &[u32], of_code: &[u64]) {
    for (item, code) in items.iter_mut().zip(codes) {
        let hash = of_code.get(*code as usize).copied();
        *item = mixed(*item, hash.unwrap_or_default());
    }
}

fn push_lower(lower: &mut String, text: &str) {
    if text.is_ascii() {
        lower.push_str(text);
        lower.make_ascii_lowercase();
    } else {
        lower.push_str(&text.to_lowercase());
    }
}
