//! Pages of text columns whose values repeat: a dictionary, and a code for each row. Pages of one value, or of none, are
//! written as one run.

use crate::data::columns::text_column::{GrowingTexts, NONE};
use polars_error::PolarsResult;
use polars_parquet::parquet::CowBuffer;
use polars_parquet::parquet::encoding::hybrid_rle::{Encoder, encode};
use polars_parquet::parquet::metadata::Descriptor;
use polars_parquet::parquet::page::{
    DataPage, DataPageHeader, DataPageHeaderV1, DictPage, FormatEncoding, Page,
};
use polars_parquet::parquet::schema::types::PrimitiveType;

/// The page size: small enough to read single rows without decompressing much.
pub(super) const PAGE: usize = 128 << 10;

/// Rows of a page; about five bytes are counted for each.
const ROWS: usize = PAGE / 5;

/// The pages of a column, the dictionary first.
pub(super) fn pages(texts: &GrowingTexts, leaf: &PrimitiveType) -> PolarsResult<Vec<Page>> {
    let order = order(texts);
    let mut places = vec![0; order.len()];
    let mut words = Vec::with_capacity(texts.bytes() + order.len() * size_of::<u32>());
    for (place, code) in (0_u32..).zip(&order) {
        let text = texts.get(*code).unwrap_or_default();
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        words.extend_from_slice(&length.to_le_bytes());
        words.extend_from_slice(text);
        if let Some(slot) = places.get_mut(*code as usize) {
            *slot = place;
        }
    }
    let words = DictPage::new(CowBuffer::Owned(words), order.len(), false);
    let mut out = vec![Page::Dict(words)];
    for codes in texts.codes().chunks(ROWS) {
        out.push(Page::Data(data_page(codes, &places, leaf)?));
    }
    Ok(out)
}

/// The dictionary order of the texts. Large dictionaries are sorted: similar texts compress better next to each other,
/// and lookups read memory sequentially.
fn order(texts: &GrowingTexts) -> Vec<u32> {
    /// Smaller dictionaries are fast in any order.
    const MANY: usize = 1 << 12;
    let mut order: Vec<u32> = (0..u32::try_from(texts.distinct()).unwrap_or(NONE)).collect();
    if order.len() > MANY {
        order.sort_unstable_by_key(|code| texts.get(*code));
    }
    order
}

/// A page of rows with these codes, each of which has a place in the dictionary.
fn data_page(codes: &[u32], places: &[u32], leaf: &PrimitiveType) -> PolarsResult<DataPage> {
    let missing = codes.iter().filter(|code| **code == NONE).count();
    let place = |code: &u32| places.get(*code as usize).copied().unwrap_or_default();
    let keys: Vec<u32> = if missing == 0 {
        codes.iter().map(place).collect()
    } else {
        let there = codes.iter().filter(|code| **code != NONE);
        there.map(place).collect()
    };
    let mut levels = Vec::new();
    if missing == 0 || missing == codes.len() {
        bool::run_length_encode(&mut levels, codes.len(), missing == 0, 1)?;
    } else {
        encode::<bool, _, _>(&mut levels, codes.iter().map(|code| *code != NONE), 1)?;
    }
    let length = u32::try_from(levels.len()).unwrap_or(u32::MAX);
    let mut buffer = length.to_le_bytes().to_vec();
    buffer.append(&mut levels);
    write_keys(&keys, &mut buffer)?;
    let header = DataPageHeaderV1 {
        num_values: i32::try_from(codes.len()).unwrap_or(i32::MAX),
        encoding: FormatEncoding::RLE_DICTIONARY,
        definition_level_encoding: FormatEncoding::RLE,
        repetition_level_encoding: FormatEncoding::RLE,
        statistics: None,
    };
    let descriptor = Descriptor {
        primitive_type: leaf.clone(),
        max_def_level: 0,
        max_rep_level: 0,
    };
    let header = DataPageHeader::V1(header);
    let buffer = CowBuffer::Owned(buffer);
    Ok(DataPage::new(header, buffer, descriptor, codes.len()))
}

/// Appends the width of the keys in bits, and the keys.
fn write_keys(keys: &[u32], buffer: &mut Vec<u8>) -> PolarsResult<()> {
    let most = keys.iter().copied().max().unwrap_or_default();
    let least = keys.iter().copied().min().unwrap_or_default();
    let bits = u32::BITS - most.leading_zeros();
    buffer.push(u8::try_from(bits).unwrap_or_default());
    if keys.is_empty() {
        return Ok(());
    }
    if most == least {
        u32::run_length_encode(buffer, keys.len(), most, bits)?;
    } else {
        encode::<u32, _, _>(buffer, keys.iter().copied(), bits)?;
    }
    Ok(())
}
