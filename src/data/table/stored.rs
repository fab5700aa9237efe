//! Reads stored tables: single columns of single row groups, all rows or only some.

use super::bytes::Bytes;
use super::checksum::Segments;
use super::footer::{COUNTS, INFO, Info, TAG_SETS};
use super::parquet_file::{Export, ParquetFile, said};
use super::row_checksums::RowGroupChecksum;
use super::size_claims::{PAGE_LIMIT, Pages};
use crate::data::columns::column_types::{ColumnKind, NO_AMOUNT, NO_DAY};
use crate::data::columns::layout::Layout;
use crate::data::columns::tag_dictionary::Sets;
use crate::data::columns::tags::TAGS;
use crate::data::columns::text_column::NONE;
use crate::data::error::DataError;
use crate::domain::query::columns::Dialect;
use arrow::array::{Array, DictionaryArray, PrimitiveArray, Utf8ViewArray};
use arrow::bitmap::Bitmap;
use arrow::datatypes::{ArrowDataType, ArrowSchema, Field, IntegerType};
use polars_arrow as arrow;
use polars_buffer::Buffer;
use polars_parquet::read::{
    BasicDecompressor, ColumnChunkMetadata, FileMetadata, Filter, PageReader, RowGroupMetadata,
    column_iter_to_arrays, infer_schema,
};
use std::collections::BTreeMap;
use std::io::Cursor;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// The maximum number of rows in a row group that costscope writes; each one is made from one block of text.
const MOST_ROWS: usize = 4 << 20;

/// The selected rows of a row group.
pub(crate) type Mask = Bitmap;

/// A mask that selects the rows at these positions.
pub(crate) fn mask_of(rows: usize, places: &[usize]) -> Mask {
    let mut wanted = vec![false; rows];
    for place in places {
        if let Some(wanted) = wanted.get_mut(*place) {
            *wanted = true;
        }
    }
    wanted.into_iter().collect()
}

/// The decoded values of a column; cloning does not copy them.
pub(crate) type Decoded<T> = Buffer<T>;

/// A dictionary-encoded text column: the code of each row, and the text of each code.
pub(crate) struct Texts {
    pub(crate) codes: Decoded<u32>,
    pub(crate) values: Utf8ViewArray,
    /// Whether equal texts have equal codes.
    pub(crate) unique: bool,
}

impl Texts {
    pub(crate) fn get(&self, code: u32) -> Option<&str> {
        let at = code as usize;
        (at < self.values.len()).then(|| self.values.value(at))
    }

    /// The text of a row.
    pub(crate) fn row(&self, row: usize) -> Option<&str> {
        self.codes.get(row).and_then(|code| self.get(*code))
    }

    /// A column with the same text in every row.
    pub(crate) fn constant(text: &str, rows: usize) -> Self {
        let mut values = arrow::array::MutableBinaryViewArray::<str>::new();
        values.push(Some(text));
        Self {
            codes: vec![0; rows].into(),
            values: values.into(),
            unique: true,
        }
    }

    /// A column without values.
    pub(crate) fn absent(rows: usize) -> Self {
        Self {
            codes: vec![NONE; rows].into(),
            values: Utf8ViewArray::new_empty(ArrowDataType::Utf8View),
            unique: true,
        }
    }
}

/// An open table. Cloning it copies its description, not its rows.
#[derive(Clone)]
pub(crate) struct Stored {
    /// For messages: a file's name or a ledger key.
    name: String,
    bytes: Bytes,
    meta: FileMetadata,
    schema: ArrowSchema,
    pub(crate) info: Info,
    pub(crate) layout: Layout,
    export: Option<Export>,
    sets: OnceLock<Sets>,
    segments: Segments,
}

