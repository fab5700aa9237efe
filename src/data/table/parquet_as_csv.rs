//! Parquet files of others, and ledgers of an older version, as the text that the one reading pass takes.
//!
//! Azure's exports write Parquet with typed columns. Every value is written out as it would stand in a CSV file, so that
//! the same checks and repairs apply whatever a file is made of.

use super::foreign_groups;
use super::foreign_groups::Plans;
use super::nested::can_hold_tags;
use super::stored::Bytes;
use crate::data::columns::column_types::day_of;
use crate::data::columns::tags::TAGS;
use crate::data::error::DataError;
use crate::data::panics::guarded;
use crate::domain::money::Amount;
use crate::domain::query::columns::plain;
use arrow::array::{Array, BooleanArray, FixedSizeBinaryArray, PrimitiveArray, Utf8ViewArray};
use arrow::datatypes::{ArrowDataType, Field, TimeUnit};
use polars_arrow as arrow;
use polars_parquet::read::{FileMetadata, infer_schema};
use std::collections::VecDeque;
use std::io::{self, Read};

/// Rows written out at a time.
const ROWS: usize = 4096;

/// Columns that tables of ours have beside those of the file.
const OURS: [&str; 3] = ["costscope.cost", "costscope.date", TAGS];

/// Writes a table out as CSV while it is read.
pub(crate) struct Transcript {
    bytes: Bytes,
    meta: FileMetadata,
    columns: Vec<Field>,
    /// Columns of lists and structures, which have no text.
    pub(crate) unread: Vec<String>,
    /// The row group to be decoded next.
    group: usize,
    /// How the one before is decoded, and how many of its rows are.
    plans: Plans,
    next_row: usize,
    /// What is left of these rows, and how many they are.
    decoded: Vec<VecDeque<Box<dyn Array>>>,
    left: usize,
    text: Vec<u8>,
    at: usize,
}

impl Transcript {
    pub(crate) fn new(bytes: Bytes) -> Result<Self, DataError> {
        guarded(|| Self::begin(bytes))
    }

    fn begin(bytes: Bytes) -> Result<Self, DataError> {
        let meta = bytes.metadata()?;
        let schema = infer_schema(&meta)?;
        let columns: Vec<Field> = schema
            .iter_values()
            .filter(|field| !OURS.contains(&field.name.as_str()) && as_read(field).is_some())
            .cloned()
            .collect();
        let unread = schema
            .iter_values()
            .filter(|field| as_read(field).is_none())
            .map(|field| field.name.to_string())
            .collect();
        let mut text = Vec::new();
        for (at, field) in columns.iter().enumerate() {
            cell(&mut text, (at, false), Some(field.name.as_str()));
        }
        text.push(b'\n');
        Ok(Self {
            bytes,
            meta,
            columns,
            unread,
            group: 0,
            plans: Plans::default(),
            next_row: 0,
            decoded: Vec::new(),
            left: 0,
            text,
            at: 0,
        })
    }

    /// The names of the columns that are read.
    pub(crate) fn names(&self) -> Vec<String> {
        let names = self.columns.iter();
        names.map(|field| field.name.to_string()).collect()
    }

    /// Columns of binary floating point numbers.
    pub(crate) fn floats(&self) -> Vec<String> {
        let is_float =
            |field: &&Field| matches!(field.dtype, ArrowDataType::Float64 | ArrowDataType::Float32);
        let names = self.columns.iter().filter(is_float);
        names.map(|field| field.name.to_string()).collect()
    }

    /// Decodes some more rows; `false` when there are none.
    fn next_slice(&mut self) -> Result<bool, DataError> {
        if self.next_row == self.plans.rows {
            let Some(group) = self.meta.row_groups.get(self.group) else {
                return Ok(false);
            };
            self.group += 1;
            self.next_row = 0;
            (self.plans, self.decoded) = foreign_groups::plan(&self.bytes, group, &self.columns)?;
        }
        let rows = self.plans.slice(self.next_row)?;
        let columns = self.plans.columns.iter().zip(&mut self.decoded);
        for (plan, decoded) in columns {
            if let Some(plan) = plan {
                *decoded = plan.decode(&self.bytes, rows.clone())?.into();
            }
        }
        self.left = rows.len();
        self.next_row = rows.end;
        Ok(true)
    }

