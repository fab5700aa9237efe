//! Decoded arrays of foreign Parquet files as the typed columns that are checked.

use super::kinds::can_hold_tags;
use super::nested::json_texts;
use super::texts::{per_second, texts};
use crate::data::columns::column_types::{NO_AMOUNT, NO_DAY};
use crate::data::columns::text_column::NONE;
use crate::data::ingest::typed::column::{ColumnValues, NO_TIME, TextPart, Words};
use crate::data::ingest::typed::written::day_of_milliseconds;
use crate::data::table::stored::{codes, identity};
use arrow::array::{Array, BooleanArray, DictionaryArray, PrimitiveArray, Utf8ViewArray};
use arrow::datatypes::{ArrowDataType, TimeUnit};
use arrow::types::{NativeType, i256};
use polars_arrow as arrow;

impl Words for Utf8ViewArray {
    fn count(&self) -> usize {
        self.len()
    }

    fn word(&self, code: u32) -> Option<&[u8]> {
        let at = code as usize;
        (at < self.len()).then(|| self.value(at).as_bytes())
    }
}

/// The column of an array that was decoded from this type; `None` if it has unexpected values.
pub(super) fn column(array: &dyn Array, kind: &ArrowDataType) -> Option<ColumnValues> {
    use ArrowDataType as D;
    let typed = match kind {
        D::Int8 => whole::<i8>(array),
        D::Int16 => whole::<i16>(array),
        D::Int32 => whole::<i32>(array),
        D::Int64 => whole::<i64>(array),
        D::UInt8 => whole::<u8>(array),
        D::UInt16 => whole::<u16>(array),
        D::UInt32 => whole::<u32>(array),
        D::UInt64 => whole::<u64>(array),
        D::Decimal(_, scale) => decimals(array, *scale),
        D::Decimal256(_, scale) => wide_decimals(array, *scale),
        D::Float64 => values::<f64>(array).map(|values| ColumnValues::Doubles(values.collect())),
        D::Date32 => days(array),
        D::Date64 => whole_days(array),
        D::Timestamp(unit, _) => times(array, *unit),
        D::Boolean => booleans(array),
        D::Utf8View => text_part(array).map(|part| ColumnValues::Texts(vec![part])),
        _ => None,
    };
    // Rare types, and numbers that stand for no value here, are written out.
    typed.or_else(|| written(array, kind))
}

fn values<T: NativeType>(array: &dyn Array) -> Option<impl Iterator<Item = Option<T>>> {
    let array = array.as_any().downcast_ref::<PrimitiveArray<T>>()?;
    Some(array.iter().map(Option::<&T>::copied))
}

/// The values with a mark for missing ones; `None` if a value is the mark itself.
fn marked<T, U: Copy + PartialEq>(
    values: impl Iterator<Item = Option<T>>,
    mark: U,
    convert: impl Fn(T) -> U,
) -> Option<Vec<U>> {
    let number = |value: Option<T>| match value.map(&convert) {
        Some(value) if value == mark => None,
        value => Some(value.unwrap_or(mark)),
    };
    values.map(number).collect()
}

/// Whole numbers. They are never the mark of a missing amount.
fn whole<T: NativeType + Into<i128>>(array: &dyn Array) -> Option<ColumnValues> {
    let values = marked(values::<T>(array)?, NO_AMOUNT, T::into)?;
    Some(ColumnValues::Decimals { values, scale: 0 })
}

fn decimals(array: &dyn Array, scale: usize) -> Option<ColumnValues> {
    let values = marked(values::<i128>(array)?, NO_AMOUNT, |value| value)?;
    Some(ColumnValues::Decimals { values, scale })
}

/// Decimals of up to 32 bytes; `None` if one is too large for an amount.
fn wide_decimals(array: &dyn Array, scale: usize) -> Option<ColumnValues> {
    let narrow = |value: Option<i256>| match value.map(|value| i128::try_from(value.0)) {
        None => Some(NO_AMOUNT),
        Some(Ok(value)) => Some(value).filter(|value| *value != NO_AMOUNT),
        Some(Err(_)) => None,
    };
    let values: Option<Vec<i128>> = values::<i256>(array)?.map(narrow).collect();
    Some(ColumnValues::Decimals {
        values: values?,
        scale,
    })
}

/// Milliseconds that are days; `None` if one of them is a time.
fn whole_days(array: &dyn Array) -> Option<ColumnValues> {
    let day = |value: Option<i64>| match value {
        None => Some(NO_DAY),
        Some(value) => day_of_milliseconds(value).filter(|day| *day != NO_DAY),
    };
    let days: Option<Vec<i32>> = values::<i64>(array)?.map(day).collect();
    days.map(ColumnValues::Days)
}

fn days(array: &dyn Array) -> Option<ColumnValues> {
    marked(values::<i32>(array)?, NO_DAY, |value| value).map(ColumnValues::Days)
}

fn times(array: &dyn Array, unit: TimeUnit) -> Option<ColumnValues> {
    let per_second = per_second(unit);
    let seconds = |value: i64| value.div_euclid(per_second);
    marked(values::<i64>(array)?, NO_TIME, seconds).map(ColumnValues::Times)
}

fn booleans(array: &dyn Array) -> Option<ColumnValues> {
    let array = array.as_any().downcast_ref::<BooleanArray>()?;
    let code = |value: Option<bool>| value.map_or(NONE, u32::from);
    Some(ColumnValues::Texts(vec![TextPart {
        codes: array.iter().map(code).collect(),
        words: Box::new(vec!["False".to_owned(), "True".to_owned()]),
        shared: true,
    }]))
}

/// Texts, as codes if the array has a dictionary.
fn text_part(array: &dyn Array) -> Option<TextPart> {
    let any = array.as_any();
    if let Some(coded) = any.downcast_ref::<DictionaryArray<u32>>() {
        let words = coded.values().as_any().downcast_ref::<Utf8ViewArray>()?;
        return Some(TextPart {
            codes: codes(coded.keys()).to_vec(),
            words: Box::new(words.clone()),
            shared: true,
        });
    }
    let plain = any.downcast_ref::<Utf8ViewArray>()?;
    Some(TextPart {
        codes: identity(plain).to_vec(),
        words: Box::new(plain.clone()),
        shared: false,
    })
}

/// The values as they are written in CSV.
fn written(array: &dyn Array, kind: &ArrowDataType) -> Option<ColumnValues> {
    let mut values = Vec::with_capacity(array.len());
    if can_hold_tags(kind) {
        json_texts(array, &mut values)?;
    } else {
        texts(array, kind, &mut values)?;
    }
    let mut words = Vec::new();
    let code = |value: Option<String>| {
        let Some(value) = value else { return NONE };
        words.push(value);
        u32::try_from(words.len() - 1).unwrap_or(NONE)
    };
    let codes = values.into_iter().map(code).collect();
    Some(ColumnValues::Texts(vec![TextPart {
        codes,
        words: Box::new(words),
        shared: false,
    }]))
}