impl Stored {
    pub(crate) fn open(file: ParquetFile, name: &str) -> Result<Self, DataError> {
        let ParquetFile {
            bytes,
            meta,
            export,
        } = file;
        let damaged = |problem: String| DataError::Stored(format!("{name}: {problem}"));
        let text =
            said(&meta, INFO).ok_or_else(|| damaged("it has no costscope metadata".to_owned()))?;
        let mut info: Info =
            serde_json::from_str(text).map_err(|error| damaged(error.to_string()))?;
        if let Some(export) = export {
            // The source of these rows is the export itself.
            (info.bytes, info.sha256) = (export.length, export.checksum.text());
        }
        let mut groups = meta.row_groups.iter().map(RowGroupMetadata::num_rows);
        if groups.any(|rows| rows > MOST_ROWS) {
            return Err(damaged(
                "a row group has more rows than costscope writes".to_owned(),
            ));
        }
        let schema = infer_schema(&meta)?;
        let headers: Vec<String> = info.headers.clone().unwrap_or_else(|| {
            let names = schema.iter_names().map(ToString::to_string);
            names.filter(|header| header != TAGS).collect()
        });
        let mut layout = Layout::read(name, &headers)?;
        if info.dialect() == Dialect::Mixed {
            layout.set_mixed();
        }
        let segments = Segments::read(&info.segments)
            .ok_or_else(|| damaged("its checksums cannot be read".to_owned()))?;
        Ok(Self {
            name: name.to_owned(),
            segments,
            layout,
            bytes,
            meta,
            schema,
            info,
            export,
            sets: OnceLock::new(),
        })
    }

    /// All bytes of the table.
    pub(crate) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The row count of each row group.
    pub(crate) fn groups(&self) -> impl Iterator<Item = usize> {
        self.meta.row_groups.iter().map(RowGroupMetadata::num_rows)
    }

    /// The bytes of all columns, unpacked.
    pub(crate) fn unpacked(&self) -> u64 {
        let groups = self.meta.row_groups.iter();
        let sizes = groups.map(|group| u64::try_from(group.total_byte_size()).unwrap_or_default());
        sizes.sum()
    }

    /// Whether the checksum of the rows still matches; an unreadable table does not match.
    pub(crate) fn is_sealed_by(&self, sealed: &RowGroupChecksum) -> bool {
        sealed.seal.holds(&self.bytes).unwrap_or(false)
    }

    /// Whether the rows are unchanged since they were written; tables of older versions have no checksum and count as
    /// unchanged. The footer says where the columns are, and has a checksum only in an export.
    pub(crate) fn is_unchanged(&self) -> bool {
        if let Some(export) = self.export {
            return export.checksum.holds(&self.bytes).unwrap_or(false);
        }
        let seal = self.info.seal;
        let groups = &self.meta.row_groups;
        let mut chunks = groups.iter().flat_map(RowGroupMetadata::parquet_columns);
        seal.is_none_or(|seal| seal.holds(&self.bytes).unwrap_or(false))
            && chunks.all(|chunk| self.checked(chunk.byte_range(), "").is_ok())
    }

    /// Whether each column has a checksum.
    pub(crate) fn has_column_checksums(&self) -> bool {
        !self.segments.is_empty()
    }

    /// The type of a column.
    pub(crate) fn kind(&self, header: &str) -> ColumnKind {
        match self.schema.get(header).map(|field| &field.dtype) {
            Some(ArrowDataType::Decimal(..)) => ColumnKind::Amount { must: true },
            Some(ArrowDataType::Date32) => ColumnKind::Day { must: true },
            _ => ColumnKind::Text,
        }
    }

    /// The tag sets, parsed on first use.
    pub(crate) fn sets(&self) -> Result<&Sets, DataError> {
        if let Some(sets) = self.sets.get() {
            return Ok(sets);
        }
        let sets = match said(&self.meta, TAG_SETS) {
            Some(text) => serde_json::from_str(text)
                .map_err(|error| DataError::Stored(format!("{}: its tags: {error}", self.name)))?,
            None => Sets::default(),
        };
        Ok(self.sets.get_or_init(|| sets))
    }

