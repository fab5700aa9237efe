//! Reads the answer of a SQL engine, value by value.

use crate::data::columns::column_types::days_since_epoch;
use crate::data::error::{DataError, overflow};
use crate::domain::money::Amount;
use crate::domain::sql::grouped::Quantities;
use crate::domain::sql::statement::Value;

/// The quantity of a group.
pub(crate) enum Total {
    /// No row has a quantity, or quantities were not requested.
    None,
    Units(i128),
    /// The quantity cannot be summed exactly.
    Inexact,
}

/// One row of an answer, read value by value.
pub(crate) struct Row<I>(pub(crate) I);

impl<I: Iterator<Item = Value>> Row<I> {
    pub(crate) fn next(&mut self) -> Result<Value, DataError> {
        self.0.next().ok_or_else(unlike)
    }

    pub(crate) fn whole(&mut self) -> Result<u64, DataError> {
        whole(&self.next()?)
    }

    pub(crate) fn amount(&mut self) -> Result<Option<Amount>, DataError> {
        amount(&self.next()?)
    }

    pub(crate) fn day(&mut self) -> Result<Option<i32>, DataError> {
        let Some(text) = self.next()?.text() else {
            return Ok(None);
        };
        let day = text.parse().map_err(|_| unlike())?;
        Ok(Some(days_since_epoch(day)))
    }

    /// The unit of a group, and the text of its quantity.
    pub(crate) fn unit(
        &mut self,
        quantities: Quantities,
    ) -> Result<(Option<String>, Option<String>), DataError> {
        Ok(match quantities {
            Quantities::No => (None, None),
            Quantities::Amounts => (self.next()?.text(), None),
            Quantities::Texts => (self.next()?.text(), self.next()?.text()),
        })
    }

    /// The quantity of a group.
    pub(crate) fn quantity(
        &mut self,
        quantities: Quantities,
        text: Option<String>,
    ) -> Result<Total, DataError> {
        match quantities {
            Quantities::No => Ok(Total::None),
            Quantities::Amounts => {
                let (sum, count) = (self.amount()?, self.whole()?);
                Ok(match count {
                    0 => Total::None,
                    _ => Total::Units(sum.map_or(0, Amount::units)),
                })
            }
            Quantities::Texts => {
                let count = self.whole()?;
                let Some(text) = text.filter(|_| count > 0) else {
                    return Ok(Total::None);
                };
                let parsed = Amount::parse(&text).ok().filter(|parsed| !parsed.rounded);
                let Some(parsed) = parsed else {
                    return Ok(Total::Inexact);
                };
                let units = parsed.amount.units().checked_mul(i128::from(count));
                units.map(Total::Units).ok_or_else(overflow)
            }
        }
    }
}

pub(crate) fn whole(value: &Value) -> Result<u64, DataError> {
    match value {
        Value::Integer(number) => u64::try_from(*number).map_err(|_| unlike()),
        Value::Text(text) => text.parse().map_err(|_| unlike()),
        _ => Err(unlike()),
    }
}

pub(crate) fn amount(value: &Value) -> Result<Option<Amount>, DataError> {
    match value {
        Value::Missing => Ok(None),
        value => value.amount().map(Some).ok_or_else(unlike),
    }
}

/// The error for an answer whose shape does not match the statement.
pub(crate) fn unlike() -> DataError {
    DataError::Statement("the engine's answer does not match the query".to_owned())
}
