//! Converts Arrow data from the wire into domain values.

use crate::domain::money::Amount;
use crate::domain::sql::server::columns::ColumnType;
use crate::domain::sql::statement::{AnswerType, AnswerValue};
use chrono::{DateTime, NaiveDate, TimeDelta};
use polars_arrow::array::{
    Array, BooleanArray, PrimitiveArray, StaticArray, Utf8Array, Utf8ViewArray,
};
use polars_arrow::datatypes::{ArrowDataType, TimeUnit};
use polars_arrow::io::ipc::read::{StreamReader, StreamState, read_stream_metadata};
use polars_arrow::types::NativeType;
use std::io::Cursor;

/// The rows received so far.
#[derive(Debug, Default)]
pub(super) struct ReceivedRows {
    pub(super) columns: Option<Vec<(String, AnswerType)>>,
    pub(super) rows: Vec<Vec<AnswerValue>>,
    /// Columns with more than 18 decimals, which were rounded.
    pub(super) rounded: Vec<String>,
}

/// The size of one converted value in bytes, and the limit for all of them.
const HANDED: usize = 96;
const MOST: usize = 2 << 30;

impl ReceivedRows {
    /// Adds a batch, which is a stream of its own with the schema first. Returns its number of rows.
    pub(super) fn take(&mut self, data: &[u8]) -> Result<usize, String> {
        let mut cursor = Cursor::new(data);
        let metadata = read_stream_metadata(&mut cursor).map_err(|error| unreadable(&error))?;
        if metadata.schema.len() != metadata.ipc_schema.fields.len() {
            return Err(
                "two output columns have the same name; rename one of them with AS".to_owned(),
            );
        }
        let fields = metadata.schema.iter_values();
        let fields: Vec<(String, ArrowDataType)> = fields
            .map(|field| (field.name.to_string(), field.dtype.clone()))
            .collect();
        let columns = fields
            .iter()
            .map(|(name, dtype)| Ok((name.clone(), kind(name, dtype)?)))
            .collect::<Result<Vec<_>, String>>()?;
        match &self.columns {
            None => self.columns = Some(columns),
            Some(known) if *known == columns => {}
            Some(_) => return Err("its columns change in the middle of the result".to_owned()),
        }
        let before = self.rows.len();
        for batch in StreamReader::new(cursor, metadata, None) {
            let StreamState::Some(batch) = batch.map_err(|error| unreadable(&error))? else {
                break;
            };
            let first = self.rows.len();
            let height = batch.len();
            if (first + height)
                .saturating_mul(fields.len())
                .saturating_mul(HANDED)
                > MOST
            {
                return Err(
                    "its result is too large for memory here: ask for fewer rows or columns, or add a LIMIT"
                        .to_owned(),
                );
            }
            let width = fields.len();
            self.rows
                .extend((0..height).map(|_| Vec::with_capacity(width)));
            for ((name, dtype), array) in fields.iter().zip(batch.arrays()) {
                for at in 0..height {
                    let value = self.value(name, dtype, array.as_ref(), at)?;
                    if let Some(row) = self.rows.get_mut(first + at) {
                        row.push(value);
                    }
                }
            }
        }
        Ok(self.rows.len() - before)
    }

    fn value(
        &mut self,
        name: &str,
        dtype: &ArrowDataType,
        array: &dyn Array,
        at: usize,
    ) -> Result<AnswerValue, String> {
        use ArrowDataType as T;
        if at >= array.len() || array.is_null(at) || *dtype == T::Null {
            return Ok(AnswerValue::Missing);
        }
        let wrong = || format!("the column `{name}` does not match its type");
        let text = |text: Option<&str>| text.map(|text| AnswerValue::Text(text.to_owned()));
        let found = match dtype {
            T::Utf8 => text(array_of::<Utf8Array<i32>>(array).and_then(|a| a.get(at))),
            T::LargeUtf8 => text(array_of::<Utf8Array<i64>>(array).and_then(|a| a.get(at))),
            T::Utf8View => text(array_of::<Utf8ViewArray>(array).and_then(|a| a.get(at))),
            T::Boolean => array_of::<BooleanArray>(array)
                .and_then(|a| a.get(at))
                .map(AnswerValue::Boolean),
            T::Decimal(_, scale) => {
                let units = native::<i128>(array, at).ok_or_else(wrong)?;
                let Some(parsed) = Amount::of_scaled(units, *scale) else {
                    return Err(format!(
                        "a value of `{name}` has more than 20 digits before the point"
                    ));
                };
                if parsed.rounded && !self.rounded.iter().any(|known| known == name) {
                    self.rounded.push(name.to_owned());
                }
                Some(AnswerValue::Decimal(parsed.amount))
            }
            T::Float32 => return double(name, native::<f32>(array, at).map(f64::from)),
            T::Float64 => return double(name, native::<f64>(array, at)),
            T::Date32 => native::<i32>(array, at)
                .and_then(day)
                .map(AnswerValue::Text),
            T::Timestamp(unit, _) => native::<i64>(array, at)
                .and_then(|ticks| time(ticks, *unit))
                .map(AnswerValue::Text),
            T::Int8 => whole::<i8>(array, at),
            T::Int16 => whole::<i16>(array, at),
            T::Int32 => whole::<i32>(array, at),
            T::Int64 => whole::<i64>(array, at),
            T::UInt8 => whole::<u8>(array, at),
            T::UInt16 => whole::<u16>(array, at),
            T::UInt32 => whole::<u32>(array, at),
            T::UInt64 => whole::<u64>(array, at),
            _ => None,
        };
        found.ok_or_else(wrong)
    }
}

