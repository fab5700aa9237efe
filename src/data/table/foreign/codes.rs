//! Texts that a column stores as codes: the words of its dictionary, and the codes of some rows of a page.

use crate::data::columns::text_column::NONE;
use crate::data::error::DataError;
use crate::data::ingest::typed::column::Words;
use polars_parquet::parquet::encoding::hybrid_rle::{HybridRleChunk, HybridRleDecoder};
use polars_parquet::parquet::page::{DataPage, DictPage, split_buffer};
use std::ops::Range;
use std::sync::Arc;

/// The largest width of a code, in bits.
const WIDEST: u8 = 32;

/// The words of a dictionary, as its page has them.
pub(super) struct DictionaryWords {
    page: DictPage,
    /// Where each word starts in the page. The last place is that of a word after all of them.
    starts: Vec<u32>,
}

impl DictionaryWords {
    /// Reads the words of an unpacked page; `None` if it has fewer of them than it says, or other bytes than text.
    pub(super) fn read(page: DictPage) -> Option<Self> {
        let mut starts = Vec::with_capacity(page.num_values + 1);
        let (mut rest, mut at) = (&*page.buffer, 0_u32);
        for _ in 0..page.num_values {
            let (length, after) = rest.split_first_chunk::<SIZE>()?;
            let length = u32::from_le_bytes(*length);
            let (word, after) = after.split_at_checked(length as usize)?;
            std::str::from_utf8(word).ok()?;
            starts.push(at.checked_add(PREFIX)?);
            at = at.checked_add(PREFIX)?.checked_add(length)?;
            rest = after;
        }
        starts.push(at.checked_add(PREFIX)?);
        Some(Self { page, starts })
    }
}

/// The bytes before each word, which have its length.
const SIZE: usize = 4;
const PREFIX: u32 = 4;

impl Words for Arc<DictionaryWords> {
    fn count(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    fn word(&self, code: u32) -> Option<&[u8]> {
        let at = code as usize;
        let start = *self.starts.get(at)? as usize;
        let end = self.starts.get(at + 1)?.checked_sub(PREFIX)? as usize;
        self.page.buffer.get(start..end)
    }
}

/// Appends the codes of some rows of an unpacked page; [`NONE`] for rows without a value.
pub(super) fn read(
    page: &DataPage,
    rows: Range<usize>,
    out: &mut Vec<u32>,
) -> Result<(), DataError> {
    let parts = split_buffer(page)?;
    let filled = Filled::of_page(page, parts.def, &rows)?;
    let before = out.len();
    let Some((width, codes)) = parts.values.split_first() else {
        if filled.count > 0 {
            return Err(short());
        }
        out.resize(before + rows.len(), NONE);
        return Ok(());
    };
    if *width > WIDEST {
        return Err(DataError::Stored("its codes are too wide".to_owned()));
    }
    let wanted = filled.before..filled.before + filled.count;
    let codes = HybridRleDecoder::new(codes, u32::from(*width), wanted.end);
    if filled.count == rows.len() {
        numbers(codes, &wanted, out)?;
    } else {
        let mut known = Vec::with_capacity(filled.count);
        numbers(codes, &wanted, &mut known)?;
        let mut known = known.into_iter();
        let code = |is_filled: &bool| is_filled.then(|| known.next()).flatten().unwrap_or(NONE);
        out.extend(filled.rows.iter().map(code));
    }
    if out.len() - before == rows.len() {
        Ok(())
    } else {
        Err(short())
    }
}

pub(super) fn short() -> DataError {
    DataError::Stored("a page has fewer values than it says".to_owned())
}

/// Which rows of a page have a value.
pub(super) struct Filled {
    /// The values before the rows, and those of the rows.
    pub(super) before: usize,
    pub(super) count: usize,
    /// Whether each row has one; empty without levels.
    pub(super) rows: Vec<bool>,
}

impl Filled {
    /// Reads the levels of an unpacked page, if its rows may have no value.
    pub(super) fn of_page(
        page: &DataPage,
        levels: &[u8],
        rows: &Range<usize>,
    ) -> Result<Self, DataError> {
        let may_be_none = page.descriptor.max_def_level > 0;
        let levels = may_be_none.then(|| HybridRleDecoder::new(levels, 1, page.num_values()));
        Self::read(levels, rows)
    }

