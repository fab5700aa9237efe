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

#[cfg(test)]
mod tests {
    use crate::data::table::foreign::decimals;
    use crate::data::table::foreign::plain_texts::read;
    use polars_parquet::parquet::CowBuffer;
    use polars_parquet::parquet::encoding::hybrid_rle::encode;
    use polars_parquet::parquet::metadata::Descriptor;
    use polars_parquet::parquet::page::{
        DataPage, DataPageHeader, DataPageHeaderV1, FormatEncoding,
    };
    use polars_parquet::parquet::schema::types::PrimitiveType;
    use polars_parquet::read::PhysicalType;
    use std::sync::Arc;

    /// A page with these values, some of which may be missing.
    fn page(values: &[Option<Vec<u8>>], is_optional: bool) -> DataPage {
        let mut buffer = Vec::new();
        if is_optional {
            let mut levels = Vec::new();
            encode::<bool, _, _>(&mut levels, values.iter().map(Option::is_some), 1).unwrap();
            buffer.extend(u32::try_from(levels.len()).unwrap().to_le_bytes());
            buffer.append(&mut levels);
        }
        buffer.extend(values.iter().flatten().flatten());
        let header = DataPageHeaderV1 {
            num_values: i32::try_from(values.len()).unwrap(),
            encoding: FormatEncoding::PLAIN,
            definition_level_encoding: FormatEncoding::RLE,
            repetition_level_encoding: FormatEncoding::RLE,
            statistics: None,
        };
        let descriptor = Descriptor {
            primitive_type: PrimitiveType::from_physical("x".into(), PhysicalType::ByteArray),
            max_def_level: i16::from(is_optional),
            max_rep_level: 0,
        };
        let header = DataPageHeader::V1(header);
        DataPage::new(header, CowBuffer::Owned(buffer), descriptor, values.len())
    }

    fn with_length(text: &[u8]) -> Vec<u8> {
        let length = u32::try_from(text.len()).unwrap();
        [&length.to_le_bytes(), text].concat()
    }

    #[test]
    fn rows_have_their_values_wherever_they_start() {
        for is_optional in [false, true] {
            let there = |row: usize| !is_optional || row % 5 > 1;
            let text = |row: usize| there(row).then(|| "ä".repeat(row % 4));
            let number = |row: usize| there(row).then(|| i128::try_from(row).unwrap() - 50);
            let stored = |row| text(row).map(|text| with_length(text.as_bytes()));
            let texts: Vec<_> = (0..100).map(stored).collect();
            let texts = Arc::new(page(&texts, is_optional));
            let stored = |row| number(row).map(|number| number.to_be_bytes()[9..].to_vec());
            let numbers: Vec<_> = (0..100).map(stored).collect();
            let numbers = page(&numbers, is_optional);
            for rows in [0..100, 0..1, 99..100, 3..50, 40..41, 7..7] {
                let part = read(&texts, &rows).unwrap().unwrap();
                let found = part.codes.iter().map(|code| part.words.word(*code));
                let found: Vec<_> = found.map(|word| word.map(<[u8]>::to_vec)).collect();
                let expected = rows.clone().map(|row| text(row).map(String::into_bytes));
                assert_eq!(found, expected.collect::<Vec<_>>(), "{rows:?}");
                let mut found = Vec::new();
                assert!(decimals::read(&numbers, &rows, 7, &mut found).unwrap());
                let expected = rows.clone().map(|row| number(row).unwrap_or(i128::MIN));
                assert_eq!(found, expected.collect::<Vec<_>>(), "{rows:?}");
            }
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_left_to_others_and_short_pages_refused() {
        let one = Arc::new(page(&[Some(with_length(b"a\xff"))], false));
        assert!(read(&one, &(0..1)).unwrap().is_none());
        for bytes in [b"\x09\x00\x00\x00short".to_vec(), b"\x01".to_vec()] {
            let one = Arc::new(page(&[Some(bytes)], false));
            assert!(read(&one, &(0..1)).is_err());
        }
        let mark = i128::MIN.to_be_bytes().to_vec();
        let one = page(&[Some(mark)], false);
        assert!(!decimals::read(&one, &(0..1), 16, &mut Vec::new()).unwrap());
        assert!(decimals::read(&one, &(0..2), 16, &mut Vec::new()).is_err());
    }
}
