//! Decodes the columns of a row group some rows at a time. The words of dictionaries are decoded once.

use super::codes;
use super::codes::DictionaryWords;
use super::columns::column;
use super::decimals;
use super::plain_texts;
use crate::data::columns::text_column::NONE;
use crate::data::error::DataError;
use crate::data::ingest::typed::column::{ColumnValues, TextPart, Words};
use crate::data::table::bytes::Bytes;
use crate::data::table::size_claims::{ClaimedPage, PAGE_LIMIT, Pages};
use arrow::array::Array;
use arrow::datatypes::{ArrowDataType, Field};
use polars_arrow as arrow;
use polars_buffer::Buffer;
use polars_parquet::parquet::compression::Compression;
use polars_parquet::parquet::metadata::Descriptor;
use polars_parquet::parquet::page::DataPage;
use polars_parquet::parquet::read::PageMetaData;
use polars_parquet::read::{
    BasicDecompressor, ColumnChunkMetadata, Filter, PageReader, PhysicalType, column_iter_to_arrays,
};
use std::io::Cursor;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// The decoding plan of a column of a row group.
pub(super) struct DecodingPlan {
    field: Field,
    /// The file offset of the column.
    start: u64,
    compression: Compression,
    descriptor: Descriptor,
    pages: Pages,
    /// Values kept for the next rows; `None` if there is no room for them.
    kept: Option<KeptParts>,
}

/// The error of a column.
pub(super) fn unreadable(name: &str, what: impl std::fmt::Display) -> DataError {
    DataError::Stored(format!("column {name}: {what}"))
}

/// The error of a column whose values cannot be decoded.
pub(super) fn undecodable(name: &str, why: impl std::fmt::Display) -> DataError {
    let way = "write the file without this column, or with it as text in UTF-8";
    unreadable(name, format!("{why}; {way}"))
}

/// Refuses the one compression of Parquet that has no reader here.
pub(super) fn check_compression(name: &str, chunk: &ColumnChunkMetadata) -> Result<(), DataError> {
    if chunk.compression() == Compression::Lzo {
        let what = "it is compressed with LZO, which costscope cannot read; write the file with zstd or snappy";
        return Err(unreadable(name, what));
    }
    Ok(())
}

/// The parts of a column that several blocks of rows need.
#[derive(Default)]
struct KeptParts {
    words: Mutex<Option<Arc<DictionaryWords>>>,
    /// The page that was unpacked last, with its number.
    page: Mutex<Option<(usize, Arc<DataPage>)>>,
}

impl DecodingPlan {
    /// Checks the pages of a column. What several blocks of rows need of it is kept if it fits the room.
    pub(super) fn of(
        bytes: &Bytes,
        (field, chunk): (&Field, &ColumnChunkMetadata),
        room: &mut usize,
    ) -> Result<Self, DataError> {
        let name = field.name.as_str();
        check_compression(name, chunk)?;
        let mut plan = Self {
            field: field.clone(),
            start: chunk.byte_range().start,
            compression: chunk.compression(),
            descriptor: chunk.descriptor().descriptor.clone(),
            pages: Pages::read_headers(chunk, bytes)?,
            kept: None,
        };
        if (plan.is_text() || plan.fixed_width().is_some())
            && let Some(left) = room.checked_sub(plan.kept_size())
        {
            *room = left;
            plan.kept = Some(KeptParts::default());
        }
        Ok(plan)
    }

    /// The size of what is kept for the next rows.
    fn kept_size(&self) -> usize {
        let pages = self.pages.data.iter();
        let pages = pages.filter(|page| page.is_coded || page.is_plain);
        let words = self
            .pages
            .dictionary_values
            .saturating_mul(size_of::<u32>());
        let page = pages.map(|page| page.unpacked).max().unwrap_or_default();
        words + self.pages.dictionary_unpacked + page
    }

    /// The data pages that contain these rows with their numbers, and the first row in those pages. Pages without values are
    /// left out.
    fn pages_of(&self, rows: &Range<usize>) -> (Vec<(usize, &ClaimedPage)>, usize) {
        let (mut at, mut first, mut pages) = (0, 0, Vec::new());
        for (number, page) in self.pages.data.iter().enumerate() {
            let next = at + page.values;
            if page.values > 0 && next > rows.start && at < rows.end {
                if pages.is_empty() {
                    first = at;
                }
                pages.push((number, page));
            }
            at = next;
        }
        (pages, first)
    }

    /// The uncompressed size of the pages that these rows need.
    pub(super) fn unpacked(&self, rows: Range<usize>) -> usize {
        let (pages, _) = self.pages_of(&rows);
        let data: usize = pages.iter().map(|(_, page)| page.unpacked).sum();
        self.pages.dictionary_unpacked + data
    }