    /// Writes out some more rows; `false` when there are none.
    fn next_rows(&mut self) -> Result<bool, DataError> {
        while self.left == 0 {
            if !self.next_slice()? {
                return Ok(false);
            }
        }
        let count = self.left.min(ROWS);
        self.left -= count;
        let mut columns: Vec<Vec<Option<String>>> = Vec::with_capacity(self.columns.len());
        for (field, arrays) in self.columns.iter().zip(&mut self.decoded) {
            let unexpected =
                || DataError::Stored(format!("column {}: unexpected values", field.name));
            let mut values = Vec::with_capacity(count);
            while values.len() < count {
                let Some(array) = arrays.front_mut() else {
                    break;
                };
                let take = array.len().min(count - values.len());
                let part = array.sliced(0, take);
                texts(part.as_ref(), field.dtype.to_storage(), &mut values)
                    .ok_or_else(unexpected)?;
                if take == array.len() {
                    arrays.pop_front();
                } else {
                    *array = array.sliced(take, array.len() - take);
                }
            }
            columns.push(values);
        }
        self.text.clear();
        self.at = 0;
        let is_only = columns.len() == 1;
        for row in 0..count {
            for (at, column) in columns.iter().enumerate() {
                let value = column.get(row).and_then(Option::as_deref);
                cell(&mut self.text, (at, is_only), value);
            }
            self.text.push(b'\n');
        }
        Ok(true)
    }
}

impl Read for Transcript {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at >= self.text.len() {
            if !guarded(|| self.next_rows()).map_err(io::Error::other)? {
                return Ok(0);
            }
        }
        let mut rest = self.text.get(self.at..).unwrap_or_default();
        let count = rest.read(buffer)?;
        self.at += count;
        Ok(count)
    }
}

/// One field in quotes, with a comma before all but the first.
fn cell(text: &mut Vec<u8>, (at, is_only): (usize, bool), value: Option<&str>) {
    if at > 0 {
        text.push(b',');
    }
    // A row of nothing at all would be a blank line.
    if at == 0 && value.is_none() && is_only {
        text.extend_from_slice(b"\"\"");
    }
    if let Some(value) = value {
        text.push(b'"');
        let mut parts = value.split('"');
        text.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
        for part in parts {
            text.extend_from_slice(b"\"\"");
            text.extend_from_slice(part.as_bytes());
        }
        text.push(b'"');
    }
}

/// The type a column is decoded to; nothing for lists, maps and structures other than tags.
pub(super) fn as_read(field: &Field) -> Option<Field> {
    use ArrowDataType as D;
    // Types of others, such as a GUID's, are read as what they are stored as.
    let kind = match field.dtype.to_storage() {
        kind if plain(&field.name) == "tags" && can_hold_tags(kind) => kind.clone(),
        D::FixedSizeBinary(16) => D::FixedSizeBinary(16),
        D::Utf8
        | D::LargeUtf8
        | D::Utf8View
        | D::Dictionary(..)
        | D::Binary
        | D::LargeBinary
        | D::BinaryView => D::Utf8View,
        D::Null
        | D::Boolean
        | D::Int8
        | D::Int16
        | D::Int32
        | D::Int64
        | D::UInt8
        | D::UInt16
        | D::UInt32
        | D::UInt64
        | D::Float32
        | D::Float64
        | D::Date32
        | D::Timestamp(..)
        | D::Decimal(..) => field.dtype.to_storage().clone(),
        _ => return None,
    };
    Some(Field::new(field.name.clone(), kind, field.is_nullable))
}

