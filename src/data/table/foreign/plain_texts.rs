//! Texts that follow each other in a page, used where they are.

use super::codes::{Filled, short};
use crate::data::columns::text_column::NONE;
use crate::data::error::DataError;
use crate::data::ingest::typed::column::{TextPart, Words};
use polars_parquet::parquet::page::{DataPage, split_buffer};
use std::ops::Range;
use std::sync::Arc;

/// The bytes before each text, which have its length.
const SIZE: usize = 4;

/// The texts of some rows of an unpacked page.
struct PlainTexts {
    page: Arc<DataPage>,
    /// Where each text starts in the page, and where it ends.
    places: Vec<(u32, u32)>,
}

impl Words for PlainTexts {
    fn count(&self) -> usize {
        self.places.len()
    }

    fn word(&self, code: u32) -> Option<&[u8]> {
        let (start, end) = *self.places.get(code as usize)?;
        self.page.buffer().get(start as usize..end as usize)
    }
}

/// The texts of some rows of an unpacked page; `None` if one of them is no text.
pub(super) fn read(
    page: &Arc<DataPage>,
    rows: &Range<usize>,
) -> Result<Option<TextPart>, DataError> {
    let parts = split_buffer(page)?;
    let filled = Filled::of_page(page, parts.def, rows)?;
    // The values are the end of the page.
    let before = page.buffer().len() - parts.values.len();
    let mut at = 0;
    let mut next = || {
        let length = parts.values.get(at..)?.first_chunk::<SIZE>()?;
        let start = at + SIZE;
        at = start.checked_add(u32::from_le_bytes(*length) as usize)?;
        Some((start, parts.values.get(start..at)?))
    };
    for _ in 0..filled.before {
        next().ok_or_else(short)?;
    }
    let mut places = Vec::with_capacity(filled.count);
    for _ in 0..filled.count {
        let (start, text) = next().ok_or_else(short)?;
        if !text.is_ascii() && std::str::from_utf8(text).is_err() {
            return Ok(None);
        }
        let place = |at: usize| u32::try_from(before + at).map_err(|_| short());
        places.push((place(start)?, place(start + text.len())?));
    }
    let mut codes = 0..u32::try_from(places.len()).unwrap_or(NONE);
    let codes: Vec<u32> = if filled.count == rows.len() {
        codes.collect()
    } else {
        let code = |is_filled: &bool| is_filled.then(|| codes.next()).flatten();
        let codes = filled.rows.iter().map(code);
        codes.map(|code| code.unwrap_or(NONE)).collect()
    };
    if codes.len() != rows.len() {
        return Err(short());
    }
    Ok(Some(TextPart {
        codes,
        words: Box::new(PlainTexts {
            page: Arc::clone(page),
            places,
        }),
        shared: false,
    }))
}
