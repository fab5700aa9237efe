//! Converts a polars frame to our own values.

use crate::data::columns::column_types::day_of;
use crate::data::error::DataError;
use crate::domain::money::Amount;
use crate::domain::sql::statement::{AnswerType, AnswerValue};
use polars::prelude::{AnyValue, Column, DataFrame, DataType};

/// The columns of a frame and their types.
pub(super) fn columns(frame: &DataFrame) -> Result<Vec<(String, AnswerType)>, DataError> {
    let columns = frame.columns().iter();
    columns
        .map(|column| Ok((column.name().to_string(), kind(column)?)))
        .collect()
}

/// All rows of a frame; each column is freed after it is read.
pub(super) fn rows(frame: DataFrame) -> Result<Vec<Vec<AnswerValue>>, DataError> {
    let height = frame.height();
    let mut rows: Vec<Vec<AnswerValue>> = (0..height)
        .map(|_| Vec::with_capacity(frame.width()))
        .collect();
    for column in frame.into_columns() {
        let series = column.as_materialized_series();
        for (row, value) in rows.iter_mut().zip(series.iter()) {
            row.push(self::value(&value, &column)?);
        }
    }
    Ok(rows)
}

fn kind(column: &Column) -> Result<AnswerType, DataError> {
    Ok(match column.dtype() {
        DataType::Decimal(..) => AnswerType::Decimal,
        DataType::String
        | DataType::Null
        | DataType::Datetime(..)
        | DataType::Duration(_)
        | DataType::Time => AnswerType::Text,
        DataType::Date => AnswerType::Date,
        DataType::Boolean => AnswerType::Boolean,
        dtype if dtype.is_integer() => AnswerType::Integer,
        dtype if dtype.is_float() => AnswerType::Double,
        dtype => {
            return Err(DataError::Statement(format!(
                "the output `{}` is a {dtype}, which cannot be shown in a table; convert it with CAST(... AS STRING)",
                column.name()
            )));
        }
    })
}

fn value(value: &AnyValue<'_>, column: &Column) -> Result<AnswerValue, DataError> {
    Ok(match value {
        AnyValue::Null => AnswerValue::Missing,
        AnyValue::Decimal(units, _, scale) => AnswerValue::Decimal(amount(*units, *scale, column)?),
        AnyValue::String(text) => AnswerValue::Text((*text).to_owned()),
        AnyValue::StringOwned(text) => AnswerValue::Text(text.to_string()),
        AnyValue::Date(days) => AnswerValue::Text(day_of(*days).to_string()),
        AnyValue::Boolean(yes) => AnswerValue::Boolean(*yes),
        AnyValue::Float32(number) => double(f64::from(*number), column)?,
        AnyValue::Float64(number) => double(*number, column)?,
        other => match other.extract::<i128>() {
            Some(number) if other.dtype().is_integer() => AnswerValue::Integer(number),
            _ => AnswerValue::Text(other.to_string()),
        },
    })
}

/// Infinity and NaN, such as the result of 1/0, are errors.
fn double(number: f64, column: &Column) -> Result<AnswerValue, DataError> {
    if number.is_finite() {
        return Ok(AnswerValue::Double(number));
    }
    Err(DataError::Statement(format!(
        "`{}` divides by zero, or is not a number; divide by NULLIF(x, 0) to get no value instead",
        column.name()
    )))
}

/// Converts a decimal to our scale; more than 18 decimal places are an error, because digits would be lost.
fn amount(units: i128, scale: usize, column: &Column) -> Result<Amount, DataError> {
    let parsed = Amount::of_scaled(units, scale).filter(|parsed| !parsed.rounded);
    let parsed = parsed.ok_or_else(|| DataError::Overflow {
        what: format!("a value of `{}`", column.name()),
    })?;
    Ok(parsed.amount)
}