    /// Reads the levels of a page; without any, all rows have a value.
    fn read(levels: Option<HybridRleDecoder<'_>>, rows: &Range<usize>) -> Result<Self, DataError> {
        let mut filled = Self {
            before: 0,
            count: 0,
            rows: Vec::new(),
        };
        let Some(mut levels) = levels else {
            (filled.before, filled.count) = (rows.start, rows.len());
            return Ok(filled);
        };
        levels.limit_to(rows.end);
        let mut at = 0;
        while let Some(chunk) = levels.next_chunk()? {
            let length = chunk.len();
            let skipped = rows.start.saturating_sub(at).min(length);
            match chunk {
                HybridRleChunk::Rle(level, _) => {
                    let is_filled = level > 0;
                    filled.before += if is_filled { skipped } else { 0 };
                    let end = filled.rows.len() + length - skipped;
                    filled.rows.resize(end, is_filled);
                }
                HybridRleChunk::Bitpacked(packed) => {
                    let bits = packed.as_slice();
                    filled.before += ones(bits, skipped);
                    filled
                        .rows
                        .extend((skipped..length).map(|at| bit(bits, at)));
                }
            }
            at += length;
        }
        if filled.rows.len() != rows.len() {
            return Err(short());
        }
        filled.count = filled.rows.iter().filter(|is_filled| **is_filled).count();
        Ok(filled)
    }
}

fn bit(bits: &[u8], at: usize) -> bool {
    bits.get(at / 8)
        .is_some_and(|byte| byte >> (at % 8) & 1 == 1)
}

/// The number of ones among the first bits.
fn ones(bits: &[u8], count: usize) -> usize {
    let whole = bits.get(..count / 8).unwrap_or_default();
    let whole: u32 = whole.iter().map(|byte| byte.count_ones()).sum();
    let rest = (count / 8 * 8..count).filter(|at| bit(bits, *at)).count();
    whole as usize + rest
}

/// Appends the numbers at these places.
fn numbers(
    mut decoder: HybridRleDecoder<'_>,
    wanted: &Range<usize>,
    out: &mut Vec<u32>,
) -> Result<(), DataError> {
    /// Numbers that are unpacked together.
    const PACK: usize = 32;
    decoder.limit_to(wanted.end);
    let mut at = 0;
    while let Some(chunk) = decoder.next_chunk()? {
        let length = chunk.len();
        let skipped = wanted.start.saturating_sub(at).min(length);
        at += length;
        match chunk {
            HybridRleChunk::Rle(number, _) => out.resize(out.len() + length - skipped, number),
            HybridRleChunk::Bitpacked(mut packed) if skipped < length => {
                packed.skip_chunks(skipped / PACK);
                let start = out.len();
                packed.collect_into(out);
                out.drain(start..start + skipped % PACK);
            }
            HybridRleChunk::Bitpacked(_) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::data::columns::text_column::GrowingTexts;
    use crate::data::table::foreign::codes::{Filled, numbers, read};
    use crate::data::table::text_pages;
    use polars_parquet::parquet::encoding::hybrid_rle::{HybridRleDecoder, encode};
    use polars_parquet::parquet::page::Page;
    use polars_parquet::parquet::schema::types::PrimitiveType;
    use polars_parquet::read::PhysicalType;
    use std::ops::Range;

    /// Runs of equal numbers between different ones.
    fn all(most: u32) -> Vec<u32> {
        let number = |at: u32| {
            if (at / 70).is_multiple_of(2) {
                at / 70
            } else {
                at * 7
            }
        };
        (0..1_000).map(|at| number(at) % most).collect()
    }

    fn packed(numbers: &[u32], width: u32) -> Vec<u8> {
        let mut out = Vec::new();
        encode::<u32, _, _>(&mut out, numbers.iter().copied(), width).unwrap();
        out
    }

    fn ranges() -> impl Iterator<Item = Range<usize>> {
        let starts = (0..=1_000).step_by(13);
        starts.flat_map(|start| {
            [0, 1, 31, 32, 33, 500, 1_000].map(|rows| start..(start + rows).min(1_000))
        })
    }

    #[test]
    fn any_places_have_their_numbers() {
        for (most, width) in [(1, 1), (2, 1), (200, 8), (999, 10), (5, 32)] {
            let all = all(most);
            let bytes = packed(&all, width);
            for places in ranges() {
                let mut found = vec![7];
                let decoder = HybridRleDecoder::new(&bytes, width, all.len());
                numbers(decoder, &places, &mut found).unwrap();
                assert_eq!(found[1..], all[places.clone()], "{width} bits, {places:?}");
            }
        }
    }

    #[test]
    fn values_are_counted_where_rows_have_them() {
        for levels in [all(2), vec![1; 1_000], vec![0; 1_000]] {
            let bytes = packed(&levels, 1);
            for rows in ranges() {
                let decoder = HybridRleDecoder::new(&bytes, 1, levels.len());
                let found = Filled::read(Some(decoder), &rows).unwrap();
                let values = |levels: &[u32]| levels.iter().filter(|level| **level == 1).count();
                let expected = (values(&levels[..rows.start]), values(&levels[rows.clone()]));
                assert_eq!((found.before, found.count), expected, "{rows:?}");
                let of_rows: Vec<bool> = levels[rows].iter().map(|level| *level == 1).collect();
                assert_eq!(found.rows, of_rows);
            }
        }
    }

    #[test]
    fn pages_of_our_own_have_the_codes_that_they_were_written_from() {
        let leaf = PrimitiveType::from_physical("x".into(), PhysicalType::ByteArray);
        let texts_of = |rows: usize, word: &dyn Fn(usize) -> Option<usize>| {
            let mut texts = GrowingTexts::default();
            for row in 0..rows {
                let word = word(row).map(|word| format!("word {word}"));
                texts.push(word.unwrap_or_default().as_bytes());
            }
            texts
        };
        let words: [&dyn Fn(usize) -> Option<usize>; 6] = [
            &|_| None,
            &|_| Some(1),
            &|row| (row % 3 > 0).then_some(1),
            &|row| Some(row % 7),
            &|row| (row % 5 > 0).then_some(row / 40),
            &|row| (row > 29_000).then_some(row % 300),
        ];
        for rows in [1, 7, 8, 33, 60_000] {
            for (at, word) in words.iter().enumerate() {
                let texts = texts_of(rows, word);
                let mut found = Vec::new();
                for page in text_pages::pages(&texts, &leaf).unwrap() {
                    let Page::Data(mut page) = page else { continue };
                    page.descriptor.max_def_level = 1;
                    read(&page, 0..page.num_values(), &mut found).unwrap();
                }
                assert_eq!(found, texts.codes(), "{rows} rows, {at}");
            }
        }
    }

    #[test]
    fn a_page_that_ends_early_is_refused() {
        let bytes = packed(&[1; 64], 1);
        let decoder = HybridRleDecoder::new(&bytes, 1, 100);
        assert!(Filled::read(Some(decoder), &(60..100)).is_err());
    }
}
