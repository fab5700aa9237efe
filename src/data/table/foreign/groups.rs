//! Decodes row groups of foreign Parquet files a few rows at a time, so that memory use follows a budget and not the
//! declared sizes.

use super::texts::{as_read, can_hold_tags};
use crate::data::error::DataError;
use crate::data::table::bytes::Bytes;
use crate::data::table::size_claims::{PAGE_LIMIT, Page, Pages};
use crate::data::table::stored::{is_flat, text_field};
use arrow::array::Array;
use arrow::datatypes::{ArrowDataType, Field};
use polars_arrow as arrow;
use polars_buffer::Buffer;
use polars_parquet::parquet::compression::Compression;
use polars_parquet::parquet::metadata::Descriptor;
use polars_parquet::parquet::read::PageMetaData;
use polars_parquet::read::{
    BasicDecompressor, Filter, PageReader, RowGroupMetadata, column_iter_to_arrays,
};
use std::collections::VecDeque;
use std::io::Cursor;
use std::ops::Range;

/// The memory budget of a decoded slice in bytes. A single row may exceed it.
const BUDGET: usize = 48 << 20;
/// The limit that even a single row must not exceed.
const LIMIT: usize = 1 << 30;
/// The size of a value itself, in addition to its pages: mostly a code.
const VALUE: usize = 6;
/// The minimum number of rows in a slice, unless its budget allows fewer.
const FEWEST: usize = 4096;
/// The maximum number of tag values in a row group, which are decoded as a whole.
const TAG_VALUES: usize = 32 << 20;

/// The decoding plans of a row group's columns; `None` for a column that is already decoded.
#[derive(Default)]
pub(super) struct Plans {
    pub(super) rows: usize,
    pub(super) columns: Vec<Option<Plan>>,
}

/// The decoding plan of a column.
pub(super) struct Plan {
    field: Field,
    /// The file offset of the column.
    start: u64,
    compression: Compression,
    descriptor: Descriptor,
    pages: Pages,
}

/// The arrays of each column that was decoded as a whole.
pub(super) type Decoded = Vec<VecDeque<Box<dyn Array>>>;

fn unreadable(name: &str, what: impl std::fmt::Display) -> DataError {
    DataError::Stored(format!("column {name}: {what}"))
}

/// Checks the pages of a row group, and decodes the columns that cannot be split into rows page by page.
pub(super) fn plan(
    bytes: &Bytes,
    group: &RowGroupMetadata,
    fields: &[Field],
) -> Result<(Plans, Decoded), DataError> {
    let (mut columns, mut decoded) = (Vec::new(), Decoded::new());
    for field in fields {
        let name = field.name.as_str();
        let (mut plan, mut arrays) = (None, VecDeque::new());
        if can_hold_tags(&field.dtype) {
            arrays = nested_arrays(bytes, group, field)?.into();
        } else if field.dtype != ArrowDataType::Null {
            let missing = || unreadable(name, "it is missing from a row group");
            let chunk = group
                .columns_under_root_iter(name)
                .and_then(|mut chunks| chunks.next())
                .ok_or_else(missing)?;
            if !is_flat(chunk, group.num_rows()) {
                return Err(unreadable(name, "it does not have one value for each row"));
            }
            let read = bytes.read(chunk.byte_range());
            let read = read.map_err(|error| unreadable(name, error))?;
            let untyped = || unreadable(name, "its type is not supported");
            plan = Some(Plan {
                field: as_read(field).ok_or_else(untyped)?,
                start: chunk.byte_range().start,
                compression: chunk.compression(),
                descriptor: chunk.descriptor().descriptor.clone(),
                pages: Pages::read(chunk, &read)?,
            });
        }
        columns.push(plan);
        decoded.push(arrays);
    }
    let rows = group.num_rows();
    Ok((Plans { rows, columns }, decoded))
}

impl Plans {
    /// The next rows to decode: at most so many, and as many as the budget allows.
    pub(super) fn slice(&self, from: usize, most: usize) -> Result<Range<usize>, DataError> {
        let width = self.columns.len().max(1) * VALUE;
        let rows = (BUDGET / width).max(FEWEST).min(most);
        let mut rows = rows.clamp(1, (self.rows - from).max(1));
        let plans = || self.columns.iter().flatten();
        let one: usize = plans().map(|plan| plan.unpacked(from..from + 1)).sum();
        if one > LIMIT {
            return Err(DataError::Stored(format!(
                "row {} of a row group unpacks to {one} bytes, too many for a row of costs",
                from + 1
            )));
        }
        let cost = |rows: usize| -> usize { plans().map(|plan| plan.kept(from, rows)).sum() };
        while rows > 1 && cost(rows) > BUDGET {
            rows /= 2;
        }
        Ok(from..from + rows)
    }
}

impl Plan {
    /// The data pages that contain these rows, and the first row in those pages.
    fn pages_of(&self, rows: &Range<usize>) -> (&[Page], usize) {
        let (mut at, mut before, mut first) = (0, None, 0);
        let mut end = 0;
        for (number, page) in self.pages.data.iter().enumerate() {
            let next = at + page.values;
            if next > rows.start && at < rows.end {
                if before.is_none() {
                    (before, first) = (Some(number), at);
                }
                end = number + 1;
            }
            at = next;
        }
        let pages = self.pages.data.get(before.unwrap_or(end)..end);
        (pages.unwrap_or_default(), first)
    }

    /// The uncompressed size of the pages that these rows need.
    fn unpacked(&self, rows: Range<usize>) -> usize {
        let (pages, _) = self.pages_of(&rows);
        let data: usize = pages.iter().map(|page| page.unpacked).sum();
        self.pages.dictionary_unpacked + data
    }