    /// The size of the values of these rows, as their share of the pages and of the dictionary.
    pub(super) fn values_size(&self, from: usize, rows: usize) -> usize {
        let (pages, first) = self.pages_of(&(from..from + rows));
        let (mut at, mut bytes) = (first, 0);
        for (_, page) in pages {
            let end = at + page.values;
            let inside = end.min(from + rows).saturating_sub(at.max(from));
            bytes += share(page.unpacked, inside, page.values);
            at = end;
        }
        bytes
            + share(
                self.pages.dictionary_unpacked,
                rows,
                self.pages.dictionary_values,
            )
    }

    /// Splits rows where their pages begin or end to have codes of the dictionary, and tells which parts have them.
    fn runs(&self, rows: &Range<usize>) -> Vec<(Range<usize>, bool)> {
        let has_words = !self.pages.dictionary.is_empty();
        let (pages, first) = self.pages_of(rows);
        let (mut runs, mut at) = (Vec::<(Range<usize>, bool)>::new(), first);
        for (_, page) in pages {
            let part = at.max(rows.start)..(at + page.values).min(rows.end);
            at += page.values;
            let has_codes = page.is_coded && has_words;
            match runs.last_mut() {
                Some((run, is_coded)) if *is_coded == has_codes => run.end = part.end,
                _ => runs.push((part, has_codes)),
            }
        }
        runs
    }

    /// The values of these rows as a column; texts as codes of a dictionary where the file has them so.
    pub(super) fn column(
        &self,
        bytes: &Bytes,
        rows: &Range<usize>,
    ) -> Result<ColumnValues, DataError> {
        let kind = &self.field.dtype;
        let runs = if self.is_text() {
            self.runs(rows)
        } else {
            vec![(rows.clone(), false)]
        };
        let mut all = ColumnValues::Blank(0);
        for (run, is_coded) in runs {
            if is_coded {
                all = all.append(ColumnValues::Texts(vec![self.coded_texts(bytes, &run)?]));
                continue;
            }
            if let Some(plain) = self.plain_values(bytes, &run)? {
                all = all.append(plain);
                continue;
            }
            for array in self.decode(bytes, run)? {
                let unexpected = || unreadable(self.name(), "unexpected values");
                all = all.append(column(array.as_ref(), kind).ok_or_else(unexpected)?);
            }
        }
        Ok(all)
    }

    /// Whether it holds texts, at most one in each row. Their codes can be read by themselves.
    fn is_text(&self) -> bool {
        let levels = &self.descriptor;
        self.field.dtype == ArrowDataType::Utf8View
            && levels.max_rep_level == 0
            && levels.max_def_level <= 1
            && levels.primitive_type.physical_type == PhysicalType::ByteArray
    }

    /// The size of the decimals in bytes, if each has the same and there is at most one in each row.
    fn fixed_width(&self) -> Option<(usize, usize)> {
        let levels = &self.descriptor;
        let is_flat = levels.max_rep_level == 0 && levels.max_def_level <= 1;
        match (&self.field.dtype, levels.primitive_type.physical_type) {
            (ArrowDataType::Decimal(_, scale), PhysicalType::FixedLenByteArray(width)) => {
                let is_read = is_flat && (1..=decimals::LONGEST).contains(&width);
                is_read.then_some((width, *scale))
            }
            _ => None,
        }
    }

    /// Texts and decimals of rows whose pages all have them one after the other; `None` for others.
    fn plain_values(
        &self,
        bytes: &Bytes,
        rows: &Range<usize>,
    ) -> Result<Option<ColumnValues>, DataError> {
        let (pages, mut at) = self.pages_of(rows);
        let fixed = self.fixed_width();
        let is_read = self.is_text() || fixed.is_some();
        if pages.is_empty() || !is_read || !pages.iter().all(|(_, page)| page.is_plain) {
            return Ok(None);
        }
        let (mut texts, mut numbers) = (Vec::new(), Vec::new());
        for (number, page) in pages {
            let end = at + page.values;
            let inside = rows.start.max(at) - at..rows.end.min(end) - at;
            let unpacked = self.unpacked_page(bytes, (number, page), end > rows.end)?;
            let named = |error| unreadable(self.name(), error);
            if let Some((width, _)) = fixed {
                if !decimals::read(&unpacked, &inside, width, &mut numbers).map_err(named)? {
                    return Ok(None);
                }
            } else if let Some(part) = plain_texts::read(&unpacked, &inside).map_err(named)? {
                texts.push(part);
            } else {
                return Ok(None);
            }
            at = end;
        }
        Ok(Some(match fixed {
            Some((_, scale)) => ColumnValues::Decimals {
                values: numbers,
                scale,
            },
            None => ColumnValues::Texts(texts),
        }))
    }

    /// The texts of rows whose pages all have codes of the dictionary.
    fn coded_texts(&self, bytes: &Bytes, rows: &Range<usize>) -> Result<TextPart, DataError> {
        let words = self.words(bytes)?;
        let (pages, mut at) = self.pages_of(rows);
        let mut codes = Vec::with_capacity(rows.len());
        for (number, page) in pages {
            let end = at + page.values;
            let inside = rows.start.max(at) - at..rows.end.min(end) - at;
            let unpacked = self.unpacked_page(bytes, (number, page), end > rows.end)?;
            codes::read(&unpacked, inside, &mut codes)
                .map_err(|error| unreadable(self.name(), error))?;
            at = end;
        }
        let known = u32::try_from(words.count()).unwrap_or(NONE);
        if codes.iter().any(|code| *code >= known && *code != NONE) {
            return Err(unreadable(self.name(), "a code has no word"));
        }
        Ok(TextPart {
            codes,
            words: Box::new(words),
            shared: true,
        })
    }

