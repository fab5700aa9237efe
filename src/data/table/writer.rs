//! Writes columns as Parquet, one row group for each block.

use super::checksum::{Sealer, Sealing};
use super::footer::{COUNTS, INFO, Info, TAG_SETS};
use super::second_footer;
use super::second_footer::{EXPORT, TableInside};
use super::text_pages;
use super::text_pages::PAGE;
use crate::data::columns::column_types::{ColumnKind, Filling, NO_AMOUNT, NO_DAY};
use crate::data::columns::tag_dictionary::Sets;
use crate::data::columns::tags::TAGS;
use crate::data::columns::text_column::{GrowingTexts, NONE};
use crate::data::error::DataError;
use crate::data::threads::on_threads;
use arrow::array::{Array, BinaryArray, PrimitiveArray};
use arrow::bitmap::Bitmap;
use arrow::datatypes::{ArrowDataType, ArrowSchema, Field};
use arrow::offset::OffsetsBuffer;
use polars_arrow as arrow;
use polars_error::{PolarsError, PolarsResult};
use polars_parquet::parquet::schema::types::PrimitiveType;
use polars_parquet::read::ParquetError;
use polars_parquet::write::{
    CompressedPage, CompressionOptions, DynIter, DynStreamingIterator, Encoding, FileWriter,
    KeyValue, ParquetType, StatisticsOptions, Version, WriteOptions, array_to_pages, compress,
    fallible_streaming_iterator, schema_to_metadata_key, to_nested, to_parquet_schema,
};
use serde::Serialize;
use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

const OPTIONS: WriteOptions = WriteOptions {
    statistics: StatisticsOptions {
        min_value: false,
        max_value: false,
        distinct_count: false,
        null_count: false,
        binary_statistics_truncate_length: None,
    },
    version: Version::V1,
    compression: CompressionOptions::Lz4Raw,
    data_page_size: Some(PAGE),
};

/// The Parquet schema of a table.
#[derive(Clone)]
pub(crate) struct Schema {
    arrow: ArrowSchema,
    parquet: Vec<ParquetType>,
    compression: CompressionOptions,
}

impl Schema {
    /// The schema of these columns, followed by the column of tag set numbers.
    pub(crate) fn new(headers: &[String], kinds: &[ColumnKind]) -> Result<Self, DataError> {
        let mut fields = fields(headers, kinds);
        fields.push(Field::new(TAGS.into(), ArrowDataType::UInt32, true));
        Self::of(fields)
    }

    /// The schema of these columns only.
    pub(crate) fn plain(headers: &[String], kinds: &[ColumnKind]) -> Result<Self, DataError> {
        Self::of(fields(headers, kinds))
    }

    fn of(fields: Vec<Field>) -> Result<Self, DataError> {
        let arrow = ArrowSchema::from_iter(fields);
        let parquet = to_parquet_schema(&arrow)?.fields().to_vec();
        Ok(Self {
            arrow,
            parquet,
            compression: OPTIONS.compression,
        })
    }

    /// The same, followed by the number of rows that each row stands for.
    pub(crate) fn counted(self) -> Result<Self, DataError> {
        let mut fields: Vec<Field> = self.arrow.iter_values().cloned().collect();
        fields.push(Field::new(COUNTS.into(), ArrowDataType::UInt32, true));
        Ok(Self {
            compression: self.compression,
            ..Self::of(fields)?
        })
    }

    /// The same without compression, for a table that is read once.
    #[must_use]
    pub(crate) fn uncompressed(self) -> Self {
        Self {
            compression: CompressionOptions::Uncompressed,
            ..self
        }
    }
}

fn fields(headers: &[String], kinds: &[ColumnKind]) -> Vec<Field> {
    let columns = headers.iter().zip(kinds);
    columns
        .map(|(header, kind)| Field::new(header.as_str().into(), dtype(*kind), true))
        .collect()
}

fn dtype(kind: ColumnKind) -> ArrowDataType {
    match kind {
        ColumnKind::Text => ArrowDataType::Utf8View,
        ColumnKind::Amount { .. } => ArrowDataType::Decimal(38, 18),
        ColumnKind::Day { .. } => ArrowDataType::Date32,
    }
}

/// One row group, ready to be written.
pub(crate) struct EncodedGroup {
    rows: u64,
    columns: Vec<Vec<CompressedPage>>,
}

impl EncodedGroup {
    /// Number of rows.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// The same row group with a further number for each row: that of its tag set, or how many rows it stands for.
    pub(crate) fn numbered(
        mut self,
        schema: &Schema,
        numbers: Vec<u32>,
    ) -> Result<Self, DataError> {
        if let Some(kind) = schema.parquet.get(self.columns.len()) {
            let valid = validity(&numbers, |number| *number != NONE);
            let array = PrimitiveArray::try_new(ArrowDataType::UInt32, numbers.into(), valid)?;
            let packed = (Encoding::RleDictionary, schema.compression);
            let pages = pages(&array, kind, packed)?;
            self.columns.push(pages);
        }
        Ok(self)
    }
}