    /// The arrays of one column in one row group; with a mask, only the selected rows.
    fn arrays(
        &self,
        group: usize,
        name: &str,
        dtype: impl FnOnce(bool) -> Field,
        mask: Option<&Mask>,
    ) -> Result<Vec<Box<dyn Array>>, DataError> {
        let missing = || DataError::Stored(format!("{}: there is no column {name}", self.name));
        let group = self.meta.row_groups.get(group).ok_or_else(missing)?;
        let chunk = group
            .columns_under_root_iter(name)
            .and_then(|mut chunks| chunks.next())
            .ok_or_else(missing)?;
        if !is_flat(chunk, group.num_rows()) {
            return Err(self.wrong_type(name));
        }
        let bytes = self
            .checked(chunk.byte_range(), name)?
            .map_or_else(|| self.read(chunk.byte_range(), name), Ok)?;
        Pages::read(chunk, &bytes)?;
        let reader = PageReader::new(Cursor::new(bytes), chunk, Vec::new(), PAGE_LIMIT);
        let pages = BasicDecompressor::new(reader, Vec::new());
        let field = dtype(chunk.dictionary_page_offset().is_some());
        let kind = &chunk.descriptor().descriptor.primitive_type;
        let filter = mask.map(|mask| Filter::Mask(mask.clone()));
        let (arrays, _) = column_iter_to_arrays(vec![pages], vec![kind], field, filter)?;
        Ok(arrays)
    }

    /// Compares the bytes of a column of one row group with their checksum, if they have one, without decoding them.
    pub(crate) fn check(&self, group: usize, name: &str) -> Result<(), DataError> {
        let group = self.meta.row_groups.get(group);
        let chunks = group.and_then(|group| group.columns_under_root_iter(name));
        for chunk in chunks.into_iter().flatten() {
            self.checked(chunk.byte_range(), name)?;
        }
        Ok(())
    }

    /// The bytes of a column, verified against their checksum before they are decoded; `None` if there is no checksum.
    /// A table in memory was just written and is not verified.
    fn checked(&self, range: Range<u64>, name: &str) -> Result<Option<Buffer<u8>>, DataError> {
        if self.segments.is_empty() || matches!(self.bytes, Bytes::Memory(_)) {
            return Ok(None);
        }
        let wrong = || {
            let table = &self.name;
            DataError::Damaged(format!("{table}, column {name}: its checksum differs"))
        };
        let segment = self
            .segments
            .around(range.start, range.end)
            .ok_or_else(wrong)?;
        let end = segment.start + u64::from(segment.bytes);
        let bytes = self.read(segment.start..end, name)?;
        if !segment.holds(&bytes) {
            return Err(wrong());
        }
        let size = |at: u64| usize::try_from(at - segment.start).unwrap_or_default();
        Ok(Some(bytes.sliced(size(range.start)..size(range.end))))
    }

    /// Bytes of a column.
    fn read(&self, range: Range<u64>, name: &str) -> Result<Buffer<u8>, DataError> {
        let read = self.bytes.read(range);
        read.map_err(|error| DataError::io(&format!("{}, column {name}", self.name))(error))
    }

    fn wrong_type(&self, name: &str) -> DataError {
        DataError::Stored(format!(
            "{}: column {name} has an unexpected type",
            self.name
        ))
    }

    /// A text column of one row group.
    pub(crate) fn texts(
        &self,
        group: usize,
        name: &str,
        mask: Option<&Mask>,
    ) -> Result<Texts, DataError> {
        let arrays = self.arrays(group, name, |coded| text_field(name, coded), mask)?;
        let mut parts: Vec<(Decoded<u32>, Utf8ViewArray, bool)> = Vec::new();
        for array in arrays {
            let any = array.as_any();
            if let Some(coded) = any.downcast_ref::<DictionaryArray<u32>>() {
                let values = coded.values().as_any().downcast_ref::<Utf8ViewArray>();
                let values = values.cloned().ok_or_else(|| self.wrong_type(name))?;
                parts.push((codes(coded.keys()), values, true));
            } else {
                let plain = any
                    .downcast_ref::<Utf8ViewArray>()
                    .ok_or_else(|| self.wrong_type(name))?;
                parts.push((identity(plain), plain.clone(), false));
            }
        }
        if parts.len() == 1
            && let Some((codes, values, unique)) = parts.pop()
        {
            return Ok(Texts {
                codes,
                values,
                unique,
            });
        }
        Ok(joined(&parts))
    }

    /// An amount column of one row group; [`NO_AMOUNT`] for rows without a value.
    pub(crate) fn amounts(
        &self,
        group: usize,
        name: &str,
        mask: Option<&Mask>,
    ) -> Result<Decoded<i128>, DataError> {
        let field = |_| Field::new(name.into(), ArrowDataType::Decimal(38, 18), true);
        self.primitives(group, name, field, NO_AMOUNT, mask)
    }