    /// The size of the values of these rows, as their share of the pages and of the dictionary.
    fn kept(&self, from: usize, rows: usize) -> usize {
        let (pages, first) = self.pages_of(&(from..from + rows));
        let (mut at, mut bytes) = (first, 0);
        for page in pages {
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

    /// Whether all pages of these rows have codes of the dictionary.
    fn is_coded(&self, rows: &Range<usize>) -> bool {
        let (pages, _) = self.pages_of(rows);
        !self.pages.dictionary.is_empty() && pages.iter().all(|page| page.is_coded)
    }

    /// Splits rows where their pages begin or end to have codes of the dictionary.
    fn runs(&self, rows: &Range<usize>) -> Vec<Range<usize>> {
        let (pages, first) = self.pages_of(rows);
        let (mut runs, mut at) = (Vec::<(Range<usize>, bool)>::new(), first);
        for page in pages {
            let part = at.max(rows.start)..(at + page.values).min(rows.end);
            at += page.values;
            match runs.last_mut() {
                Some((run, is_coded)) if *is_coded == page.is_coded => run.end = part.end,
                _ => runs.push((part, page.is_coded)),
            }
        }
        runs.into_iter().map(|(run, _)| run).collect()
    }

    /// The values of these rows; texts as codes of a dictionary where the file has them so.
    pub(super) fn decode_coded(
        &self,
        bytes: &Bytes,
        rows: &Range<usize>,
    ) -> Result<Vec<Box<dyn Array>>, DataError> {
        if self.field.dtype != ArrowDataType::Utf8View {
            return self.decode(bytes, rows.clone());
        }
        let mut arrays = Vec::new();
        for run in self.runs(rows) {
            let field = text_field(self.field.name.as_str(), self.is_coded(&run));
            arrays.extend(self.decode_as(bytes, run, field)?);
        }
        Ok(arrays)
    }

    /// The values of these rows.
    pub(super) fn decode(
        &self,
        bytes: &Bytes,
        rows: Range<usize>,
    ) -> Result<Vec<Box<dyn Array>>, DataError> {
        self.decode_as(bytes, rows, self.field.clone())
    }

    fn decode_as(
        &self,
        bytes: &Bytes,
        rows: Range<usize>,
        field: Field,
    ) -> Result<Vec<Box<dyn Array>>, DataError> {
        let name = self.field.name.as_str();
        let start = self.start;
        let read = |part: &Range<usize>| {
            let read = bytes.read(start + part.start as u64..start + part.end as u64);
            read.map_err(|error| unreadable(name, error))
        };
        let (pages, first) = self.pages_of(&rows);
        let (Some(one), Some(other)) = (pages.first(), pages.last()) else {
            return Err(unreadable(name, "it does not have one value for each row"));
        };
        let data = read(&(one.bytes.start..other.bytes.end))?;
        let text: Buffer<u8> = if self.pages.dictionary.is_empty() {
            data
        } else {
            let mut text = read(&self.pages.dictionary)?.as_slice().to_vec();
            text.extend_from_slice(&data);
            text.into()
        };
        let values: usize = pages.iter().map(|page| page.values).sum();
        let about = PageMetaData::new(
            0,
            i64::try_from(values).unwrap_or(i64::MAX),
            self.compression,
            self.descriptor.clone(),
        );
        let reader =
            PageReader::new_with_page_meta(Cursor::new(text), about, Vec::new(), PAGE_LIMIT);
        let unpacking = BasicDecompressor::new(reader, Vec::new());
        let wanted = Filter::Range(rows.start - first..rows.end - first);
        let (arrays, _) = column_iter_to_arrays(
            vec![unpacking],
            vec![&self.descriptor.primitive_type],
            field,
            Some(wanted),
        )?;
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

/// The arrays of a nested column.
fn nested_arrays(
    bytes: &Bytes,
    group: &RowGroupMetadata,
    field: &Field,
) -> Result<Vec<Box<dyn Array>>, DataError> {
    let name = field.name.as_str();
    let missing = || unreadable(name, "it is missing from a row group");
    let chunks: Vec<_> = group
        .columns_under_root_iter(name)
        .ok_or_else(missing)?
        .collect();
    let (mut pages, mut kinds, mut unpacked) = (Vec::new(), Vec::new(), 0);
    for chunk in chunks {
        let bytes = bytes
            .read(chunk.byte_range())
            .map_err(|error| unreadable(name, error))?;
        let claimed = Pages::read(chunk, &bytes)?;
        let data: usize = claimed.data.iter().map(|page| page.unpacked).sum();
        unpacked += claimed.dictionary_unpacked + data;
        let values = usize::try_from(chunk.num_values()).unwrap_or(usize::MAX);
        if values > TAG_VALUES || unpacked > LIMIT {
            let what = "one row group has more of it than fits in memory; write the file with smaller row groups";
            return Err(unreadable(name, what));
        }
        let reader = PageReader::new(Cursor::new(bytes), chunk, Vec::new(), PAGE_LIMIT);
        pages.push(BasicDecompressor::new(reader, Vec::new()));
        kinds.push(&chunk.descriptor().descriptor.primitive_type);
    }
    let (arrays, _) = column_iter_to_arrays(pages, kinds, field.clone(), None)?;
    let rows: usize = arrays.iter().map(|array| array.len()).sum();
    if rows != group.num_rows() {
        return Err(unreadable(name, "it does not have one value for each row"));
    }
    Ok(arrays)
}