/// Encodes the columns of one block.
pub(crate) fn encode(
    schema: &Schema,
    columns: Vec<Filling>,
    tags: Vec<u32>,
) -> Result<EncodedGroup, DataError> {
    encode_plain(schema, columns, tags.len())?.numbered(schema, tags)
}

/// Encodes columns without tag set numbers.
pub(crate) fn encode_plain(
    schema: &Schema,
    columns: Vec<Filling>,
    rows: usize,
) -> Result<EncodedGroup, DataError> {
    let mut out = Vec::with_capacity(schema.parquet.len());
    for (filling, kind) in columns.into_iter().zip(&schema.parquet) {
        out.push(column(filling, kind, schema.compression)?);
    }
    Ok(EncodedGroup {
        rows: rows as u64,
        columns: out,
    })
}

/// Like [`encode_plain`], on several threads.
pub(crate) fn encode_on(
    threads: usize,
    schema: &Schema,
    columns: Vec<Filling>,
    rows: usize,
) -> Result<EncodedGroup, DataError> {
    let columns: Vec<Mutex<Option<Filling>>> = columns
        .into_iter()
        .map(|column| Mutex::new(Some(column)))
        .collect();
    let made: Vec<Mutex<Vec<CompressedPage>>> = columns.iter().map(|_| Mutex::default()).collect();
    let count = columns.len().min(schema.parquet.len());
    on_threads(
        threads,
        count,
        || (),
        |(), at| {
            let filling = columns.get(at).and_then(|column| locked(column).take());
            if let (Some(filling), Some(kind), Some(slot)) =
                (filling, schema.parquet.get(at), made.get(at))
            {
                *locked(slot) = column(filling, kind, schema.compression)?;
            }
            Ok(())
        },
    )?;
    let made = made.into_iter();
    let columns = made.map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner));
    Ok(EncodedGroup {
        rows: rows as u64,
        columns: columns.take(count).collect(),
    })
}

fn locked<T>(slot: &Mutex<T>) -> MutexGuard<'_, T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The pages of a column.
fn column(
    filling: Filling,
    kind: &ParquetType,
    compression: CompressionOptions,
) -> Result<Vec<CompressedPage>, DataError> {
    match filling {
        Filling::Text(texts) if !is_plain(&texts) => {
            let pages = text_pages::pages(&texts, leaf_of(kind)?)?.into_iter();
            let packed = pages.map(|page| compress(page, Vec::new(), compression));
            packed.map(|page| Ok(page?)).collect()
        }
        filling => {
            let (array, encoding) = array(filling)?;
            pages(array.as_ref(), kind, (encoding, compression))
        }
    }
}

/// A column without fields of its own.
fn leaf_of(kind: &ParquetType) -> Result<&PrimitiveType, DataError> {
    match kind {
        ParquetType::PrimitiveType(leaf) => Ok(leaf),
        ParquetType::GroupType { .. } => {
            let named = format!("column {} has fields of its own", kind.name());
            Err(DataError::Stored(named))
        }
    }
}

fn pages(
    array: &dyn Array,
    kind: &ParquetType,
    (encoding, compression): (Encoding, CompressionOptions),
) -> Result<Vec<CompressedPage>, DataError> {
    let leaf = leaf_of(kind)?;
    // Not `array_to_columns`: for a column without a value it fills 8 MB of zeros, once in each process.
    let nested = to_nested(array, kind)?.concat();
    let mut out = Vec::new();
    for page in array_to_pages(array, leaf.clone(), &nested, OPTIONS, encoding)? {
        out.push(compress(page?, Vec::new(), compression).map_err(PolarsError::from)?);
    }
    Ok(out)
}

/// The validity bitmap; `None` if all values are present.
fn validity<T>(values: &[T], is_there: impl Fn(&T) -> bool) -> Option<Bitmap> {
    let all = values.iter().all(&is_there);
    (!all).then(|| values.iter().map(is_there).collect())
}

fn array(filling: Filling) -> PolarsResult<(Box<dyn Array>, Encoding)> {
    match filling {
        Filling::Text(texts) => text_array(&texts),
        Filling::Amount(units) => {
            let valid = validity(&units, |units| *units != NO_AMOUNT);
            let kind = ArrowDataType::Decimal(38, 18);
            let array = PrimitiveArray::try_new(kind, units.into(), valid)?;
            Ok((array.boxed(), Encoding::Plain))
        }
        Filling::Day(days) => {
            let valid = validity(&days.values, |day| *day != NO_DAY);
            let array = PrimitiveArray::try_new(ArrowDataType::Date32, days.values.into(), valid)?;
            Ok((array.boxed(), Encoding::RleDictionary))
        }
    }
}

/// Whether a text column is written without a dictionary, because few of its values repeat.
fn is_plain(texts: &GrowingTexts) -> bool {
    let rows = texts.codes().len();
    texts.distinct() > 0 && texts.distinct() * 3 > rows * 2 && rows > 64
}

fn text_array(texts: &GrowingTexts) -> PolarsResult<(Box<dyn Array>, Encoding)> {
    let valid = validity(texts.codes(), |code| *code != NONE);
    let codes = texts.codes().iter().copied();
    Ok((plain_array(texts, codes, valid)?, Encoding::Plain))
}