fn array_of<A: 'static>(array: &dyn Array) -> Option<&A> {
    array.as_any().downcast_ref::<A>()
}

fn native<T: NativeType>(array: &dyn Array, at: usize) -> Option<T> {
    array_of::<PrimitiveArray<T>>(array)?.get(at)
}

fn whole<T: NativeType + Into<i128>>(array: &dyn Array, at: usize) -> Option<AnswerValue> {
    native::<T>(array, at).map(|number| AnswerValue::Integer(number.into()))
}

fn kind(name: &str, dtype: &ArrowDataType) -> Result<AnswerType, String> {
    use ArrowDataType as T;
    Ok(match dtype {
        T::Decimal(..) => AnswerType::Decimal,
        T::Utf8 | T::LargeUtf8 | T::Utf8View | T::Timestamp(..) | T::Null => AnswerType::Text,
        T::Date32 => AnswerType::Date,
        T::Boolean => AnswerType::Boolean,
        T::Float32 | T::Float64 => AnswerType::Double,
        T::Int8 | T::Int16 | T::Int32 | T::Int64 | T::UInt8 | T::UInt16 | T::UInt32 | T::UInt64 => {
            AnswerType::Integer
        }
        other => {
            return Err(format!(
                "the column `{name}` has a type that cannot be shown ({other:?}); convert it to text with \
                 CAST(... AS STRING) or TO_JSON(...)"
            ));
        }
    })
}

/// Converts a double. NaN and infinity, such as 1/0, are errors.
fn double(name: &str, number: Option<f64>) -> Result<AnswerValue, String> {
    match number {
        Some(number) if number.is_finite() => Ok(AnswerValue::Double(number)),
        _ => Err(format!(
            "`{name}` divides by zero or is not a number; NULLIF(x, 0) as the divisor gives null instead"
        )),
    }
}

fn day(days: i32) -> Option<String> {
    let day = NaiveDate::default().checked_add_signed(TimeDelta::days(i64::from(days)))?;
    Some(day.to_string())
}

/// A time in ISO form, without trailing parts that are zero.
fn time(ticks: i64, unit: TimeUnit) -> Option<String> {
    let time = match unit {
        TimeUnit::Second => DateTime::from_timestamp(ticks, 0),
        TimeUnit::Millisecond => DateTime::from_timestamp_millis(ticks),
        TimeUnit::Microsecond => DateTime::from_timestamp_micros(ticks),
        TimeUnit::Nanosecond => Some(DateTime::from_timestamp_nanos(ticks)),
    }?;
    let time = time.naive_utc();
    Some(if time.time() == chrono::NaiveTime::MIN {
        time.date().to_string()
    } else {
        time.format("%Y-%m-%dT%H:%M:%S%.f").to_string()
    })
}

fn unreadable(error: &impl ToString) -> String {
    format!("its response cannot be read: {}", error.to_string())
}

/// Reads the columns of a table from a result without rows.
pub(super) fn schema(data: &[u8]) -> Result<Vec<(String, ColumnType)>, String> {
    use ArrowDataType as T;
    let mut cursor = Cursor::new(data);
    let metadata = read_stream_metadata(&mut cursor).map_err(|error| unreadable(&error))?;
    let kind = |dtype: &ArrowDataType| match dtype {
        T::Utf8 | T::LargeUtf8 | T::Utf8View | T::Null => ColumnType::Text,
        T::Decimal(..) => ColumnType::Decimal,
        T::Float32 | T::Float64 => ColumnType::Double,
        T::Date32 => ColumnType::Date,
        T::Timestamp(_, zone) => ColumnType::Timestamp {
            zoned: zone.is_some(),
        },
        T::Boolean => ColumnType::Boolean,
        T::Map(..) | T::Struct(_) => ColumnType::Keyed,
        T::Int8 | T::Int16 | T::Int32 | T::Int64 | T::UInt8 | T::UInt16 | T::UInt32 | T::UInt64 => {
            ColumnType::Integer
        }
        _ => ColumnType::Nested,
    };
    let fields = metadata.schema.iter_values();
    Ok(fields
        .map(|field| (field.name.to_string(), kind(&field.dtype)))
        .collect())
}
