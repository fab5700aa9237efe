//! The answer of another engine, value by value.

use crate::data::columns::column_types::days_since_epoch;
use crate::data::error::DataError;
use crate::data::error::overflow;
use crate::domain::money::Amount;
use crate::domain::sql::grouped::Quantities;
use crate::domain::sql::statement::Value;

/// The quantity of a group.
pub(crate) enum Total {
    /// No row has one, or nobody asks.
    None,
    Units(i128),
    /// It cannot be added exactly.
    Inexact,
}

/// A row of an answer, value by value.
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

    /// The unit that a group is split by, and the text of its quantity.
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

/// An answer that is not made as it was asked for.
pub(crate) fn unlike() -> DataError {
    DataError::Statement("the engine answered something else than what was asked".to_owned())
}
