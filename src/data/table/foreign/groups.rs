//! Decodes row groups of foreign Parquet files a few rows at a time, so that memory use follows a budget and not the
//! declared sizes.

use super::kinds::can_hold_tags;
use super::plan::{DecodingPlan, check_compression, undecodable, unreadable};
use crate::data::error::DataError;
use crate::data::room;
use crate::data::table::bytes::Bytes;
use crate::data::table::size_claims::{PAGE_LIMIT, Pages};
use crate::data::table::stored::is_flat;
use arrow::array::Array;
use arrow::datatypes::{ArrowDataType, Field};
use polars_arrow as arrow;
use polars_parquet::read::{
    BasicDecompressor, PageReader, RowGroupMetadata, column_iter_to_arrays,
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
/// The maximum size of what is kept of a row group for its next rows, in bytes.
const MOST_KEPT: usize = 128 << 20;
/// The minimum number of rows in a slice, unless its budget allows fewer.
const FEWEST: usize = 4096;
/// The maximum number of tag values in a row group, which are decoded as a whole.
const TAG_VALUES: usize = 32 << 20;

/// The decoding plans of a row group's columns; `None` for a column that is already decoded.
#[derive(Default)]
pub(super) struct Plans {
    pub(super) rows: usize,
    pub(super) columns: Vec<Option<DecodingPlan>>,
}

/// The arrays of each column that was decoded as a whole.
pub(super) type Decoded = Vec<VecDeque<Box<dyn Array>>>;

/// Checks the pages of a row group, and decodes the columns that cannot be split into rows page by page. Columns that are
/// not wanted are left untouched.
pub(super) fn plan(
    bytes: &Bytes,
    group: &RowGroupMetadata,
    fields: &[Field],
    is_wanted: impl Fn(usize) -> bool,
) -> Result<(Plans, Decoded), DataError> {
    let (mut columns, mut decoded) = (Vec::new(), Decoded::new());
    let mut room = room::share(8, 4 << 20, MOST_KEPT);
    for (at, field) in fields.iter().enumerate() {
        let name = field.name.as_str();
        let (mut plan, mut arrays) = (None, VecDeque::new());
        if !is_wanted(at) {
            // Its values are missing if they are asked for all the same.
        } else if can_hold_tags(&field.dtype) {
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
            plan = Some(DecodingPlan::of(bytes, (field, chunk), &mut room)?);
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
        let cost =
            |rows: usize| -> usize { plans().map(|plan| plan.values_size(from, rows)).sum() };
        while rows > 1 && cost(rows) > BUDGET {
            rows /= 2;
        }
        Ok(from..from + rows)
    }
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
        check_compression(name, chunk)?;
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
    let (arrays, _) = column_iter_to_arrays(pages, kinds, field.clone(), None)
        .map_err(|error| undecodable(name, error))?;
    let rows: usize = arrays.iter().map(|array| array.len()).sum();
    if rows != group.num_rows() {
        return Err(unreadable(name, "it does not have one value for each row"));
    }
    Ok(arrays)
}