fn plain_array(
    texts: &GrowingTexts,
    codes: impl Iterator<Item = u32>,
    valid: Option<Bitmap>,
) -> PolarsResult<Box<dyn Array>> {
    let mut bytes = Vec::with_capacity(texts.bytes());
    let mut offsets: Vec<i64> = vec![0];
    for code in codes {
        bytes.extend_from_slice(texts.get(code).unwrap_or_default());
        offsets.push(i64::try_from(bytes.len()).unwrap_or(i64::MAX));
    }
    let kind = ArrowDataType::LargeBinary;
    let offsets = OffsetsBuffer::try_from(offsets)?;
    let array = BinaryArray::<i64>::try_new(kind, offsets, bytes.into(), valid)?;
    Ok(array.boxed())
}

/// A Parquet file being written.
pub(crate) struct Writer<W: Write> {
    inner: FileWriter<Sealing<W>>,
    /// The checksums of what was written so far.
    pub(crate) sealer: Sealer,
}

impl<W: Write> Writer<W> {
    pub(crate) fn new(target: W, schema: &Schema) -> Result<Self, DataError> {
        let (target, sealer) = Sealing::new(target);
        let inner = FileWriter::try_new(target, schema.arrow.clone(), OPTIONS)?;
        Ok(Self { inner, sealer })
    }

    /// Appends one row group.
    pub(crate) fn write(&mut self, group: &EncodedGroup) -> Result<(), DataError> {
        self.append(group.rows, group.columns.iter())
    }

    /// Appends the columns of a row group that have these places.
    pub(crate) fn write_only(
        &mut self,
        group: &EncodedGroup,
        places: &[usize],
    ) -> Result<(), DataError> {
        let columns = places.iter().filter_map(|at| group.columns.get(*at));
        self.append(group.rows, columns)
    }

    fn append<'a>(
        &mut self,
        rows: u64,
        columns: impl Iterator<Item = &'a Vec<CompressedPage>> + Send + Sync + 'a,
    ) -> Result<(), DataError> {
        // The writer requests a column after it has written the previous one.
        let sealer = &self.sealer;
        sealer.begin();
        let columns = DynIter::new(columns.map(move |pages| {
            sealer.end_column();
            let pages = pages.iter().map(PolarsResult::Ok);
            Ok(DynStreamingIterator::new(
                fallible_streaming_iterator::convert(pages),
            ))
        }));
        let written = self.inner.write(rows, columns);
        written.map_err(|error| self.failed(error))?;
        self.sealer.end_column();
        Ok(())
    }

    /// The error of the target, if that is why writing failed.
    fn failed(&self, error: impl Into<DataError>) -> DataError {
        let problem = self.sealer.problem();
        problem.map_or_else(|| error.into(), DataError::Taker)
    }

    /// Writes the footer of a table without a description.
    pub(crate) fn end(mut self) -> Result<W, DataError> {
        self.describe(None)?;
        Ok(self.inner.into_inner().into_inner())
    }

    /// Writes the table's description and the footer.
    pub(crate) fn finish(mut self, info: &Info, sets: &Sets) -> Result<W, DataError> {
        self.describe(Some((info, sets)))?;
        Ok(self.inner.into_inner().into_inner())
    }

    /// Writes the table's description, if it has one, and the footer; then the footer for other programs, which do not see
    /// the numbers of tag sets.
    pub(crate) fn finish_export(mut self, table: Option<&(Info, Sets)>) -> Result<W, DataError> {
        self.describe(table.map(|(info, sets)| (info, sets)))?;
        let fields = self.inner.schema().iter_values();
        let shown = fields.filter(|field| field.name != TAGS).cloned();
        let mut said = vec![schema_to_metadata_key(&shown.collect())];
        if table.is_some() {
            said.push(pair(EXPORT, &TableInside::of(self.sealer.seal()))?);
        }
        let (target, meta) = self.inner.into_inner_and_metadata();
        let mut target = target.into_inner();
        let footer = second_footer::without_tags(meta, said)?;
        target.write_all(&footer).map_err(DataError::Taker)?;
        Ok(target)
    }

    /// Writes the footer, with the description of the table if there is one.
    fn describe(&mut self, table: Option<(&Info, &Sets)>) -> Result<(), DataError> {
        let mut said = vec![schema_to_metadata_key(self.inner.schema())];
        if let Some((info, sets)) = table {
            said.extend([pair(INFO, info)?, pair(TAG_SETS, sets)?]);
        }
        let ended = self.inner.end(Some(said));
        ended.map(|_| ()).map_err(|error| self.failed(error))
    }
}

/// A value of the Parquet metadata.
fn pair(key: &str, value: &impl Serialize) -> Result<KeyValue, DataError> {
    let text = serde_json::to_string(value);
    Ok(KeyValue {
        key: key.to_owned(),
        value: Some(text.map_err(|error| DataError::Stored(error.to_string()))?),
    })
}

impl From<ParquetError> for DataError {
    fn from(error: ParquetError) -> Self {
        Self::Engine(error.into())
    }
}