    /// A date column of one row group; [`NO_DAY`] for rows without a value.
    pub(crate) fn days(
        &self,
        group: usize,
        name: &str,
        mask: Option<&Mask>,
    ) -> Result<Decoded<i32>, DataError> {
        let field = |_| Field::new(name.into(), ArrowDataType::Date32, true);
        self.primitives(group, name, field, NO_DAY, mask)
    }

    /// The tag set number of each row.
    pub(crate) fn tag_sets(&self, group: usize) -> Result<Decoded<u32>, DataError> {
        let field = |_| Field::new(TAGS.into(), ArrowDataType::UInt32, true);
        self.primitives(group, TAGS, field, NONE, None)
    }

    /// The number of rows that each row stands for; `None` if that is itself.
    pub(crate) fn counts(&self, group: usize) -> Result<Option<Decoded<u32>>, DataError> {
        if self.schema.get(COUNTS).is_none() {
            return Ok(None);
        }
        let field = |_| Field::new(COUNTS.into(), ArrowDataType::UInt32, true);
        self.primitives(group, COUNTS, field, 0, None).map(Some)
    }

    fn primitives<T: arrow::types::NativeType>(
        &self,
        group: usize,
        name: &str,
        field: impl FnOnce(bool) -> Field,
        none: T,
        mask: Option<&Mask>,
    ) -> Result<Decoded<T>, DataError> {
        let arrays = self.arrays(group, name, field, mask)?;
        let arrays: Vec<&PrimitiveArray<T>> = arrays
            .iter()
            .map(|array| array.as_any().downcast_ref())
            .collect::<Option<_>>()
            .ok_or_else(|| self.wrong_type(name))?;
        // Returns the decoded buffer itself if possible, because copying whole columns is slow.
        if let [array] = arrays.as_slice()
            && array.validity().is_none()
        {
            return Ok(array.values().clone());
        }
        let mut out: Vec<T> = Vec::new();
        for array in arrays {
            match array.validity() {
                None => out.extend_from_slice(array.values()),
                Some(_) => out.extend(array.iter().map(|value| value.copied().unwrap_or(none))),
            }
        }
        Ok(out.into())
    }
}

/// Whether a column declares one value for each row; a damaged column may declare any number.
pub(crate) fn is_flat(chunk: &ColumnChunkMetadata, rows: usize) -> bool {
    usize::try_from(chunk.num_values()) == Ok(rows)
}

/// The type that a text column is decoded to; with codes if the whole column is dictionary-encoded.
fn text_field(name: &str, coded: bool) -> Field {
    if !coded {
        return Field::new(name.into(), ArrowDataType::Utf8View, true);
    }
    let kind = ArrowDataType::Dictionary(
        IntegerType::UInt32,
        Box::new(ArrowDataType::Utf8View),
        false,
    );
    let mark = BTreeMap::from([(arrow::datatypes::DTYPE_CATEGORICAL_NEW.into(), "".into())]);
    let field = Field::new(name.into(), kind, true);
    Field {
        metadata: Some(Arc::new(mark)),
        ..field
    }
}

pub(super) fn codes(keys: &PrimitiveArray<u32>) -> Decoded<u32> {
    match keys.validity() {
        None => keys.values().clone(),
        Some(valid) => keys
            .values()
            .iter()
            .zip(valid)
            .map(|(code, there)| if there { *code } else { NONE })
            .collect(),
    }
}

/// A separate code for each row.
pub(super) fn identity(values: &Utf8ViewArray) -> Decoded<u32> {
    let rows = 0..u32::try_from(values.len()).unwrap_or(NONE);
    match values.validity() {
        None => rows.collect(),
        Some(valid) => rows
            .zip(valid)
            .map(|(row, there)| if there { row } else { NONE })
            .collect(),
    }
}

/// Joins several arrays into one, with a separate code for each row.
fn joined(parts: &[(Decoded<u32>, Utf8ViewArray, bool)]) -> Texts {
    let mut all = arrow::array::MutableBinaryViewArray::<str>::new();
    for (codes, values, _) in parts {
        for code in codes.iter() {
            let at = *code as usize;
            all.push((at < values.len()).then(|| values.value(at)));
        }
    }
    let values: Utf8ViewArray = all.into();
    Texts {
        codes: identity(&values),
        values,
        unique: false,
    }
}
