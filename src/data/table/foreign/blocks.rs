//! Reads the rows of foreign Parquet files in blocks whose columns keep their types. Several blocks are decoded at once.

use super::byte_share::ByteShare;
use super::columns::column;
use super::groups;
use super::groups::{Decoded, Plans};
use super::parquet_as_csv::ParquetText;
use crate::data::error::DataError;
use crate::data::ingest::block_parser::Frame;
use crate::data::ingest::pipeline::{BlockSource, Parsed};
use crate::data::ingest::typed::column::{ColumnValues, TypedRows};
use crate::data::ingest::typed::columns_pass;
use crate::data::panics::guarded;
use crate::data::progress::PartCounter;
use crate::data::table::bytes::Bytes;
use arrow::array::Array;
use arrow::datatypes::{ArrowDataType, Field};
use polars_arrow as arrow;
use polars_parquet::read::FileMetadata;
use std::io;
use std::ops::Range;
use std::sync::Arc;

/// The maximum number of rows in a block.
const MOST: usize = 1 << 16;
/// Bytes of text that a row stands for, where a block is measured in text.
const ROW: usize = 384;

/// The rows of a file in blocks.
pub(crate) struct ColumnBlocks<'a> {
    bytes: Bytes,
    meta: FileMetadata,
    columns: Arc<[Field]>,
    /// Whether each column is read.
    is_read: Vec<bool>,
    /// The maximum number of rows in a block.
    most: usize,
    /// The next row group, the current one, and the next row in it.
    group: usize,
    current: Option<Arc<CheckedRowGroup>>,
    next_row: usize,
    /// The bytes of the rows that were handed out.
    share: ByteShare<'a>,
}

/// A row group whose pages were checked.
struct CheckedRowGroup {
    plans: Plans,
    nested: Decoded,
}

/// Some rows of a row group.
type GroupRows = (Arc<CheckedRowGroup>, Range<usize>);

/// Rows of one row group or of several.
pub(crate) struct ColumnBlock {
    bytes: Bytes,
    columns: Arc<[Field]>,
    parts: Vec<GroupRows>,
    rows: usize,
}

impl<'a> ColumnBlocks<'a> {
    /// Reads blocks that stand for about `size` bytes of text, without the columns of binary data.
    pub(crate) fn new(
        (bytes, binary): (Bytes, &[String]),
        size: usize,
        count: PartCounter<'a>,
    ) -> Result<Self, DataError> {
        let text = ParquetText::new(bytes, binary)?;
        let (bytes, meta, columns) = text.into_parts();
        let share = ByteShare::new(&bytes, &meta, count);
        Ok(Self {
            bytes,
            meta,
            is_read: vec![true; columns.len()],
            columns: columns.into(),
            most: (size / ROW).clamp(1, MOST),
            group: 0,
            current: None,
            next_row: 0,
            share,
        })
    }

    /// Reads only some of the columns.
    pub(crate) fn only(&mut self, is_read: impl Fn(usize) -> bool) {
        self.is_read = (0..self.columns.len()).map(is_read).collect();
    }

    /// The next rows of one row group, at most so many; `None` at the end.
    fn next_part(&mut self, most: usize) -> Result<Option<GroupRows>, DataError> {
        loop {
            if let Some(group) = &self.current
                && self.next_row < group.plans.rows
            {
                let rows = group.plans.slice(self.next_row, most)?;
                self.next_row = rows.end;
                return Ok(Some((Arc::clone(group), rows)));
            }
            self.current = None;
            let Some(group) = self.meta.row_groups.get(self.group) else {
                return Ok(None);
            };
            self.group += 1;
            self.next_row = 0;
            let is_read = |at: usize| self.is_read.get(at) == Some(&true);
            let planned = groups::plan(&self.bytes, group, &self.columns, is_read)?;
            let (plans, nested) = planned;
            self.current = Some(Arc::new(CheckedRowGroup { plans, nested }));
        }
    }

    /// The rows of a block: of several row groups if they are small.
    fn next_rows(&mut self) -> Result<Option<ColumnBlock>, DataError> {
        let (mut parts, mut rows) = (Vec::new(), 0);
        while rows <= self.most / 2 {
            let Some((group, range)) = self.next_part(self.most - rows)? else {
                break;
            };
            rows += range.len();
            // A slice that its budget cut short is a block of its own.
            let is_cut = range.end < group.plans.rows;
            parts.push((group, range));
            if is_cut {
                break;
            }
        }
        self.share.add_rows(rows);
        Ok((rows > 0).then(|| ColumnBlock {
            bytes: self.bytes.clone(),
            columns: Arc::clone(&self.columns),
            parts,
            rows,
        }))
    }
}

impl BlockSource for ColumnBlocks<'_> {
    type Block = ColumnBlock;
    /// Columns are decoded into memory of their own.
    type Spare = ();

    fn next_block(&mut self, (): ()) -> io::Result<Option<ColumnBlock>> {
        self.share.count_share()?;
        let block = guarded(|| self.next_rows()).map_err(io::Error::other)?;
        if block.is_none() {
            self.share.count_all()?;
        }
        Ok(block)
    }

    fn parse(frame: &Frame<'_>, block: &mut ColumnBlock) -> Parsed {
        columns_pass::read(frame, block)
    }

    fn spare(_: ColumnBlock) {}
}

impl TypedRows for ColumnBlock {
    fn rows(&self) -> usize {
        self.rows
    }

    fn column(&self, at: usize) -> Result<ColumnValues, DataError> {
        guarded(|| self.decoded(at))
    }
}

impl ColumnBlock {
    fn decoded(&self, at: usize) -> Result<ColumnValues, DataError> {
        let missing = || DataError::Stored("a column is missing".to_owned());
        let field = self.columns.get(at).ok_or_else(missing)?;
        let kind = &field.dtype;
        let unexpected = || DataError::Stored(format!("column {}: unexpected values", field.name));
        let mut all = ColumnValues::Blank(0);
        for (group, rows) in &self.parts {
            if *kind == ArrowDataType::Null {
                all = all.append(ColumnValues::Blank(rows.len()));
                continue;
            }
            if let Some(Some(plan)) = group.plans.columns.get(at) {
                all = all.append(plan.column(&self.bytes, rows)?);
                continue;
            }
            for array in sliced(group.nested.get(at).ok_or_else(missing)?, rows) {
                all = all.append(column(array.as_ref(), kind).ok_or_else(unexpected)?);
            }
        }
        Ok(all)
    }
}

/// These rows of consecutive arrays.
fn sliced<'a>(
    arrays: impl IntoIterator<Item = &'a Box<dyn Array>>,
    rows: &Range<usize>,
) -> Vec<Box<dyn Array>> {
    let (mut out, mut at) = (Vec::new(), 0);
    for array in arrays {
        let (start, end) = (rows.start.max(at), rows.end.min(at + array.len()));
        if start < end {
            out.push(array.sliced(start - at, end - start));
        }
        at += array.len();
    }
    out
}