/// The values of an array as they would be written.
pub(super) fn texts(
    array: &dyn Array,
    kind: &ArrowDataType,
    out: &mut Vec<Option<String>>,
) -> Option<()> {
    use ArrowDataType as D;
    let any = array.as_any();
    macro_rules! numbers {
        ($kind:ty, $show:expr) => {{
            let show: fn($kind) -> String = $show;
            let array = any.downcast_ref::<PrimitiveArray<$kind>>()?;
            out.extend(array.iter().map(|value| value.map(|value| show(*value))));
        }};
    }
    match kind {
        D::Boolean => {
            let array = any.downcast_ref::<BooleanArray>()?;
            let word = |value: bool| if value { "True" } else { "False" }.to_owned();
            out.extend(array.iter().map(|value| value.map(word)));
        }
        D::Int8 => numbers!(i8, |value| value.to_string()),
        D::Int16 => numbers!(i16, |value| value.to_string()),
        D::Int32 => numbers!(i32, |value| value.to_string()),
        D::Int64 => numbers!(i64, |value| value.to_string()),
        D::UInt8 => numbers!(u8, |value| value.to_string()),
        D::UInt16 => numbers!(u16, |value| value.to_string()),
        D::UInt32 => numbers!(u32, |value| value.to_string()),
        D::UInt64 => numbers!(u64, |value| value.to_string()),
        // The shortest decimal that reads back as the same number.
        D::Float32 => numbers!(f32, |value| value.to_string()),
        D::Float64 => numbers!(f64, |value| value.to_string()),
        D::Date32 => numbers!(i32, |value| day_of(value).to_string()),
        D::Timestamp(unit, _) => {
            let per_second = match unit {
                TimeUnit::Second => 1,
                TimeUnit::Millisecond => 1_000,
                TimeUnit::Microsecond => 1_000_000,
                TimeUnit::Nanosecond => 1_000_000_000,
            };
            let array = any.downcast_ref::<PrimitiveArray<i64>>()?;
            let show = |value: &i64| time_text(value.div_euclid(per_second));
            out.extend(array.iter().map(|value| value.map(show)));
        }
        kind if can_hold_tags(kind) => super::nested::json_texts(array, out)?,
        D::FixedSizeBinary(_) => {
            let array = any.downcast_ref::<FixedSizeBinaryArray>()?;
            out.extend(sixteen_bytes(array));
        }
        D::Decimal(_, scale) => {
            let scale = *scale;
            let array = any.downcast_ref::<PrimitiveArray<i128>>()?;
            let show = |value: &i128| decimal_text(*value, scale);
            out.extend(array.iter().map(|value| value.map(show)));
        }
        _ => {
            let array = any.downcast_ref::<Utf8ViewArray>()?;
            out.extend(array.iter().map(|value| value.map(ToOwned::to_owned)));
        }
    }
    Some(())
}

/// Sixteen bytes as a GUID.
/// Values of sixteen bytes: ids, or texts of that width where all of them are letters and signs.
fn sixteen_bytes(array: &FixedSizeBinaryArray) -> Vec<Option<String>> {
    let is_text = |bytes: &[u8]| bytes.iter().all(|byte| (b' '..=b'~').contains(byte));
    let text = array.iter().flatten().all(is_text);
    let shown = |bytes: &[u8]| {
        if text {
            String::from_utf8_lossy(bytes).into_owned()
        } else {
            uuid_text(bytes)
        }
    };
    array.iter().map(|value| value.map(shown)).collect()
}

fn uuid_text(bytes: &[u8]) -> String {
    let hex = crate::domain::report::request::hex(bytes);
    let part = |range| hex.get(range).unwrap_or_default();
    let parts = [
        part(0..8),
        part(8..12),
        part(12..16),
        part(16..20),
        part(20..32),
    ];
    parts.join("-")
}

fn time_text(seconds: i64) -> String {
    // What is no time is written as it is, and refused where a day has to stand.
    chrono::DateTime::from_timestamp(seconds, 0).map_or_else(
        || seconds.to_string(),
        |time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
    )
}

fn decimal_text(value: i128, scale: usize) -> String {
    if let Some(left) = 18_usize.checked_sub(scale)
        && let Some(factor) = u32::try_from(left)
            .ok()
            .and_then(|by| 10_i128.checked_pow(by))
        && let Some(units) = value.checked_mul(factor)
    {
        return Amount::from_units(units).to_string();
    }
    format!("{value}e-{scale}")
}