    /// The words of the dictionary.
    fn words(&self, bytes: &Bytes) -> Result<Arc<DictionaryWords>, DataError> {
        let mut kept = self
            .kept
            .as_ref()
            .map(|kept| kept.words.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(words) = kept.as_ref().and_then(|words| words.as_ref()) {
            return Ok(Arc::clone(words));
        }
        let damaged = || undecodable(self.name(), "its dictionary is no text");
        let text = self.read(bytes, &self.pages.dictionary)?;
        let page = self.unpacking(text, 0).read_dict_page();
        let page = page.map_err(|error| undecodable(self.name(), error))?;
        let words = page.and_then(DictionaryWords::read).ok_or_else(damaged)?;
        let words = Arc::new(words);
        if let Some(kept) = &mut kept {
            **kept = Some(Arc::clone(&words));
        }
        Ok(words)
    }

    /// A data page. It is kept if the next rows need it, too.
    fn unpacked_page(
        &self,
        bytes: &Bytes,
        (number, page): (usize, &ClaimedPage),
        is_needed: bool,
    ) -> Result<Arc<DataPage>, DataError> {
        let missing = || unreadable(self.name(), "a page is missing");
        let last = self.kept.as_ref().map(|kept| &kept.page);
        let last = last.map(|page| page.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some((_, page)) = last
            .as_ref()
            .and_then(|last| last.as_ref())
            .filter(|(known, _)| *known == number)
        {
            return Ok(Arc::clone(page));
        }
        let text = self.read(bytes, &page.bytes)?;
        let mut unpacking = self.unpacking(text, page.values);
        let packed = unpacking.next().ok_or_else(missing)?;
        let page = packed.and_then(|packed| packed.decompress(&mut unpacking));
        let page = Arc::new(page.map_err(|error| undecodable(self.name(), error))?);
        if let Some(mut last) = last.filter(|_| is_needed) {
            *last = Some((number, Arc::clone(&page)));
        }
        Ok(page)
    }

    fn name(&self) -> &str {
        self.field.name.as_str()
    }

    /// Bytes of the column.
    fn read(&self, bytes: &Bytes, part: &Range<usize>) -> Result<Buffer<u8>, DataError> {
        let start = self.start;
        let read = bytes.read(start + part.start as u64..start + part.end as u64);
        read.map_err(|error| unreadable(self.name(), error))
    }

    /// A reader of pages with this many values.
    fn unpacking(&self, pages: Buffer<u8>, values: usize) -> BasicDecompressor {
        let values = i64::try_from(values).unwrap_or(i64::MAX);
        let about = PageMetaData::new(0, values, self.compression, self.descriptor.clone());
        let reader =
            PageReader::new_with_page_meta(Cursor::new(pages), about, Vec::new(), PAGE_LIMIT);
        BasicDecompressor::new(reader, Vec::new())
    }

    /// The values of these rows.
    pub(super) fn decode(
        &self,
        bytes: &Bytes,
        rows: Range<usize>,
    ) -> Result<Vec<Box<dyn Array>>, DataError> {
        let name = self.name();
        let (pages, first) = self.pages_of(&rows);
        let (Some((_, one)), Some((_, other))) = (pages.first(), pages.last()) else {
            return Err(unreadable(name, "it does not have one value for each row"));
        };
        let data = self.read(bytes, &(one.bytes.start..other.bytes.end))?;
        let is_plain = pages.iter().all(|(_, page)| !page.is_coded);
        let text: Buffer<u8> = if is_plain || self.pages.dictionary.is_empty() {
            data
        } else {
            let mut text = self
                .read(bytes, &self.pages.dictionary)?
                .as_slice()
                .to_vec();
            text.extend_from_slice(&data);
            text.into()
        };
        let values: usize = pages.iter().map(|(_, page)| page.values).sum();
        let unpacking = self.unpacking(text, values);
        let wanted = Filter::Range(rows.start - first..rows.end - first);
        let (arrays, _) = column_iter_to_arrays(
            vec![unpacking],
            vec![&self.descriptor.primitive_type],
            self.field.clone(),
            Some(wanted),
        )
        .map_err(|error| undecodable(name, error))?;
        let found: usize = arrays.iter().map(|array| array.len()).sum();
        if found != rows.len() {
            return Err(unreadable(name, "it does not have one value for each row"));
        }
        Ok(arrays)
    }
}

/// The share that some of all items have in a size.
fn share(size: usize, some: usize, all: usize) -> usize {
    let share = size as u128 * some.min(all) as u128 / all.max(1) as u128;
    usize::try_from(share).unwrap_or(usize::MAX)
}
